"""Credentials of completed placements: the keys that sign them, their standing, the documents, the links.

What identifies nobody (that a credential was issued, and whether it was revoked) is kept for good: somebody
may hold the document for years. The document itself names its student, and goes with them.
"""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import (
    DDL,
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    event,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from wbl.db import UtcDateTime, db, state_column
from wbl.links.models import Link
from wbl.people.models import District, Student
from wbl.placements.models import Placement


class SigningKey(db.Model):
    """A district's key. One is in use; those before it stay published, so that what they signed verifies.

    ``sealed``: the private half, encrypted with a key that is derived from ``nonce`` and the application's
    secret: a stolen database signs nothing.
    """

    __tablename__ = "signing_key"
    id: Mapped[int] = mapped_column(primary_key=True)
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id", ondelete="CASCADE"), index=True)
    thumbprint: Mapped[str] = mapped_column(String(64), unique=True)
    address: Mapped[str] = mapped_column(String(400))  # what a token names it by; it never changes
    public: Mapped[dict[str, Any]] = mapped_column(JSON)
    nonce: Mapped[str] = mapped_column(String(32))
    sealed: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    district: Mapped[District] = relationship()
    __table_args__ = (
        Index(
            "uq_signing_key_in_use",
            "district_id",
            unique=True,
            sqlite_where=text("retired_at IS NULL"),
            postgresql_where=text("retired_at IS NULL"),
        ),
    )


class RevocationReason(enum.StrEnum):
    WRONG = "wrong"  # it says something that is not so
    NOT_COMPLETED = "not_completed"  # the placement was not completed after all
    REPLACED = "replaced"  # another one takes its place
    ASKED = "asked"  # the student asked for it
    KEY = "key"  # somebody else may have the key that signed it


class Credential(db.Model):
    """That a credential was issued, and whether it still stands. It names nobody."""

    __tablename__ = "credential"
    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[str] = mapped_column(String(36), unique=True)  # in its address
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id", ondelete="CASCADE"))
    placement_id: Mapped[int | None] = mapped_column(
        ForeignKey("placement.id", ondelete="SET NULL"), index=True
    )
    key_id: Mapped[int] = mapped_column(ForeignKey("signing_key.id"))
    position: Mapped[int]  # of its bit in the district's status lists, counted through all of them
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    issued_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    reason: Mapped[RevocationReason | None] = mapped_column(
        state_column(RevocationReason, "credential_reason")
    )
    district: Mapped[District] = relationship()
    placement: Mapped[Placement | None] = relationship()
    document: Mapped[CredentialDocument | None] = relationship(back_populates="credential", uselist=False)
    __table_args__ = (
        UniqueConstraint("district_id", "position"),
        Index(
            "uq_credential_standing",
            "placement_id",
            unique=True,
            sqlite_where=text("revoked_at IS NULL"),
            postgresql_where=text("revoked_at IS NULL"),
        ),
        CheckConstraint("(revoked_at IS NULL) = (reason IS NULL)", name="revoked_with_a_reason"),
        CheckConstraint("position >= 0", name="position_not_negative"),
    )


class CredentialDocument(db.Model):
    """The signed document, as it was issued: the student's own."""

    __tablename__ = "credential_document"
    credential_id: Mapped[int] = mapped_column(
        ForeignKey("credential.id", ondelete="CASCADE"), primary_key=True
    )
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id", ondelete="CASCADE"), index=True)
    token: Mapped[str] = mapped_column(Text)
    credential: Mapped[Credential] = relationship(back_populates="document")
    student: Mapped[Student] = relationship()


class CredentialLink(Link, db.Model):
    """A way for somebody whom the student chose to one document, for a time. Only a hash is stored."""

    __tablename__ = "credential_link"
    PURPOSE = "credential-link"
    PATH = "c"
    LENGTH = 22
    credential_id: Mapped[int] = mapped_column(
        ForeignKey("credential_document.credential_id", ondelete="CASCADE"), index=True
    )
    document: Mapped[CredentialDocument] = relationship()


# What was signed stays as it was signed, whoever is at the database. It goes with its student.
SQLITE_TRIGGER = """CREATE TRIGGER credential_document_fixed
    BEFORE UPDATE OF credential_id, student_id, token ON credential_document
    BEGIN SELECT RAISE(ABORT, 'credential_document never changes'); END"""
POSTGRESQL_TRIGGERS = (
    """CREATE FUNCTION credential_document_refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'credential_document never changes'; END $$""",
    """CREATE TRIGGER credential_document_fixed
    BEFORE UPDATE OF credential_id, student_id, token ON credential_document
    FOR EACH ROW EXECUTE FUNCTION credential_document_refuse()""",
)
for _dialect, _statements in (("sqlite", (SQLITE_TRIGGER,)), ("postgresql", POSTGRESQL_TRIGGERS)):
    for _statement in _statements:
        event.listen(
            CredentialDocument.__table__, "after_create", DDL(_statement).execute_if(dialect=_dialect)
        )
