"""Between rounds: how a published round runs, and each way to change what is in force."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from wbl.accounts.forms import EmptyForm
from wbl.accounts.permissions import Permission, acting, requires
from wbl.db import transaction
from wbl.errors import DomainError, NotFound
from wbl.form_pages import form_status, put_error
from wbl.placements import changing, queries, repairing, running
from wbl.placements.change_forms import EndForm, PlaceForm
from wbl.placements.judging import taken
from wbl.placements.models import EndKind, PlacementState, Publication
from wbl.rounds import queries as rounds
from wbl.rounds.models import Round, RunState
from wbl.rounds.pages import PUBLISH, RUN, round_page
from wbl.rounds.pins import possibilities
from wbl.row_ids import row_id

blueprint = Blueprint("changes", __name__)


def _published(round_id: int) -> tuple[Round, Publication]:
    placement_round = rounds.round_by_id(acting(), round_id)
    publication = rounds.publication_in_force(round_id)
    if publication is None:
        raise NotFound()
    return placement_round, publication


def _head(placement_round: Round) -> dict[str, Any]:
    return {"page": round_page(placement_round, step=RUN), "placement_round": placement_round}


@blueprint.get("/rounds/<int:round_id>/running")
@requires(Permission.ROUND_VIEW)
def running_page(round_id: int) -> ResponseReturnValue:
    """What is in force, who is without a place, and what was changed since it was published."""
    placement_round, publication = _published(round_id)
    search = request.args.get("q", "").strip()
    history = running.history(publication)
    newest = rounds.newest_done_run(round_id)
    return render_template(
        "placements/running.html",
        **_head(placement_round),
        publication=publication,
        state=running.state_of(placement_round, publication),
        listed=running.without_seat(
            placement_round, search=search, page=request.args.get("page", 1, type=int)
        ),
        search=search,
        history=history,
        active=rounds.active_run(round_id),
        newest=None if newest and newest.id in {change.run_id for change, _name in history} else newest,
        button=EmptyForm(),
    )


@blueprint.route("/placements/<int:placement_id>/end", methods=["GET", "POST"])
@requires(Permission.ROUND_PUBLISH)
def end(placement_id: int) -> ResponseReturnValue:
    """End one placement, with a reason."""
    found = queries.placement(acting(), placement_id)
    form = EndForm(kind=request.args.get("kind"))
    if form.validate_on_submit():
        try:
            with transaction():
                changing.end(
                    acting(),
                    placement_id,
                    kind=EndKind(form.kind.data),
                    reason=form.reason.data or "",
                    another=form.another.data == "yes",
                )
        except DomainError as error:
            put_error(form, error)
        else:
            said = _("Ended. Its links no longer open, and families who knew of it are told by mail.")
            flash(said, "good")
            return redirect(url_for("changes.running_page", round_id=found.round_id))
    return (
        render_template(
            "placements/end.html",
            placement=found,
            in_force=found.state is PlacementState.PUBLISHED,
            form=form,
        ),
        form_status(form),
    )


@blueprint.route("/rounds/<int:round_id>/students/<int:submission_id>/place", methods=["GET", "POST"])
@requires(Permission.ROUND_PUBLISH)
def place(round_id: int, submission_id: int) -> ResponseReturnValue:
    """Choose among the seats that are free for one student."""
    actor = acting()
    submission = rounds.submission_by_id(actor, round_id, submission_id)
    placement_round, _publication = _published(round_id)
    held = taken(round_id)
    judged = possibilities(placement_round, submission)
    rank = changing.rank_of(submission_id)
    possible = [each for each in judged if not each.against]
    free = [each for each in possible if held.get(each.offering.id, 0) < each.offering.seats]
    free.sort(key=lambda each: rank.get(each.offering.id, 1_000_001))
    form = PlaceForm()
    form.offer([each.offering for each in free])
    if form.validate_on_submit():
        try:
            with transaction():
                placement = changing.place(
                    actor, round_id, submission_id, form.offering.data, reason=form.reason.data or ""
                )
                placement_id = placement.id
        except DomainError as error:
            put_error(form, error)
        else:
            flash(_("Placed. The letter is being written, and the family is written to."), "good")
            return redirect(url_for("placements.placement", placement_id=placement_id))
    return (
        render_template(
            "placements/place.html",
            **_head(placement_round),
            submission=submission,
            free=free,
            held=held,
            rank=rank,
            full=len(possible) - len(free),
            against=len(judged) - len(possible),
            form=form,
        ),
        form_status(form),
    )


@blueprint.route("/rounds/<int:round_id>/late", methods=["GET", "POST"])
@requires(Permission.ROUND_EDIT)
def late(round_id: int) -> ResponseReturnValue:
    """Let a student take part who came after the round was published."""
    placement_round, _publication = _published(round_id)
    if request.method == "POST":
        student_id = request.form.get("student", type=row_id)
        if student_id is None:
            raise DomainError(_("Choose a student."))
        with transaction():
            submission_id = changing.join_late(acting(), round_id, student_id).id
        flash(_("The student takes part now. Choose a seat for them."), "good")
        return redirect(url_for("changes.place", round_id=round_id, submission_id=submission_id))
    search = request.args.get("q", "").strip()
    return render_template(
        "placements/late.html",
        **_head(placement_round),
        listed=running.late_students(
            placement_round, search=search, page=request.args.get("page", 1, type=int)
        ),
        search=search,
    )


@blueprint.get("/rounds/<int:round_id>/seats")
@requires(Permission.ROUND_VIEW)
def seats(round_id: int) -> ResponseReturnValue:
    """Every opportunity with its seats, and how many are free."""
    placement_round, _publication = _published(round_id)
    free_only = request.args.get("free") == "yes"
    return render_template(
        "placements/seats.html",
        **_head(placement_round),
        listed=running.seats(
            placement_round, free_only=free_only, page=request.args.get("page", 1, type=int)
        ),
        free_only=free_only,
    )


@blueprint.post("/rounds/<int:round_id>/offerings/<int:offering_id>/seats")
@requires(Permission.ROUND_EDIT)
def set_seats(round_id: int, offering_id: int) -> ResponseReturnValue:
    """Change how many seats an opportunity has."""
    placement_round = rounds.round_by_id(acting(), round_id)
    text = request.form.get("seats", "").strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 4):
        raise DomainError(_("A number of seats is a whole number from 0 to 9999."))
    with transaction():
        changing.set_seats(acting(), placement_round.id, offering_id, int(text))
    flash(_("The seats are changed."), "good")
    return redirect(url_for("changes.seats", round_id=round_id))


@blueprint.route("/rounds/<int:round_id>/runs/<int:number>/changes", methods=["GET", "POST"])
@requires(Permission.ROUND_PUBLISH)
def repair(round_id: int, number: int) -> ResponseReturnValue:
    """What a run would change of what is in force, and the button that does it."""
    actor = acting()
    run = rounds.run_by_number(actor, round_id, number)
    placement_round, publication = _published(round_id)
    if run.state is not RunState.DONE:
        raise NotFound()
    form = EmptyForm()
    refusal = repairing.refusal(publication, run)
    if form.validate_on_submit():
        try:
            with transaction():
                made = repairing.publish_changes(actor, round_id, number)
                added, ended = made.added, made.ended
        except DomainError as error:
            put_error(form, error)
        else:
            flash(
                ngettext("%(num)s placement is new", "%(num)s placements are new", added)
                + ", "
                + ngettext("%(num)s ended.", "%(num)s ended.", ended),
                "good",
            )
            return redirect(url_for("changes.running_page", round_id=round_id))
    found = repairing.repair_of(publication, run)
    return (
        render_template(
            "placements/repair.html",
            page=round_page(placement_round, step=PUBLISH),
            placement_round=placement_round,
            run=run,
            repair=found,
            moves=repairing.moves_of(found),
            refusal=refusal,
            form=form,
        ),
        409 if form.form_errors else form_status(form),
    )
