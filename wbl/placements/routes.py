"""Placements: a round's for its coordinators, a student's own, those at an employer's sites."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_login import current_user

from matching.explain import StudentText, sentences
from wbl import clock
from wbl.accounts.forms import EmptyForm
from wbl.accounts.permissions import Permission, acting, requires
from wbl.accounts.queries import advisors_of
from wbl.agreements.queries import steps_of
from wbl.db import transaction
from wbl.errors import DomainError, NotAllowed, NotFound
from wbl.extensions import limiter
from wbl.form_pages import form_status
from wbl.letters import queries as letters
from wbl.letters.content import journey
from wbl.letters.ending import first_told
from wbl.opportunities.queries import titles
from wbl.placements import answers, consents, link_queries, links, queries, running, told
from wbl.placements.forms import DeclineForm, answers_of, consent_form, questions_of
from wbl.placements.hosting import hosted
from wbl.placements.models import Answer, Placement, PlacementState
from wbl.rounds.helping import help_for
from wbl.rounds.models import Explanation, Round
from wbl.rounds.student_page import liked_better, without_refusals
from wbl.rounds.words import parts_of
from wbl.row_ids import number_in

blueprint = Blueprint("placements", __name__)


def explained(record: dict[str, Any], round_id: int) -> StudentText | None:
    """The stored explanation in the page's language, or None where there is none."""
    if not record:
        return None
    named = {entry["opportunity_id"] for entry in record.get("placed", [])}
    named |= {entry["opportunity_id"] for entry in record.get("better_liked", [])}
    language = str(get_locale().language)
    # The way is told among the facts of the placement, ride by ride; once is enough.
    placed = [{**seat, "leg": _without_steps(seat["leg"])} for seat in record.get("placed", [])]
    return sentences({**record, "placed": placed}, language, titles(round_id, named, language))


def _without_steps(leg: dict[str, Any] | None) -> dict[str, Any] | None:
    return leg and {key: value for key, value in leg.items() if key != "steps"}


@blueprint.get("/rounds/<int:round_id>/placements")
@requires(Permission.ROUND_VIEW)
def index(round_id: int) -> ResponseReturnValue:
    placement_round, publication = queries.publication_of_round(acting(), round_id)
    search = request.args.get("q", "").strip()
    waiting = request.args.get("waiting", "")
    page = None
    if publication is not None:
        page = queries.of_publication(
            publication, search=search, waiting=waiting, page=request.args.get("page", 1, type=int)
        )
    ids = [placement.id for placement in page.items] if page is not None else []
    return render_template(
        "placements/index.html",
        round=placement_round,
        publication=publication,
        page=page,
        answered=queries.answered(ids),
        unsettled=queries.unsettled(ids),
        said=queries.own_answers(ids),
        letters=letters.states(ids),
        search=search,
        waiting=waiting,
    )


@blueprint.get("/placements/<int:placement_id>")
@requires(Permission.ROUND_VIEW)
def placement(placement_id: int) -> ResponseReturnValue:
    return _placement_page(queries.placement(acting(), placement_id))


def _placement_page(found: Placement, form: Any = None) -> ResponseReturnValue:
    history = queries.history(found)
    fields = consents.fields_of(found)
    student_decides = queries.student_decides(found)
    standing = told.standing(history, student_decides)
    signers = consents.signers(found)
    if form is None:
        given = {field: answer.granted for field, answer in standing.items()}
        form = consent_form(fields, found.student.name, given, None if student_decides else signers)
        status = 200
    else:
        status = 422
    ended = running.end_of(found)
    record = without_refusals(found.explanation or None) or {}
    text = explained(record, found.round_id)
    placed = record.get("placed") or [{}]
    return (
        render_template(
            "placements/placement.html",
            placement=found,
            journey=journey(found.explanation),
            text=text,
            parts=parts_of(placed[0].get("parts")),
            required=placed[0].get("required", False),
            liked=liked_better(record, text) if text is not None else [],
            standing={field: standing[field] for field in fields if field in standing},
            history=history,
            student_decides=student_decides,
            receivers=consents.receivers(found),
            signature=queries.newest_signature(found),
            can_sign=student_decides or bool(signers),
            form=form,
            links=link_queries.of_placement(found),
            letter=letters.states([found.id]).get(found.id),
            in_force=found.state is PlacementState.PUBLISHED,
            said=queries.own_answers([found.id]).get(found.id),
            ended=ended,
            told_of_end=ended is not None and first_told(found) is not None,
            button=EmptyForm(),
        ),
        status,
    )


