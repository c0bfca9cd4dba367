"""What is known of placements under way, each kind in one query over all of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, or_, select

from wbl.accounts.actor import Actor
from wbl.agreements.models import Paperwork, PaperworkState, PaperworkTask, SiteVisit, Step
from wbl.agreements.opening import goes_on
from wbl.db import db, plain_rows
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


def current(
    actor: Actor, search: str, round_id: int | None
) -> Sequence[Row[tuple[int, int, str | None, bool, Step | None, datetime | None]]]:
    """The rows of the list by name: placement, offering, hours needed, whether it is active; of others, which
    step of the paperwork holds it since when. What never became active is over with its last day.
    """
    waits = Paperwork.state == PaperworkState.OPEN
    statement = (
        _of_districts(
            select(
                Placement.id,
                Placement.offering_id,
                Submission.hours_needed,
                Paperwork.state == PaperworkState.ACTIVE,
                case((waits, Paperwork.step)),
                case((waits, Paperwork.step_since)),
            ),
            actor,
        )
        .join(Offering, Offering.id == Placement.offering_id)
        .join(Student, Student.id == Placement.student_id)
        .outerjoin(
            Submission,
            and_(Submission.round_id == Placement.round_id, Submission.student_id == Placement.student_id),
        )
        .where(or_(Paperwork.state == PaperworkState.ACTIVE, goes_on()))
        .order_by(Student.family_name, Student.given_name, Student.id, Placement.id)
    )
    if round_id is not None:
        statement = statement.where(Placement.round_id == round_id)
    for word in search.split():
        statement = statement.where(called(word))
    return plain_rows(statement)


def offerings(actor: Actor) -> Sequence[Any]:
    """Each offering that somebody has: its round, its own dates, its employer."""
    taken = _of_districts(select(Placement.offering_id), actor)
    return db.session.execute(
        select(
            Offering.id, Offering.round_id, Offering.start_date, Offering.end_date, Opportunity.employer_id
        )
        .join(Opportunity, Opportunity.id == Offering.opportunity_id)
        .where(Offering.id.in_(taken))
    ).all()


def worked(actor: Actor) -> dict[int, int]:
    """Minutes of each active placement, whoever has confirmed them."""
    rows = plain_rows(
        _of_districts(
            select(TimeEntry.placement_id, func.sum(TimeEntry.minutes)).join(
                Placement, Placement.id == TimeEntry.placement_id
            ),
            actor,
            PaperworkState.ACTIVE,
        )
        .where(TimeEntry.state != EntryState.WITHDRAWN)
        .group_by(TimeEntry.placement_id)
    )
    return {placement_id: int(minutes) for placement_id, minutes in rows}


def reflected(actor: Actor) -> dict[int, datetime]:
    """When the newest reflection of each active placement was handed in."""
    rows = plain_rows(
        _of_districts(
            select(Reflection.placement_id, func.max(Reflection.handed_in_at)).join(
                Placement, Placement.id == Reflection.placement_id
            ),
            actor,
            PaperworkState.ACTIVE,
        )
        .where(Reflection.handed_in_at.is_not(None))
        .group_by(Reflection.placement_id)
    )
    return dict(rows)


def _order(column: Any) -> ColumnElement[int]:
    return case({moment: at for at, moment in enumerate(Moment)}, value=column)


def dropped(actor: Actor) -> dict[int, float]:
    """By how many levels the mentor's newest evaluation is below the one before it: the mean over what
    both rated. Only those that fell."""
    newest_first = func.row_number().over(
        partition_by=Evaluation.placement_id, order_by=_order(Evaluation.moment).desc()
    )
    ranked = (
        _of_districts(
            select(Evaluation.placement_id, Evaluation.id, newest_first.label("place")).join(
                Placement, Placement.id == Evaluation.placement_id
            ),
            actor,
            PaperworkState.ACTIVE,
        )
        .where(Evaluation.rated_by == RatedBy.MENTOR, Evaluation.void_at.is_(None))
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
