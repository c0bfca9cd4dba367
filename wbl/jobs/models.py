"""The outbox: what is to be done after a commit, once, by the worker."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from wbl.db import UtcDateTime, db, state_column


class OutboxKind(enum.StrEnum):
    LETTERS = "letters"  # write the letters of a publication
    MAIL = "mail"


class OutboxState(enum.StrEnum):
    PENDING = "pending"
    TAKEN = "taken"
    DONE = "done"
    FAILED = "failed"  # tried as often as it may be; waits for a person


class OutboxItem(db.Model):
    """One thing to do. ``key`` is unique, so that doing a thing twice queues it once.

    ``payload`` holds identifiers, never names or addresses: they are looked up when it is done.
    """

    __tablename__ = "outbox_item"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[OutboxKind] = mapped_column(state_column(OutboxKind, "outbox_kind"))
    key: Mapped[str] = mapped_column(String(200), unique=True)
    district_id: Mapped[int | None] = mapped_column(ForeignKey("district.id", ondelete="CASCADE"))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[OutboxState] = mapped_column(state_column(OutboxState, "outbox_state"), index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    taken_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str] = mapped_column(Text, default="")


class DueJob(db.Model):
    """A job that is done again and again: when next, and what came of the last time.

    The row is of the whole server: a due time is taken by one worker, however many there are.
    """

    __tablename__ = "due_job"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(32), unique=True)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # of the start above; none yet: under way
    error: Mapped[str] = mapped_column(Text, default="", server_default="")