@blueprint.post("/placements/<int:placement_id>/consent")
@requires(Permission.CONSENT_RECORD)
def record_consent(placement_id: int) -> ResponseReturnValue:
    found = queries.placement(acting(), placement_id)
    fields = consents.fields_of(found)
    student_decides = queries.student_decides(found)
    signers = consents.signers(found)
    form = consent_form(fields, found.student.name, {}, None if student_decides else signers)
    if not form.validate_on_submit():
        return _placement_page(found, form)
    given = answers_of(form, fields)
    signer = None if student_decides else int(form.signer.data)
    with transaction():
        consents.record_paper(acting(), placement_id, given, signer)
    flash(_("The answers on paper are on record."), "good")
    return redirect(url_for("placements.placement", placement_id=placement_id))


@blueprint.post("/placements/<int:placement_id>/links")
@requires(Permission.CONSENT_RECORD)
def make_link(placement_id: int) -> ResponseReturnValue:
    queries.placement(acting(), placement_id)
    chosen = request.form.get("guardian", "")
    guardian_id = number_in(chosen)
    if chosen != "student" and guardian_id is None:
        raise DomainError(_("Choose who the link is for."))
    with transaction():
        links.make(acting(), placement_id, guardian_id)
    flash(_("A new link is ready. Older ones keep working until you revoke them."), "good")
    return redirect(url_for("placements.placement", placement_id=placement_id) + "#links")


@blueprint.post("/placements/<int:placement_id>/links/<int:link_id>/revoke")
@requires(Permission.CONSENT_RECORD)
def revoke_link(placement_id: int, link_id: int) -> ResponseReturnValue:
    with transaction():
        links.revoke(acting(), placement_id, link_id)
    flash(_("That link no longer opens."), "good")
    return redirect(url_for("placements.placement", placement_id=placement_id) + "#links")


@blueprint.get("/my-placement")
@requires(Permission.PLACEMENT_OWN)
def mine() -> ResponseReturnValue:
    """What the newest round gave; the other rounds by links."""
    placed = queries.own_placements(acting())
    unplaced = queries.own_unplaced(acting())
    if unplaced and (not placed or unplaced[0][0].id > placed[0].round_id):
        return _unplaced_page(*unplaced[0])
    return _own_page(placed[0]) if placed else render_template("placements/none.html")


@blueprint.get("/my-placement/<int:placement_id>")
@requires(Permission.PLACEMENT_OWN)
def mine_of(placement_id: int) -> ResponseReturnValue:
    return _own_page(queries.own_placement(acting(), placement_id))


@blueprint.get("/my-placement/rounds/<int:round_id>")
@requires(Permission.PLACEMENT_OWN)
def mine_without(round_id: int) -> ResponseReturnValue:
    """Why a round has no place for the signed-in student."""
    for placement_round, explanation in queries.own_unplaced(acting()):
        if placement_round.id == round_id:
            return _unplaced_page(placement_round, explanation)
    raise NotFound()


@blueprint.get("/my-placement/rounds/<int:round_id>/help")
@requires(Permission.PLACEMENT_OWN)
@limiter.limit("20/minute", key_func=lambda: f"student {current_user.get_id()}")
def mine_help(round_id: int) -> ResponseReturnValue:
    """Which change of the signed-in student's own answers would have helped them."""
    run, submission = queries.own_published_run(acting(), round_id)
    helps = help_for(run, submission, str(get_locale().language), own=True)
    if helps is None:
        raise NotFound()
    return render_template("placements/help.html", round=run.round, helps=helps, back=_back_to(round_id))


def _back_to(round_id: int) -> str:
    """The signed-in student's page of a published round."""
    for own in queries.own_placements(acting()):
        if own.round_id == round_id:
            return url_for("placements.mine_of", placement_id=own.id)
    return url_for("placements.mine_without", round_id=round_id)


