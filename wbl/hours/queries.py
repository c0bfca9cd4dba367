"""Reading hours, scoped to the actor: a coordinator's, a student's own, an employer's own.

Hours are kept of every placement that became active, also when it is over: what was worked is owed.
``totals`` says what was worked at placements, for whoever reports or decides by it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import joinedload

from wbl.accounts.actor import Actor
from wbl.accounts.models import User
from wbl.agreements.models import Paperwork
from wbl.agreements.queries import seen_by
from wbl.db import db
from wbl.errors import NotFound
from wbl.hours.models import (
    Absence,
    EntryState,
    HoursBreach,
    HoursLink,
    HoursSetting,
    TimeEntry,
    TimeEntryChange,
)
from wbl.hours.when import DAY, WEEK
from wbl.interests.models import Submission
from wbl.opportunities.models import Offering, Opportunity
from wbl.pagination import Page, paginate, paginate_whole
from wbl.people.models import Student
from wbl.people.queries import called
from wbl.placements import queries as placements
from wbl.placements.models import Placement, PlacementState, Publication
from wbl.placements.told import told
from wbl.rounds.models import Round


@dataclass(frozen=True, slots=True)
class Totals:
    """Minutes of one placement. ``worked`` is all that was not taken back, whoever has confirmed it."""

    worked: int = 0
    confirmed: int = 0
    waiting: int = 0  # for whoever supervises
    questioned: int = 0

    @property
    def hours(self) -> float:
        return self.worked / 60


def begun() -> ColumnElement[bool]:
    """Whether a placement has become active at some time: a condition on Paperwork."""
    return Paperwork.active_at.is_not(None)


def with_hours(actor: Actor) -> Select[tuple[Placement]]:
    """The placements of an actor of which hours are kept, the newest first: a statement to build on."""
    return seen_by(actor).where(begun()).order_by(Placement.round_id.desc(), Placement.id.desc())


def loaded(statement: Select[tuple[Placement]]) -> Select[tuple[Placement]]:
    """With everything that a list of hours shows."""
    opportunity = joinedload(Placement.offering).joinedload(Offering.opportunity)
    return statement.options(
        opportunity.joinedload(Opportunity.employer),
        joinedload(Placement.student).joinedload(Student.school),
        joinedload(Placement.publication).joinedload(Publication.round).joinedload(Round.district),
    )


def _one(statement: Select[tuple[Placement]], placement_id: int) -> Placement:
    found = db.session.scalar(statement.where(Placement.id == placement_id))
    if found is None:
        raise NotFound()
    return placements.whole(found.id)


def own(actor: Actor, placement_id: int) -> Placement:
    """A placement of the signed-in student's own, with all that a page shows.

    Raises
    ------
    NotFound
        Where it is somebody else's, or has not become active.
    """
    return _one(with_hours(actor).where(Placement.student_id.in_(actor.student_ids)), placement_id)


def own_all(actor: Actor) -> list[Placement]:
    """The signed-in student's own, those that go on first."""
    statement = (
        with_hours(actor)
        .where(Placement.student_id.in_(actor.student_ids))
        .order_by(None)
        .order_by(Placement.state != PlacementState.PUBLISHED, Placement.id.desc())
    )
    return list(db.session.scalars(loaded(statement)))


def coordinated(actor: Actor, placement_id: int) -> Placement:
    """A placement of the coordinator's districts.

    Raises
    ------
    NotFound
        Where it is another district's, or has not become active.
    """
    return _one(with_hours(actor).where(Round.district_id.in_(actor.coordinator_of)), placement_id)


def hosted(actor: Actor, placement_id: int) -> Placement:
    """A placement at the actor's employers whose student they know by name.

    Raises
    ------
    NotFound
        Where it is another employer's, has not become active, or the family has not agreed (any more).
    """
    found = _one(with_hours(actor).where(Opportunity.employer_id.in_(actor.employer_ids)), placement_id)
    if not placements.name_told(found):
        raise NotFound()
    return found


def hosted_all(actor: Actor) -> list[Placement]:
    """Those at the actor's employers whose students they know by name. A fixed number of queries."""
    statement = with_hours(actor).where(Opportunity.employer_id.in_(actor.employer_ids))
    found = list(db.session.scalars(loaded(statement)))
    given, of_age = placements.consent_rows([one.id for one in found]), placements.deciding(found)
    return [one for one in found if told(given.get(one.id, []), one.student_id in of_age, ())[0]]


def totals(placement_ids: Collection[int]) -> dict[int, Totals]:
    """What was worked at some placements, in minutes; one query. Every placement asked for is in it."""
    counted = func.sum(TimeEntry.minutes)

    def of(state: EntryState) -> ColumnElement[int]:
        return func.coalesce(counted.filter(TimeEntry.state == state), 0)

    rows = db.session.execute(
        select(
            TimeEntry.placement_id,
            func.coalesce(counted, 0),
            of(EntryState.CONFIRMED),
            of(EntryState.SUBMITTED),
            of(EntryState.QUESTIONED),
        )
        .where(TimeEntry.placement_id.in_(placement_ids), TimeEntry.state != EntryState.WITHDRAWN)
        .group_by(TimeEntry.placement_id)
    )
    found = {row[0]: Totals(*(int(minutes) for minutes in row[1:])) for row in rows}
    return {placement_id: found.get(placement_id, Totals()) for placement_id in placement_ids}


