"""An agreement for somebody at a workplace: read, confirmed and signed by a link, without an account."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from wbl.accounts.permissions import public
from wbl.agreements import confirming, links, signing
from wbl.agreements.forms import ConfirmForm, confirm_form
from wbl.agreements.models import SignerRole, SigningLink, Step
from wbl.agreements.page import page_of
from wbl.agreements.pdf import pdf_of
from wbl.agreements.signing_forms import SignForm, say_signed, sign_form
from wbl.agreements.words import intent_of
from wbl.db import transaction
from wbl.errors import DomainError
from wbl.form_pages import put_error
from wbl.links.door_routes import Door, guarded
from wbl.placements import queries as placements

blueprint = Blueprint("signing", __name__, url_prefix="/a")

door = Door(
    "signing",
    links.by_token,
    page="signing.page",
    open_page="signing.open_page",
    title=_l("An agreement to read and sign"),
    lede=_l(
        "A school district asks you to read the training agreement of a placement at your workplace. "
        "It takes about three minutes."
    ),
    note=_l("Opening it changes nothing and signs nothing."),
)


@blueprint.get("/<token>")
@public
@guarded
def page(token: str) -> ResponseReturnValue:
    return door.opened(token, lambda link: _page(token, link))


@blueprint.post("/<token>/open")
@public
@guarded
def open_page(token: str) -> ResponseReturnValue:
    return door.let_in(token)


def _page(
    token: str,
    link: SigningLink,
    form: SignForm | None = None,
    confirmation: ConfirmForm | None = None,
) -> ResponseReturnValue:
    placement = placements.whole(link.placement_id)
    page = page_of(placement)
    if page is None:
        return door.closed()
    signing_now = page.version if page.may_sign(link.role) else None
    may_confirm = link.role is SignerRole.EMPLOYER and page.standing.step is Step.EMPLOYER
    return (
        render_template(
            "agreements/workplace.html",
            token=token,
            link=link,
            placement=placement,
            page=page,
            form=form or (sign_form(signing_now) if signing_now is not None else None),
            confirmation=confirmation or (confirm_form(placement, page.paperwork) if may_confirm else None),
            intent=intent_of(link.role),
        ),
        200 if form is None and confirmation is None else 422,
    )


@blueprint.post("/<token>/confirm")
@public
@guarded
def confirm(token: str) -> ResponseReturnValue:
    def keep(link: SigningLink) -> ResponseReturnValue:
        form = ConfirmForm()
        if not form.validate_on_submit():
            return _page(token, link, confirmation=form)
        try:
            with transaction():
                confirming.confirm_by_link(link, form.said())
        except DomainError as error:
            put_error(form, error)
            return _page(token, link, confirmation=form)
        flash(_("Confirmed. Thank you."), "good")
        return redirect(url_for("signing.page", token=token))

    return door.opened(token, keep)


@blueprint.post("/<token>/sign")
@public
@guarded
def sign(token: str) -> ResponseReturnValue:
    def keep(link: SigningLink) -> ResponseReturnValue:
        form = SignForm()
        if not form.validate_on_submit():
            return _page(token, link, form)
        with transaction():
            done = signing.sign_by_link(link, form.given(link.role))
        say_signed(done is not None)
        return redirect(url_for("signing.page", token=token))

    return door.opened(token, keep)


@blueprint.get("/<token>/agreement.pdf")
@public
@guarded
def agreement(token: str) -> ResponseReturnValue:
    return door.opened(token, lambda link: pdf_of(placements.whole(link.placement_id)))
