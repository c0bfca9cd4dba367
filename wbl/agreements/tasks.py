"""What has to be arranged before the first day: who holds it, by when, done or not."""

from __future__ import annotations

from datetime import date

from flask_babel import gettext as _
from sqlalchemy import select, update

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.agreements.advancing import advance, in_force
from wbl.agreements.models import PaperworkState, PaperworkTask, TaskHolder
from wbl.audit.services import record
from wbl.db import change, db
from wbl.errors import Conflict, DomainError, NotFound
from wbl.placements import queries
from wbl.placements.models import Placement

OWN = "own"
"""The code of a task that somebody wrote in their own words."""


def add(actor: Actor, placement_id: int, what: str, holder: TaskHolder, due_on: date) -> PaperworkTask:
    """One more thing to arrange; until it is done the placement does not become active. Flushes.

    Raises
    ------
    NotFound
        Where there is no such placement, or it is another district's.
    DomainError
        Where nothing is said.
    Conflict
        Where the placement is active already, or in force no more.
    """
    placement = _of(actor, placement_id)
    if not 3 <= len(what.strip()) <= 200:
        raise DomainError(_("Say what is to arrange, in 3 to 200 characters."), field="what")
    task = PaperworkTask(placement_id=placement.id, code=OWN, what=what.strip(), holder=holder, due_on=due_on)
    db.session.add(task)
    db.session.flush()
    record(actor, "task.add", placement, district_id=_district(placement), task=task.id)
    advance(actor, placement_id)
    return task


def change_task(
    actor: Actor,
    placement_id: int,
    task_id: int,
    *,
    holder: TaskHolder,
    due_on: date,
    note: str,
    valid_until: date | None = None,
) -> PaperworkTask:
    """Who holds a task now, by when, until when it holds once it is there, and what was said. Flushes."""
    placement = _of(actor, placement_id, active_too=True)
    task = _task(placement, task_id)
    task.holder, task.due_on, task.note = holder, due_on, note.strip()
    task.valid_until = valid_until
    record(actor, "task.change", placement, district_id=_district(placement), task=task.id)
    db.session.flush()
    return task


def close(actor: Actor, placement_id: int, task_id: int) -> None:
    """It is arranged. The last one makes a placement active that everybody has signed. Flushes.

    Raises
    ------
    Conflict
        Where a colleague has closed it.
    """
    placement = _of(actor, placement_id, active_too=True)
    won = change(
        update(PaperworkTask)
        .where(
            PaperworkTask.id == _task(placement, task_id).id,
            PaperworkTask.done_at.is_(None),
        )
        .values(done_at=clock.now(), done_by=actor.user_id)
    )
    if won == 0:
        raise Conflict(_("A colleague has closed this already."))
    record(actor, "task.close", placement, district_id=_district(placement), task=task_id)
    advance(actor, placement_id)


def open_again(actor: Actor, placement_id: int, task_id: int) -> None:
    """It is not arranged after all. Flushes.

    Raises
    ------
    Conflict
        Where the placement is active already.
    """
    placement = _of(actor, placement_id)
    task = _task(placement, task_id)
    task.done_at = task.done_by = None
    record(actor, "task.open_again", placement, district_id=_district(placement), task=task_id)
    advance(actor, placement_id)


def _of(actor: Actor, placement_id: int, *, active_too: bool = False) -> Placement:
    queries.placement(actor, placement_id)
    placement, paperwork = in_force(placement_id)
    if paperwork.state is not PaperworkState.OPEN and not active_too:
        raise Conflict(_("This placement is active already: nothing is left to arrange before it."))
    return placement


def _task(placement: Placement, task_id: int) -> PaperworkTask:
    task = db.session.scalar(
        select(PaperworkTask)
        .where(PaperworkTask.id == task_id, PaperworkTask.placement_id == placement.id)
        .execution_options(populate_existing=True)
    )
    if task is None:
        raise NotFound()
    return task


def _district(placement: Placement) -> int:
    return placement.publication.round.district_id
