"""What one placement is rated on: the rubric as it was when it began, and skills of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import exists, select, update

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.agreements.opening import first_day
from wbl.audit.services import record
from wbl.db import change, db
from wbl.errors import Conflict, DomainError
from wbl.growth.models import Evaluation, EvaluationDue, LearningPlan, Moment
from wbl.growth.rubrics import SKILL, Item, common_skills, with_skills
from wbl.growth.versions import content_in_force, ensure_in_force
from wbl.opportunities.models import Posting
from wbl.opportunities.tasks import tasks
from wbl.placements import queries
from wbl.placements.models import Placement

FEWEST, MOST = 3, 5
LONGEST = 120
SETTLING_IN = timedelta(days=10)
"""From the first day until the mentor has seen enough for a baseline."""
BEFORE_THE_END = timedelta(days=7)
SHORT = timedelta(days=42)
"""A placement that is shorter has no evaluation half-way."""

Skills = list[dict[str, Any]]


def last_day(placement: Placement) -> date:
    """The day on which it ends as planned."""
    return placement.offering.end_date or placement.publication.round.ends_on


def today_of(placement: Placement) -> date:
    """The date at its district."""
    return clock.today(placement.publication.round.district.timezone)


def proposed_skills(placement: Placement) -> Skills:
    """Three to five skills: the tasks of the posting, and common ones where it names too few."""
    posting = db.session.get(Posting, placement.offering.opportunity_id)
    answers = posting.answers if posting is not None else {}
    known = tasks()
    texts = [dict(known[code].words) for code in answers.get("tasks", []) if code in known]
    own = str(answers.get("own_tasks", "")).splitlines()
    texts += [{"en": line.strip()[:LONGEST]} for line in own if line.strip()]
    texts = texts[:MOST]
    texts += common_skills()[: max(0, FEWEST - len(texts))]
    return _numbered(texts)


def _numbered(texts: Sequence[dict[str, str]]) -> Skills:
    return [{"code": f"{SKILL}{number}", **text} for number, text in enumerate(texts, start=1)]


def of_placement(placement_id: int) -> LearningPlan | None:
    return db.session.get(LearningPlan, placement_id)


def items_of(placement: Placement, language: str) -> list[Item]:
    """All that is rated in a placement; before it has a plan, what the plan would say now."""
    plan = of_placement(placement.id)
    if plan is None:
        content = content_in_force(placement.publication.round.district_id)
        return with_skills(content, proposed_skills(placement), language)
    return with_skills(plan.version.content, plan.skills, language)


def ensure(actor: Actor, placement: Placement) -> LearningPlan:
    """The plan of a placement, made where it has none, and when its mentor is asked. Flushes."""
    found = of_placement(placement.id)
    if found is not None:
        return found
    version = ensure_in_force(actor, placement.publication.round.district_id)
    # Somebody else may have made it while this one waited for the lock that ensure_in_force takes.
    found = db.session.get(LearningPlan, placement.id, populate_existing=True)
    if found is not None:
        return found
    found = LearningPlan(
        placement_id=placement.id,
        version_id=version.id,
        skills=proposed_skills(placement),
        made_at=clock.now(),
    )
    db.session.add(found)
    db.session.add_all(
        EvaluationDue(placement_id=placement.id, moment=moment, due_on=due_on)
        for moment, due_on in due_days(first_day(placement), last_day(placement)).items()
    )
    db.session.flush()
    return found


def due_days(first: date, last: date) -> dict[Moment, date]:
    """When a mentor is asked: settled in, half-way (not of a short one), and a week before the end."""
    length = last - first
    if length < 2 * BEFORE_THE_END:
        return {Moment.BASELINE: first, Moment.FINAL: max(first, last)}
    days = {Moment.BASELINE: first + min(SETTLING_IN, length / 3)}
    if length >= SHORT:
        days[Moment.MID] = first + length / 2
    return days | {Moment.FINAL: last - BEFORE_THE_END}


def set_skills(actor: Actor, placement_id: int, skills: Sequence[dict[str, str]]) -> LearningPlan:
    """The skills of a placement, in place of what was proposed. Flushes.

    Parameters
    ----------
    skills
        Three to five, each ``{"en": …}`` with or without ``"es"``.

    Raises
    ------
    NotFound
        Where it is not a placement of the actor's districts.
    DomainError
        Where there are too few or too many, or one is too long.
    Conflict
        Where somebody has been rated on them.
    """
    placement = queries.placement(actor, placement_id)
    texts = [
        {language: text.strip() for language, text in one.items() if text.strip()}
        for one in skills
        if one.get("en", "").strip()
    ]
    if not FEWEST <= len(texts) <= MOST:
        raise DomainError(_("Name three to five skills."), field="skill_0")
    for at, text in enumerate(texts):
        if max(map(len, text.values())) > LONGEST:
            raise DomainError(_("Use at most %(most)s characters.", most=LONGEST), field=f"skill_{at}")
    plan = ensure(actor, placement)
    kept = change(
        update(LearningPlan)
        .where(
            LearningPlan.placement_id == placement_id,
            ~exists().where(Evaluation.placement_id == placement_id),
        )
        .values(skills=_numbered(texts))
    )
    if kept == 0:
        raise Conflict(_("Somebody has been rated on these skills already. They stay until the end."))
    record(
        actor,
        "plan.skills",
        placement,
        district_id=placement.publication.round.district_id,
        skills=len(texts),
    )
    db.session.refresh(plan)
    return plan


def rated(placement_id: int) -> bool:
    """Whether anybody was rated in a placement: then its skills stay."""
    return bool(db.session.scalar(select(exists().where(Evaluation.placement_id == placement_id))))
