"""Reading evaluations, scoped to the actor: a coordinator's districts, whom an advisor follows, one's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, exists, false, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.agreements.models import Paperwork, PaperworkState
from wbl.db import db
from wbl.errors import NotFound
from wbl.growth.models import (
    Evaluation,
    EvaluationDue,
    Moment,
    RatedBy,
    RubricVersion,
    SiteRating,
)
from wbl.opportunities.models import Offering, Opportunity
from wbl.pagination import Page, paginate_whole
from wbl.people.models import District, Student
from wbl.people.queries import called
from wbl.placements.models import Placement, PlacementState, Publication
from wbl.reflections.models import Reflection
from wbl.reports.models import ReportSetting, Thanks, ThanksState
from wbl.reports.thresholds import days_ago, thresholds_of
from wbl.rounds.models import Round
from wbl.status.queries import followed_anywhere

LATE_AFTER = timedelta(days=7)
UNDER_WAY = (PaperworkState.ACTIVE, PaperworkState.COMPLETED)
SHOWN = ("active", "quiet", "unrated", "to_complete", "unsafe", "completed")


@dataclass(frozen=True, slots=True)
class Line:
    """One placement in a list: what is known of how it goes."""

    placement: Placement
    completed: bool
    rated: tuple[Moment, ...]  # by the mentor
    late: bool  # an evaluation of the mentor's is overdue
    reflected_at: datetime | None  # when the newest reflection was handed in


def _whole(statement: Select[Any]) -> Select[Any]:
    opportunity = joinedload(Placement.offering).joinedload(Offering.opportunity)
    return statement.options(
        opportunity.joinedload(Opportunity.employer),
        opportunity.joinedload(Opportunity.site),
        joinedload(Placement.student).joinedload(Student.school),
        joinedload(Placement.publication).joinedload(Publication.round).joinedload(Round.district),
    )


def _seen_by(actor: Actor) -> ColumnElement[bool]:
    """Students whose growth an actor may see: a coordinator's, and those whom they follow."""
    return or_(Student.district_id.in_(actor.coordinator_of), followed_anywhere(actor))


def _seen(actor: Actor) -> Select[Any]:
    return (
        select(Placement)
        .join(Student, Student.id == Placement.student_id)
        .join(Paperwork, Paperwork.placement_id == Placement.id)
        .where(Placement.state == PlacementState.PUBLISHED, Paperwork.state.in_(UNDER_WAY), _seen_by(actor))
    )


def seen_one(actor: Actor, placement_id: int) -> Placement:
    """A placement that is active or completed, for its coordinator, or an advisor of its student.

    Raises
    ------
    NotFound
        Where there is none, or the actor has nothing to do with it.
    """
    found: Placement | None = db.session.scalar(_whole(_seen(actor).where(Placement.id == placement_id)))
    if found is None:
        raise NotFound()
    return found


def own(actor: Actor) -> list[Placement]:
    """The signed-in student's placements that are active or completed, the newest first."""
    statement = (
        select(Placement)
        .join(Paperwork, Paperwork.placement_id == Placement.id)
        .where(
            Placement.student_id.in_(actor.student_ids),
            Placement.state == PlacementState.PUBLISHED,
            Paperwork.state.in_(UNDER_WAY),
        )
        .order_by(Placement.id.desc())
    )
    return list(db.session.scalars(_whole(statement)))


def own_one(actor: Actor, placement_id: int) -> Placement:
    """One of them.

    Raises
    ------
    NotFound
        Where it is somebody else's, or not under way.
    """
    for found in own(actor):
        if found.id == placement_id:
            return found
    raise NotFound()


def hosted(actor: Actor) -> list[Placement]:
    """Placements at the actor's employers that are active or completed, the newest first; whose student
    they may know is asked of ``placements.queries.name_told``."""
    # What is under way is asked of each of theirs: joined, SQLite would begin at all that is in a district.
    under_way = exists().where(Paperwork.placement_id == Placement.id, Paperwork.state.in_(UNDER_WAY))
    statement = (
        select(Placement)
        .join(Offering, Offering.id == Placement.offering_id)
        .join(Opportunity, Opportunity.id == Offering.opportunity_id)
        .where(
            Opportunity.employer_id.in_(actor.employer_ids),
            Placement.state == PlacementState.PUBLISHED,
            under_way,
        )
        .order_by(Placement.id.desc())
    )
    return list(db.session.scalars(_whole(statement)))


