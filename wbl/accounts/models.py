"""Who may sign in, as what, and where they are signed in now."""

from __future__ import annotations

import enum
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, false, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from wbl.db import UtcDateTime, db, state_column


class Role(enum.StrEnum):
    ADMINISTRATOR = "administrator"  # of a district: its users, settings, rosters
    COORDINATOR = "coordinator"  # in a district
    ADVISOR = "advisor"  # in a district, of the students of a caseload
    SCHOOL_STAFF = "school_staff"  # in one school of a district
    PROGRAM_LEAD = "program_lead"  # of one program of a district, by its code
    STUDENT = "student"  # as one student of a district
    EMPLOYER = "employer"  # in an employer


STAFF = frozenset(Role) - {Role.STUDENT, Role.EMPLOYER}
"""Roles that see more than their own: their memberships name the district, and a second step of
signing in may be asked of them."""


class User(db.Model):
    """A sign-in. What it may do comes from its memberships alone."""

    __tablename__ = "user"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254))
    name: Mapped[str] = mapped_column(String(200))
    password_hash: Mapped[str] = mapped_column(String(200))
    locale: Mapped[str | None] = mapped_column(String(16))
    active: Mapped[bool] = mapped_column(default=True)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # since when it is not active
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    memberships: Mapped[list[Membership]] = relationship(back_populates="user")
    __table_args__ = (Index("uq_user_email_lower", func.lower(email), unique=True),)


class Membership(db.Model):
    """A role in a scope: a coordinator in a district, a student as themself, an employer's person.

    A membership of staff names the district; school staff the school besides, a lead the program.
    """

    __tablename__ = "membership"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    role: Mapped[Role] = mapped_column(state_column(Role, "role"))
    district_id: Mapped[int | None] = mapped_column(ForeignKey("district.id", ondelete="CASCADE"))
    employer_id: Mapped[int | None] = mapped_column(ForeignKey("employer.id", ondelete="CASCADE"))
    student_id: Mapped[int | None] = mapped_column(ForeignKey("student.id", ondelete="CASCADE"))
    school_id: Mapped[int | None] = mapped_column(ForeignKey("school.id", ondelete="CASCADE"))
    program: Mapped[str | None] = mapped_column(String(64))
    # Of a coordinator: may open the reasons that colleagues have sealed in that district.
    reads_sealed: Mapped[bool] = mapped_column(default=False, server_default=false())
    # Of somebody of a school: reads the safety concerns of its students, with the coordinators.
    safety_contact: Mapped[bool] = mapped_column(default=False, server_default=false())
    user: Mapped[User] = relationship(back_populates="memberships")
    __table_args__ = (Index("ix_membership_district_id", "district_id"),)


class Caseload(db.Model):
    """A student whom an advisor looks after."""

    __tablename__ = "caseload"
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)
    student_id: Mapped[int] = mapped_column(
        ForeignKey("student.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class UserSession(db.Model):
    """One signed-in browser. Ending the row ends the session, wherever its cookie is."""

    __tablename__ = "user_session"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    device: Mapped[str] = mapped_column(String(80), default="")  # "Firefox on Linux": to recognise it by
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    user: Mapped[User] = relationship()


class OneTimeCode(db.Model):
    """The second step of signing in: a code that an app on one's phone works out from the time.

    The secret is derived from ``nonce`` and the application's own (``codes.py``), never stored.
    """

    __tablename__ = "one_time_code"
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)
    nonce: Mapped[str] = mapped_column(String(32))
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    last_step: Mapped[int]  # of the newest code that was taken: none is taken twice
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RecoveryCode(db.Model):
    """For whom the phone is lost: works once."""

    __tablename__ = "recovery_code"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Invitation(db.Model):
    """A role that waits for somebody to take it, by a link in a mail."""

    __tablename__ = "invitation"
    id: Mapped[int] = mapped_column(primary_key=True)
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id", ondelete="CASCADE"), index=True)
    email: Mapped[str] = mapped_column(String(254))
    name: Mapped[str] = mapped_column(String(200), default="")
    locale: Mapped[str | None] = mapped_column(String(16))
    role: Mapped[Role] = mapped_column(state_column(Role, "invitation_role"))
    school_id: Mapped[int | None] = mapped_column(ForeignKey("school.id", ondelete="CASCADE"))
    program: Mapped[str | None] = mapped_column(String(64))
    employer_id: Mapped[int | None] = mapped_column(ForeignKey("employer.id", ondelete="CASCADE"))
    student_id: Mapped[int | None] = mapped_column(ForeignKey("student.id", ondelete="CASCADE"))
    invited_by: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    nonce: Mapped[str] = mapped_column(String(32))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PasswordReset(db.Model):
    """A link by which somebody chooses a new password: works once, for an hour."""

    __tablename__ = "password_reset"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    nonce: Mapped[str] = mapped_column(String(32))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class IdentityProvider(db.Model):
    """Where a district's people sign in instead: an OpenID Connect provider.

    The client's secret is no column: it comes from the environment (``config.py``).
    """

    __tablename__ = "identity_provider"
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id", ondelete="CASCADE"), primary_key=True)
    label: Mapped[str] = mapped_column(String(80))  # what the button says
    discovery_url: Mapped[str] = mapped_column(String(400))
    client_id: Mapped[str] = mapped_column(String(200))
    enabled: Mapped[bool] = mapped_column(default=True)
    # The district says that its provider asks for a second step itself; then we do not ask again.
    asks_second_step: Mapped[bool] = mapped_column(default=False)


class Identity(db.Model):
    """Whom a provider means: its subject, kept at the first sign-in, so that an address that is
    given to somebody else later opens nothing."""

    __tablename__ = "identity"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    issuer: Mapped[str] = mapped_column(String(400))
    subject: Mapped[str] = mapped_column(String(255))
    __table_args__ = (UniqueConstraint("issuer", "subject"), UniqueConstraint("user_id", "issuer"))
