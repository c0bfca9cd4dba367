"""The student's side of a round: interests, constraints, preferences and refusals."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from wbl.db import db
from wbl.opportunities.models import Offering
from wbl.people.models import Student


class Submission(db.Model):
    """One student in one round: the part of a row of students.csv that belongs to the round.

    ``pseudonym`` is what the engine, the stored runs and an export call the student. Text columns
    hold the cell as the round format writes it; empty means "not given".
    """

    __tablename__ = "submission"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"))
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id", ondelete="CASCADE"), index=True)
    pseudonym: Mapped[str] = mapped_column(String(64))
    active: Mapped[bool] = mapped_column(default=True)  # false: a later import left the student out
    riasec: Mapped[str] = mapped_column(Text, default="")
    travel_modes: Mapped[str] = mapped_column(Text, default="")
    max_travel_minutes: Mapped[str] = mapped_column(Text, default="")
    available: Mapped[str] = mapped_column(Text, default="")
    languages: Mapped[str] = mapped_column(Text, default="")
    credentials: Mapped[str] = mapped_column(Text, default="")
    courses: Mapped[str] = mapped_column(Text, default="")
    programs: Mapped[str] = mapped_column(Text, default="")
    priority: Mapped[str] = mapped_column(Text, default="")
    hours_needed: Mapped[str] = mapped_column(Text, default="")
    pay: Mapped[str] = mapped_column(Text, default="")
    open_to_others: Mapped[str] = mapped_column(Text, default="")
    student_learner: Mapped[str] = mapped_column(Text, default="")
    student: Mapped[Student] = relationship()
    __table_args__ = (
        UniqueConstraint("round_id", "student_id"),
        UniqueConstraint("round_id", "pseudonym"),
    )


class Preference(db.Model):
    """A student's rank of an offering (1 is the first choice), and the employer's of the student."""

    __tablename__ = "preference"
    submission_id: Mapped[int] = mapped_column(
        ForeignKey("submission.id", ondelete="CASCADE"), primary_key=True
    )
    offering_id: Mapped[int] = mapped_column(
        ForeignKey("offering.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    rank: Mapped[int | None]
    opportunity_rank: Mapped[int | None]
    offering: Mapped[Offering] = relationship()
    __table_args__ = (CheckConstraint("rank IS NULL OR rank >= 1", name="rank_positive"),)


class Refusal(db.Model):
    """A student would not accept this offering. Private: shown to nobody but the student."""

    __tablename__ = "refusal"
    submission_id: Mapped[int] = mapped_column(
        ForeignKey("submission.id", ondelete="CASCADE"), primary_key=True
    )
    offering_id: Mapped[int] = mapped_column(ForeignKey("offering.id", ondelete="CASCADE"), primary_key=True)


class Growth(db.Model):
    """What an offering would train of what a student still lacks, 0 to 1 (growth.csv)."""

    __tablename__ = "growth"
    submission_id: Mapped[int] = mapped_column(
        ForeignKey("submission.id", ondelete="CASCADE"), primary_key=True
    )
    offering_id: Mapped[int] = mapped_column(ForeignKey("offering.id", ondelete="CASCADE"), primary_key=True)
    value: Mapped[float]
