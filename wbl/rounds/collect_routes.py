"""While a round collects: who has begun, who has submitted, and who is reminded."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from wbl import clock
from wbl.accounts.permissions import Permission, requires
from wbl.bulk.models import BulkKind
from wbl.bulk.queries import just_done
from wbl.db import transaction
from wbl.errors import DomainError
from wbl.form_pages import form_status, put_error
from wbl.i18n import WEEKDAYS, day_names
from wbl.interests.queries import languages_asked_for
from wbl.people.queries import schools
from wbl.rounds import collect_page, collecting, marking, queries
from wbl.rounds import on_behalf as behalf
from wbl.rounds.blueprint import blueprint, the_actor
from wbl.rounds.models import MarkKind
from wbl.rounds.on_behalf_forms import CHOICES, OnBehalfForm
from wbl.rounds.pages import COLLECT, round_page
from wbl.rounds.words import opportunity_lines
from wbl.row_ids import row_id

COLLECTED = (BulkKind.NUDGE, BulkKind.PAPER, BulkKind.OUT)
"""What is done to many on this page."""


@blueprint.get("/<int:round_id>/collect")
@requires(Permission.ROUND_VIEW)
def collect(round_id: int) -> ResponseReturnValue:
    """Every student of the district and how far they are."""
    actor = the_actor()
    placement_round = queries.round_by_id(actor, round_id)
    wanted = asked_of_request()
    return render_template(
        "rounds/collect.html",
        page=round_page(placement_round, step=COLLECT),
        placement_round=placement_round,
        collects=placement_round.collects_at(clock.now()),
        now=clock.now(),
        counts=collect_page.counts(placement_round),
        listed=collect_page.listed(placement_round, wanted),
        wanted=wanted,
        waited_for=collect_page.WAITED_FOR,
        schools=schools(actor),
        done=just_done(actor, request.args.get("done", type=row_id), COLLECTED, round_id),
    )


@blueprint.post("/<int:round_id>/collect/nudge")
@requires(Permission.ROUND_EDIT)
def nudge(round_id: int) -> ResponseReturnValue:
    """Remind the students who are ticked, or all whom the filter shows."""
    queries.round_by_id(the_actor(), round_id)
    whole = request.form.get("whole") == "yes"
    chosen = request.form.getlist("student", type=row_id)
    if not whole and not chosen:
        raise DomainError(_("Tick at least one student, then remind them."))
    with transaction():
        done = collecting.nudge(the_actor(), round_id, None if whole else chosen, asked_of_request())
        action_id = done.id
    values: dict[str, Any] = {**_kept(), "round_id": round_id, "done": action_id}
    return redirect(url_for("rounds.collect", **values))


@blueprint.post("/<int:round_id>/collect/<any(paper, out):kind>")
@requires(Permission.ROUND_EDIT)
def mark(round_id: int, kind: str) -> ResponseReturnValue:
    """Note of the students who are ticked, or all whom the filter shows, that they answer on paper or
    do not take part."""
    queries.round_by_id(the_actor(), round_id)
    whole = request.form.get("whole") == "yes"
    chosen = request.form.getlist("student", type=row_id)
    if not whole and not chosen:
        raise DomainError(_("Tick at least one student first."))
    with transaction():
        done = marking.mark(
            the_actor(), round_id, None if whole else chosen, asked_of_request(), MarkKind(kind)
        )
        action_id = done.id
    values: dict[str, Any] = {**_kept(), "round_id": round_id, "done": action_id}
    return redirect(url_for("rounds.collect", **values))


def asked_of_request() -> collect_page.Asked:
    """The filter that the address asks for."""
    args = request.args
    return collect_page.Asked(
        text=args.get("q", "").strip()[:200],
        school_id=args.get("school", type=row_id),
        progress=args.get("progress", ""),
        page=args.get("page", 1, type=int),
    )


def _kept() -> dict[str, str]:
    """The filter of the list that a button was pressed on."""
    return {name: value for name in ("q", "school", "progress") if (value := request.args.get(name))}


@blueprint.route("/<int:round_id>/collect/<int:student_id>", methods=["GET", "POST"])
@requires(Permission.ROUND_EDIT)
def on_behalf(round_id: int, student_id: int) -> ResponseReturnValue:
    """Write down what a student without internet says; the record notes who did and how they heard it."""
    actor = the_actor()
    placement_round = queries.round_by_id(actor, round_id)
    student, submission = behalf.student_of(actor, round_id, student_id)
    available = submission.available if submission is not None else ""
    lines = opportunity_lines(queries.offerings(round_id, str(get_locale().language)))
    form = OnBehalfForm()
    form.fill(
        modes=submission.travel_modes if submission is not None else "",
        minutes=submission.max_travel_minutes if submission is not None else "",
        available=available,
        languages=submission.languages if submission is not None else "",
        pay=submission.pay if submission is not None else "",
        asked_for=languages_asked_for(round_id),
        offerings=lines,
        ranked=queries.ranked_by(submission),
    )
    if form.validate_on_submit():
        submit = request.form.get("submit") == "yes"
        try:
            with transaction():
                behalf.write_down(
                    actor,
                    round_id,
                    student_id,
                    form.said(available),
                    heard=behalf.Heard(form.heard.data),
                    submit=submit,
                )
        except DomainError as error:
            put_error(form, _beside(error))
        else:
            flash(_("Submitted for the student.") if submit else _("Kept. It is not submitted yet."), "good")
            return redirect(url_for("rounds.collect", round_id=round_id))
    return (
        render_template(
            "rounds/on_behalf.html",
            page=round_page(placement_round, step=COLLECT),
            placement_round=placement_round,
            student=student,
            collects=placement_round.collects_at(clock.now()),
            days=list(zip(WEEKDAYS, day_names(), strict=True)),
            choices=range(1, CHOICES + 1),
            lines=lines,
            form=form,
        ),
        form_status(form),
    )


def _beside(error: DomainError) -> DomainError:
    """The student's page has a grid for the week; here it is said beside the question."""
    if error.field == "week":
        return DomainError(_("Enter from when to when on at least one day."), field="when")
    return error
