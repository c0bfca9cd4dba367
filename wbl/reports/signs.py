"""What is known of placements under way, each kind in one query over all of them.

What the clock judges of each is judged in the statement: only what a page shows is brought here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, and_, case, exists, func, literal, or_, select
from sqlalchemy.orm import aliased
from sqlalchemy.types import TypeEngine

from wbl.accounts.actor import Actor
from wbl.agreements.models import Paperwork, PaperworkState, PaperworkTask, SiteVisit, Step
from wbl.agreements.opening import goes_on
from wbl.db import UtcDateTime, plain_rows
from wbl.employers.models import Employer, VettingCheck, VettingItem
from wbl.growth.models import Evaluation, Moment, RatedBy, Rating
from wbl.hours.models import EntryState, TimeEntry
from wbl.interests.models import Submission
from wbl.opportunities.models import Offering, Opportunity
from wbl.people.models import Student
from wbl.people.queries import called
from wbl.placements.models import Placement, PlacementState
from wbl.reflections.models import Reflection
from wbl.rounds.models import Round

CURRENT = (PaperworkState.OPEN, PaperworkState.ACTIVE)


def _of_districts(statement: Select[Any], actor: Actor, *states: PaperworkState) -> Select[Any]:
    """Join a statement on Placement to what says that it is the coordinator's and under way."""
    return (
        statement.join(Paperwork, Paperwork.placement_id == Placement.id)
        .join(Round, Round.id == Placement.round_id)
        .where(
            Paperwork.state.in_(states or CURRENT),
            Placement.state == PlacementState.PUBLISHED,
            Round.district_id.in_(actor.coordinator_of),
        )
    )


@dataclass(frozen=True, slots=True)
class Clock:
    """What time means in one round: its district's day, its own first day, and what is too long ago."""

    today: date
    first_day: date
    quiet_day: date  # a placement that began after it cannot be quiet yet
    quiet_before: datetime
    stuck_before: datetime


def _of_round(values: Mapping[int, Any], of: TypeEngine[Any]) -> ColumnElement[Any]:
    """A value for each round, as a column beside Placement."""
    return case({key: literal(value, of) for key, value in values.items()}, value=Placement.round_id)


def current(
    actor: Actor, clocks: Mapping[int, Clock], search: str, round_id: int | None
) -> Sequence[tuple[int, int, bool, bool, int | None, str | None]]:
    """The rows of the list by name: placement, offering, whether it is active, and whether it is quiet (else:
    its paperwork stuck); of active ones the minutes worked, whoever has confirmed them, and the hours that
    the student's file or answers say they need. What never became active is over with its last day.
    """
    if not clocks:
        return []
    active = Paperwork.state == PaperworkState.ACTIVE
    today = _of_round({key: one.today for key, one in clocks.items()}, Date())
    quiet_day = _of_round({key: one.quiet_day for key, one in clocks.items()}, Date())
    quiet_before = _of_round({key: one.quiet_before for key, one in clocks.items()}, UtcDateTime())
    first_day = _of_round({key: one.first_day for key, one in clocks.items()}, Date())
    stuck_before = _of_round({key: one.stuck_before for key, one in clocks.items()}, UtcDateTime())
    quiet = and_(
        func.coalesce(Offering.end_date, Round.ends_on) >= today,
        func.coalesce(Offering.start_date, first_day) <= quiet_day,
        ~exists().where(Reflection.placement_id == Placement.id, Reflection.handed_in_at >= quiet_before),
    )
    worked = (
        select(func.sum(TimeEntry.minutes))
        .where(TimeEntry.placement_id == Placement.id, TimeEntry.state != EntryState.WITHDRAWN)
        .scalar_subquery()
    )
    needed = (
        select(Submission.hours_needed)
        .where(Submission.round_id == Placement.round_id, Submission.student_id == Placement.student_id)
        .scalar_subquery()
    )
    statement = (
        _of_districts(
            select(
                Placement.id,
                Placement.offering_id,
                active,
                case((active, quiet), else_=Paperwork.step_since < stuck_before),
                case((active, worked)),
                case((active, needed)),
            ),
            actor,
        )
        .join(Offering, Offering.id == Placement.offering_id)
        .join(Student, Student.id == Placement.student_id)
        .where(Placement.round_id.in_(clocks), or_(active, goes_on()))
        .order_by(Student.family_name, Student.given_name, Student.id, Placement.id)
    )
    if round_id is not None:
        statement = statement.where(Placement.round_id == round_id)
    for word in search.split():
        statement = statement.where(called(word))
    return plain_rows(statement)


