"""What was published: publications, placements, family links and consents."""

from __future__ import annotations

import base64
import enum
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from wbl.accounts.tokens import derived
from wbl.audit.models import Reason
from wbl.db import UtcDateTime, db, state_column
from wbl.links.models import Link
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
    WITHDRAWN = "withdrawn"  # with its publication; or alone, and then a PlacementEnd says why


class Placement(db.Model):
    """A student's published seat. It keeps what was said of it then (rank, minutes, conditions)."""

    __tablename__ = "placement"
    id: Mapped[int] = mapped_column(primary_key=True)
    publication_id: Mapped[int] = mapped_column(ForeignKey("publication.id", ondelete="CASCADE"))
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"))
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id", ondelete="CASCADE"), index=True)
    offering_id: Mapped[int] = mapped_column(ForeignKey("offering.id"), index=True)
    state: Mapped[PlacementState] = mapped_column(state_column(PlacementState, "placement_state"))
    rank: Mapped[int | None]
    travel_minutes: Mapped[int | None]
    conditions: Mapped[list[str]] = mapped_column(JSON)
    explanation: Mapped[dict[str, Any]] = mapped_column(JSON)
    answer_by: Mapped[date | None]  # until when the student says yes or no
    publication: Mapped[Publication] = relationship()
    student: Mapped[Student] = relationship()
    offering: Mapped[Offering] = relationship()
    __table_args__ = (
        UniqueConstraint("publication_id", "student_id", "offering_id"),
        # "Has this student a seat in this round?" is asked of ten thousand students at once. SQLite, which
        # keeps no statistics, otherwise looks through the round for each of them.
        Index("ix_placement_round_id_student_id", "round_id", "student_id"),
    )


class Answer(enum.StrEnum):
    ACCEPTED = "accepted"
    DECLINED = "declined"


