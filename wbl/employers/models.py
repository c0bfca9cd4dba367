"""Employers and their sites."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from wbl.db import db


class Employer(db.Model):
    """An organisation that hosts students. ``district_id`` is the district that registered it:
    identifiers in a folder are unique per district, and an import never merges employers."""

    __tablename__ = "employer"
    id: Mapped[int] = mapped_column(primary_key=True)
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id", ondelete="CASCADE"))
    external_id: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
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
    employer: Mapped[Employer] = relationship(back_populates="sites")
    __table_args__ = (UniqueConstraint("employer_id", "external_id"),)
