"""Reflections of students on a placement, and the prompts that a district asks with.

What a student handed in keeps the prompts in the words in which they were asked.
"""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from wbl.accounts.models import User
from wbl.db import UtcDateTime, db, state_column
from wbl.placements.models import Placement


class Phase(enum.StrEnum):
    """At what time of a placement a reflection is written."""

    BEFORE = "before"
    WEEKLY = "weekly"
    AFTER = "after"


class Asked(enum.StrEnum):
    """When a prompt is asked. Only what is asked before and after shows growth."""

    BEFORE = "before"
    WEEKLY = "weekly"
    AFTER = "after"
    BOTH = "both"  # before and after, in the same words


class DealStep(enum.StrEnum):
    """Describe; examine, by three goals; articulate learning. In the order of the page."""

    DESCRIBE = "describe"
    PERSONAL = "personal"
    ACADEMIC = "academic"
    CIVIC = "civic"
    LEARNING = "learning"


class PromptState(enum.StrEnum):
    PROPOSED = "proposed"  # by a student; students vote on it
    ADOPTED = "adopted"  # asked
    DECLINED = "declined"
    RETIRED = "retired"  # asked no more


class Prompt(db.Model):
    """A district's own prompt, or (by the ``code`` of a common one) that it does not ask that one."""

    __tablename__ = "prompt"
    id: Mapped[int] = mapped_column(primary_key=True)
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id", ondelete="CASCADE"))
    code: Mapped[str] = mapped_column(String(64))
    asked: Mapped[Asked] = mapped_column(state_column(Asked, "prompt_asked"))
    step: Mapped[DealStep] = mapped_column(state_column(DealStep, "prompt_step"))
    scale: Mapped[bool] = mapped_column(default=False)  # a sentence to agree with, from 1 to 5
    text: Mapped[str] = mapped_column(String(300), default="")
    text_es: Mapped[str] = mapped_column(String(300), default="")
    state: Mapped[PromptState] = mapped_column(state_column(PromptState, "prompt_state"))
    student_id: Mapped[int | None] = mapped_column(
        ForeignKey("student.id", ondelete="SET NULL"), index=True
    )  # who proposed it
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    __table_args__ = (
        UniqueConstraint("district_id", "code"),
        CheckConstraint("NOT scale OR asked = 'both'", name="scales_before_and_after"),
    )


class PromptDecision(db.Model):
    """What an adult decided about a prompt, and why, for the students to read."""

    __tablename__ = "prompt_decision"
    id: Mapped[int] = mapped_column(primary_key=True)
    prompt_id: Mapped[int] = mapped_column(ForeignKey("prompt.id", ondelete="CASCADE"), index=True)
    state: Mapped[PromptState] = mapped_column(state_column(PromptState, "prompt_decision_state"))
    why: Mapped[str] = mapped_column(String(300), default="")
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    prompt: Mapped[Prompt] = relationship()
    user: Mapped[User | None] = relationship()


class PromptVote(db.Model):
    """A student would like to be asked this."""

    __tablename__ = "prompt_vote"
    prompt_id: Mapped[int] = mapped_column(ForeignKey("prompt.id", ondelete="CASCADE"), primary_key=True)
    student_id: Mapped[int] = mapped_column(
        ForeignKey("student.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class Reflection(db.Model):
    """A draft until it is handed in; then its words stay. ``number``: the week, from 1; else 0.

    ``answers`` is text, or a number from 1 to 5, by the code of its prompt. ``prompts`` is what was
    asked, in order: kept when it is handed in.
    """

    __tablename__ = "reflection"
    id: Mapped[int] = mapped_column(primary_key=True)
    placement_id: Mapped[int] = mapped_column(ForeignKey("placement.id", ondelete="CASCADE"))
    phase: Mapped[Phase] = mapped_column(state_column(Phase, "reflection_phase"))
    number: Mapped[int] = mapped_column(default=0)
    answers: Mapped[dict[str, Any]] = mapped_column(JSON)
    prompts: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    handed_in_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    in_portfolio: Mapped[bool] = mapped_column(default=False, server_default=false())
    for_employer: Mapped[bool] = mapped_column(default=False, server_default=false())
    placement: Mapped[Placement] = relationship()
    __table_args__ = (
        UniqueConstraint("placement_id", "phase", "number"),
        Index("ix_reflection_placement_id_handed_in_at", "placement_id", "handed_in_at"),
        CheckConstraint(
            "handed_in_at IS NOT NULL OR NOT (in_portfolio OR for_employer)", name="drafts_are_private"
        ),
        CheckConstraint("(phase = 'weekly') = (number > 0)", name="weeks_have_numbers"),
    )


class ReflectionComment(db.Model):
    """What an advisor or a coordinator says to a reflection. For the student and the school's people."""

    __tablename__ = "reflection_comment"
    id: Mapped[int] = mapped_column(primary_key=True)
    reflection_id: Mapped[int] = mapped_column(ForeignKey("reflection.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    reflection: Mapped[Reflection] = relationship()
    user: Mapped[User | None] = relationship()
