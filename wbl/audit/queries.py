"""Reading the record, scoped to the actor's districts."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import joinedload

from wbl.accounts.actor import Actor
from wbl.accounts.models import User
from wbl.audit.models import AuditEvent
from wbl.db import db
from wbl.pagination import Page, paginate


@dataclass(frozen=True, slots=True)
class Entry:
    event: AuditEvent
    who: str  # the user's name; "" where it was no user
    reason: str  # what they typed; "" where there is none, it was erased, or it is not the reader's to know


def entries(actor: Actor, *, action: str = "", page: int = 1) -> Page[Entry]:
    """A page of the record, the newest first, each with the name of who acted."""
    statement = (
        select(AuditEvent)
        .where(_of(actor))
        .options(joinedload(AuditEvent.reason))
        .order_by(AuditEvent.id.desc())
    )
    if action:
        statement = statement.where(AuditEvent.action == action)
    found = paginate(statement, page)
    ids = {event.actor_id for event in found.items if event.actor_kind == "user"}
    users = db.session.execute(select(User.id, User.name).where(User.id.in_(ids)))
    names = {row.id: row.name for row in users}
    items = [
        Entry(event, names.get(event.actor_id, "") if event.actor_id else "", _reason(actor, event))
        for event in found.items
    ]
    return Page(items=items, number=found.number, total=found.total, size=found.size)


def _of(actor: Actor) -> ColumnElement[bool]:
    return AuditEvent.district_id.in_(actor.coordinator_of | actor.administrator_of)


def _reason(actor: Actor, event: AuditEvent) -> str:
    """Words that somebody typed may be about a student, whom an administrator does not work with."""
    known = event.reason is not None and event.district_id in actor.coordinator_of
    return event.reason.text if known and event.reason is not None else ""


def actions(actor: Actor) -> list[str]:
    """The actions that occur in the actor's record, for the filter."""
    statement = select(AuditEvent.action).where(_of(actor)).distinct().order_by(AuditEvent.action)
    return list(db.session.scalars(statement))
