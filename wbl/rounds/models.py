"""Rounds, their pins, their runs and what a run proposed."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from wbl.audit.models import Reason
from wbl.db import UtcDateTime, db, state_column
from wbl.interests.models import Submission
from wbl.opportunities.models import Offering
from wbl.people.models import District


class RoundState(enum.StrEnum):
    """Where a round stands. Solving is a state of its runs, not of the round."""

    DRAFT = "draft"  # nothing in it yet
    REVIEW = "review"  # has students and offerings: may be solved, reviewed, published
    PUBLISHED = "published"


class Round(db.Model):
    """A placement round of a district. ``published_run_id`` is set by a compare-and-set, once."""

    __tablename__ = "round"
    id: Mapped[int] = mapped_column(primary_key=True)
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    state: Mapped[RoundState] = mapped_column(state_column(RoundState, "round_state"))
    policy: Mapped[dict[str, Any]] = mapped_column(JSON)  # policy.toml as a document, defaults left out
    published_run_id: Mapped[int | None] = mapped_column(
        ForeignKey("solve_run.id", use_alter=True, name="fk_round_published_run_id_solve_run")
    )
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    district: Mapped[District] = relationship()

    @property
    def first_day(self) -> date:
        """When an offering without a start begins, for the law as for a letter: the policy's
        ``on_date``, which may have come with an import, else the start of the round."""
        given = self.policy.get("on_date")
        return date.fromisoformat(given) if given else self.starts_on


class ImportState(enum.StrEnum):
    FAULTY = "faulty"
    READY = "ready"
    APPLIED = "applied"
    DISCARDED = "discarded"


class RoundImport(db.Model):
    """An uploaded round folder, read and judged, waiting for somebody to say yes.

    The upload itself is dropped as soon as it is applied or discarded.
    """

    __tablename__ = "round_import"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    state: Mapped[ImportState] = mapped_column(state_column(ImportState, "import_state"))
    archive: Mapped[bytes | None] = deferred(mapped_column(LargeBinary))  # zip of the files
    preview: Mapped[dict[str, Any]] = mapped_column(JSON)  # counts, warnings, faults
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PinDecision(enum.StrEnum):
    REQUIRE = "require"
    FORBID = "forbid"


class Pin(db.Model):
    """A pair that a coordinator requires or forbids, with a reason. Removed pins stay, marked."""

    __tablename__ = "pin"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"), index=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id", ondelete="CASCADE"))
    offering_id: Mapped[int] = mapped_column(ForeignKey("offering.id", ondelete="CASCADE"))
    decision: Mapped[PinDecision] = mapped_column(state_column(PinDecision, "pin_decision"))
    reason_id: Mapped[int | None] = mapped_column(ForeignKey("reason.id"))
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    submission: Mapped[Submission] = relationship()
    offering: Mapped[Offering] = relationship()
    reason: Mapped[Reason | None] = relationship()
    __table_args__ = (
        Index(
            "uq_pin_active_pair",
            "submission_id",
            "offering_id",
            unique=True,
            sqlite_where=text("removed_at IS NULL"),
            postgresql_where=text("removed_at IS NULL"),
        ),
    )


class RunState(enum.StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"  # a fault in the round, or of ours: ``error`` says which
    STOPPED = "stopped"


class SolveRun(db.Model):
    """One solve of a round. Once ended it never changes: another solve is another run."""

    __tablename__ = "solve_run"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"), index=True)
    number: Mapped[int]  # 1, 2, 3 … within the round
    state: Mapped[RunState] = mapped_column(state_column(RunState, "run_state"))
    method: Mapped[str] = mapped_column(String(16), default="auto")
    stop_requested: Mapped[bool] = mapped_column(default=False)
    attempts: Mapped[int] = mapped_column(default=0)
    heartbeat_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    progress: Mapped[dict[str, Any] | None] = mapped_column(JSON)  # phase, goal, value, bound, seconds
    error: Mapped[dict[str, Any] | None] = mapped_column(JSON)  # {"kind": …, "faults": […]}
    summary: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    input_digest: Mapped[str | None] = mapped_column(String(64))
    requested_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    queued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    round: Mapped[Round] = relationship(foreign_keys=[round_id])
    __table_args__ = (UniqueConstraint("round_id", "number"),)


class RunArchive(db.Model):
    """What a run was computed from and what it gave, by pseudonym, so that anyone can check it again.

    ``profiles`` (the round folder) can be erased; ``pairs`` (the eligible pairs with their utility)
    and the results stay.
    """

    __tablename__ = "run_archive"
    run_id: Mapped[int] = mapped_column(ForeignKey("solve_run.id", ondelete="CASCADE"), primary_key=True)
    profiles: Mapped[bytes | None] = mapped_column(LargeBinary)  # zip of the round folder
    profiles_digest: Mapped[str] = mapped_column(String(64))
    pairs: Mapped[bytes] = mapped_column(LargeBinary)  # zip of eligible.csv
    pairs_digest: Mapped[str] = mapped_column(String(64))
    results: Mapped[bytes] = mapped_column(LargeBinary)  # zip of the five output files


class Proposal(db.Model):
    """A pair that a run proposes."""

    __tablename__ = "proposal"
    run_id: Mapped[int] = mapped_column(ForeignKey("solve_run.id", ondelete="CASCADE"), primary_key=True)
    submission_id: Mapped[int] = mapped_column(
        ForeignKey("submission.id", ondelete="CASCADE"), primary_key=True
    )
    offering_id: Mapped[int] = mapped_column(ForeignKey("offering.id"), index=True)
    utility: Mapped[int]
    rank: Mapped[int | None]
    travel_minutes: Mapped[int | None]
    interest_fit: Mapped[float | None]
    parts: Mapped[dict[str, Any] | None] = mapped_column(JSON)  # {"preference": [value, weight], …}
    conditions: Mapped[list[str]] = mapped_column(JSON)
    submission: Mapped[Submission] = relationship()
    offering: Mapped[Offering] = relationship()


class Unplaced(db.Model):
    """A student whom a run placed nowhere, and the reason."""

    __tablename__ = "unplaced"
    run_id: Mapped[int] = mapped_column(ForeignKey("solve_run.id", ondelete="CASCADE"), primary_key=True)
    submission_id: Mapped[int] = mapped_column(
        ForeignKey("submission.id", ondelete="CASCADE"), primary_key=True
    )
    reason: Mapped[str] = mapped_column(String(64))
    detail: Mapped[str] = mapped_column(Text, default="")
    submission: Mapped[Submission] = relationship()


class Explanation(db.Model):
    """A line of explanations.jsonl: codes and numbers, turned into sentences where it is read."""

    __tablename__ = "explanation"
    run_id: Mapped[int] = mapped_column(ForeignKey("solve_run.id", ondelete="CASCADE"), primary_key=True)
    submission_id: Mapped[int] = mapped_column(
        ForeignKey("submission.id", ondelete="CASCADE"), primary_key=True
    )
    record: Mapped[dict[str, Any]] = mapped_column(JSON)
