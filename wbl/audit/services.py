"""Writing the audit record. Called by services, inside the transaction of what it records."""

from __future__ import annotations

from typing import Any, Protocol

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.audit.models import AuditEvent, Reason
from wbl.db import db


class Subject(Protocol):
    __tablename__: str
    id: Any


def keep_reason(text: str) -> Reason:
    """Store somebody's words where they can be erased. Flushes."""
    reason = Reason(text=text.strip())
    db.session.add(reason)
    db.session.flush()
    return reason


def record(
    actor: Actor,
    action: str,
    subject: Subject,
    *,
    district_id: int | None = None,
    reason: Reason | None = None,
    **details: Any,
) -> None:
    """Add one row: who, what, on what. ``details`` are codes and counts, never personal data."""
    db.session.add(
        AuditEvent(
            at=clock.now(),
            district_id=district_id,
            actor_kind=actor.kind,
            actor_id=actor.id,
            action=action,
            subject_type=subject.__tablename__,
            subject_id=subject.id,
            details=details,
            reason_id=reason.id if reason is not None else None,
        )
    )
