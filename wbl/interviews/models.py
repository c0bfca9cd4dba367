"""Interviews: whom an employer meets before somebody is placed, with whose consent, and what came of it."""

from __future__ import annotations

import enum
from datetime import date, datetime

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from wbl.db import UtcDateTime, db, state_column
from wbl.interests.models import Submission
from wbl.opportunities.models import Offering
from wbl.people.models import Guardian


class InterviewState(enum.StrEnum):
    ASKED = "asked"  # the student has not answered: the employer sees nobody
    AGREED = "agreed"
    DECLINED = "declined"  # by the student
    DECIDED = "decided"  # by the employer


class Decision(enum.StrEnum):
    """What an employer decides, by code alone: no words that could carry what nobody may ask."""

    TAKE = "take"
    OTHERS = "others"  # others fit the work better
    SCHEDULE = "schedule"  # the times do not fit
    WITHDREW = "withdrew"  # the student no longer wants it
    NO_SHOW = "no_show"


class GuardianHow(enum.StrEnum):
    """How a guardian said yes: each is signed, as the disclosure of a record has to be."""

    PAPER = "paper"
    INTERPRETER = "interpreter"  # on paper, gone through with an interpreter
    ELECTRONIC = "electronic"  # in a system of the district's own


class Interview(db.Model):
    """A student whom a shortlist run names for an offering whose employer interviews first."""

    __tablename__ = "interview"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"), index=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("solve_run.id", ondelete="CASCADE"))
    offering_id: Mapped[int] = mapped_column(ForeignKey("offering.id", ondelete="CASCADE"))
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id", ondelete="CASCADE"), index=True)
    state: Mapped[InterviewState] = mapped_column(state_column(InterviewState, "interview_state"))
    fields: Mapped[list[str]] = mapped_column(JSON)  # what the student agreed to share
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # A guardian's yes, for a student under 18: when and by whom it was recorded, whose it is, the date
    # it bears, how it came. What was recorded before these were asked has the first two alone.
    guardian_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    guardian_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    guardian_id: Mapped[int | None] = mapped_column(ForeignKey("guardian.id", ondelete="SET NULL"))
    guardian_on: Mapped[date | None]
    guardian_how: Mapped[GuardianHow | None] = mapped_column(state_column(GuardianHow, "guardian_how"))
    starts_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    place: Mapped[str] = mapped_column(String(200), default="")
    decision: Mapped[Decision | None] = mapped_column(state_column(Decision, "interview_decision"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    guardian: Mapped[Guardian | None] = relationship()
    offering: Mapped[Offering] = relationship()
    submission: Mapped[Submission] = relationship()
    __table_args__ = (UniqueConstraint("offering_id", "submission_id"),)
