"""What a district decided about its reports, and thank-yous that an employer reads."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from wbl.accounts.models import User
from wbl.db import UtcDateTime, db, state_column
from wbl.placements.models import Placement


class ReportSetting(db.Model):
    """What a district decided otherwise than the defaults. Without a row it has decided nothing.

    ``thresholds``: see ``thresholds.py``; ``qualifying``: see ``qualifying.py``.
    """

    __tablename__ = "report_setting"
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id", ondelete="CASCADE"), primary_key=True)
    thresholds: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    qualifying: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ThanksBy(enum.StrEnum):
    STUDENT = "student"
    COORDINATOR = "coordinator"


class ThanksState(enum.StrEnum):
    WAITING = "waiting"  # for the coordinator, who reads a student's words first
    PASSED = "passed"  # the employer reads it
    SENT_BACK = "sent_back"  # with a word why; the student may write it anew


class Thanks(db.Model):
    """A thank-you for one placement, to its employer. The words can be erased with the placement's."""

    __tablename__ = "thanks"
    id: Mapped[int] = mapped_column(primary_key=True)
    placement_id: Mapped[int] = mapped_column(ForeignKey("placement.id", ondelete="CASCADE"))
    writer: Mapped[ThanksBy] = mapped_column(state_column(ThanksBy, "thanks_writer"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    words: Mapped[str] = mapped_column(Text)
    state: Mapped[ThanksState] = mapped_column(state_column(ThanksState, "thanks_state"), index=True)
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    why: Mapped[str] = mapped_column(Text, default="")  # of one sent back, for the student to read
    placement: Mapped[Placement] = relationship()
    user: Mapped[User | None] = relationship(foreign_keys=[user_id])
    __table_args__ = (UniqueConstraint("placement_id", "writer"),)
