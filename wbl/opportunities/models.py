"""Opportunities (an employer's posting, which lives for years) and offerings (its seats in one round)."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from wbl.db import db
from wbl.employers.models import Employer, Site


class Opportunity(db.Model):
    """A posting. What is said of it in words lives here; what a round decides from, in the offering."""

    __tablename__ = "opportunity"
    id: Mapped[int] = mapped_column(primary_key=True)
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id", ondelete="CASCADE"))
    external_id: Mapped[str] = mapped_column(String(64))
    employer_id: Mapped[int | None] = mapped_column(ForeignKey("employer.id"), index=True)
    site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id"), index=True)
    title: Mapped[str] = mapped_column(String(200), default="")
    title_es: Mapped[str] = mapped_column(String(200), default="")
    description: Mapped[str] = mapped_column(Text, default="")
    description_es: Mapped[str] = mapped_column(Text, default="")
    what_to_bring: Mapped[str] = mapped_column(Text, default="")
    what_to_bring_es: Mapped[str] = mapped_column(Text, default="")
    directions: Mapped[str] = mapped_column(Text, default="")
    directions_es: Mapped[str] = mapped_column(Text, default="")
    supervisor: Mapped[str] = mapped_column(String(200), default="")
    employer: Mapped[Employer | None] = relationship()
    site: Mapped[Site | None] = relationship()
    __table_args__ = (UniqueConstraint("district_id", "external_id"),)

    def said(self, word: str, language: str) -> str:
        """``title``, ``description``, ``what_to_bring`` or ``directions`` in a language (BCP 47).

        English where the employer gave nothing in that language.
        """
        translated = getattr(self, f"{word}_{language.split('-')[0].lower()}", "")
        return str(translated or getattr(self, word))


class Offering(db.Model):
    """An opportunity's seats, windows and dates in one round: a row of opportunities.csv.

    Columns of type Text hold the cell as the round format writes it (lists joined by ``;``); empty
    means "not given", as there.
    """

    __tablename__ = "offering"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"))
    opportunity_id: Mapped[int] = mapped_column(ForeignKey("opportunity.id"), index=True)
    active: Mapped[bool] = mapped_column(default=True)  # false: a later import left it out
    seats: Mapped[int]
    min_students: Mapped[str] = mapped_column(Text, default="")
    kind: Mapped[str] = mapped_column(Text, default="")
    employment: Mapped[str] = mapped_column(Text, default="")
    labor_program: Mapped[str] = mapped_column(Text, default="")
    riasec: Mapped[str] = mapped_column(Text, default="")
    cluster: Mapped[str] = mapped_column(Text, default="")
    soc_code: Mapped[str] = mapped_column(Text, default="")
    place: Mapped[str] = mapped_column(Text, default="")
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    schedule: Mapped[str] = mapped_column(Text, default="")
    flexible_hours: Mapped[str] = mapped_column(Text, default="")
    start_date: Mapped[date | None]
    end_date: Mapped[date | None]
    hours_per_week: Mapped[str] = mapped_column(Text, default="")
    paid: Mapped[str] = mapped_column(Text, default="")
    hourly_wage: Mapped[str] = mapped_column(Text, default="")
    provides: Mapped[str] = mapped_column(Text, default="")
    arranges: Mapped[str] = mapped_column(Text, default="")
    cannot: Mapped[str] = mapped_column(Text, default="")
    hazards: Mapped[str] = mapped_column(Text, default="")
    drives: Mapped[str] = mapped_column(Text, default="")
    min_age: Mapped[str] = mapped_column(Text, default="")
    min_grade: Mapped[str] = mapped_column(Text, default="")
    requires_credentials: Mapped[str] = mapped_column(Text, default="")
    requires_courses: Mapped[str] = mapped_column(Text, default="")
    requires_languages: Mapped[str] = mapped_column(Text, default="")
    open_to: Mapped[str] = mapped_column(Text, default="")
    opportunity: Mapped[Opportunity] = relationship()
    __table_args__ = (
        UniqueConstraint("round_id", "opportunity_id"),
        CheckConstraint("seats >= 0", name="seats_not_negative"),
    )
