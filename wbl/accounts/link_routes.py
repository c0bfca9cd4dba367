"""Pages that a link in a mail opens: an invitation, and a new password."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from wbl.accounts import invitations, resets, services
from wbl.accounts.blueprint import blueprint
from wbl.accounts.entering_routes import first_step_taken
from wbl.accounts.forms import EmptyForm, ForgotForm, InvitationForm, NewPasswordForm
from wbl.accounts.permissions import public
from wbl.db import db, transaction
from wbl.errors import DomainError
from wbl.extensions import limiter
from wbl.form_pages import form_status, put_error
from wbl.people.models import District


def _dead_link() -> ResponseReturnValue:
    return render_template("accounts/dead_link.html"), 404


def _joined(email: str, known: bool) -> ResponseReturnValue:
    """Whoever chose a password just now is in; who had one before signs in with that."""
    user = services.user_by_email(email)
    if known or user is None:
        flash(_("You have joined. Sign in to begin."), "good")
        return redirect(url_for("accounts.sign_in"))
    answer = first_step_taken(user, None)
    flash(_("You have joined."), "good")  # after the session of the visit before was cleared
    return answer


@blueprint.route("/invitation/<token>", methods=["GET", "POST"])
@public
@limiter.limit("30/minute;200/hour")
def invitation(token: str) -> ResponseReturnValue:
    """Choose a name and a password; whoever has a sign-in gets the role on top of it."""
    found = invitations.by_token(token)
    if found is None:
        return _dead_link()
    known = services.user_by_email(found.email) is not None
    form: InvitationForm | EmptyForm = EmptyForm() if known else InvitationForm(name=found.name)
    if form.validate_on_submit():
        try:
            with transaction():
                invitations.accept(
                    token,
                    name="" if known else form.name.data or "",
                    password="" if known else form.password.data or "",
                    locale=str(get_locale()),
                )
        except DomainError as error:
            if known or error.status == 404:
                return _dead_link()
            put_error(form, error, at="password")
        else:
            return _joined(found.email, known)
    district = db.session.get_one(District, found.district_id)
    page = render_template(
        "accounts/invitation.html", form=form, invitation=found, district=district, known=known
    )
    return page, form_status(form)


@blueprint.route("/forgot-password", methods=["GET", "POST"])
@public
@limiter.limit("5/minute;30/hour", methods=["POST"])
def forgot() -> ResponseReturnValue:
    """Ask for a link by mail. The answer is the same whether anybody has that address."""
    form = ForgotForm()
    if form.validate_on_submit():
        with transaction():
            resets.ask(form.email.data or "")
        return redirect(url_for("accounts.forgot", sent=1))
    sent = request.args.get("sent") == "1" and not form.is_submitted()
    return render_template("accounts/forgot.html", form=form, sent=sent), form_status(form)


@blueprint.route("/new-password/<token>", methods=["GET", "POST"])
@public
@limiter.limit("30/minute;200/hour")
def new_password(token: str) -> ResponseReturnValue:
    """Choose the new password."""
    if resets.by_token(token) is None:
        return _dead_link()
    form = NewPasswordForm()
    if form.validate_on_submit():
        try:
            with transaction():
                resets.choose(token, form.password.data or "")
        except DomainError as error:
            if error.status == 404:
                return _dead_link()
            put_error(form, error, at="password")
        else:
            flash(_("Your password is changed, and you are signed out everywhere. Sign in with it."), "good")
            return redirect(url_for("accounts.sign_in"))
    return render_template("accounts/new_password.html", form=form), form_status(form)
