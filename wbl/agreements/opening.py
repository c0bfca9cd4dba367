"""The paperwork of a placement begins with its publication and ends with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import ColumnElement, Select, delete, exists, func, insert, select, update
from sqlalchemy.orm import joinedload

from wbl import clock
from wbl.agreements.models import (
    Paperwork,
    PaperworkState,
    PaperworkTask,
    SigningLink,
    SiteVisit,
    Step,
    TaskHolder,
    TrainingAgreement,
    VisitKind,
)
from wbl.agreements.standing import NUDGE_EVERY
from wbl.db import change, db, transaction
from wbl.errors import Conflict
from wbl.links import keeping
from wbl.opportunities.models import Offering
from wbl.placements.models import Placement, PlacementState, Publication
from wbl.rounds.models import Round

BEFORE = timedelta(days=7)
AT_ONCE = 200
ARRANGE = "arrange:"
VISITS = ((VisitKind.BEFORE, -7), (VisitKind.WEEK_1, 3), (VisitKind.WEEK_2, 10))
"""When a visit is planned, in days from the first one."""


def begin(placement_ids: Sequence[int] | Select[tuple[int]]) -> None:
    """Begin the paperwork of placements that have just come into force: its first step, a task for each
    condition of the match, visits of the place. Flushes."""
    moment = clock.now()
    placements = db.session.scalars(
        select(Placement)
        .where(Placement.id.in_(placement_ids))
        .options(
            joinedload(Placement.offering),
            joinedload(Placement.publication).joinedload(Publication.round).joinedload(Round.district),
        )
        .order_by(Placement.id)
    ).all()
    if not placements:
        return
    db.session.execute(
        insert(Paperwork),
        [
            {
                "placement_id": one.id,
                "offering_id": one.offering_id,
                "state": PaperworkState.OPEN,
                "step": Step.STUDENT,
                "step_since": moment,
                "nudge_at": moment + NUDGE_EVERY,
                "opened_at": moment,
            }
            for one in placements
        ],
    )
    tasks = [task for one in placements for task in _tasks_of(one)]
    if tasks:
        db.session.execute(insert(PaperworkTask), tasks)
    _plan_visits({one.offering_id: one for one in placements})


def first_day(placement: Placement) -> date:
    """The day on which it starts."""
    return placement.offering.start_date or placement.publication.round.first_day


def _tasks_of(placement: Placement) -> list[dict[str, Any]]:
    """A task for each condition; it is due a week before the first day."""
    today = clock.today(placement.publication.round.district.timezone)
    arranges = {code.strip() for code in placement.offering.arranges.split(";")}
    return [
        {
            "placement_id": placement.id,
            "code": code,
            "holder": TaskHolder.SITE if code.removeprefix(ARRANGE) in arranges else TaskHolder.SCHOOL,
            "due_on": max(today, first_day(placement) - BEFORE),
        }
        for code in dict.fromkeys(placement.conditions)
    ]


def _plan_visits(placements: dict[int, Placement]) -> None:
    """Visits of places that have none planned yet; none after the last day."""
    planned = set(
        db.session.scalars(
            select(SiteVisit.offering_id).where(SiteVisit.offering_id.in_(placements)).distinct()
        )
    )
    rows = []
    for offering_id, placement in placements.items():
        starts = first_day(placement)
        ends = placement.offering.end_date or placement.publication.round.ends_on
        today = clock.today(placement.publication.round.district.timezone)
        rows += [
            {"offering_id": offering_id, "kind": kind, "planned_on": day}
            for kind, after in VISITS
            if offering_id not in planned
            and (day := max(today, _on_a_weekday(starts + timedelta(days=after)))) <= ends
        ]
    if rows:
        db.session.execute(insert(SiteVisit), rows)


def _on_a_weekday(day: date) -> date:
    return day + timedelta(days=max(0, 7 - day.weekday())) if day.weekday() > 4 else day


def goes_on() -> ColumnElement[bool]:
    """Whether the last day of a placement is still to come: a condition on its Round and Offering."""
    return func.coalesce(Offering.end_date, Round.ends_on) >= clock.last_today()


def begin_missing() -> bool:
    """Begin what is in force without paperwork (the worker's job: published before there was any); False
    where there is none. What is over needs none any more."""
    with transaction():
        ids = db.session.scalars(
            select(Placement.id)
            .join(Round, Round.id == Placement.round_id)
            .join(Offering, Offering.id == Placement.offering_id)
            .where(
                Placement.state == PlacementState.PUBLISHED,
                goes_on(),
                ~exists().where(Paperwork.placement_id == Placement.id),
            )
            .order_by(Placement.id)
            .limit(AT_ONCE)
        ).all()
        begin(ids)
    return bool(ids)


def begin_again(placement_id: int) -> None:
    """Of a placement that is given again: what was done before counts no more. Flushes.

    What was signed stays on record, as versions that are not current.
    """
    moves = db.session.scalar(select(Paperwork.moves).where(Paperwork.placement_id == placement_id))
    db.session.execute(delete(PaperworkTask).where(PaperworkTask.placement_id == placement_id))
    db.session.execute(delete(Paperwork).where(Paperwork.placement_id == placement_id))
    change(
        update(TrainingAgreement)
        .where(TrainingAgreement.placement_id == placement_id, TrainingAgreement.superseded_at.is_(None))
        .values(superseded_at=clock.now())
    )
    begin([placement_id])
    if moves is not None:
        # Each mail is queued once, by a key that the number of moves is in: it is counted on.
        change(update(Paperwork).where(Paperwork.placement_id == placement_id).values(moves=moves + 1))


def end(placement_id: int) -> None:
    """The placement is in force no more: its paperwork ends, and no link to sign opens.

    Raises
    ------
    Conflict
        Where it was completed: that cannot be undone by ending it.
    """
    completed = db.session.scalar(
        select(Paperwork.placement_id).where(
            Paperwork.placement_id == placement_id, Paperwork.state == PaperworkState.COMPLETED
        )
    )
    if completed is not None:
        raise Conflict(_("This placement was completed: it cannot be ended any more."))
    _end(select(Placement.id).where(Placement.id == placement_id))


def end_all(publication: Publication) -> None:
    """A publication is withdrawn: its paperwork ends with it.

    Raises
    ------
    Conflict
        Where students have begun: each of their placements is ended by itself, with its reason.
    """
    begun = db.session.scalar(
        select(func.count())
        .select_from(Paperwork)
        .join(Placement, Placement.id == Paperwork.placement_id)
        .where(
            Placement.publication_id == publication.id,
            Placement.state == PlacementState.PUBLISHED,
            Paperwork.state.in_((PaperworkState.ACTIVE, PaperworkState.COMPLETED)),
        )
    )
    if begun:
        raise Conflict(
            ngettext(
                "%(num)s placement is active. End it by itself first, or leave the publication in force.",
                "%(num)s placements are active. End each by itself first, or leave the publication in force.",
                begun,
            )
        )
    _end(select(Placement.id).where(Placement.publication_id == publication.id))


def _end(placements: Any) -> None:
    moment = clock.now()
    change(
        update(Paperwork)
        .where(
            Paperwork.placement_id.in_(placements),
            Paperwork.state.in_((PaperworkState.OPEN, PaperworkState.ACTIVE)),
        )
        .values(state=PaperworkState.ENDED, ended_at=moment)
    )
    keeping.end(SigningLink, SigningLink.placement_id.in_(placements))


def begun(placement_ids: Sequence[int]) -> set[int]:
    """Those of these placements that are active or completed: no repair moves them."""
    return set(
        db.session.scalars(
            select(Paperwork.placement_id).where(
                Paperwork.placement_id.in_(placement_ids),
                Paperwork.state.in_((PaperworkState.ACTIVE, PaperworkState.COMPLETED)),
            )
        )
    )


def seats_held(offering_id: int) -> set[int]:
    """The seats of an offering that an active placement holds."""
    seats = db.session.scalars(
        select(Paperwork.seat).where(
            Paperwork.offering_id == offering_id, Paperwork.state == PaperworkState.ACTIVE
        )
    )
    return {seat for seat in seats if seat is not None}


def free_seat(offering_id: int) -> int | None:
    """The lowest seat that no active placement holds, under a lock on the offering; None where all are.

    They are counted, too: where a seat was lost since, somebody may hold one with a higher number.
    """
    seats = db.session.scalar(select(Offering.seats).where(Offering.id == offering_id).with_for_update()) or 0
    held = seats_held(offering_id)
    if len(held) >= seats:
        return None
    return next(seat for seat in range(1, seats + 1) if seat not in held)