def evaluations(placement_id: int) -> list[Evaluation]:
    """Those that count, with their ratings, in order of time."""
    statement = (
        select(Evaluation)
        .where(Evaluation.placement_id == placement_id, Evaluation.void_at.is_(None))
        .options(selectinload(Evaluation.ratings), joinedload(Evaluation.rater))
        .order_by(Evaluation.given_at, Evaluation.id)
    )
    return list(db.session.scalars(statement))


def is_completed(placement_id: int) -> bool:
    state = db.session.scalar(select(Paperwork.state).where(Paperwork.placement_id == placement_id))
    return state is PaperworkState.COMPLETED


def due(placement_id: int) -> list[EvaluationDue]:
    """When the mentor is asked, in order; empty before the placement has a plan."""
    statement = select(EvaluationDue).where(EvaluationDue.placement_id == placement_id)
    return list(db.session.scalars(statement.order_by(EvaluationDue.due_on)))


def site_rating(actor: Actor, placement_id: int) -> SiteRating | None:
    """What the student says of the site: for a coordinator and the student, for nobody else."""
    return db.session.scalar(
        select(SiteRating)
        .join(Placement, Placement.id == SiteRating.placement_id)
        .join(Student, Student.id == Placement.student_id)
        .where(
            SiteRating.placement_id == placement_id,
            or_(Student.district_id.in_(actor.coordinator_of), Placement.student_id.in_(actor.student_ids)),
        )
    )


def versions(actor: Actor, district_id: int) -> list[tuple[RubricVersion, int]]:
    """A district's rubric versions, the newest first, each with how many evaluations were made on it.

    Raises
    ------
    NotFound
        Where the actor does not coordinate the district.
    """
    district(actor, district_id)
    made = (
        select(func.count())
        .where(Evaluation.version_id == RubricVersion.id)
        .correlate(RubricVersion)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(RubricVersion, made)
        .where(RubricVersion.district_id == district_id)
        .order_by(RubricVersion.number.desc())
    )
    return [(row[0], row[1]) for row in rows]


def district(actor: Actor, district_id: int) -> District:
    """A district that the actor coordinates.

    Raises
    ------
    NotFound
        Where they do not.
    """
    found = db.session.get(District, district_id) if district_id in actor.coordinator_of else None
    if found is None:
        raise NotFound()
    return found


def districts(actor: Actor) -> Sequence[District]:
    """The districts that the actor coordinates, by name."""
    return db.session.scalars(
        select(District).where(District.id.in_(actor.coordinator_of)).order_by(District.name)
    ).all()


def _by_mentor(placement_id: Any, moment: Any) -> ColumnElement[bool]:
    return exists().where(
        Evaluation.placement_id == placement_id,
        Evaluation.moment == moment,
        Evaluation.rated_by == RatedBy.MENTOR,
        Evaluation.void_at.is_(None),
    )


def late_rating() -> ColumnElement[bool]:
    """Whether a mentor should have rated a week ago: a condition on Placement."""
    return exists().where(
        EvaluationDue.placement_id == Placement.id,
        EvaluationDue.due_on < clock.last_today() - LATE_AFTER,
        # Of the same row: inside two EXISTS, the placement of the outer query would be anybody's.
        ~_by_mentor(EvaluationDue.placement_id, EvaluationDue.moment),
    )


def last_day_passed() -> ColumnElement[bool]:
    """Whether a placement's last day lies behind: a condition on Offering and Round."""
    return func.coalesce(Offering.end_date, Round.ends_on) < clock.last_today()


def to_complete() -> ColumnElement[bool]:
    """Whether a placement can be completed: its last day has come and its final evaluation is there.

    A condition on Placement, Paperwork, Offering and Round."""
    return and_(
        Paperwork.state == PaperworkState.ACTIVE, last_day_passed(), _by_mentor(Placement.id, Moment.FINAL)
    )


def unsafe() -> ColumnElement[bool]:
    """Whether a student rated safety or support low and nobody followed it up: a condition on Placement."""
    # Looked up once, as thank-yous below: few wait, and a district has years of placements.
    low = or_(SiteRating.safe <= 2, SiteRating.supported <= 2)
    return Placement.id.in_(select(SiteRating.placement_id).where(SiteRating.seen_at.is_(None), low))


def thanks_waiting() -> ColumnElement[bool]:
    """Whether a thank-you waits to be read: a condition on Placement."""
    return Placement.id.in_(select(Thanks.placement_id).where(Thanks.state == ThanksState.WAITING))


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many placements of a coordinator's districts wait for somebody."""

    unsafe: int
    to_complete: int
    unrated: int
    thanks: int  # students' thank-yous that a coordinator has not read


