"""The paperwork for coordinators: a round's, and the one page of a placement."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from wbl import clock
from wbl.accounts.forms import EmptyForm
from wbl.accounts.permissions import Permission, acting, requires
from wbl.agreements import (
    advancing,
    confirming,
    links,
    own_routes,
    queries,
    signing,
    staff_words,
    task_routes,
    versions,
    visits,
    words,
)
from wbl.agreements.blueprint import blueprint
from wbl.agreements.forms import ConfirmForm, LinkForm, PaperForm, PlanForm, confirm_form, paper_form
from wbl.agreements.models import SignerRole
from wbl.agreements.page import page_of
from wbl.agreements.pdf import pdf_of
from wbl.agreements.signing import Given
from wbl.agreements.signing_forms import SignForm, say_signed, sign_form
from wbl.agreements.standing import OVERDUE
from wbl.agreements.telling import OF_THE_SCHOOL, send_link
from wbl.agreements.words import intent_of
from wbl.db import transaction
from wbl.errors import DomainError, NotFound
from wbl.form_pages import form_status, put_error
from wbl.placements import consents
from wbl.placements import queries as placements
from wbl.placements.models import Placement, PlacementState
from wbl.rounds.queries import round_by_id

__all__ = ["blueprint", "own_routes", "task_routes"]

for _function in (*words.FILTERS, *staff_words.FILTERS):
    blueprint.add_app_template_filter(_function)


def here(placement_id: int, anchor: str | None = None) -> ResponseReturnValue:
    return redirect(url_for("agreements.show", placement_id=placement_id, _anchor=anchor))


@blueprint.get("/rounds/<int:round_id>/paperwork")
@requires(Permission.ROUND_VIEW)
def index(round_id: int) -> ResponseReturnValue:
    """A round's paperwork: where each placement stands and who holds it."""
    placement_round = round_by_id(acting(), round_id)
    search, show = request.args.get("q", "").strip(), request.args.get("show", "")
    return render_template(
        "agreements/index.html",
        round=placement_round,
        page=queries.of_round(
            placement_round, search=search, show=show, page=request.args.get("page", 1, type=int)
        ),
        counts=queries.counts_of_round(placement_round),
        search=search,
        show=show,
    )


@blueprint.get("/placements/<int:placement_id>/paperwork")
@requires(Permission.ROUND_VIEW)
def show(placement_id: int) -> ResponseReturnValue:
    return _page(placements.placement(acting(), placement_id))


def _page(placement: Placement, form: SignForm | None = None) -> ResponseReturnValue:
    page = page_of(placement)
    if page is None:
        raise NotFound()
    signing_now = page.version if page.may_sign(SignerRole.SCHOOL) else None
    return (
        render_template(
            "agreements/show.html",
            placement=placement,
            page=page,
            tasks=queries.tasks(placement.id),
            links=links.of_placement(placement.id),
            visits=visits.of_offering(placement.offering_id),
            earlier=queries.earlier_versions(placement.id),
            changed=page.version is not None
            and versions.has_changed(placement, page.paperwork, page.version),
            in_force=placement.state is PlacementState.PUBLISHED,
            late=page.paperwork.nudges >= OVERDUE and page.paperwork.step not in OF_THE_SCHOOL,
            today=clock.today(placement.publication.round.district.timezone),
            form=form or (sign_form(signing_now) if signing_now is not None else None),
            intent=intent_of(SignerRole.SCHOOL),
            plan=PlanForm(formdata=None),
            button=EmptyForm(),
        ),
        200 if form is None else 422,
    )


@blueprint.get("/placements/<int:placement_id>/agreement.pdf")
@requires(Permission.ROUND_VIEW)
def agreement(placement_id: int) -> ResponseReturnValue:
    return pdf_of(placements.placement(acting(), placement_id))


@blueprint.post("/placements/<int:placement_id>/paperwork/sign")
@requires(Permission.AGREEMENT_EDIT)
def sign(placement_id: int) -> ResponseReturnValue:
    """For the school, last of all."""
    placement = placements.placement(acting(), placement_id)
    form = SignForm()
    if not form.validate_on_submit():
        return _page(placement, form)
    with transaction():
        done = signing.sign_for_school(acting(), placement_id, form.given(SignerRole.SCHOOL))
    say_signed(done is not None)
    return here(placement_id)


