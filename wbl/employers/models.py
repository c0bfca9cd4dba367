"""Employers and their sites."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from wbl.audit.models import Reason
from wbl.db import UtcDateTime, db, state_column


class EmployerOrigin(enum.StrEnum):
    """How the district came to know an employer: it decides whether it has to be vetted here."""

    FOLDER = "folder"  # came with a round's files
    SIGN_UP = "sign_up"
    PROSPECT = "prospect"  # entered by a coordinator


class Employer(db.Model):
    """An organisation that hosts students. ``district_id`` is the district that registered it:
    identifiers in a folder are unique per district, and an import never merges employers."""

    __tablename__ = "employer"
    id: Mapped[int] = mapped_column(primary_key=True)
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id", ondelete="CASCADE"))
    external_id: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    about: Mapped[str] = mapped_column(Text, default="", server_default="")  # what they do, in their words
    origin: Mapped[EmployerOrigin] = mapped_column(
        state_column(EmployerOrigin, "employer_origin"),
        default=EmployerOrigin.FOLDER,
        server_default=EmployerOrigin.FOLDER.value,
    )
    sites: Mapped[list[Site]] = relationship(back_populates="employer")
    __table_args__ = (UniqueConstraint("district_id", "external_id"),)


class Site(db.Model):
    """A place of work; cells as in sites.csv."""

    __tablename__ = "site"
    id: Mapped[int] = mapped_column(primary_key=True)
    employer_id: Mapped[int] = mapped_column(ForeignKey("employer.id", ondelete="CASCADE"))
    external_id: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200), default="")
    address: Mapped[str] = mapped_column(String(200), default="")
    city: Mapped[str] = mapped_column(String(100), default="")
    postal_code: Mapped[str] = mapped_column(String(20), default="")
    contact_name: Mapped[str] = mapped_column(String(200), default="")
    contact_email: Mapped[str] = mapped_column(String(254), default="")
    contact_phone: Mapped[str] = mapped_column(String(40), default="")
    notes: Mapped[str] = mapped_column(Text, default="")
    # WGS84; where not given, what the newest offering at the site says.
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    employer: Mapped[Employer] = relationship(back_populates="sites")
    __table_args__ = (UniqueConstraint("employer_id", "external_id"),)


class EmployerOwner(db.Model):
    """Who invites colleagues of an employer, and hands it over; without a row any of its people may."""

    __tablename__ = "employer_owner"
    employer_id: Mapped[int] = mapped_column(ForeignKey("employer.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    since: Mapped[datetime] = mapped_column(UtcDateTime)


class VettingItem(enum.StrEnum):
    """What a district looks at before students go to an employer."""

    CONTACT = "contact"  # called
    SITE = "site"  # seen
    INSURANCE = "insurance"
    SAFETY = "safety"
    BACKGROUND = "background"  # the policy on background checks
    NON_DISCRIMINATION = "non_discrimination"  # the assurance is on file
    SUPERVISION = "supervision"  # who supervises


class VettingCheck(db.Model):
    """One item of an employer's vetting, as it was last checked. Without ``expires_on`` it does not lapse."""

    __tablename__ = "vetting_check"
    id: Mapped[int] = mapped_column(primary_key=True)
    employer_id: Mapped[int] = mapped_column(ForeignKey("employer.id", ondelete="CASCADE"))
    item: Mapped[VettingItem] = mapped_column(state_column(VettingItem, "vetting_item"))
    checked_on: Mapped[date]
    checked_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    expires_on: Mapped[date | None] = mapped_column(index=True)  # the last day on which it holds
    reminded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    __table_args__ = (UniqueConstraint("employer_id", "item"),)


class VettingRule(db.Model):
    """A district that vets employers who came with files too. Without a row it does not."""

    __tablename__ = "vetting_rule"
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id", ondelete="CASCADE"), primary_key=True)
    since: Mapped[datetime] = mapped_column(UtcDateTime)


class OutreachStage(enum.StrEnum):
    """How far a district is with an employer."""

    PROSPECT = "prospect"
    CONTACTED = "contacted"
    INTERESTED = "interested"
    VETTED = "vetted"
    HOSTING = "hosting"
    THANKED = "thanked"


class Outreach(db.Model):
    """Where a district stands with an employer, and what it does next."""

    __tablename__ = "outreach"
    employer_id: Mapped[int] = mapped_column(ForeignKey("employer.id", ondelete="CASCADE"), primary_key=True)
    stage: Mapped[OutreachStage] = mapped_column(state_column(OutreachStage, "outreach_stage"))
    next_action: Mapped[str] = mapped_column(String(200), default="")
    next_on: Mapped[date | None]
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    employer: Mapped[Employer] = relationship()


class OutreachNote(db.Model):
    """What was said or agreed. The words can be erased."""

    __tablename__ = "outreach_note"
    id: Mapped[int] = mapped_column(primary_key=True)
    employer_id: Mapped[int] = mapped_column(ForeignKey("employer.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    reason_id: Mapped[int] = mapped_column(ForeignKey("reason.id"))
    words: Mapped[Reason] = relationship()


class ProspectUpload(db.Model):
    """A file of prospects, read and judged, waiting for somebody to say yes."""

    __tablename__ = "prospect_upload"
    id: Mapped[int] = mapped_column(primary_key=True)
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    rows: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    applied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
