"""Rounds, their pins, their runs and what a run proposed."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from wbl.audit.models import Reason
from wbl.db import UtcDateTime, db, state_column
from wbl.interests.models import Submission
from wbl.opportunities.models import Offering
from wbl.people.models import District, Student


class RoundState(enum.StrEnum):
    """Where a round stands. Solving is a state of its runs, not of the round."""

    DRAFT = "draft"  # nothing in it yet
    REVIEW = "review"  # somebody or something takes part: may be solved, reviewed, published
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
    # Students may begin and change their submissions from the one until the other.
    opens_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closes_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
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

    def collects_at(self, moment: datetime) -> bool:
        """Whether students may submit at that instant; a round without both instants collects nothing."""
        if self.opens_at is None or self.closes_at is None or self.published_run_id is not None:
            return False
        return self.opens_at <= moment < self.closes_at


class Nudge(db.Model):
    """A student was reminded of a round that collects: at most once on a day of the district."""

    __tablename__ = "nudge"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"))
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id", ondelete="CASCADE"), index=True)
    on_day: Mapped[date]
    sent_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    student: Mapped[Student] = relationship()
    __table_args__ = (UniqueConstraint("round_id", "student_id", "on_day"),)


class MarkKind(enum.StrEnum):
    PAPER = "paper"  # answers on paper: no mail asks for it
    OUT = "out"  # does not take part


class CollectMark(db.Model):
    """What a coordinator noted of a student while a round collects. At most one of a student."""

    __tablename__ = "collect_mark"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"))
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id", ondelete="CASCADE"), index=True)
    kind: Mapped[MarkKind] = mapped_column(state_column(MarkKind, "mark_kind"))
    # Of one who takes part no more: the submission that was taken out with it.
    submission_id: Mapped[int | None] = mapped_column(ForeignKey("submission.id", ondelete="SET NULL"))
    set_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    __table_args__ = (UniqueConstraint("round_id", "student_id"),)


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
    sealed: Mapped[bool] = mapped_column(default=False, server_default=false())  # see SealedReason
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    submission: Mapped[Submission] = relationship()
    offering: Mapped[Offering] = relationship()
    reason: Mapped[Reason | None] = relationship()
    round: Mapped[Round] = relationship()
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


class SealedReason(db.Model):
    """Why a pair is forbidden, where colleagues must not read it.

    Apart from ``reason``, so that no page, export or record that shows reasons can show this one.
    """

    __tablename__ = "sealed_reason"
    pin_id: Mapped[int] = mapped_column(ForeignKey("pin.id", ondelete="CASCADE"), primary_key=True)
    text: Mapped[str] = mapped_column(Text, deferred=True)


class Limit(db.Model):
    """A row of limits.csv: how few and how many placed students an employer, school, … may have."""

    __tablename__ = "placement_limit"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"))
    scope: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(64))  # the identifier or code that the scope looks at
    low: Mapped[int | None]
    high: Mapped[int | None]
    __table_args__ = (
        UniqueConstraint("round_id", "scope", "name"),
        CheckConstraint("low IS NULL OR high IS NULL OR low <= high", name="low_to_high"),
    )


class Relation(enum.StrEnum):
    TOGETHER = "together"
    APART = "apart"


class Companion(db.Model):
    """A row of pairs.csv: two students of a round who go together or apart. For coordinators alone."""

    __tablename__ = "companion"
    first_id: Mapped[int] = mapped_column(ForeignKey("submission.id", ondelete="CASCADE"), primary_key=True)
    second_id: Mapped[int] = mapped_column(
        ForeignKey("submission.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    relation: Mapped[Relation] = mapped_column(state_column(Relation, "companion_relation"))
    __table_args__ = (CheckConstraint("first_id <> second_id", name="two_students"),)


class Budget(db.Model):
    """A row of budgets.csv: what the seats that name it may cost together."""

    __tablename__ = "budget"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"))
    external_id: Mapped[str] = mapped_column(String(64))
    amount: Mapped[str] = mapped_column(Text)  # the cell as it was written: exact
    __table_args__ = (UniqueConstraint("round_id", "external_id"),)


class RoundFile(db.Model):
    """A file that a round is decided from and that is kept as it came.

    The school calendar, the transit feed that the policy names, and a district's own labor rules.
    """

    __tablename__ = "round_file"
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)


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
    previous_number: Mapped[int | None]  # of the run that a ``closest`` one stays close to
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

    ``profiles`` (the round folder) can be erased, and the explanations with them; ``pairs`` (the
    eligible pairs with their utility) and the other results stay.
    """

    __tablename__ = "run_archive"
    run_id: Mapped[int] = mapped_column(ForeignKey("solve_run.id", ondelete="CASCADE"), primary_key=True)
    profiles: Mapped[bytes | None] = mapped_column(LargeBinary)  # zip of the round folder
    profiles_digest: Mapped[str] = mapped_column(String(64))
    pairs: Mapped[bytes] = mapped_column(LargeBinary)  # zip of eligible.csv
    pairs_digest: Mapped[str] = mapped_column(String(64))
    results: Mapped[bytes] = mapped_column(LargeBinary)  # zip of the five output files; erased: of four
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AdviceState(enum.StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class RunAdvice(db.Model):
    """What would place more students than a run does: asked for once, worked out by the worker."""

    __tablename__ = "run_advice"
    run_id: Mapped[int] = mapped_column(ForeignKey("solve_run.id", ondelete="CASCADE"), primary_key=True)
    state: Mapped[AdviceState] = mapped_column(state_column(AdviceState, "advice_state"))
    phase: Mapped[str] = mapped_column(String(16), default="")
    attempts: Mapped[int] = mapped_column(default=0)
    requested_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    heard_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # of the worker, while it is running
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    record: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    run: Mapped[SolveRun] = relationship()


class Proposal(db.Model):
    """A pair that a run proposes; a student who asked for several seats may have several."""

    __tablename__ = "proposal"
    run_id: Mapped[int] = mapped_column(ForeignKey("solve_run.id", ondelete="CASCADE"), primary_key=True)
    submission_id: Mapped[int] = mapped_column(
        ForeignKey("submission.id", ondelete="CASCADE"), primary_key=True
    )
    offering_id: Mapped[int] = mapped_column(ForeignKey("offering.id"), primary_key=True, index=True)
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
