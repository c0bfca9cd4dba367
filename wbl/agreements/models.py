"""The paperwork between a published placement and its first day: steps, tasks, agreement, signatures.

Whether a placement is in force is said by the placement itself; how far its paperwork is, here.
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
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from wbl.db import UtcDateTime, db, state_column
from wbl.links.models import Link
from wbl.opportunities.models import Offering
from wbl.people.models import Guardian
from wbl.placements.models import Placement, SignatureState


class PaperworkState(enum.StrEnum):
    OPEN = "open"
    ACTIVE = "active"  # every step and every task is done: the student may start
    COMPLETED = "completed"
    ENDED = "ended"  # with the placement


class Step(enum.StrEnum):
    """Who holds the paperwork now, in the order of the chain."""

    STUDENT = "student"  # accepts the place, and signs
    GUARDIAN = "guardian"  # agrees field by field, and signs
    EMPLOYER = "employer"  # confirms the supervisor and the safety orientation, and signs
    SUPERVISOR = "supervisor"  # signs, where that is somebody else
    SCHOOL = "school"  # signs last
    TASKS = "tasks"  # everybody has signed; something is still to arrange
    DONE = "done"


class Paperwork(db.Model):
    """How far one placement is. ``seat`` is given when it becomes active: one active placement a seat."""

    __tablename__ = "paperwork"
    placement_id: Mapped[int] = mapped_column(
        ForeignKey("placement.id", ondelete="CASCADE"), primary_key=True
    )
    offering_id: Mapped[int] = mapped_column(ForeignKey("offering.id"))
    state: Mapped[PaperworkState] = mapped_column(state_column(PaperworkState, "paperwork_state"))
    step: Mapped[Step] = mapped_column(state_column(Step, "paperwork_step"))
    step_since: Mapped[datetime] = mapped_column(UtcDateTime)
    moves: Mapped[int] = mapped_column(default=0)  # how often the step has changed: mail names it
    nudge_at: Mapped[datetime] = mapped_column(UtcDateTime)
    nudges: Mapped[int] = mapped_column(default=0)  # of this step
    seat: Mapped[int | None]
    # What the employer confirmed.
    supervisor: Mapped[str] = mapped_column(String(200), default="")
    supervisor_email: Mapped[str] = mapped_column(String(254), default="")
    supervisor_phone: Mapped[str] = mapped_column(String(40), default="")
    supervisor_signs: Mapped[bool] = mapped_column(default=False)  # besides whoever signs for the employer
    oriented_on: Mapped[date | None]  # the day of the safety orientation
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # What the family allows beyond the placement itself: no, until it says yes.
    media_release: Mapped[bool] = mapped_column(default=False, server_default=false())
    directory_information: Mapped[bool] = mapped_column(default=False, server_default=false())
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    active_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    placement: Mapped[Placement] = relationship()
    offering: Mapped[Offering] = relationship()
    __table_args__ = (
        Index(
            "uq_paperwork_seat",
            "offering_id",
            "seat",
            unique=True,
            sqlite_where=text("state = 'active'"),
            postgresql_where=text("state = 'active'"),
        ),
        Index("ix_paperwork_state_nudge_at", "state", "nudge_at"),
        CheckConstraint(
            "state <> 'active' OR (seat IS NOT NULL AND active_at IS NOT NULL)", name="active_has_a_seat"
        ),
    )

    @property
    def id(self) -> int:
        """What an audit row names it by."""
        return self.placement_id


class TaskHolder(enum.StrEnum):
    """Who arranges it."""

    SCHOOL = "school"
    SITE = "site"
    JOB_COACH = "job_coach"
    AGENCY = "agency"
    FAMILY = "family"


class PaperworkTask(db.Model):
    """Something to arrange before the first day. ``code`` is a condition of the match, or ``own``."""

    __tablename__ = "paperwork_task"
    id: Mapped[int] = mapped_column(primary_key=True)
    placement_id: Mapped[int] = mapped_column(ForeignKey("placement.id", ondelete="CASCADE"))
    code: Mapped[str] = mapped_column(String(100))
    what: Mapped[str] = mapped_column(String(200), default="")  # in somebody's own words
    holder: Mapped[TaskHolder] = mapped_column(state_column(TaskHolder, "paperwork_task_holder"))
    due_on: Mapped[date]
    valid_until: Mapped[date | None]  # the last day on which what was arranged holds: a work permit
    note: Mapped[str] = mapped_column(Text, default="")
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    placement: Mapped[Placement] = relationship()
    __table_args__ = (
        Index(
            "uq_paperwork_task_code",
            "placement_id",
            "code",
            unique=True,
            sqlite_where=text("code <> 'own'"),
            postgresql_where=text("code <> 'own'"),
        ),
        Index("ix_paperwork_task_placement_id", "placement_id"),
    )


class TrainingAgreement(db.Model):
    """One version of the document: the facts it was made from and its English text, which rules.

    ``digest`` is the SHA-256 of the canonical form of ``content``. Neither ever changes; another
    document is another version, and what was signed before stays with the version it was signed on.
    """

    __tablename__ = "training_agreement"
    id: Mapped[int] = mapped_column(primary_key=True)
    placement_id: Mapped[int] = mapped_column(ForeignKey("placement.id", ondelete="CASCADE"))
    version: Mapped[int]
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    digest: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    superseded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    placement: Mapped[Placement] = relationship()
    __table_args__ = (
        UniqueConstraint("placement_id", "version"),
        Index(
            "uq_training_agreement_current",
            "placement_id",
            unique=True,
            sqlite_where=text("superseded_at IS NULL"),
            postgresql_where=text("superseded_at IS NULL"),
        ),
    )


class SignerRole(enum.StrEnum):
    STUDENT = "student"
    GUARDIAN = "guardian"
    EMPLOYER = "employer"
    SUPERVISOR = "supervisor"
    SCHOOL = "school"


class SignatureSource(enum.StrEnum):
    ACCOUNT = "account"  # signed in
    LINK = "link"
    PAPER = "paper"  # on paper, recorded by a coordinator


class AgreementSignature(db.Model):
    """A typed name under one version: what was meant by it, when, and the digest of what was read."""

    __tablename__ = "agreement_signature"
    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("training_agreement.id", ondelete="CASCADE"))
    role: Mapped[SignerRole] = mapped_column(state_column(SignerRole, "agreement_signer_role"))
    name: Mapped[str] = mapped_column(String(200))  # as it was typed
    intent: Mapped[str] = mapped_column(Text)  # the sentence above the name, as it was read
    language: Mapped[str] = mapped_column(String(35))
    digest: Mapped[str] = mapped_column(String(64))
    signed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    signed_on: Mapped[date]  # at the district; of a paper, the day that stands on it
    source: Mapped[SignatureSource] = mapped_column(state_column(SignatureSource, "agreement_source"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))  # who signed, or recorded a paper
    guardian_id: Mapped[int | None] = mapped_column(ForeignKey("guardian.id", ondelete="SET NULL"))
    # On a translation that nobody has checked it waits for an interpreter, as a family's answers do.
    state: Mapped[SignatureState] = mapped_column(state_column(SignatureState, "agreement_signature_state"))
    agreement: Mapped[TrainingAgreement] = relationship()
    guardian: Mapped[Guardian | None] = relationship()
    __table_args__ = (
        Index(
            "uq_agreement_signature_role",
            "agreement_id",
            "role",
            unique=True,
            sqlite_where=text("state <> 'dismissed'"),
            postgresql_where=text("state <> 'dismissed'"),
        ),
    )

    @property
    def counts(self) -> bool:
        return self.state in (SignatureState.COUNTS, SignatureState.INTERPRETED)


class SigningLink(Link, db.Model):
    """A way to one agreement, without an account, for whoever signs for the employer or supervises.

    Only the hash of the token is stored, as of a family's link.
    """

    __tablename__ = "signing_link"
    PURPOSE = "signing-link"
    PATH = "a"
    placement_id: Mapped[int] = mapped_column(ForeignKey("placement.id", ondelete="CASCADE"), index=True)
    role: Mapped[SignerRole] = mapped_column(state_column(SignerRole, "signing_link_role"))
    email: Mapped[str] = mapped_column(String(254), default="")  # where it was sent; "": read out
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    placement: Mapped[Placement] = relationship()
    __table_args__ = (CheckConstraint("role IN ('employer', 'supervisor')", name="of_a_workplace"),)


class EmergencyContact(db.Model):
    """Whom to call for a student. Apart from everything else, under a permission of its own."""

    __tablename__ = "emergency_contact"
    id: Mapped[int] = mapped_column(primary_key=True)
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    relation: Mapped[str] = mapped_column(String(64), default="")
    phone: Mapped[str] = mapped_column(String(40))
    for_employer: Mapped[bool] = mapped_column(default=False)  # whether the workplace may have it, too
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class VisitKind(enum.StrEnum):
    BEFORE = "before"
    WEEK_1 = "week_1"
    WEEK_2 = "week_2"
    OTHER = "other"


class SiteVisit(db.Model):
    """Somebody of the school at a workplace, planned and then logged. It is of all students there."""

    __tablename__ = "site_visit"
    id: Mapped[int] = mapped_column(primary_key=True)
    offering_id: Mapped[int] = mapped_column(ForeignKey("offering.id", ondelete="CASCADE"), index=True)
    kind: Mapped[VisitKind] = mapped_column(state_column(VisitKind, "site_visit_kind"))
    planned_on: Mapped[date]
    done_on: Mapped[date | None]
    done_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    note: Mapped[str] = mapped_column(Text, default="")
    offering: Mapped[Offering] = relationship()


# A document that somebody signed, and the signature, stay what they were: no program of ours, and
# nobody at the database, changes one by accident. They go with their student, and so can be deleted.
FIXED = {
    "training_agreement": "placement_id, version, content, digest, made_at",
    "agreement_signature": "agreement_id, role, name, intent, language, digest, signed_at, signed_on, source",
}
SQLITE_TRIGGERS = {
    table: [
        f"""CREATE TRIGGER {table}_fixed BEFORE UPDATE OF {columns} ON {table}
    BEGIN SELECT RAISE(ABORT, '{table} never changes'); END"""
    ]
    for table, columns in FIXED.items()
}
POSTGRESQL_TRIGGERS = {
    table: [
        f"""CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION '{table} never changes'; END $$""",
        f"""CREATE TRIGGER {table}_fixed BEFORE UPDATE OF {columns} ON {table}
    FOR EACH ROW EXECUTE FUNCTION {table}_refuse()""",
    ]
    for table, columns in FIXED.items()
}
for _model in (TrainingAgreement, AgreementSignature):
    for _dialect, _triggers in (("sqlite", SQLITE_TRIGGERS), ("postgresql", POSTGRESQL_TRIGGERS)):
        for _statement in _triggers[_model.__tablename__]:
            event.listen(_model.__table__, "after_create", DDL(_statement).execute_if(dialect=_dialect))
