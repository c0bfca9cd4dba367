"""The paperwork of a student's own placement, and of those at an employer's sites."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from wbl.accounts.permissions import Permission, acting, requires
from wbl.agreements import confirming, contacts, signing
from wbl.agreements.blueprint import blueprint
from wbl.agreements.forms import ConfirmForm, confirm_form
from wbl.agreements.models import SignerRole, Step
from wbl.agreements.page import page_of, tasks_for_employer
from wbl.agreements.pdf import pdf_of
from wbl.agreements.signing_forms import SignForm, say_signed, sign_form
from wbl.agreements.words import intent_of
from wbl.db import transaction
from wbl.errors import DomainError, NotFound
from wbl.form_pages import put_error
from wbl.placements import queries as placements
from wbl.placements.models import Placement
from wbl.placements.told import told


@blueprint.get("/my-placement/<int:placement_id>/paperwork")
@requires(Permission.PLACEMENT_OWN)
def mine(placement_id: int) -> ResponseReturnValue:
    return _mine(placements.own_placement(acting(), placement_id))


def _mine(placement: Placement, form: SignForm | None = None) -> ResponseReturnValue:
    page = page_of(placement)
    if page is None:
        raise NotFound()
    signing_now = page.version if page.may_sign(SignerRole.STUDENT) else None
    return (
        render_template(
            "agreements/mine.html",
            placement=placement,
            page=page,
            form=form or (sign_form(signing_now) if signing_now is not None else None),
            intent=intent_of(SignerRole.STUDENT),
        ),
        200 if form is None else 422,
    )


@blueprint.post("/my-placement/<int:placement_id>/paperwork/sign")
@requires(Permission.PLACEMENT_OWN)
def sign_mine(placement_id: int) -> ResponseReturnValue:
    placement = placements.own_placement(acting(), placement_id)
    form = SignForm()
    if not form.validate_on_submit():
        return _mine(placement, form)
    with transaction():
        done = signing.sign_own(acting(), placement_id, form.given(SignerRole.STUDENT))
    say_signed(done is not None)
    return redirect(url_for("agreements.mine", placement_id=placement_id))


@blueprint.get("/my-placement/<int:placement_id>/agreement.pdf")
@requires(Permission.PLACEMENT_OWN)
def my_agreement(placement_id: int) -> ResponseReturnValue:
    return pdf_of(placements.own_placement(acting(), placement_id))


@blueprint.get("/our-placements/<int:placement_id>")
@requires(Permission.HOSTING_OWN)
def ours(placement_id: int) -> ResponseReturnValue:
    """One student at the employer's, once the family has agreed that they know who comes."""
    return _ours(placements.hosted_one(acting(), placement_id))


def _ours(
    placement: Placement, form: SignForm | None = None, confirmation: ConfirmForm | None = None
) -> ResponseReturnValue:
    page = page_of(placement)
    if page is None:
        raise NotFound()
    answers = placements.consent_rows([placement.id]).get(placement.id, [])
    needed = placements.adjustments([placement.student_id])[placement.student_id]
    _name, prepared = told(answers, page.standing.student_decides, needed)
    signing_now = page.version if page.may_sign(SignerRole.EMPLOYER) else None
    may_confirm = page.standing.step in (Step.EMPLOYER, Step.SUPERVISOR, Step.SCHOOL)
    return (
        render_template(
            "agreements/ours.html",
            placement=placement,
            page=page,
            prepared=prepared,
            tasks=tasks_for_employer(page, prepared),
            contacts=contacts.for_employer(acting(), placement.id),
            form=form or (sign_form(signing_now) if signing_now is not None else None),
            confirmation=confirmation or (confirm_form(placement, page.paperwork) if may_confirm else None),
            intent=intent_of(SignerRole.EMPLOYER),
        ),
        200 if form is None and confirmation is None else 422,
    )


@blueprint.post("/our-placements/<int:placement_id>/confirm")
@requires(Permission.HOSTING_OWN)
def confirm_ours(placement_id: int) -> ResponseReturnValue:
    placement = placements.hosted_one(acting(), placement_id)
    form = ConfirmForm()
    if not form.validate_on_submit():
        return _ours(placement, confirmation=form)
    try:
        with transaction():
            confirming.confirm_own(acting(), placement_id, form.said())
    except DomainError as error:
        put_error(form, error)
        return _ours(placements.hosted_one(acting(), placement_id), confirmation=form)
    flash(_("Confirmed. Thank you."), "good")
    return redirect(url_for("agreements.ours", placement_id=placement_id))


@blueprint.post("/our-placements/<int:placement_id>/sign")
@requires(Permission.HOSTING_OWN)
def sign_ours(placement_id: int) -> ResponseReturnValue:
    placement = placements.hosted_one(acting(), placement_id)
    form = SignForm()
    if not form.validate_on_submit():
        return _ours(placement, form)
    with transaction():
        done = signing.sign_for_employer(acting(), placement_id, form.given(SignerRole.EMPLOYER))
    say_signed(done is not None)
    return redirect(url_for("agreements.ours", placement_id=placement_id))


@blueprint.get("/our-placements/<int:placement_id>/agreement.pdf")
@requires(Permission.HOSTING_OWN)
def our_agreement(placement_id: int) -> ResponseReturnValue:
    return pdf_of(placements.hosted_one(acting(), placement_id))