def entries(placement_id: int, sunday: date | None = None) -> list[TimeEntry]:
    """The entries of a placement, or of one of its weeks, in the order of work; what was taken back too."""
    statement = select(TimeEntry).where(TimeEntry.placement_id == placement_id)
    if sunday is not None:
        statement = statement.where(TimeEntry.worked_on >= sunday, TimeEntry.worked_on < sunday + WEEK)
    return list(db.session.scalars(statement.order_by(TimeEntry.started_at, TimeEntry.id)))


def entry(placement_id: int, entry_id: int) -> TimeEntry:
    """One entry of a placement, as it is now.

    Raises
    ------
    NotFound
        Where there is none.
    """
    found = db.session.scalar(
        select(TimeEntry)
        .where(TimeEntry.placement_id == placement_id, TimeEntry.id == entry_id)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound()
    return found


def running(placement_id: int) -> TimeEntry | None:
    """The entry that is checked in and not out."""
    return db.session.scalar(
        select(TimeEntry).where(
            TimeEntry.placement_id == placement_id,
            TimeEntry.ended_at.is_(None),
            TimeEntry.state == EntryState.DRAFT,
        )
    )


def history(entry_ids: Sequence[int]) -> dict[int, list[tuple[TimeEntryChange, str | None]]]:
    """What entries were, the oldest first, each with the name of the user whose change it was."""
    rows = db.session.execute(
        select(TimeEntryChange, User.name)
        .outerjoin(User, and_(User.id == TimeEntryChange.actor_id, TimeEntryChange.actor_kind == "user"))
        .where(TimeEntryChange.entry_id.in_(entry_ids))
        .order_by(TimeEntryChange.entry_id, TimeEntryChange.version)
    )
    found: dict[int, list[tuple[TimeEntryChange, str | None]]] = {}
    for change, name in rows:
        found.setdefault(change.entry_id, []).append((change, name))
    return found


def breaches(placement_id: int, sunday: date | None = None) -> list[HoursBreach]:
    """The rules that are broken as it stands now, at a placement or in one of its weeks."""
    statement = select(HoursBreach).where(
        HoursBreach.placement_id == placement_id, HoursBreach.gone_at.is_(None)
    )
    if sunday is not None:
        statement = statement.where(HoursBreach.day >= sunday, HoursBreach.day < sunday + WEEK)
    return list(db.session.scalars(statement.order_by(HoursBreach.day, HoursBreach.rule)))


def absences(placement_id: int) -> list[Absence]:
    """The days on which a student said that they cannot come, the newest first."""
    statement = select(Absence).where(Absence.placement_id == placement_id).order_by(Absence.on_day.desc())
    return list(db.session.scalars(statement))


def links(placement_id: int) -> list[HoursLink]:
    """All links of a placement, the newest first."""
    statement = select(HoursLink).where(HoursLink.placement_id == placement_id).order_by(HoursLink.id.desc())
    return list(db.session.scalars(statement))


def setting(district_id: int) -> HoursSetting:
    """What hours are worth in a district; an empty one where it has not decided."""
    return db.session.get(HoursSetting, district_id) or HoursSetting(
        district_id=district_id, hours_per_credit=None, hours_needed=None
    )


def needed(found: Sequence[Placement]) -> dict[int, int | None]:
    """The hours that students need, by placement: what their file says, else what the district does."""
    rows = db.session.execute(
        select(Placement.id, Submission.hours_needed, HoursSetting.hours_needed)
        .join(Round, Round.id == Placement.round_id)
        .outerjoin(
            Submission,
            and_(Submission.round_id == Placement.round_id, Submission.student_id == Placement.student_id),
        )
        .outerjoin(HoursSetting, HoursSetting.district_id == Round.district_id)
        .where(Placement.id.in_([one.id for one in found]))
    )
    return {placement_id: hours_in(own_hours) or general for placement_id, own_hours, general in rows}


def hours_in(cell: str | None) -> int | None:
    """The number of a cell ``hours_needed``; None where it has none."""
    try:
        return round(float(cell)) if cell else None
    except ValueError:
        return None


def open_breaches() -> ColumnElement[bool]:
    """Whether a breach waits for a coordinator: a condition on HoursBreach."""
    return and_(HoursBreach.gone_at.is_(None), HoursBreach.settled_at.is_(None))


def rounds_with(actor: Actor, *conditions: ColumnElement[bool]) -> list[tuple[Round, tuple[int, ...]]]:
    """The coordinator's rounds with placements that fit one of the conditions, and how many fit each.

    One query for all of them: the coordinator's home asks for many things.
    """
    rows = db.session.execute(
        select(Round, *(func.count(case((condition, 1))) for condition in conditions))
        .join(Placement, Placement.round_id == Round.id)
        .where(Round.district_id.in_(actor.coordinator_of), or_(*conditions))
        .group_by(Round.id)
        .order_by(Round.id)
    )
    return [(row[0], tuple(row[1:])) for row in rows]


def has_breach() -> ColumnElement[bool]:
    """Whether a placement has a breach that waits for a coordinator: a condition on Placement."""
    return Placement.id.in_(select(HoursBreach.placement_id).where(open_breaches()))


def has_entry(state: EntryState, before: date | None = None) -> ColumnElement[bool]:
    """Whether a placement has an entry in a state (worked before a date): a condition on Placement."""
    entries = select(TimeEntry.placement_id).where(TimeEntry.state == state)
    if before is not None:
        entries = entries.where(TimeEntry.worked_on < before)
    # Looked up once, not for each placement: few entries wait, and a district has years of placements.
    return Placement.id.in_(entries)


def _counted() -> Select[tuple[TimeEntry]]:
    """What was worked and is over, with all that a file of it says, in the order of work."""
    placement = joinedload(TimeEntry.placement)
    opportunity = placement.joinedload(Placement.offering).joinedload(Offering.opportunity)
    district = placement.joinedload(Placement.publication).joinedload(Publication.round)
    return (
        select(TimeEntry)
        .join(Placement, Placement.id == TimeEntry.placement_id)
        .where(TimeEntry.ended_at.is_not(None), TimeEntry.state != EntryState.WITHDRAWN)
        .options(
            opportunity.joinedload(Opportunity.employer),
            placement.joinedload(Placement.student),
            district.joinedload(Round.district),
        )
        .order_by(TimeEntry.worked_on, TimeEntry.started_at, TimeEntry.id)
    )


def round_entries(placement_round: Round, page: int = 1) -> Page[TimeEntry]:
    """A page of what was worked in a round."""
    return paginate(_counted().where(Placement.round_id == placement_round.id), page)


def sent_of(placement_ids: Collection[int], page: int = 1) -> Page[TimeEntry]:
    """A page of what was worked at some placements and sent; before that it is the student's own."""
    return paginate(
        _counted().where(TimeEntry.placement_id.in_(placement_ids), TimeEntry.state != EntryState.DRAFT), page
    )


def works_elsewhere(placement: Placement, sunday: date) -> bool:
    """Whether the student worked for another employer too, in a week or the days around it."""
    here = placement.offering.opportunity.employer_id
    statement = (
        select(TimeEntry.id)
        .join(Placement, Placement.id == TimeEntry.placement_id)
        .join(Offering, Offering.id == Placement.offering_id)
        .join(Opportunity, Opportunity.id == Offering.opportunity_id)
        .where(
            Placement.student_id == placement.student_id,
            Opportunity.employer_id.is_distinct_from(here),
            TimeEntry.worked_on.between(sunday - DAY, sunday + WEEK),
            TimeEntry.ended_at.is_not(None),
            TimeEntry.state != EntryState.WITHDRAWN,
        )
        .limit(1)
    )
    return db.session.scalar(statement) is not None


def of_round(
    placement_round: Round,
    *,
    search: str = "",
    only: ColumnElement[bool] | None = None,
    followed: ColumnElement[bool] | None = None,
    page: int = 1,
) -> Page[Placement]:
    """A page of the placements of a round that became active, by student.

    ``only``: a condition on them; ``followed``: one on their students.
    """
    statement = (
        select(Placement.id)
        .join(Paperwork, Paperwork.placement_id == Placement.id)
        .join(Student, Student.id == Placement.student_id)
        .where(Placement.round_id == placement_round.id, begun())
    )
    for word in search.split():
        statement = statement.where(called(word))
    for condition in (only, followed):
        if condition is not None:
            statement = statement.where(condition)
    ordered = statement.order_by(Student.family_name, Student.given_name, Student.id, Placement.id)
    return paginate_whole(ordered, loaded(select(Placement)), page)


def count_of_round(placement_round: Round, *conditions: ColumnElement[bool]) -> int:
    """How many placements of a round that became active fit some conditions."""
    statement = (
        select(func.count(Placement.id))
        .join(Paperwork, Paperwork.placement_id == Placement.id)
        .where(Placement.round_id == placement_round.id, begun(), *conditions)
    )
    return db.session.scalar(statement) or 0


def broken_counts(placement_ids: Collection[int]) -> dict[int, int]:
    """How many breaches wait for a coordinator, by placement."""
    rows = db.session.execute(
        select(HoursBreach.placement_id, func.count())
        .where(HoursBreach.placement_id.in_(placement_ids), open_breaches())
        .group_by(HoursBreach.placement_id)
    ).tuples()
    return dict(rows.all())
