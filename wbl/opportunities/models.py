"""Opportunities (an employer's posting, which lives for years) and offerings (its seats in one round)."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from wbl.audit.models import Reason
from wbl.db import UtcDateTime, db, state_column
from wbl.employers.models import Employer, Site
from wbl.links.models import Link


class OpportunityState(enum.StrEnum):
    """Where a posting stands with the district. What came with a folder is approved by that."""

    DRAFT = "draft"  # being written; what it offered before takes no part meanwhile
    SUBMITTED = "submitted"  # waits for the coordinator
    APPROVED = "approved"
    PAUSED = "paused"
    CLOSED = "closed"


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
    # "What should students learn before they come?"
    learn_before: Mapped[str] = mapped_column(Text, default="", server_default="")
    state: Mapped[OpportunityState] = mapped_column(
        state_column(OpportunityState, "opportunity_state"),
        default=OpportunityState.APPROVED,
        server_default=OpportunityState.APPROVED.value,
    )
    employer: Mapped[Employer | None] = relationship()
    site: Mapped[Site | None] = relationship()
    __table_args__ = (UniqueConstraint("district_id", "external_id"),)

    def said_in(self, word: str, language: str) -> str:
        """The language that :meth:`said` answers in: the one asked for, else English."""
        own = language.split("-")[0].lower()
        return own if getattr(self, f"{word}_{own}", "") else "en"

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
    budget_id: Mapped[str] = mapped_column(Text, default="", server_default="")
    cost: Mapped[str] = mapped_column(Text, default="", server_default="")
    teaches: Mapped[str] = mapped_column(Text, default="", server_default="")
    growth: Mapped[str] = mapped_column(Text, default="", server_default="")
    # Not in the format: the employer interviews so many students for each seat before one is placed.
    interview_per_seat: Mapped[int | None]
    opportunity: Mapped[Opportunity] = relationship()
    __table_args__ = (
        UniqueConstraint("round_id", "opportunity_id"),
        CheckConstraint("seats >= 0", name="seats_not_negative"),
    )


class Posting(db.Model):
    """What an employer, or a coordinator for them, wrote step by step. ``answers``: see ``answers.py``.

    An opportunity that came with a folder has none until somebody changes it here.
    """

    __tablename__ = "posting"
    opportunity_id: Mapped[int] = mapped_column(
        ForeignKey("opportunity.id", ondelete="CASCADE"), primary_key=True
    )
    round_id: Mapped[int | None] = mapped_column(ForeignKey("round.id", ondelete="SET NULL"), index=True)
    answers: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    opportunity: Mapped[Opportunity] = relationship()


class Decision(enum.StrEnum):
    """What happened to a posting, on its own timeline."""

    SUBMIT = "submit"
    TAKE_BACK = "take_back"
    APPROVE = "approve"
    SEND_BACK = "send_back"
    CHANGE = "change"
    PAUSE = "pause"
    RESUME = "resume"
    CLOSE = "close"
    CONFIRM = "confirm"  # by the employer, by a link
    CORRECT = "correct"


class PostingComment(db.Model):
    """What was said with a decision on a posting: for the employer and the coordinator to read."""

    __tablename__ = "posting_comment"
    id: Mapped[int] = mapped_column(primary_key=True)
    opportunity_id: Mapped[int] = mapped_column(ForeignKey("opportunity.id", ondelete="CASCADE"), index=True)
    decision: Mapped[Decision] = mapped_column(state_column(Decision, "posting_decision"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    reason_id: Mapped[int | None] = mapped_column(ForeignKey("reason.id"))
    reason: Mapped[Reason | None] = relationship()


class PostingLink(Link, db.Model):
    """A way for an employer to confirm a posting that was written on the phone, without an account.

    Only the hash of the token is stored, as of a family's link.
    """

    __tablename__ = "posting_link"
    PURPOSE = "posting-link"
    PATH = "p"
    opportunity_id: Mapped[int] = mapped_column(ForeignKey("opportunity.id", ondelete="CASCADE"), index=True)
    email: Mapped[str] = mapped_column(String(254), default="")  # where it was sent; "": read out
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    opportunity: Mapped[Opportunity] = relationship()
