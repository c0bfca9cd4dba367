"""Signing in and out, one's sessions, and the language."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_user, logout_user

from wbl.accounts import queries, services
from wbl.accounts.forms import EmptyForm, SignInForm
from wbl.accounts.login import load
from wbl.accounts.permissions import Permission, acting, public, requires, visitor
from wbl.db import transaction
from wbl.extensions import limiter
from wbl.navigation import home_of
from wbl.people.queries import timezone_of

blueprint = Blueprint("accounts", __name__)


def _own_path(target: str | None) -> str | None:
    """``target`` where it is a path of this site, else None (no open redirect)."""
    if not target:
        return None
    # Browsers leave line breaks and tabs out of an address; in a header they are refused.
    if any(ord(character) < 32 for character in target):
        return None
    parts = urlsplit(target)
    inside = not parts.scheme and not parts.netloc and target.startswith("/")
    # Browsers read a backslash as a slash, "//host" as another site, and no line break in a header.
    odd = "\\" in target or target.startswith("//") or not target.isprintable()
    return target if inside and not odd else None


def _device() -> str:
    """A few words by which somebody recognises their own browser in a list."""
    agent = request.user_agent.string
    browser = next(
        (name for name in ("Edg", "Firefox", "Chrome", "Safari") if name in agent), "Browser"
    ).replace("Edg", "Edge")
    system = next(
        (name for name in ("Android", "iPhone", "iPad", "Windows", "Mac", "Linux") if name in agent), ""
    )
    return f"{browser} · {system}" if system else browser


@blueprint.get("/")
@public
def index() -> ResponseReturnValue:
    actor = visitor()
    return redirect(home_of(actor) if actor is not None else url_for("accounts.sign_in"))


def _was_refused(response: Response) -> bool:
    """Only failed tries count towards the limit: a whole school may sign in from one address."""
    return response.status_code != 302


@blueprint.route("/sign-in", methods=["GET", "POST"])
@public
@limiter.limit("10/minute;60/hour", methods=["POST"], deduct_when=_was_refused)
def sign_in() -> ResponseReturnValue:
    form = SignInForm(next=request.args.get("next"))
    if visitor() is not None and request.method == "GET":
        return redirect(url_for("accounts.index"))
    if form.validate_on_submit():
        user = services.check_password(form.email.data or "", form.password.data or "")
        if user is None:
            form.form_errors.append(
                _("That e-mail and password do not go together. Check both and try again.")
            )
        else:
            with transaction():
                token = services.start_session(
                    user, lifetime=current_app.config["SESSION_LIFETIME"], device=_device()
                )
            # Nothing of a signed-out visit is carried into the new session, but the language.
            chosen = session.get("language")
            session.clear()
            if chosen is not None:
                session["language"] = chosen
            signed_in = load(token)
            assert signed_in is not None
            login_user(signed_in)
            return redirect(_own_path(form.next.data) or home_of(signed_in.actor))
    status = 422 if form.is_submitted() else 200
    return render_template("accounts/sign_in.html", form=form), status


@blueprint.post("/sign-out")
@requires(Permission.ACCOUNT_OWN)
def sign_out() -> ResponseReturnValue:
    actor = acting()
    with transaction():
        services.end_session(actor, current_user.session_id)
    logout_user()
    session.clear()
    flash(_("You are signed out."), "good")
    return redirect(url_for("accounts.sign_in"))


@blueprint.get("/account")
@requires(Permission.ACCOUNT_OWN)
def account() -> ResponseReturnValue:
    actor = acting()
    return render_template(
        "accounts/account.html",
        sessions=queries.own_sessions(actor),
        this_session=current_user.session_id,
        timezone=timezone_of(actor),
        form=EmptyForm(),
    )


@blueprint.post("/account/sessions/<int:session_id>/end")
@requires(Permission.ACCOUNT_OWN)
def end_session(session_id: int) -> ResponseReturnValue:
    actor = acting()
    with transaction():
        services.end_session(actor, session_id)
    flash(_("That session is ended. Whoever used it has to sign in again."), "good")
    return redirect(url_for("accounts.account"))


@blueprint.post("/language")
@public
def language() -> ResponseReturnValue:
    chosen = request.form.get("language", "")
    if chosen in current_app.config["LANGUAGES"]:
        session["language"] = chosen
        actor = visitor()
        if actor is not None:
            with transaction():
                services.set_locale(actor, chosen)
    return redirect(_own_path(request.form.get("next")) or url_for("accounts.index"))
