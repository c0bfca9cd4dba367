"""A student's portfolio: what they say, what of their record they show, what they made, and links to it."""

from __future__ import annotations

import enum
from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, LargeBinary, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from wbl.db import UtcDateTime, db, state_column
from wbl.links.models import Link
from wbl.people.models import Student


class Portfolio(db.Model):
    """What the student decided. ``placements`` and ``credentials`` are the rows that are shown."""

    __tablename__ = "portfolio"
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id", ondelete="CASCADE"), primary_key=True)
    about: Mapped[str] = mapped_column(Text, default="")
    capstone_title: Mapped[str] = mapped_column(String(200), default="")
    capstone: Mapped[str] = mapped_column(Text, default="")
    placements: Mapped[list[int]] = mapped_column(JSON, default=list)
    credentials: Mapped[list[int]] = mapped_column(JSON, default=list)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    student: Mapped[Student] = relationship()


class ArtefactKind(enum.StrEnum):
    """What a file is, by what is in it and not by its name."""

    PDF = "pdf"
    PNG = "png"
    JPEG = "jpeg"


class Artefact(db.Model):
    """Something that a student made, as a file."""

    __tablename__ = "artefact"
    id: Mapped[int] = mapped_column(primary_key=True)
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id", ondelete="CASCADE"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    kind: Mapped[ArtefactKind] = mapped_column(state_column(ArtefactKind, "artefact_kind"))
    size: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    shown: Mapped[bool] = mapped_column(default=False, server_default=false())
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    __table_args__ = (CheckConstraint("size > 0", name="not_empty"),)


class PortfolioLink(Link, db.Model):
    """A way to a portfolio for whom the student chose, for a time. Only a hash of its token is stored."""

    __tablename__ = "portfolio_link"
    PURPOSE = "portfolio-link"
    PATH = "s"
    LENGTH = 22
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id", ondelete="CASCADE"), index=True)
    student: Mapped[Student] = relationship()
