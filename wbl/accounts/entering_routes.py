"""What happens between a right password (or a provider's word) and a session: the second step."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Response, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_user

from wbl import clock
from wbl.accounts import codes, services, tokens
from wbl.accounts.blueprint import blueprint
from wbl.accounts.codes import Answer
from wbl.accounts.forms import CodeForm
from wbl.accounts.login import load
from wbl.accounts.models import User
from wbl.accounts.permissions import public
from wbl.accounts.square_code import square_code
from wbl.db import db, transaction
from wbl.extensions import limiter
from wbl.form_pages import form_status
from wbl.navigation import home_of

WAITS = "second_step"
"""Where the browser's signed cookie says who has taken the first step."""
SECONDS = 600
SET_UP = "codes_nonce"


def own_path(target: str | None) -> str | None:
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


def device() -> str:
    """A few words by which somebody recognises their own browser in a list."""
    agent = request.user_agent.string
    browser = next(
        (name for name in ("Edg", "Firefox", "Chrome", "Safari") if name in agent), "Browser"
    ).replace("Edg", "Edge")
    system = next(
        (name for name in ("Android", "iPhone", "iPad", "Windows", "Mac", "Linux") if name in agent), ""
    )
    return f"{browser} · {system}" if system else browser


def was_refused(response: Response) -> bool:
    """Only failed tries count towards the limit: a whole school may sign in from one address."""
    return response.status_code != 302


def _begin_anew() -> None:
    """Nothing of a signed-out visit is carried into the new session, but the language."""
    chosen = session.get("language")
    session.clear()
    if chosen is not None:
        session["language"] = chosen


def first_step_taken(user: User, target: str | None, *, second_asked: bool = True) -> ResponseReturnValue:
    """After a right password: on to the second step, where there is one, else into the session.

    ``second_asked=False``: the provider has asked for one itself.
    """
    has_codes = codes.of_user(user.id) is not None
    if not second_asked or not (has_codes or codes.required_of(user.id)):
        return enter(user, target)
    _begin_anew()
    session[WAITS] = {
        "user": user.id,
        "mark": services.password_mark(user),
        "until": clock.now().timestamp() + SECONDS,
        "next": own_path(target),
    }
    return redirect(url_for("accounts.code" if has_codes else "accounts.first_codes"))


def enter(user: User, target: str | None) -> ResponseReturnValue:
    """Begin the session, and go where the visitor was going."""
    begin(user)
    signed_in = load(session["_user_id"])
    assert signed_in is not None
    return redirect(own_path(target) or home_of(signed_in.actor))


def begin(user: User) -> None:
    """Begin the session."""
    with transaction():
        token = services.start_session(user, lifetime=current_app.config["SESSION_LIFETIME"], device=device())
    _begin_anew()
    signed_in = load(token)
    assert signed_in is not None
    login_user(signed_in)


def _waiting() -> tuple[User, dict[str, Any]] | None:
    """Who has taken the first step in this browser, a few minutes ago, and nothing has changed since."""
    waits = session.get(WAITS)
    if not isinstance(waits, dict) or waits["until"] <= clock.now().timestamp():
        return None
    user = db.session.get(User, waits["user"])
    if user is None or not user.active or services.password_mark(user) != waits["mark"]:
        return None
    return user, waits


def _begin_with_password() -> ResponseReturnValue:
    session.pop(WAITS, None)
    flash(_("That took a while. Please sign in again."), "info")
    return redirect(url_for("accounts.sign_in"))


def refusal(answer: Answer) -> str:
    """Why a code was not taken, and what to do."""
    return {
        Answer.WRONG: _("That code is not right. Take the one that your app shows now."),
        Answer.USED: _("That code was used already. Wait until your app shows the next one."),
        Answer.LOCKED: _("Too many wrong codes. Wait 15 minutes, then sign in again."),
    }[answer]


@blueprint.route("/sign-in/code", methods=["GET", "POST"])
@public
@limiter.limit("20/minute;120/hour", methods=["POST"], deduct_when=was_refused)
def code() -> ResponseReturnValue:
    """The second step: a code of the app, or a recovery code."""
    waiting = _waiting()
    if waiting is None:
        return _begin_with_password()
    user, waits = waiting
    form = CodeForm()
    if form.validate_on_submit():
        with transaction():
            answer = codes.check(user, form.code.data or "")
        if answer is Answer.RIGHT:
            return enter(user, waits["next"])
        form.code.errors = [refusal(answer)]
    return render_template("accounts/code.html", form=form), form_status(form)


def set_up_page(user: User, form: CodeForm, **more: object) -> ResponseReturnValue:
    """The square code, its secret as text, and the field for the first code."""
    nonce = session.get(SET_UP)
    if nonce is None:
        nonce = session[SET_UP] = tokens.new_nonce()
    secret = codes.secret_of(nonce)
    page = render_template(
        "accounts/codes_set_up.html",
        form=form,
        square=square_code(codes.address_of(nonce, user.email)),
        secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        **more,
    )
    return page, form_status(form)


def taken_into_use(user: User, form: CodeForm) -> list[str] | None:
    """The recovery codes, where the form's code is right; else the form says what is wrong."""
    nonce = session.get(SET_UP)
    if not form.validate_on_submit():
        return None
    made = None
    if nonce is not None:
        with transaction():
            made = codes.set_up(services.actor_of(user), user, nonce, form.code.data or "")
    if made is None:
        form.code.errors = [refusal(Answer.WRONG)]
        return None
    session.pop(SET_UP)
    return made


@blueprint.route("/sign-in/set-up-codes", methods=["GET", "POST"])
@public
@limiter.limit("20/minute;120/hour", methods=["POST"])
def first_codes() -> ResponseReturnValue:
    """Setting codes up on the way in, where the district asks for them."""
    waiting = _waiting()
    if waiting is None or codes.of_user(waiting[0].id) is not None:
        return _begin_with_password()
    user, waits = waiting
    form = CodeForm()
    made = taken_into_use(user, form)
    if made is None:
        return set_up_page(user, form, required=True, action=url_for("accounts.first_codes"))
    target = waits["next"]
    begin(user)
    return render_template(
        "accounts/recovery_codes.html", codes=made, onward=target or url_for("accounts.index")
    )