def waiting(actor: Actor) -> Waiting:
    """Counted in one query: one pass over the active placements, and those of all years by what waits."""

    def of_states(columns: Select[Any], *states: PaperworkState) -> Select[Any]:
        return (
            columns.select_from(Placement)
            .join(Paperwork, Paperwork.placement_id == Placement.id)
            .join(Offering, Offering.id == Placement.offering_id)
            .join(Round, Round.id == Placement.round_id)
            .where(
                Round.district_id.in_(actor.coordinator_of),
                Placement.state == PlacementState.PUBLISHED,
                Paperwork.state.in_(states),
            )
        )

    def at_any_time(condition: ColumnElement[bool]) -> ScalarSelect[int]:
        found = of_states(select(func.count()), *UNDER_WAY).where(condition)
        return found.correlate(None).scalar_subquery()

    row = db.session.execute(
        of_states(
            select(
                at_any_time(unsafe()),
                func.count().filter(to_complete()),
                func.count().filter(late_rating()),
                at_any_time(thanks_waiting()),
            ),
            PaperworkState.ACTIVE,
        )
    ).one()
    return Waiting(*row)


def _quiet() -> ColumnElement[bool]:
    """No reflection for as long as the district says in its settings of reports. Asks for these."""
    districts: dict[tuple[str, int], list[int]] = {}
    for district_id, zone, kept in db.session.execute(
        select(District.id, District.timezone, ReportSetting.thresholds).outerjoin(
            ReportSetting, ReportSetting.district_id == District.id
        )
    ):
        districts.setdefault((zone, thresholds_of(kept or {}).quiet_days), []).append(district_id)
    return or_(
        false(),
        *(
            Round.district_id.in_(ids)
            & ~exists().where(
                Reflection.placement_id == Placement.id,
                Reflection.handed_in_at >= days_ago(days, clock.today(zone), zone),
            )
            for (zone, days), ids in districts.items()
        ),
    )


def _showing(actor: Actor, show: str) -> list[ColumnElement[bool]]:
    active = Paperwork.state == PaperworkState.ACTIVE
    if show == "quiet":
        return [active, _quiet()]
    return {
        "unrated": [active, late_rating()],
        "to_complete": [to_complete()],
        # What a student says of a site is for coordinators alone, so is a list of who said it.
        "unsafe": [unsafe(), Student.district_id.in_(actor.coordinator_of)],
        "completed": [Paperwork.state == PaperworkState.COMPLETED],
    }.get(show, [active])


def overview(actor: Actor, *, search: str = "", show: str = "", page: int = 1) -> Page[Line]:
    """A page of placements under way by student, each with how it goes. Five queries; of those without a
    reflection lately six."""
    statement = (
        _seen(actor)
        .join(Offering, Offering.id == Placement.offering_id)
        .join(Round, Round.id == Placement.round_id)
        .where(*_showing(actor, show))
        .order_by(Student.family_name, Student.given_name, Student.id, Placement.id)
    )
    for word in search.split():
        statement = statement.where(called(word))
    keys = statement.with_only_columns(Placement.id, maintain_column_froms=True)
    found: Page[Placement] = paginate_whole(keys, _whole(select(Placement)), page)
    ids = [one.id for one in found.items]
    rated: dict[int, list[Moment]] = {}
    for placement_id, moment in db.session.execute(
        select(Evaluation.placement_id, Evaluation.moment).where(
            Evaluation.placement_id.in_(ids),
            Evaluation.rated_by == RatedBy.MENTOR,
            Evaluation.void_at.is_(None),
        )
    ):
        rated.setdefault(placement_id, []).append(moment)
    rows = db.session.execute(
        select(
            Placement.id,
            Paperwork.state,
            late_rating(),
            select(func.max(Reflection.handed_in_at))
            .where(Reflection.placement_id == Placement.id)
            .correlate(Placement)
            .scalar_subquery(),
        )
        .join(Paperwork, Paperwork.placement_id == Placement.id)
        .where(Placement.id.in_(ids))
    )
    known = {row[0]: row for row in rows}
    items = [
        Line(
            placement=one,
            completed=known[one.id][1] is PaperworkState.COMPLETED,
            rated=tuple(moment for moment in Moment if moment in rated.get(one.id, ())),
            late=bool(known[one.id][2]),
            reflected_at=known[one.id][3],
        )
        for one in found.items
    ]
    return Page(items=items, number=found.number, total=found.total, size=found.size)
