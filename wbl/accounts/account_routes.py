"""One's own account: sessions, password, one-time codes."""

from __future__ import annotations

from flask import flash, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from wbl.accounts import codes, queries, services
from wbl.accounts.blueprint import blueprint
from wbl.accounts.entering_routes import set_up_page, taken_into_use
from wbl.accounts.forms import CodeForm, EmptyForm, OwnPasswordForm, PasswordCheckForm
from wbl.accounts.models import User
from wbl.accounts.permissions import Permission, acting, requires
from wbl.calendars.feeds import of_person
from wbl.db import db, transaction
from wbl.errors import DomainError
from wbl.extensions import limiter
from wbl.form_pages import form_status, put_error
from wbl.messages.gateway import gateway_of
from wbl.messages.holding import hours_of
from wbl.messages.queries import choice_of, consents_of
from wbl.people.queries import district_of


def _user() -> User:
    return db.session.get_one(User, acting().user_id)


@blueprint.get("/account")
@requires(Permission.ACCOUNT_OWN)
def account() -> ResponseReturnValue:
    actor = acting()
    district = district_of(actor)
    return render_template(
        "accounts/account.html",
        sessions=queries.own_sessions(actor),
        this_session=current_user.session_id,
        timezone=district.timezone if district is not None else "UTC",
        district=district,
        quiet=hours_of(district.id, choice_of(user_id=actor.user_id)) if district is not None else None,
        texting_on=district is not None and gateway_of(district.slug) is not None,
        texted=any(one.in_force for one in consents_of(user_id=actor.user_id)),
        calendar=of_person(user_id=actor.user_id) is not None,
        form=EmptyForm(),
        codes=codes.of_user(actor.user_id),
        codes_left=codes.left(actor.user_id),
        codes_required=codes.required_of(actor.user_id),
    )


@blueprint.post("/account/sessions/<int:session_id>/end")
@requires(Permission.ACCOUNT_OWN)
def end_session(session_id: int) -> ResponseReturnValue:
    actor = acting()
    with transaction():
        services.end_session(actor, session_id)
    flash(_("That session is ended. Whoever used it has to sign in again."), "good")
    return redirect(url_for("accounts.account"))


def _password_is_right(form: PasswordCheckForm) -> bool:
    """Whoever changes how one signs in says the password: a browser left open is not enough."""
    if not form.validate_on_submit():
        return False
    if services.check_password(_user().email, form.current.data or "") is None:
        form.current.errors = [_("That is not your password.")]
        return False
    return True


@blueprint.route("/account/password", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_OWN)
@limiter.limit("10/minute;60/hour", methods=["POST"])
def own_password() -> ResponseReturnValue:
    """A new password; every other browser is signed out."""
    form = OwnPasswordForm()
    if _password_is_right(form):
        try:
            with transaction():
                services.change_own_password(acting(), form.password.data or "", keep=current_user.session_id)
        except DomainError as error:
            put_error(form, error, at="password")
        else:
            flash(_("Your password is changed. Other browsers are signed out."), "good")
            return redirect(url_for("accounts.account"))
    return render_template("accounts/own_password.html", form=form), form_status(form)


@blueprint.route("/account/codes", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_OWN)
@limiter.limit("20/minute;120/hour", methods=["POST"])
def own_codes() -> ResponseReturnValue:
    """Set one-time codes up."""
    user = _user()
    if codes.of_user(user.id) is not None:
        session.pop("codes_nonce", None)
        return redirect(url_for("accounts.account"))
    form = CodeForm()
    made = taken_into_use(user, form)
    if made is None:
        return set_up_page(user, form, required=False, action=url_for("accounts.own_codes"))
    return render_template("accounts/recovery_codes.html", codes=made, onward=url_for("accounts.account"))


@blueprint.route("/account/codes/recovery", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_OWN)
@limiter.limit("10/minute;60/hour", methods=["POST"])
def new_recovery_codes() -> ResponseReturnValue:
    """Ten new recovery codes instead of the old ones."""
    form = PasswordCheckForm()
    if codes.of_user(acting().user_id) is None:
        return redirect(url_for("accounts.account"))
    if _password_is_right(form):
        with transaction():
            made = codes.new_recovery_codes(acting(), _user())
        return render_template("accounts/recovery_codes.html", codes=made, onward=url_for("accounts.account"))
    return _ask_password(
        form, _("New recovery codes"), _("The old ones open nothing any more."), _("Make new codes")
    )


@blueprint.route("/account/codes/off", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_OWN)
@limiter.limit("10/minute;60/hour", methods=["POST"])
def codes_off() -> ResponseReturnValue:
    """No codes any more; or, where they are required, another phone at the next sign-in."""
    form = PasswordCheckForm()
    if codes.of_user(acting().user_id) is None:
        return redirect(url_for("accounts.account"))
    required = codes.required_of(acting().user_id)
    if _password_is_right(form):
        with transaction():
            codes.turn_off(acting(), _user())
        flash(_("One-time codes are off for your account."), "info")
        return redirect(url_for("accounts.own_codes" if required else "accounts.account"))
    words = (
        _("Your district asks for codes: you set them up on the new phone right after.")
        if required
        else _("Your password alone then opens your account.")
    )
    title = _("Use another phone") if required else _("Turn one-time codes off")
    return _ask_password(form, title, words, _("Go on") if required else _("Turn off"))


def _ask_password(form: PasswordCheckForm, title: str, words: str, label: str) -> ResponseReturnValue:
    page = render_template("accounts/ask_password.html", form=form, title=title, words=words, label=label)
    return page, form_status(form)
