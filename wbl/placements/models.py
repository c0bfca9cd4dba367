"""What was published: publications, placements, family links and consents."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from wbl.audit.models import Reason
from wbl.db import UtcDateTime, db, state_column
from wbl.opportunities.models import Offering
from wbl.people.models import Guardian, Student
from wbl.rounds.models import Round, SolveRun


class Publication(db.Model):
    """A run made public. At most one of a round is in force; a withdrawn one stays on record."""

    __tablename__ = "publication"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"))
    run_id: Mapped[int] = mapped_column(ForeignKey("solve_run.id"))
    published_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    published_at: Mapped[datetime] = mapped_column(UtcDateTime)
    withdrawn_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_reason_id: Mapped[int | None] = mapped_column(ForeignKey("reason.id"))
    withdrawn_reason: Mapped[Reason | None] = relationship()
    round: Mapped[Round] = relationship()
    run: Mapped[SolveRun] = relationship()
    __table_args__ = (
        Index(
            "uq_publication_in_force",
            "round_id",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )


class PlacementState(enum.StrEnum):
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class Placement(db.Model):
    """A student's published seat. It keeps what was said of it then (rank, minutes, conditions)."""

    __tablename__ = "placement"
    id: Mapped[int] = mapped_column(primary_key=True)
    publication_id: Mapped[int] = mapped_column(ForeignKey("publication.id", ondelete="CASCADE"))
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"), index=True)
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id", ondelete="CASCADE"), index=True)
    offering_id: Mapped[int] = mapped_column(ForeignKey("offering.id"), index=True)
    state: Mapped[PlacementState] = mapped_column(state_column(PlacementState, "placement_state"))
    rank: Mapped[int | None]
    travel_minutes: Mapped[int | None]
    conditions: Mapped[list[str]] = mapped_column(JSON)
    explanation: Mapped[dict[str, Any]] = mapped_column(JSON)
    publication: Mapped[Publication] = relationship()
    student: Mapped[Student] = relationship()
    offering: Mapped[Offering] = relationship()
    __table_args__ = (UniqueConstraint("publication_id", "student_id"),)


class FamilyLink(db.Model):
    """A way for one guardian (or the student, where none may receive and they are 18) to one placement.

    Only the hash of the token is stored; the token is derived again, from ``nonce`` and the
    application's secret, where a letter is printed.
    """

    __tablename__ = "family_link"
    id: Mapped[int] = mapped_column(primary_key=True)
    placement_id: Mapped[int] = mapped_column(ForeignKey("placement.id", ondelete="CASCADE"), index=True)
    guardian_id: Mapped[int | None] = mapped_column(ForeignKey("guardian.id", ondelete="CASCADE"))
    nonce: Mapped[str] = mapped_column(String(32))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    placement: Mapped[Placement] = relationship()
    guardian: Mapped[Guardian | None] = relationship()


class ConsentSource(enum.StrEnum):
    FAMILY_LINK = "family_link"
    PAPER = "paper"  # recorded by a coordinator
    STUDENT = "student"  # of 18 or older


class Consent(db.Model):
    """An answer to "may the school tell this employer …", for one field of one placement.

    ``field`` is ``name`` or ``adjustment:CODE``. The newest answer counts; earlier ones stay.
    """

    __tablename__ = "consent"
    id: Mapped[int] = mapped_column(primary_key=True)
    placement_id: Mapped[int] = mapped_column(ForeignKey("placement.id", ondelete="CASCADE"), index=True)
    field: Mapped[str] = mapped_column(String(100))
    granted: Mapped[bool]
    source: Mapped[ConsentSource] = mapped_column(state_column(ConsentSource, "consent_source"))
    guardian_id: Mapped[int | None] = mapped_column(ForeignKey("guardian.id", ondelete="SET NULL"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    placement: Mapped[Placement] = relationship()
    guardian: Mapped[Guardian | None] = relationship()