def since(placement_ids: Sequence[int]) -> dict[int, tuple[Step, datetime, datetime | None]]:
    """At which step the paperwork of some placements is since when, and when the newest reflection came."""
    newest = (
        select(func.max(Reflection.handed_in_at))
        .where(Reflection.placement_id == Paperwork.placement_id)
        .scalar_subquery()
    )
    rows = plain_rows(
        select(Paperwork.placement_id, Paperwork.step, Paperwork.step_since, newest).where(
            Paperwork.placement_id.in_(placement_ids)
        )
    )
    return {placement_id: (step, at, handed_in) for placement_id, step, at, handed_in in rows}


def offerings(round_ids: Collection[int]) -> Sequence[tuple[int, int, date | None, date | None, int | None]]:
    """Each offering at which somebody is: its round, its own dates, its employer."""
    taken = select(Paperwork.offering_id).where(Paperwork.state.in_(CURRENT))
    return plain_rows(
        select(
            Offering.id, Offering.round_id, Offering.start_date, Offering.end_date, Opportunity.employer_id
        )
        .join(Opportunity, Opportunity.id == Offering.opportunity_id)
        .where(Offering.round_id.in_(round_ids), Offering.id.in_(taken))
    )


def _order(column: Any) -> ColumnElement[int]:
    return case({moment: at for at, moment in enumerate(Moment)}, value=column)


def dropped(actor: Actor) -> dict[int, float]:
    """By how many levels the mentor's newest evaluation is below the one before it: the mean over what
    both rated. Only those that fell."""
    newest_first = func.row_number().over(
        partition_by=Evaluation.placement_id, order_by=_order(Evaluation.moment).desc()
    )
    # Most have been rated once so far, which is seen before anything is sorted or read of it.
    other = aliased(Evaluation)
    again = exists().where(
        other.placement_id == Evaluation.placement_id,
        other.moment != Evaluation.moment,
        other.rated_by == RatedBy.MENTOR,
        other.void_at.is_(None),
    )
    ranked = (
        _of_districts(
            select(Evaluation.placement_id, Evaluation.id, newest_first.label("place")).join(
                Placement, Placement.id == Evaluation.placement_id
            ),
            actor,
            PaperworkState.ACTIVE,
        )
        .where(Evaluation.rated_by == RatedBy.MENTOR, Evaluation.void_at.is_(None), again)
        .subquery()
    )
    # One pass over the ratings of both: what one of them rated alone is left out.
    fell = case((ranked.c.place == 2, Rating.level), else_=-Rating.level)
    by_code = (
        select(ranked.c.placement_id, func.sum(fell).label("fell"))
        .join(Rating, Rating.evaluation_id == ranked.c.id)
        .where(ranked.c.place <= 2)
        .group_by(ranked.c.placement_id, Rating.code)
        .having(func.count() == 2)
        .subquery()
    )
    lost = func.avg(by_code.c.fell)
    rows = plain_rows(select(by_code.c.placement_id, lost).group_by(by_code.c.placement_id).having(lost > 0))
    return {placement_id: float(levels) for placement_id, levels in rows}


def documents(actor: Actor, until: date) -> dict[int, list[tuple[str, str, date]]]:
    """What was arranged and ends by a day, or has ended: code (or words), holder, day."""
    rows = plain_rows(
        _of_districts(
            select(
                PaperworkTask.placement_id,
                PaperworkTask.code,
                PaperworkTask.what,
                PaperworkTask.holder,
                PaperworkTask.valid_until,
            ).join(Placement, Placement.id == PaperworkTask.placement_id),
            actor,
        )
        .where(PaperworkTask.valid_until <= until)
        .order_by(PaperworkTask.valid_until)
    )
    found: dict[int, list[tuple[str, str, date]]] = {}
    for placement_id, code, what, holder, valid_until in rows:
        found.setdefault(placement_id, []).append((what or code, holder.value, valid_until))
    return found


def vetting(actor: Actor, until: date) -> dict[int, list[tuple[VettingItem, date]]]:
    """What of the vetting of the districts' employers ends by a day, or has ended."""
    rows = plain_rows(
        select(VettingCheck.employer_id, VettingCheck.item, VettingCheck.expires_on)
        .join(Employer, Employer.id == VettingCheck.employer_id)
        .where(VettingCheck.expires_on <= until, Employer.district_id.in_(actor.coordinator_of))
        .order_by(VettingCheck.expires_on)
    )
    found: dict[int, list[tuple[VettingItem, date]]] = {}
    for employer_id, item, expires_on in rows:
        if expires_on is not None:  # as asked above
            found.setdefault(employer_id, []).append((item, expires_on))
    return found


def visits(actor: Actor) -> dict[int, date]:
    """Of each place, the earliest planned visit that nobody has logged."""
    rows = plain_rows(
        select(SiteVisit.offering_id, func.min(SiteVisit.planned_on))
        .join(Offering, Offering.id == SiteVisit.offering_id)
        .join(Round, Round.id == Offering.round_id)
        .where(SiteVisit.done_on.is_(None), Round.district_id.in_(actor.coordinator_of))
        .group_by(SiteVisit.offering_id)
    )
    return dict(rows)
