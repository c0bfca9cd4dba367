"""Writing reflections: a draft that saves itself, handing in, choosing who reads it, comments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select, update

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.agreements.advancing import lock
from wbl.agreements.opening import first_day
from wbl.audit.services import record
from wbl.db import change, db
from wbl.errors import Conflict, DomainError, NotFound
from wbl.growth import queries as growth
from wbl.growth.plans import last_day, today_of
from wbl.placements.models import Placement
from wbl.reflections import queries
from wbl.reflections.common import Question
from wbl.reflections.models import Phase, Reflection, ReflectionComment

LONGEST = 4000
Answers = Mapping[str, str | int]


def save(actor: Actor, placement_id: int, phase: Phase, number: int, answers: Answers) -> Reflection:
    """Keep a draft: what is there is replaced, nothing is asked for. Flushes.

    Raises
    ------
    NotFound
        Where it is not the student's placement, or not the time for this reflection.
    Conflict
        Where it was handed in.
    DomainError
        Where an answer is too long.
    """
    placement = growth.own_one(actor, placement_id)
    # Two windows of the same student write one after the other.
    lock(placement_id)
    first, last = first_day(placement), last_day(placement)
    if not queries.may_write(phase, number, first, last, today_of(placement)):
        raise NotFound()
    found = db.session.scalar(
        select(Reflection)
        .where(
            Reflection.placement_id == placement_id,
            Reflection.phase == phase,
            Reflection.number == number,
        )
        .execution_options(populate_existing=True)
    )
    if found is not None and found.handed_in_at is not None:
        raise Conflict(_("You have handed this in. Its words stay as they are."))
    if found is None:
        found = Reflection(placement_id=placement_id, phase=phase, number=number, answers={}, prompts=[])
        db.session.add(found)
    found.answers = _kept(answers, queries.asked(_district(placement), phase))
    found.saved_at = clock.now()
    db.session.flush()
    return found


def hand_in(actor: Actor, placement_id: int, phase: Phase, number: int, answers: Answers) -> Reflection:
    """Keep it for good, with the prompts in the words of today. Flushes. Raises as :func:`save`, and
    DomainError where a sentence to agree with has no answer, or nothing at all was written."""
    found = save(actor, placement_id, phase, number, answers)
    placement = growth.own_one(actor, placement_id)
    asked = queries.asked(_district(placement), phase)
    for question in asked:
        if question.scale and question.code not in found.answers:
            raise DomainError(
                _("Choose how much you agree: it is asked again at the end."), field=question.code
            )
    if not any(not one.scale and found.answers.get(one.code) for one in asked):
        raise DomainError(_("Answer one question in words at least."))
    found.prompts = [one.as_kept() for one in asked]
    found.handed_in_at = clock.now()
    record(
        actor,
        "reflection.hand_in",
        placement,
        district_id=_district(placement),
        phase=phase.value,
        number=number,
    )
    db.session.flush()
    return found


def choose(actor: Actor, reflection_id: int, *, in_portfolio: bool, for_employer: bool) -> Reflection:
    """The student says what goes into the portfolio, and whether the employer may read it. Flushes.

    Raises
    ------
    NotFound
        Where it is no reflection of theirs that was handed in.
    """
    found = db.session.scalar(
        select(Reflection)
        .join(Placement, Placement.id == Reflection.placement_id)
        .where(
            Reflection.id == reflection_id,
            Placement.student_id.in_(actor.student_ids),
            Reflection.handed_in_at.is_not(None),
        )
    )
    if found is None:
        raise NotFound()
    placement = growth.own_one(actor, found.placement_id)
    change(
        update(Reflection)
        .where(Reflection.id == found.id)
        .values(in_portfolio=in_portfolio, for_employer=for_employer)
    )
    record(
        actor,
        "reflection.choose",
        placement,
        district_id=_district(placement),
        portfolio=in_portfolio,
        employer=for_employer,
    )
    db.session.refresh(found)
    return found


def comment(actor: Actor, reflection_id: int, text: str) -> ReflectionComment:
    """An advisor or a coordinator says something to a reflection that was handed in. Flushes.

    Raises
    ------
    NotFound
        Where there is none that they may see.
    DomainError
        Where nothing is said, or too much.
    """
    found = db.session.scalar(
        select(Reflection).where(Reflection.id == reflection_id, Reflection.handed_in_at.is_not(None))
    )
    if found is None:
        raise NotFound()
    placement = growth.seen_one(actor, found.placement_id)
    if not 2 <= len(text.strip()) <= 2000:
        raise DomainError(_("Write 2 to 2000 characters."), field="text")
    made = ReflectionComment(reflection_id=found.id, user_id=actor.user_id, text=text.strip(), at=clock.now())
    db.session.add(made)
    db.session.flush()
    record(actor, "reflection.comment", placement, district_id=_district(placement), comment=made.id)
    return made


def _district(placement: Placement) -> int:
    return placement.publication.round.district_id


def _kept(answers: Answers, asked: Sequence[Question]) -> dict[str, Any]:
    """What is kept of answers: text that says something, and numbers from 1 to 5."""
    found: dict[str, Any] = {}
    for question in asked:
        given = answers.get(question.code)
        if question.scale:
            if isinstance(given, int) and 1 <= given <= 5:
                found[question.code] = given
        elif isinstance(given, str) and given.strip():
            if len(given) > LONGEST:
                raise DomainError(_("Use at most %(most)s characters.", most=LONGEST), field=question.code)
            found[question.code] = given.strip()
    return found