def _own_rounds(shown: int) -> list[tuple[str, str]]:
    """Address and name of the signed-in student's other rounds, the newest first."""
    links = [
        (placement.round_id, url_for("placements.mine_of", placement_id=placement.id), placement)
        for placement in queries.own_placements(acting())
    ]
    found = [(number, url, placement.publication.round.name) for number, url, placement in links]
    found += [
        (own.id, url_for("placements.mine_without", round_id=own.id), own.name)
        for own, _explanation in queries.own_unplaced(acting())
    ]
    return [(url, name) for number, url, name in sorted(found, reverse=True) if number != shown]


def _unplaced_page(placement_round: Round, explanation: Explanation | None) -> ResponseReturnValue:
    record = explanation.record if explanation is not None else {}
    return render_template(
        "placements/unplaced.html",
        round=placement_round,
        text=explained(record, placement_round.id),
        others=_own_rounds(placement_round.id),
    )


def _own_page(found: Placement, form: Any = None) -> ResponseReturnValue:
    fields = consents.fields_of(found)
    decides = queries.student_decides(found)
    standing = told.standing(queries.history(found), decides)
    given = {field: answer.granted for field, answer in standing.items()}
    return (
        render_template(
            "placements/mine.html",
            placement=found,
            journey=journey(found.explanation),
            text=explained(found.explanation, found.round_id),
            decides=decides,
            said=queries.own_answers([found.id]).get(found.id),
            may_answer=answers.may_answer(found),
            others=_own_rounds(found.round_id),
            standing={field: standing[field] for field in fields if field in standing},
            signature=queries.newest_signature(found) if decides else None,
            today=clock.today(found.publication.round.district.timezone),
            advisors=advisors_of(found.student_id),
            form=form or consent_form(fields, found.student.name, given, read_in=str(get_locale())),
        ),
        200 if form is None else 422,
    )


@blueprint.post("/my-placement/<int:placement_id>/answers")
@requires(Permission.PLACEMENT_OWN)
def answer(placement_id: int) -> ResponseReturnValue:
    """What a student of age lets the employer know, under their typed name."""
    found = queries.own_placement(acting(), placement_id)
    if not queries.student_decides(found):
        raise NotAllowed(_("A parent or guardian answers this until you are 18."))
    fields = consents.fields_of(found)
    language = str(get_locale())
    form = consent_form(fields, found.student.name, {}, read_in=language)
    if not form.validate_on_submit():
        return _own_page(found, form)
    if form.read_in.data != language:
        # The language was changed in another window: what was read is not what would be kept.
        flash(_("The language has changed meanwhile. Please read the questions again."), "warn")
        return redirect(url_for("placements.mine_of", placement_id=placement_id) + "#answers")
    signed = consents.Signed(form.signed_name.data, language, questions_of(form, fields))
    try:
        with transaction():
            consents.answer_own(acting(), placement_id, answers_of(form, fields), signed)
    except DomainError as error:
        if error.field != "signed_name":
            raise
        form.signed_name.errors = [error.message]
        return _own_page(queries.own_placement(acting(), placement_id), form)
    return redirect(url_for("placements.mine_of", placement_id=placement_id) + "#answers")


@blueprint.post("/my-placement/<int:placement_id>/accept")
@requires(Permission.PLACEMENT_OWN)
def accept(placement_id: int) -> ResponseReturnValue:
    with transaction():
        answers.answer_own(acting(), placement_id, Answer.ACCEPTED)
    return redirect(url_for("placements.mine_of", placement_id=placement_id))


@blueprint.route("/my-placement/<int:placement_id>/decline", methods=["GET", "POST"])
@requires(Permission.PLACEMENT_OWN)
def decline(placement_id: int) -> ResponseReturnValue:
    """Asked once more: a no gives the seat away."""
    found = queries.own_placement(acting(), placement_id)
    form = DeclineForm()
    if form.validate_on_submit():
        with transaction():
            answers.answer_own(acting(), placement_id, Answer.DECLINED, form.reason.data or "")
        return redirect(url_for("placements.mine_of", placement_id=placement_id))
    page = render_template("placements/decline.html", placement=found, form=form)
    return page, form_status(form)


@blueprint.get("/our-placements")
@requires(Permission.HOSTING_OWN)
def hosting() -> ResponseReturnValue:
    found = hosted(acting())
    paperwork = steps_of([placement.id for one in found for placement in one.known])
    return render_template("placements/hosting.html", hosted=found, paperwork=paperwork)
