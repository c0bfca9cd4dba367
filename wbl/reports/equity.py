"""Who comes how far, by group: eligible, applied, matched, placed, completed; of a round or a school year.

The numbers are counted here; which of them are shown is decided by ``matching.equity``, as for the
figures of a run. Each number has the students behind it, for those who may see the number.
"""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select
from sqlalchemy.orm import joinedload

from wbl.accounts.actor import Actor
from wbl.agreements.models import Paperwork, PaperworkState
from wbl.db import db, plain_rows
from wbl.errors import NotFound
from wbl.hours.models import EntryState, TimeEntry
from wbl.interests.models import Submission
from wbl.interests.taking_part import attends
from wbl.opportunities.models import Offering
from wbl.pagination import Page, page_of_list
from wbl.people.models import District, School, Student, StudentGroup
from wbl.placements.models import Placement, PlacementState
from wbl.placements.queries import declined
from wbl.reports import thresholds
from wbl.rounds.models import Proposal, Round, Unplaced

if TYPE_CHECKING:
    from matching.equity.stages import Stages
    from matching.problem import BoolArray

UNFIT = "no_eligible_pair"
"""The engine's reason where nothing in the round was possible for a student (matching.explain)."""
YEAR_BEGINS = (7, 1)
"""A school year is from July to June, as Perkins V and most states report it."""


class Stage(enum.StrEnum):
    """In order; who reached one has reached those before it."""

    ELIGIBLE = "eligible"  # takes part, and something in the round was possible
    APPLIED = "applied"  # handed in, or came with the files of the round
    MATCHED = "matched"  # the published run, or a coordinator, gave a seat
    PLACED = "placed"  # a place is in force that the student has not turned down
    COMPLETED = "completed"


STAGES = tuple(Stage)


@dataclass(frozen=True, slots=True)
class Scope:
    """One published round, or those of a district that begin in the school year ending in ``year``."""

    district: District
    rounds: tuple[Round, ...]
    year: int | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """The figures, and [n] the students behind them, who reached each stage, and each group's members."""

    figures: Stages
    students: Sequence[int]
    reached: tuple[BoolArray, ...]
    members: dict[str, dict[str, BoolArray]]

    def behind(self, category: str, group: str, stage: int) -> list[int]:
        """The students behind a number that is shown.

        Raises
        ------
        NotFound
            Where there is no such number, or it is left out.
        """
        if not 0 <= stage < len(self.reached) or not self.figures.shows(category, group, stage):
            raise NotFound()
        some = self.reached[stage]
        if category:
            some = some & self.members[category][group]
        return [self.students[at] for at in some.nonzero()[0].tolist()]


def year_of(day: date) -> int:
    """The year in which the school year of a day ends."""
    return day.year + ((day.month, day.day) >= YEAR_BEGINS)


def scope_of(
    rounds: Sequence[Round], round_id: int | None, year: int | None, district_id: int | None
) -> Scope:
    """What is asked for, else the newest round.

    Raises
    ------
    NotFound
        Where it is none of these rounds, or none of them began in that year.
    """
    if year is not None:
        found = [
            one for one in rounds if year_of(one.starts_on) == year and district_id in (None, one.district_id)
        ]
        if not found:
            raise NotFound()
        district = found[0].district
        return Scope(district, tuple(one for one in found if one.district_id == district.id), year)
    for one in rounds:
        if round_id in (None, one.id):
            return Scope(one.district, (one,))
    raise NotFound()


def counted(scope: Scope) -> Counted:
    """The figures of a scope; seven queries, however many students there are."""
    import numpy as np

    from matching.equity.stages import stages

    far, paid, minutes = _far(scope)
    students = list(far)
    stage = np.array(list(far.values()), np.int64)
    reached = tuple(stage >= at for at in range(len(STAGES)))
    members = members_of(students)
    figures = stages(
        members,
        reached,
        paid=np.array([one in paid for one in students], np.bool_),
        hours=np.array([minutes.get(one, 0) / 60 for one in students], np.float64),
        of=STAGES.index(Stage.PLACED),
        smallest=thresholds.of_district(scope.district.id).smallest,
    )
    return Counted(figures, students, reached, members)


