"""Letters to families, as they were written."""

from __future__ import annotations

import enum
from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from wbl.db import UtcDateTime, db, state_column
from wbl.people.models import Guardian
from wbl.placements.models import Placement, Publication


class LetterState(enum.StrEnum):
    WRITTEN = "written"
    HELD = "held"  # nobody may receive it: waits for the coordinator


class Letter(db.Model):
    """One placement's letter: to the first guardian who may receive it, in the family's language."""

    __tablename__ = "letter"
    id: Mapped[int] = mapped_column(primary_key=True)
    placement_id: Mapped[int] = mapped_column(ForeignKey("placement.id", ondelete="CASCADE"), unique=True)
    guardian_id: Mapped[int | None] = mapped_column(ForeignKey("guardian.id", ondelete="SET NULL"))
    state: Mapped[LetterState] = mapped_column(state_column(LetterState, "letter_state"))
    language: Mapped[str] = mapped_column(String(35))
    pdf: Mapped[bytes | None] = deferred(mapped_column(LargeBinary))
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    placement: Mapped[Placement] = relationship()
    guardian: Mapped[Guardian | None] = relationship()


class LetterGiven(db.Model):
    """A letter was handed over, or put in the mail. It is of the letter that was written by then."""

    __tablename__ = "letter_given"
    placement_id: Mapped[int] = mapped_column(
        ForeignKey("placement.id", ondelete="CASCADE"), primary_key=True
    )
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)
    given_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class LetterBook(db.Model):
    """All letters of a publication in one PDF, in the order of schools, for printing."""

    __tablename__ = "letter_book"
    publication_id: Mapped[int] = mapped_column(
        ForeignKey("publication.id", ondelete="CASCADE"), primary_key=True
    )
    pdf: Mapped[bytes] = deferred(mapped_column(LargeBinary))
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    publication: Mapped[Publication] = relationship()
