"""Reading prompts and reflections. A draft is its student's alone; the rest see what was handed in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from wbl.db import db
from wbl.people.models import Student
from wbl.placements.models import Placement
from wbl.reflections.common import Question, common, in_order, kept
from wbl.reflections.models import (
    Phase,
    Prompt,
    PromptDecision,
    PromptState,
    PromptVote,
    Reflection,
    ReflectionComment,
)

WEEK = timedelta(days=7)
AFTER_FROM = timedelta(days=14)
"""So long before the last day one may look back."""


def question_of(prompt: Prompt) -> Question:
    words = {"en": prompt.text, "es": prompt.text_es}
    return Question(
        code=prompt.code,
        asked=prompt.asked,
        step=prompt.step,
        scale=prompt.scale,
        words={language: text for language, text in words.items() if text},
    )


def prompts(district_id: int) -> list[Prompt]:
    """A district's own rows, the oldest first: own prompts, and which common ones it does not ask."""
    statement = select(Prompt).where(Prompt.district_id == district_id).order_by(Prompt.id)
    return list(db.session.scalars(statement))


def in_force(district_id: int) -> list[Question]:
    """What a district asks: the common prompts but those it retired, and its own that it adopted."""
    rows = prompts(district_id)
    retired = {one.code for one in rows if one.state is PromptState.RETIRED}
    own = [question_of(one) for one in rows if one.state is PromptState.ADOPTED and one.text]
    return in_order([one for code, one in common().items() if code not in retired] + own)


def asked(district_id: int, phase: Phase) -> list[Question]:
    """What a district asks in one phase, in order."""
    return [one for one in in_force(district_id) if one.asked_in(phase)]


def votes(prompt_ids: Sequence[int]) -> dict[int, int]:
    """How many students would like to be asked each."""
    rows = db.session.execute(
        select(PromptVote.prompt_id, func.count())
        .where(PromptVote.prompt_id.in_(prompt_ids))
        .group_by(PromptVote.prompt_id)
    )
    return {row[0]: row[1] for row in rows}


def voted(student_id: int) -> set[int]:
    """The prompts that a student voted for."""
    return set(db.session.scalars(select(PromptVote.prompt_id).where(PromptVote.student_id == student_id)))


def decisions(district_id: int) -> list[PromptDecision]:
    """What was decided about a district's prompts, the newest first."""
    statement = (
        select(PromptDecision)
        .join(Prompt, Prompt.id == PromptDecision.prompt_id)
        .where(Prompt.district_id == district_id)
        .options(joinedload(PromptDecision.prompt), joinedload(PromptDecision.user))
        .order_by(PromptDecision.id.desc())
    )
    return list(db.session.scalars(statement))


def student_district(student_id: int) -> int:
    return db.session.get_one(Student, student_id).district_id


def of_placement(placement_id: int, *, drafts: bool = False) -> list[Reflection]:
    """A placement's reflections in order; drafts only for their student."""
    statement = select(Reflection).where(Reflection.placement_id == placement_id)
    if not drafts:
        statement = statement.where(Reflection.handed_in_at.is_not(None))
    order = list(Phase)
    return sorted(db.session.scalars(statement), key=lambda one: (order.index(one.phase), one.number))


def for_employer(placement_id: int) -> list[Reflection]:
    """Those that the student shares with the employer."""
    return [one for one in of_placement(placement_id) if one.for_employer]


def portfolio(student_id: int) -> list[Reflection]:
    """What a student chose for their portfolio, over all placements, the oldest first."""
    statement = (
        select(Reflection)
        .join(Placement, Placement.id == Reflection.placement_id)
        .where(Placement.student_id == student_id, Reflection.in_portfolio)
        .order_by(Reflection.handed_in_at, Reflection.id)
    )
    return list(db.session.scalars(statement))


def comments(reflection_ids: Sequence[int]) -> dict[int, list[ReflectionComment]]:
    """By reflection, the oldest first."""
    found: dict[int, list[ReflectionComment]] = {}
    for one in db.session.scalars(
        select(ReflectionComment)
        .where(ReflectionComment.reflection_id.in_(reflection_ids))
        .options(joinedload(ReflectionComment.user))
        .order_by(ReflectionComment.id)
    ):
        found.setdefault(one.reflection_id, []).append(one)
    return found


def weeks(first: date, last: date) -> int:
    """How many weeks a placement has."""
    return max(1, ((last - first).days // 7) + 1)


def week_of(first: date, last: date, today: date) -> int:
    """The number of the present week, from 1; 0 before the first day, the last one after the end."""
    if today < first:
        return 0
    return min((today - first).days // 7 + 1, weeks(first, last))


def may_write(phase: Phase, number: int, first: date, last: date, today: date) -> bool:
    """Whether it is time for a reflection: a week's when the week has begun, the last one near the end."""
    if phase is Phase.WEEKLY:
        return 1 <= number <= week_of(first, last, today)
    if phase is Phase.AFTER:
        return number == 0 and today >= last - AFTER_FROM
    return number == 0


@dataclass(frozen=True, slots=True)
class Gained:
    """A sentence that was rated before and after: the same words, 1 to 5."""

    question: Question
    before: int
    after: int


def growth(reflections: Sequence[Reflection]) -> list[Gained]:
    """What the student says of themself before and after, on identical items, both handed in."""
    handed_in = {one.phase: one for one in reflections if one.handed_in_at is not None}
    before, after = handed_in.get(Phase.BEFORE), handed_in.get(Phase.AFTER)
    if before is None or after is None:
        return []
    first = {one.code: one for one in kept(before.prompts) if one.scale}
    return [
        Gained(one, int(before.answers[one.code]), int(after.answers[one.code]))
        for one in kept(after.prompts)
        if one.code in first
        and first[one.code].words == one.words
        and one.code in before.answers
        and one.code in after.answers
    ]