def _far(scope: Scope) -> tuple[dict[int, int], set[int], dict[int, int]]:
    """How far each eligible student came (the place in ``STAGES``, the farthest of several rounds), who
    has paid work among the placed, and the minutes that they worked there."""
    rounds = [one.id for one in scope.rounds]
    far: dict[int, int] = {}
    paid: set[int] = set()
    minutes: Counter[int] = Counter()
    worked = (
        select(func.sum(TimeEntry.minutes))
        .where(TimeEntry.placement_id == Placement.id, TimeEntry.state != EntryState.WITHDRAWN)
        .scalar_subquery()
    )
    paying = {
        key
        for (key,) in plain_rows(
            select(Offering.id).where(Offering.round_id.in_(rounds), Offering.paid == "yes")
        )
    }
    for student_id, stage, offering_id, so_many in plain_rows(
        select(Placement.student_id, _since_placed(), Placement.offering_id, worked)
        .outerjoin(Paperwork, Paperwork.placement_id == Placement.id)
        .where(Placement.round_id.in_(rounds), _is_placed())
    ):
        # Whoever was placed by hand took part, whatever the run made of it.
        far[student_id] = max(stage, far.get(student_id, 0))
        if offering_id in paying:
            paid.add(student_id)
        if so_many:
            minutes[student_id] += so_many
    # Of the others, whom the round leaves unplaced: fewer, and more is asked of each.
    placed = exists().where(
        Placement.round_id == Submission.round_id, Placement.student_id == Submission.student_id, _is_placed()
    )
    for student_id, stage in plain_rows(
        select(Submission.student_id, _before_placed())
        .join(Round, Round.id == Submission.round_id)
        .where(Submission.round_id.in_(rounds), ~placed, attends(), ~_unfit())
    ):
        far[student_id] = max(stage, far.get(student_id, 0))
    return far, paid, minutes


def _unfit() -> ColumnElement[bool]:
    """Whether nothing in the round was possible for a student: a condition on Submission and Round."""
    return exists().where(
        Unplaced.run_id == Round.published_run_id,
        Unplaced.submission_id == Submission.id,
        Unplaced.reason == UNFIT,
    )


def _before_placed() -> ColumnElement[int]:
    """Eligible, applied or matched: the place in ``STAGES``."""
    seat = or_(
        exists().where(Proposal.run_id == Round.published_run_id, Proposal.submission_id == Submission.id),
        exists().where(
            Placement.round_id == Submission.round_id, Placement.student_id == Submission.student_id
        ),
    )
    applied = or_(Submission.submitted_at.is_not(None), Submission.begun_at.is_(None))
    return case((seat, 2), (applied, 1), else_=0)


def _is_placed() -> ColumnElement[bool]:
    return and_(Placement.state == PlacementState.PUBLISHED, ~declined())


def _since_placed() -> ColumnElement[int]:
    return case((Paperwork.state == PaperworkState.COMPLETED, 4), else_=3)


def members_of(students: Sequence[int]) -> dict[str, dict[str, BoolArray]]:
    """[n] the members of each group of these students, by category, schools among them. Three queries."""
    import numpy as np

    from matching.equity import categories_of

    place = {student_id: at for at, student_id in enumerate(students)}
    codes: dict[int, list[str]] = {}
    # By district, not by a list of thousands of students.
    of_districts = select(Student.district_id).where(Student.id.in_(students[:1]))
    for student_id, code in plain_rows(
        select(StudentGroup.student_id, StudentGroup.code)
        .join(Student, Student.id == StudentGroup.student_id)
        .where(Student.district_id.in_(of_districts))
        .order_by(StudentGroup.code)
    ):
        codes.setdefault(student_id, []).append(code)
    sets: dict[tuple[str, ...], int] = {(): 0}
    group_of = np.zeros(len(place), np.int64)
    for student_id, some in codes.items():
        if student_id in place:
            group_of[place[student_id]] = sets.setdefault(tuple(some), len(sets))
    called = {None: ""} | dict(
        plain_rows(select(School.id, School.external_id).where(School.district_id.in_(of_districts)))
    )
    at_school = dict(
        plain_rows(select(Student.id, Student.school_id).where(Student.district_id.in_(of_districts)))
    )
    names: dict[str, int] = {}
    school_of = np.array(
        [names.setdefault(called[at_school.get(one)], len(names)) for one in students], np.int64
    )
    return categories_of(list(sets), group_of, list(names), school_of)


def students_page(actor: Actor, ids: Sequence[int], page: int) -> Page[Any]:
    """A page of these students by name, with their schools, for their coordinator."""
    names = plain_rows(
        select(Student.id)
        .where(Student.district_id.in_(actor.coordinator_of))
        .order_by(Student.family_name, Student.given_name, Student.id)
    )
    wanted = set(ids)
    cut = page_of_list([one for (one,) in names if one in wanted], page)
    rows = db.session.scalars(
        select(Student).where(Student.id.in_(cut.items)).options(joinedload(Student.school))
    )
    by_id = {one.id: one for one in rows}
    return Page([by_id[one] for one in cut.items], cut.number, cut.total, cut.size)


def school_names(district_id: int) -> dict[str, str]:
    """The names of a district's schools, by identifier."""
    rows = db.session.execute(
        select(School.external_id, School.name).where(School.district_id == district_id)
    )
    return {external_id: name or external_id for external_id, name in rows}
