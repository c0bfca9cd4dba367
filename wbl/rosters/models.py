"""Rosters that wait or were taken, and how a district takes them."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from wbl.db import UtcDateTime, db, state_column


class RosterState(enum.StrEnum):
    FAULTY = "faulty"
    READY = "ready"  # waits for somebody to say yes
    APPLIED = "applied"
    DISCARDED = "discarded"


class RosterImport(db.Model):
    """A roster that was read. What was read is dropped as soon as it is applied or discarded."""

    __tablename__ = "roster_import"
    id: Mapped[int] = mapped_column(primary_key=True)
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    state: Mapped[RosterState] = mapped_column(state_column(RosterState, "roster_state"))
    format: Mapped[str] = mapped_column(String(32))
    from_folder: Mapped[bool] = mapped_column(default=False)  # picked up at night
    content: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    counts: Mapped[dict[str, Any]] = mapped_column(JSON)  # how many join, change, leave; or the faults
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    applied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RosterSetting(db.Model):
    """How a district takes rosters from its folder."""

    __tablename__ = "roster_setting"
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(String(16), default="sourcedId")
    apply_unasked: Mapped[bool] = mapped_column(default=False)
    picked_up_on: Mapped[date | None]  # the last night on which the folder was looked into
    digest: Mapped[str] = mapped_column(String(64), default="")  # of what lay in it then