class PlacementAnswer(db.Model):
    """What the student said to a placement. None yet: no row. A no stays until the place is ended."""

    __tablename__ = "placement_answer"
    placement_id: Mapped[int] = mapped_column(
        ForeignKey("placement.id", ondelete="CASCADE"), primary_key=True
    )
    answer: Mapped[Answer] = mapped_column(state_column(Answer, "placement_answer"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    reason_id: Mapped[int | None] = mapped_column(ForeignKey("reason.id"))
    placement: Mapped[Placement] = relationship()
    reason: Mapped[Reason | None] = relationship()


class PlacementChange(db.Model):
    """What was changed in a publication in force: a student placed, a placement ended, a repair run."""

    __tablename__ = "placement_change"
    id: Mapped[int] = mapped_column(primary_key=True)
    publication_id: Mapped[int] = mapped_column(ForeignKey("publication.id", ondelete="CASCADE"), index=True)
    run_id: Mapped[int | None] = mapped_column(ForeignKey("solve_run.id"))  # of a repair
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    reason_id: Mapped[int | None] = mapped_column(ForeignKey("reason.id"))
    added: Mapped[int] = mapped_column(default=0)
    ended: Mapped[int] = mapped_column(default=0)
    reason: Mapped[Reason | None] = relationship()
    run: Mapped[SolveRun | None] = relationship()


class EndKind(enum.StrEnum):
    DECLINED = "declined"  # the student or the family said no
    LAPSED = "lapsed"  # nobody answered by the date
    ENDED = "ended"  # it came to an end before its last day
    SEAT_LOST = "seat_lost"  # the employer cannot host any more
    REPLACED = "replaced"  # by another seat, in a change


class PlacementEnd(db.Model):
    """Why a placement is in force no more, while its publication is. The placement stays on record."""

    __tablename__ = "placement_end"
    placement_id: Mapped[int] = mapped_column(
        ForeignKey("placement.id", ondelete="CASCADE"), primary_key=True
    )
    change_id: Mapped[int] = mapped_column(ForeignKey("placement_change.id", ondelete="CASCADE"), index=True)
    kind: Mapped[EndKind] = mapped_column(state_column(EndKind, "end_kind"))
    replaced_by_id: Mapped[int | None] = mapped_column(ForeignKey("placement.id", ondelete="SET NULL"))
    placement: Mapped[Placement] = relationship(foreign_keys=[placement_id])
    change: Mapped[PlacementChange] = relationship()


class FamilyLink(Link, db.Model):
    """A way for one guardian (or the student, where none may receive and they are 18) to one placement.

    Its token is short enough to be typed from paper: 20 characters of a-z and 2-7, 100 bits.
    """

    __tablename__ = "family_link"
    PURPOSE = "family-link"
    PATH = "f"
    placement_id: Mapped[int] = mapped_column(ForeignKey("placement.id", ondelete="CASCADE"), index=True)
    guardian_id: Mapped[int | None] = mapped_column(ForeignKey("guardian.id", ondelete="CASCADE"))
    placement: Mapped[Placement] = relationship()
    guardian: Mapped[Guardian | None] = relationship()

    @classmethod
    def token_for(cls, nonce: str) -> str:
        return base64.b32encode(derived(cls.PURPOSE, nonce)).decode().lower()[: cls.LENGTH]

    @classmethod
    def hash_of(cls, token: str) -> str:
        """What a hand adds when typing (spaces, dashes, capitals) does not matter."""
        return super().hash_of("".join(character for character in token.lower() if character.isalnum()))


class ConsentSource(enum.StrEnum):
    FAMILY_LINK = "family_link"
    PAPER = "paper"  # recorded by a coordinator
    STUDENT = "student"  # of 18 or older


class SignatureState(enum.StrEnum):
    COUNTS = "counts"
    WAITING = "waiting"  # given on a translation that the district has not checked
    INTERPRETED = "interpreted"  # gone through again with an interpreter: counts
    DISMISSED = "dismissed"  # does not count; the family is asked again


class Signature(db.Model):
    """A typed name under a family's answers: who, when, in which language, and what was asked then."""

    __tablename__ = "signature"
    id: Mapped[int] = mapped_column(primary_key=True)
    placement_id: Mapped[int] = mapped_column(ForeignKey("placement.id", ondelete="CASCADE"), index=True)
    guardian_id: Mapped[int | None] = mapped_column(ForeignKey("guardian.id", ondelete="SET NULL"))
    name: Mapped[str] = mapped_column(String(200))  # as it was typed
    language: Mapped[str] = mapped_column(String(35))
    signed_on: Mapped[date]  # at the district
    signed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    questions: Mapped[dict[str, Any]] = mapped_column(JSON)  # by field, in the words that were signed
    state: Mapped[SignatureState] = mapped_column(state_column(SignatureState, "signature_state"), index=True)
    interpreter: Mapped[str] = mapped_column(String(200), default="")
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    placement: Mapped[Placement] = relationship()
    guardian: Mapped[Guardian | None] = relationship()

    @property
    def counts(self) -> bool:
        return self.state in (SignatureState.COUNTS, SignatureState.INTERPRETED)


class Consent(db.Model):
    """An answer to "may the school tell this employer …", for one field of one placement.

    ``field`` is ``name`` or ``adjustment:CODE``. The newest answer counts; earlier ones stay. A yes
    under a signature that does not count (yet) tells nobody anything.
    """

    __tablename__ = "consent"
    id: Mapped[int] = mapped_column(primary_key=True)
    placement_id: Mapped[int] = mapped_column(ForeignKey("placement.id", ondelete="CASCADE"), index=True)
    field: Mapped[str] = mapped_column(String(100))
    granted: Mapped[bool]
    source: Mapped[ConsentSource] = mapped_column(state_column(ConsentSource, "consent_source"))
    guardian_id: Mapped[int | None] = mapped_column(ForeignKey("guardian.id", ondelete="SET NULL"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    signature_id: Mapped[int | None] = mapped_column(ForeignKey("signature.id", ondelete="SET NULL"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    placement: Mapped[Placement] = relationship()
    guardian: Mapped[Guardian | None] = relationship()
    signature: Mapped[Signature | None] = relationship()

    @property
    def counts(self) -> bool:
        """Whether it is an answer: a no always is, a yes under a signature only where that counts."""
        return not self.granted or self.signature is None or self.signature.counts
