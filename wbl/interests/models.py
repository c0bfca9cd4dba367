"""What students say of themselves: their interests, and their side of a round.

The side of a round is constraints, preferences, refusals and notes.
"""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from wbl.audit.models import Reason
from wbl.db import UtcDateTime, db, state_column
from wbl.employers.models import Employer
from wbl.opportunities.models import Offering
from wbl.people.models import Student


class ProfileSource(enum.StrEnum):
    ACTIVITIES = "activities"  # our own thirty items
    ENTERED = "entered"  # scores from another instrument


class InterestProfile(db.Model):
    """One time that a student told their interests. The student's own: no page shows it to anyone else.

    ``answers``: by the code of an activity 0 to 4; of entered scores, the six as they were given.
    ``scores``: six numbers from 0 to 40 in the order R I A S E C, once it is done.
    """

    __tablename__ = "interest_profile"
    id: Mapped[int] = mapped_column(primary_key=True)
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id", ondelete="CASCADE"), index=True)
    source: Mapped[ProfileSource] = mapped_column(state_column(ProfileSource, "profile_source"))
    instrument: Mapped[str] = mapped_column(String(100), default="")  # of entered scores
    highest: Mapped[float | None]  # the highest score that the other instrument gives
    answers: Mapped[dict[str, Any]] = mapped_column(JSON)
    scores: Mapped[list[float] | None] = mapped_column(JSON(none_as_null=True))
    begun_at: Mapped[datetime] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    __table_args__ = (
        Index(
            "uq_interest_profile_open",
            "student_id",
            unique=True,
            sqlite_where=text("done_at IS NULL"),
            postgresql_where=text("done_at IS NULL"),
        ),
    )


class Occupation(db.Model):
    """An occupation that was imported from O*NET's own files, beside those of our own table."""

    __tablename__ = "occupation"
    soc_code: Mapped[str] = mapped_column(String(10), primary_key=True)  # 29-1141.00
    title: Mapped[str] = mapped_column(String(200))
    cluster: Mapped[str] = mapped_column(String(64))
    riasec: Mapped[str] = mapped_column(String(64))  # six scores from 0 to 40, as a cell


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
    max_placements: Mapped[str] = mapped_column(Text, default="", server_default="")
    to_learn: Mapped[str] = mapped_column(Text, default="", server_default="")
    # By the student, or on their behalf; a row that came with a folder has neither.
    begun_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # by the student, last
    # The parts (travel, times, work, needs) that the student has saved, and so need not be asked for.
    parts_done: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # what was said in it, past its retention
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


class OfferingNote(db.Model):
    """A student's note to self about an offering. Shown to nobody else, and part of no export."""

    __tablename__ = "offering_note"
    submission_id: Mapped[int] = mapped_column(
        ForeignKey("submission.id", ondelete="CASCADE"), primary_key=True
    )
    offering_id: Mapped[int] = mapped_column(ForeignKey("offering.id", ondelete="CASCADE"), primary_key=True)
    text: Mapped[str] = mapped_column(Text)


class SubmissionReceipt(db.Model):
    """What a student handed in, as it was then. A later submission makes another; none is changed.

    ``record``: ``choices`` (titles in order), ``refused`` (how many), and the cells of the submission.
    """

    __tablename__ = "submission_receipt"
    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    record: Mapped[dict[str, Any]] = mapped_column(JSON)


class FoundState(enum.StrEnum):
    WAITING = "waiting"  # for a coordinator
    ACCEPTED = "accepted"  # and an offering of the round
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"  # by the student


class FoundPlace(db.Model):
    """A place of work that a student found themself and proposes. What a coordinator accepts becomes an
    opportunity of an employer like any other; this row stays as the student told it."""

    __tablename__ = "found_place"
    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id", ondelete="CASCADE"), index=True)
    state: Mapped[FoundState] = mapped_column(state_column(FoundState, "found_state"))
    employer_name: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(String(200))
    city: Mapped[str] = mapped_column(String(100))
    postal_code: Mapped[str] = mapped_column(String(20))
    contact_name: Mapped[str] = mapped_column(String(200))
    contact_email: Mapped[str] = mapped_column(String(254))
    contact_phone: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(String(40))
    schedule: Mapped[str] = mapped_column(Text)  # windows, as the round format writes them
    paid: Mapped[str] = mapped_column(String(3))  # yes | no | "": not said
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    reason_id: Mapped[int | None] = mapped_column(ForeignKey("reason.id"))  # said to the student
    offering_id: Mapped[int | None] = mapped_column(
        ForeignKey("offering.id", ondelete="SET NULL"), index=True
    )
    # Whose place it is, once a coordinator has said so: vetted before the place is accepted.
    employer_id: Mapped[int | None] = mapped_column(
        ForeignKey("employer.id", ondelete="SET NULL"), index=True
    )
    submission: Mapped[Submission] = relationship()
    reason: Mapped[Reason | None] = relationship()
    employer: Mapped[Employer | None] = relationship()


class Growth(db.Model):
    """What an offering would train of what a student still lacks, 0 to 1 (growth.csv)."""

    __tablename__ = "growth"
    submission_id: Mapped[int] = mapped_column(
        ForeignKey("submission.id", ondelete="CASCADE"), primary_key=True
    )
    offering_id: Mapped[int] = mapped_column(ForeignKey("offering.id", ondelete="CASCADE"), primary_key=True)
    value: Mapped[float]
