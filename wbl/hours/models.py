"""Time worked at a placement, day by day: what was said, who changed it, who confirmed it.

An entry is what is so now; its changes say what was so before, and never change. What was worked is
never refused because it broke the law of hours: it must be paid, and the breach is kept beside it.
"""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    DDL,
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    event,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from wbl.db import UtcDateTime, db, state_column
from wbl.links.models import Link
from wbl.placements.models import Placement


class EntryState(enum.StrEnum):
    DRAFT = "draft"  # the student's own; without an end: checked in
    SUBMITTED = "submitted"  # waits for whoever supervises
    CONFIRMED = "confirmed"
    QUESTIONED = "questioned"  # whoever supervises asks something
    WITHDRAWN = "withdrawn"  # taken back: counts for nothing, and stays on record


class TimeEntry(db.Model):
    """One stretch of work. ``uid`` is made by whoever writes it, so that sending it twice stores it once."""

    __tablename__ = "time_entry"
    id: Mapped[int] = mapped_column(primary_key=True)
    placement_id: Mapped[int] = mapped_column(ForeignKey("placement.id", ondelete="CASCADE"))
    uid: Mapped[str] = mapped_column(String(36))
    worked_on: Mapped[date]  # the date of the beginning, by the clocks of the district
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # None: at work
    break_minutes: Mapped[int] = mapped_column(default=0)
    minutes: Mapped[int] = mapped_column(default=0)  # worked, without the break
    note: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[EntryState] = mapped_column(state_column(EntryState, "time_entry_state"))
    question: Mapped[str] = mapped_column(Text, default="")  # of whoever supervises
    version: Mapped[int] = mapped_column(default=1)
    placement: Mapped[Placement] = relationship()
    __table_args__ = (
        UniqueConstraint("placement_id", "uid"),
        Index("ix_time_entry_placement_id_worked_on", "placement_id", "worked_on"),
        Index("ix_time_entry_state_worked_on", "state", "worked_on"),
        Index("ix_time_entry_placement_id_state_minutes", "placement_id", "state", "minutes"),
        Index(
            "uq_time_entry_open",
            "placement_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL AND state = 'draft'"),
            postgresql_where=text("ended_at IS NULL AND state = 'draft'"),
        ),
        CheckConstraint("break_minutes >= 0 AND minutes >= 0", name="never_negative"),
        CheckConstraint("ended_at IS NULL OR ended_at > started_at", name="ends_after_it_began"),
        CheckConstraint("ended_at IS NOT NULL OR state IN ('draft', 'withdrawn')", name="sent_when_ended"),
    )

    @property
    def running(self) -> bool:
        """Checked in, and not out."""
        return self.ended_at is None and self.state is EntryState.DRAFT


class ChangeKind(enum.StrEnum):
    CHECK_IN = "check_in"
    CHECK_OUT = "check_out"
    WRITE = "write"
    CORRECT = "correct"
    SEND = "send"
    CONFIRM = "confirm"
    QUESTION = "question"
    WITHDRAW = "withdraw"


class TimeEntryChange(db.Model):
    """What an entry was after one change, and whose change it was. The first row is how it began."""

    __tablename__ = "time_entry_change"
    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("time_entry.id", ondelete="CASCADE"))
    version: Mapped[int]
    kind: Mapped[ChangeKind] = mapped_column(state_column(ChangeKind, "time_entry_change_kind"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_kind: Mapped[str] = mapped_column(String(16))
    actor_id: Mapped[int | None]
    state: Mapped[EntryState] = mapped_column(state_column(EntryState, "time_entry_change_state"))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    break_minutes: Mapped[int]
    note: Mapped[str] = mapped_column(Text)
    question: Mapped[str] = mapped_column(Text)
    __table_args__ = (UniqueConstraint("entry_id", "version"),)


class HoursBreach(db.Model):
    """A rule about hours that was broken on a date. ``words``: its name and whose it is, by language.

    ``gone_at``: a correction showed that it was not. ``settled_at``: a coordinator has dealt with it.
    """

    __tablename__ = "hours_breach"
    id: Mapped[int] = mapped_column(primary_key=True)
    placement_id: Mapped[int] = mapped_column(ForeignKey("placement.id", ondelete="CASCADE"))
    rule: Mapped[str] = mapped_column(String(64))
    day: Mapped[date]
    says: Mapped[str] = mapped_column(String(32))
    under_age: Mapped[int]
    found: Mapped[int]
    limit: Mapped[int]
    citation: Mapped[str] = mapped_column(Text)
    words: Mapped[dict[str, Any]] = mapped_column(JSON)
    found_at: Mapped[datetime] = mapped_column(UtcDateTime)
    gone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    note: Mapped[str] = mapped_column(Text, default="")  # what was done about it
    placement: Mapped[Placement] = relationship()
    __table_args__ = (UniqueConstraint("placement_id", "rule", "day"),)


class Absence(db.Model):
    """A student said that they cannot come on a day: once, and who has to know is told once."""

    __tablename__ = "absence"
    id: Mapped[int] = mapped_column(primary_key=True)
    placement_id: Mapped[int] = mapped_column(ForeignKey("placement.id", ondelete="CASCADE"))
    on_day: Mapped[date]
    said_at: Mapped[datetime] = mapped_column(UtcDateTime)
    placement: Mapped[Placement] = relationship()
    __table_args__ = (UniqueConstraint("placement_id", "on_day"),)


class HoursLink(Link, db.Model):
    """A way for whoever supervises to confirm weeks without an account. Only the token's hash is kept."""

    __tablename__ = "hours_link"
    PURPOSE = "hours-link"
    PATH = "h"
    placement_id: Mapped[int] = mapped_column(ForeignKey("placement.id", ondelete="CASCADE"), index=True)
    email: Mapped[str] = mapped_column(String(254), default="")  # where it was sent; "": read out
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class HoursSetting(db.Model):
    """What hours are worth in a district: for one credit, and how many where a student's file says none."""

    __tablename__ = "hours_setting"
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id", ondelete="CASCADE"), primary_key=True)
    hours_per_credit: Mapped[int | None]
    hours_needed: Mapped[int | None]
    __table_args__ = (
        CheckConstraint("hours_per_credit IS NULL OR hours_per_credit > 0", name="credit_positive"),
        CheckConstraint("hours_needed IS NULL OR hours_needed > 0", name="needed_positive"),
    )


# What was so before stays so: no program of ours, and nobody at the database, rewrites it by accident.
SQLITE_TRIGGER = """CREATE TRIGGER time_entry_change_fixed BEFORE UPDATE ON time_entry_change
    BEGIN SELECT RAISE(ABORT, 'time_entry_change never changes'); END"""
POSTGRESQL_TRIGGERS = (
    """CREATE FUNCTION time_entry_change_refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'time_entry_change never changes'; END $$""",
    """CREATE TRIGGER time_entry_change_fixed BEFORE UPDATE ON time_entry_change
    FOR EACH ROW EXECUTE FUNCTION time_entry_change_refuse()""",
)
for _dialect, _statements in (("sqlite", (SQLITE_TRIGGER,)), ("postgresql", POSTGRESQL_TRIGGERS)):
    for _statement in _statements:
        event.listen(TimeEntryChange.__table__, "after_create", DDL(_statement).execute_if(dialect=_dialect))
