"""What families ask the school."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from wbl.db import UtcDateTime, db
from wbl.people.models import Guardian
from wbl.placements.models import Placement


class FamilyQuestion(db.Model):
    """A question that came by a family's link, and the school's answer."""

    __tablename__ = "family_question"
    id: Mapped[int] = mapped_column(primary_key=True)
    placement_id: Mapped[int] = mapped_column(ForeignKey("placement.id", ondelete="CASCADE"))
    guardian_id: Mapped[int | None] = mapped_column(ForeignKey("guardian.id", ondelete="SET NULL"))
    by_student: Mapped[bool] = mapped_column(default=False)  # else by the guardian
    language: Mapped[str] = mapped_column(String(35))  # of the page it was written on
    text: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    placement: Mapped[Placement] = relationship()
    guardian: Mapped[Guardian | None] = relationship()
    __table_args__ = (Index("ix_family_question_placement_id_guardian_id", "placement_id", "guardian_id"),)
