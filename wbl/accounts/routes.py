"""Signing in and out, and the language."""

from __future__ import annotations

from flask import current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, logout_user

from wbl.accounts import account_routes, entering_routes, link_routes, provider_routes, services
from wbl.accounts.blueprint import blueprint
from wbl.accounts.entering_routes import first_step_taken, own_path, was_refused
from wbl.accounts.forms import SignInForm
from wbl.accounts.permissions import Permission, acting, public, requires, visitor
from wbl.accounts.single_sign_on import offered
from wbl.db import transaction
from wbl.extensions import limiter
from wbl.form_pages import form_status
from wbl.navigation import home_of

# The factory registers the blueprint from here; each of these adds its routes to it.
__all__ = ["account_routes", "blueprint", "entering_routes", "link_routes", "provider_routes"]


@blueprint.get("/")
@public
def index() -> ResponseReturnValue:
    actor = visitor()
    return redirect(home_of(actor) if actor is not None else url_for("accounts.sign_in"))


@blueprint.route("/sign-in", methods=["GET", "POST"])
@public
@limiter.limit("10/minute;60/hour", methods=["POST"], deduct_when=was_refused)
def sign_in() -> ResponseReturnValue:
    form = SignInForm(next=request.args.get("next"))
    if visitor() is not None and request.method == "GET":
        return redirect(url_for("accounts.index"))
    if form.validate_on_submit():
        user = services.check_password(form.email.data or "", form.password.data or "")
        if user is not None:
            return first_step_taken(user, form.next.data)
        form.form_errors.append(_("That e-mail and password do not go together. Check both and try again."))
    status = form_status(form)
    return render_template("accounts/sign_in.html", form=form, providers=offered()), status


@blueprint.post("/sign-out")
@requires(Permission.ACCOUNT_OWN)
def sign_out() -> ResponseReturnValue:
    actor = acting()
    with transaction():
        services.end_session(actor, current_user.session_id)
    logout_user()
    session.clear()
    flash(_("You are signed out."), "good")
    answer = redirect(url_for("accounts.sign_in"))
    # What a phone kept to work without a network goes with its owner.
    answer.headers["Clear-Site-Data"] = '"storage"'
    return answer


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
    return redirect(own_path(request.form.get("next")) or url_for("accounts.index"))
