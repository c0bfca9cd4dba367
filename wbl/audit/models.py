"""The record of who did what. Rows are only ever added: triggers refuse to change or delete one."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import DDL, JSON, ForeignKey, String, Text, event
from sqlalchemy.orm import Mapped, mapped_column, relationship

from wbl.db import UtcDateTime, db, state_column


class ActorKind(enum.StrEnum):
    """Who acted: a user, whoever came by a link, or no person at all."""

    USER = "user"
    FAMILY_LINK = "family_link"
    POSTING_LINK = "posting_link"
    SIGNING_LINK = "signing_link"
    RATING_LINK = "rating_link"
    HOURS_LINK = "hours_link"
    VISITOR = "visitor"  # of a public page
    STUDENT = "student"  # who raised a safety concern: not which
    WORKER = "worker"
    COMMAND = "command"


class Reason(db.Model):
    """Words that somebody typed. Apart from the audit row, so that they can be erased."""

    __tablename__ = "reason"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(Text)


class AuditEvent(db.Model):
    """``action`` is a code such as ``round.publish``; ``details`` holds codes and counts, never a name."""

    __tablename__ = "audit_event"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    district_id: Mapped[int | None] = mapped_column(index=True)  # no key: the record outlives its subject
    actor_kind: Mapped[ActorKind] = mapped_column(state_column(ActorKind, "actor_kind"))
    actor_id: Mapped[int | None]
    action: Mapped[str] = mapped_column(String(64))
    subject_type: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[int | None]
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    reason_id: Mapped[int | None] = mapped_column(ForeignKey("reason.id"))
    reason: Mapped[Reason | None] = relationship()


SQLITE_TRIGGERS = [
    f"""CREATE TRIGGER audit_event_no_{verb} BEFORE {verb.upper()} ON audit_event
    BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END"""
    for verb in ("update", "delete")
]
POSTGRESQL_TRIGGERS = [
    """CREATE FUNCTION audit_event_refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'audit_event is append-only'; END $$""",
    """CREATE TRIGGER audit_event_no_change BEFORE UPDATE OR DELETE ON audit_event
    FOR EACH ROW EXECUTE FUNCTION audit_event_refuse()""",
]
for _statement in SQLITE_TRIGGERS:
    event.listen(AuditEvent.__table__, "after_create", DDL(_statement).execute_if(dialect="sqlite"))
for _statement in POSTGRESQL_TRIGGERS:
    event.listen(AuditEvent.__table__, "after_create", DDL(_statement).execute_if(dialect="postgresql"))
