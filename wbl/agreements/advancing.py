"""The chain: what is done moves a placement on to its next step, and at last makes it active.

Everything that can be a step calls :func:`advance` in its own transaction. It looks at what is so now,
never at what it was told, so that calling it once more does nothing, and calling it late mends.
"""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import exists, select, update

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.agreements import telling, versions
from wbl.agreements.models import Paperwork, PaperworkState, PaperworkTask, Step
from wbl.agreements.opening import free_seat
from wbl.agreements.standing import NUDGE_EVERY, Standing, standings
from wbl.audit.services import record
from wbl.db import change, db
from wbl.errors import Conflict, NotFound
from wbl.placements import queries
from wbl.placements.models import Placement, PlacementState

RUNNING = (PaperworkState.OPEN, PaperworkState.ACTIVE)


def lock(placement_id: int) -> Paperwork | None:
    """The paperwork of a placement, read again under a lock: of two steps at once one waits."""
    return db.session.scalar(
        select(Paperwork)
        .where(Paperwork.placement_id == placement_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def in_force(placement_id: int) -> tuple[Placement, Paperwork]:
    """A placement with its paperwork, locked.

    Raises
    ------
    NotFound
        Where it has none.
    Conflict
        Where it is in force no more.
    """
    paperwork = lock(placement_id)
    if paperwork is None:
        raise NotFound()
    placement = queries.whole(placement_id)
    if placement.state is not PlacementState.PUBLISHED or paperwork.state not in RUNNING:
        raise Conflict(_("This placement is in force no more: there is nothing to do for it."))
    return placement, paperwork


def advance(actor: Actor, placement_id: int) -> Paperwork | None:
    """Move a placement on to the step that is next now; tell who holds it. Flushes.

    Returns its paperwork, or None where there is none that runs.
    """
    db.session.flush()
    paperwork = lock(placement_id)
    if paperwork is None or paperwork.state not in RUNNING:
        return None
    placement = queries.whole(placement_id)
    if placement.state is not PlacementState.PUBLISHED:
        return None
    now = standings([placement])[placement_id]
    if now.accepted and paperwork.state is PaperworkState.OPEN:
        before = versions.current(placement_id)
        made = versions.make_current(placement, paperwork)
        if before is None or before.id != made.id:
            now = standings([placement])[placement_id]
    step = now.step
    if step is Step.DONE and paperwork.state is PaperworkState.OPEN and not _activate(actor, placement):
        step = Step.TASKS  # every seat is held: the coordinator adds one, or ends another placement
    if step is not paperwork.step:
        _move(paperwork, placement, step, now)
    db.session.flush()
    return paperwork


def _move(paperwork: Paperwork, placement: Placement, step: Step, now: Standing) -> None:
    moment = clock.now()
    paperwork.step, paperwork.step_since, paperwork.moves = step, moment, paperwork.moves + 1
    paperwork.nudge_at, paperwork.nudges = moment + NUDGE_EVERY, 0
    db.session.flush()
    telling.tell(paperwork, placement, now)


def _activate(actor: Actor, placement: Placement) -> bool:
    """Make it active where every step and every task is done and a seat is free; one statement decides."""
    seat = free_seat(placement.offering_id)
    if seat is None:
        return False
    moment: datetime = clock.now()
    open_task = exists().where(PaperworkTask.placement_id == placement.id, PaperworkTask.done_at.is_(None))
    in_force_now = exists().where(Placement.id == placement.id, Placement.state == PlacementState.PUBLISHED)
    won = change(
        update(Paperwork)
        .where(
            Paperwork.placement_id == placement.id,
            Paperwork.state == PaperworkState.OPEN,
            in_force_now,
            ~open_task,
        )
        .values(state=PaperworkState.ACTIVE, seat=seat, active_at=moment)
    )
    if won == 0:
        return False
    paperwork = db.session.get_one(Paperwork, placement.id, populate_existing=True)
    district_id = placement.publication.round.district_id
    record(actor, "paperwork.active", placement, district_id=district_id, round=placement.round_id)
    telling.tell_active(paperwork, placement)
    return True


def complete(actor: Actor, placement_id: int) -> Paperwork:
    """The last day has come: an active placement is completed. Flushes.

    Raises
    ------
    NotFound
        Where there is none, or it is another district's.
    Conflict
        Where it is not active, or its last day is still to come.
    """
    found = queries.placement(actor, placement_id)
    last = found.offering.end_date or found.publication.round.ends_on
    if clock.today(found.publication.round.district.timezone) < last:
        raise Conflict(_("Its last day is still to come. End it where it stops earlier."))
    won = change(
        update(Paperwork)
        .where(Paperwork.placement_id == placement_id, Paperwork.state == PaperworkState.ACTIVE)
        .values(state=PaperworkState.COMPLETED, completed_at=clock.now())
    )
    if won == 0:
        raise Conflict(_("Only an active placement can be completed."))
    record(actor, "paperwork.complete", found, district_id=found.publication.round.district_id)
    db.session.flush()
    return db.session.get_one(Paperwork, placement_id, populate_existing=True)


def make_new_version(actor: Actor, placement_id: int) -> bool:
    """Make the document anew from the data, where they have changed; whether it was. Flushes.

    An active placement stays active under the version that was signed, until the new one is.
    """
    queries.placement(actor, placement_id)
    placement, paperwork = in_force(placement_id)
    before = versions.current(placement_id)
    if before is None:
        raise Conflict(_("The agreement is made when the student has accepted the place."))
    made = versions.make_current(placement, paperwork)
    if made.id == before.id:
        return False
    record(
        actor,
        "agreement.version",
        placement,
        district_id=placement.publication.round.district_id,
        version=made.version,
    )
    advance(actor, placement_id)
    return True
