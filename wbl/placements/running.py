"""A published round as it runs: what is in force, who is without a place, which seats are free."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import contains_eager, joinedload

from wbl.accounts.models import User
from wbl.db import db
from wbl.interests.models import Submission
from wbl.interests.taking_part import attends
from wbl.opportunities.models import Offering, Opportunity
from wbl.opportunities.taking_part import takes_part
from wbl.pagination import Page, paginate, paginate_whole
from wbl.people.models import Student
from wbl.people.queries import called
from wbl.placements.models import (
    Consent,
    EndKind,
    Placement,
    PlacementChange,
    PlacementEnd,
    PlacementState,
    Publication,
)
from wbl.placements.queries import counting, declined
from wbl.placements.told import NAME
from wbl.rounds.models import Round

SHOWN = 20


@dataclass(frozen=True, slots=True)
class State:
    """A published round in numbers."""

    in_force: int
    answered: int
    declined: int  # the student said no, and the placement has not been ended yet
    without: int  # students who take part and have no seat
    seats: int
    ended: dict[EndKind, int]

    @property
    def free(self) -> int:
        return max(0, self.seats - self.in_force)


@dataclass(frozen=True, slots=True)
class Without:
    """A student without a seat, and how their last one ended where they had one."""

    submission: Submission
    ended: PlacementEnd | None


@dataclass(frozen=True, slots=True)
class Seats:
    """An opportunity with its seats."""

    offering: Offering
    taken: int

    @property
    def free(self) -> int:
        return max(0, self.offering.seats - self.taken)


def _has_seat() -> ColumnElement[bool]:
    return exists().where(
        Placement.round_id == Submission.round_id,
        Placement.student_id == Submission.student_id,
        Placement.state == PlacementState.PUBLISHED,
    )


def state_of(placement_round: Round, publication: Publication) -> State:
    """The numbers of a published round, in five queries."""
    of_publication = (Placement.publication_id == publication.id, Placement.state == PlacementState.PUBLISHED)
    answered = exists().where(Consent.placement_id == Placement.id, Consent.field == NAME, counting())
    in_force, said, no = db.session.execute(
        select(func.count(), func.count().filter(answered), func.count().filter(declined())).where(
            *of_publication
        )
    ).one()
    without = db.session.scalar(
        select(func.count(Submission.id)).where(
            Submission.round_id == placement_round.id, ~_has_seat(), attends()
        )
    )
    seats = db.session.scalar(
        select(func.coalesce(func.sum(Offering.seats), 0)).where(
            Offering.round_id == placement_round.id, Offering.active
        )
    )
    ended = db.session.execute(
        select(PlacementEnd.kind, func.count())
        .join(Placement, Placement.id == PlacementEnd.placement_id)
        .where(Placement.publication_id == publication.id)
        .group_by(PlacementEnd.kind)
    )
    return State(in_force, said, no, without or 0, seats or 0, dict(ended.tuples().all()))


def without_seat(placement_round: Round, *, search: str = "", page: int = 1) -> Page[Any]:
    """A page of the students without a seat, by name; its items are :class:`Without`."""
    keys = (
        select(Submission.id)
        .join(Submission.student)
        .where(Submission.round_id == placement_round.id, ~_has_seat(), attends())
        .order_by(Student.family_name, Student.given_name, Student.id)
    )
    for word in search.split():
        keys = keys.where(called(word))
    whole = select(Submission).options(joinedload(Submission.student).joinedload(Student.school))
    found = paginate_whole(keys, whole, page)
    ended = _last_ends(placement_round.id, [each.student_id for each in found.items])
    items = [Without(each, ended.get(each.student_id)) for each in found.items]
    return Page(items=items, number=found.number, total=found.total, size=found.size)


def _last_ends(round_id: int, student_ids: list[int]) -> dict[int, PlacementEnd]:
    rows = db.session.execute(
        select(Placement.student_id, PlacementEnd)
        .join(PlacementEnd, PlacementEnd.placement_id == Placement.id)
        .where(Placement.round_id == round_id, Placement.student_id.in_(student_ids))
        .options(
            joinedload(PlacementEnd.placement)
            .joinedload(Placement.offering)
            .joinedload(Offering.opportunity)
            .joinedload(Opportunity.employer)
        )
        .order_by(PlacementEnd.change_id)
    )
    return dict(rows.tuples().all())


def seats(placement_round: Round, *, free_only: bool = False, page: int = 1) -> Page[Any]:
    """A page of the opportunities with their seats, by title; its items are :class:`Seats`."""
    taken = (
        select(func.count())
        .where(Placement.offering_id == Offering.id, Placement.state == PlacementState.PUBLISHED)
        .correlate(Offering)
        .scalar_subquery()
    )
    statement = (
        select(Offering, taken)
        .join(Offering.opportunity)
        .where(Offering.round_id == placement_round.id, Offering.active)
        .options(contains_eager(Offering.opportunity).joinedload(Opportunity.employer))
        .order_by(Opportunity.title, Offering.id)
    )
    if free_only:
        statement = statement.where(Offering.seats > taken, takes_part())
    found = paginate(statement, page, scalars=False)
    items = [Seats(row[0], row[1]) for row in found.items]
    return Page(items=items, number=found.number, total=found.total, size=found.size)


def history(publication: Publication) -> list[tuple[PlacementChange, str | None]]:
    """The newest changes of a publication, each with who made it."""
    rows = db.session.execute(
        select(PlacementChange, User.name)
        .outerjoin(User, User.id == PlacementChange.changed_by)
        .where(PlacementChange.publication_id == publication.id)
        .options(joinedload(PlacementChange.reason), joinedload(PlacementChange.run))
        .order_by(PlacementChange.id.desc())
        .limit(SHOWN)
    )
    return [(row[0], row[1]) for row in rows]


def late_students(placement_round: Round, *, search: str, page: int = 1) -> Page[Student]:
    """A page of the district's students who take no part in the round, by name."""
    part = exists().where(
        Submission.round_id == placement_round.id, Submission.student_id == Student.id, Submission.active
    )
    statement = (
        select(Student)
        .where(Student.district_id == placement_round.district_id, Student.left_on.is_(None), ~part)
        .options(joinedload(Student.school))
        .order_by(Student.family_name, Student.given_name, Student.id)
    )
    for word in search.split():
        statement = statement.where(called(word))
    return paginate(statement, page)


def end_of(placement: Placement) -> PlacementEnd | None:
    """Why a placement is in force no more, where it ended alone."""
    return db.session.scalar(
        select(PlacementEnd)
        .where(PlacementEnd.placement_id == placement.id)
        .options(joinedload(PlacementEnd.change).joinedload(PlacementChange.reason))
    )