@blueprint.route("/placements/<int:placement_id>/paperwork/paper", methods=["GET", "POST"])
@requires(Permission.AGREEMENT_EDIT)
def paper(placement_id: int) -> ResponseReturnValue:
    """Record a signature that was given on the printed agreement."""
    placement = placements.placement(acting(), placement_id)
    page = page_of(placement)
    if page is None or page.version is None:
        raise NotFound()
    unsigned = [role for role in page.standing.signers if role not in page.signed]
    form: PaperForm = paper_form(page.version, unsigned, consents.signers(placement))
    if form.validate_on_submit():
        role, guardian_id = form.signer()
        given = Given(form.signed_name.data or "", intent_of(role), "en", form.digest.data or "")
        try:
            with transaction():
                done = signing.record_paper(
                    acting(),
                    placement_id,
                    role,
                    given,
                    signed_on=form.signed_on.data,
                    guardian_id=guardian_id,
                )
        except DomainError as error:
            put_error(form, error)
        else:
            say_signed(done is not None)
            return here(placement_id)
    return (
        render_template("agreements/paper.html", placement=placement, page=page, form=form),
        form_status(form),
    )


@blueprint.route("/placements/<int:placement_id>/paperwork/confirm", methods=["GET", "POST"])
@requires(Permission.AGREEMENT_EDIT)
def confirm(placement_id: int) -> ResponseReturnValue:
    """Write down what the employer said of supervisor and safety orientation."""
    placement = placements.placement(acting(), placement_id)
    page = page_of(placement)
    if page is None:
        raise NotFound()
    form = ConfirmForm() if request.method == "POST" else confirm_form(placement, page.paperwork)
    if form.validate_on_submit():
        try:
            with transaction():
                confirming.confirm_on_behalf(acting(), placement_id, form.said())
        except DomainError as error:
            put_error(form, error)
        else:
            flash(_("Noted. Whoever is next is told."), "good")
            return here(placement_id)
    return (
        render_template("agreements/confirm.html", placement=placement, page=page, form=form),
        form_status(form),
    )


@blueprint.route("/placements/<int:placement_id>/paperwork/links", methods=["GET", "POST"])
@requires(Permission.AGREEMENT_EDIT)
def make_link(placement_id: int) -> ResponseReturnValue:
    placement = placements.placement(acting(), placement_id)
    form = LinkForm()
    if form.validate_on_submit():
        try:
            with transaction():
                link = links.make_by_hand(
                    acting(), placement_id, SignerRole(form.role.data), form.email.data or ""
                )
                if link.email:
                    send_link(link, placement)
        except DomainError as error:
            put_error(form, error)
        else:
            flash(_("A new link is ready; an earlier one no longer opens."), "good")
            return here(placement_id, "links")
    return render_template("agreements/link.html", placement=placement, form=form), form_status(form)


@blueprint.post("/placements/<int:placement_id>/paperwork/links/<int:link_id>/revoke")
@requires(Permission.AGREEMENT_EDIT)
def revoke_link(placement_id: int, link_id: int) -> ResponseReturnValue:
    with transaction():
        links.revoke(acting(), placement_id, link_id)
    flash(_("That link no longer opens."), "good")
    return here(placement_id, "links")


@blueprint.post("/placements/<int:placement_id>/paperwork/version")
@requires(Permission.AGREEMENT_EDIT)
def new_version(placement_id: int) -> ResponseReturnValue:
    """Make the agreement anew from the data; everybody signs again."""
    with transaction():
        made = advancing.make_new_version(acting(), placement_id)
    flash(
        _("A new version is ready. Everybody signs it anew.")
        if made
        else _("Nothing has changed: the version is the same."),
        "good",
    )
    return here(placement_id)


@blueprint.post("/placements/<int:placement_id>/signatures/<int:signature_id>/<any(yes, no):counts>")
@requires(Permission.AGREEMENT_EDIT)
def settle(placement_id: int, signature_id: int, counts: str) -> ResponseReturnValue:
    """A signature on a translation: gone through with an interpreter, or not counted."""
    with transaction():
        signing.settle(acting(), placement_id, signature_id, counts=counts == "yes")
    flash(_("Noted."), "good")
    return here(placement_id)


@blueprint.post("/placements/<int:placement_id>/paperwork/complete")
@requires(Permission.AGREEMENT_EDIT)
def complete(placement_id: int) -> ResponseReturnValue:
    with transaction():
        advancing.complete(acting(), placement_id)
    flash(_("The placement is completed."), "good")
    return here(placement_id)
