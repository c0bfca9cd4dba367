"""Reading the outbox, scoped to the actor's districts."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from wbl.accounts.actor import Actor
from wbl.db import db
from wbl.errors import NotFound
from wbl.jobs.models import DueJob, OutboxItem, OutboxState
from wbl.pagination import Page, paginate

LATE = timedelta(minutes=30)
"""A job that is due for so long waits for a worker that does not run."""


def items(actor: Actor, *, state: OutboxState | None = None, page: int = 1) -> Page[OutboxItem]:
    """A page of the outbox, the newest first."""
    statement = select(OutboxItem).where(OutboxItem.district_id.in_(actor.coordinator_of))
    if state is not None:
        statement = statement.where(OutboxItem.state == state)
    return paginate(statement.order_by(OutboxItem.id.desc()), page)


def counts(actor: Actor) -> dict[OutboxState, int]:
    """How many items are in each state."""
    statement = (
        select(OutboxItem.state, func.count())
        .where(OutboxItem.district_id.in_(actor.coordinator_of))
        .group_by(OutboxItem.state)
    )
    found = {row[0]: row[1] for row in db.session.execute(statement)}
    return {state: found.get(state, 0) for state in OutboxState}


def item(actor: Actor, item_id: int) -> OutboxItem:
    """One item.

    Raises
    ------
    NotFound
        Where there is none, or it is another district's.
    """
    found = db.session.scalar(
        select(OutboxItem).where(OutboxItem.id == item_id, OutboxItem.district_id.in_(actor.coordinator_of))
    )
    if found is None:
        raise NotFound()
    return found


def due() -> list[DueJob]:
    """The jobs that are done again and again: of the whole server, they name nobody."""
    return list(db.session.scalars(select(DueJob).order_by(DueJob.name)))
