"""Two runs of a round side by side: who moved, and what each goal gained or lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, false, func, or_, select
from sqlalchemy.orm import aliased, contains_eager, joinedload

from wbl.db import db
from wbl.interests.models import Submission
from wbl.opportunities.models import Offering, Opportunity
from wbl.pagination import Page, paginate
from wbl.people.models import Student
from wbl.rounds.models import Proposal, SolveRun

KINDS = ("moved", "placed", "unplaced")


@dataclass(frozen=True, slots=True)
class Move:
    """A student whom two runs treat differently; no seats: placed nowhere, or not in that run."""

    submission: Submission
    before: list[Proposal]
    after: list[Proposal]

    @property
    def kind(self) -> str:
        if not self.before:
            return "placed"
        return "moved" if self.after else "unplaced"


@dataclass(frozen=True, slots=True)
class GoalChange:
    """A goal's value in both runs; None where a run did not have the goal."""

    name: str
    before: int | None
    after: int | None

    @property
    def change(self) -> int | None:
        return None if self.before is None or self.after is None else self.after - self.before


def goal_changes(before: SolveRun, after: SolveRun) -> list[GoalChange]:
    """Every goal of either run, in the order of the second."""
    values = [
        {goal["name"]: goal["value"] for goal in (run.summary or {}).get("goals", [])}
        for run in (before, after)
    ]
    names = [*values[1], *(name for name in values[0] if name not in values[1])]
    return [GoalChange(name, values[0].get(name), values[1].get(name)) for name in names]


def _seats(run: SolveRun) -> Subquery:
    """How many seats a run gives each student whom it places."""
    return (
        select(Proposal.submission_id, func.count().label("seats"))
        .where(Proposal.run_id == run.id)
        .group_by(Proposal.submission_id)
        .subquery()
    )


def _kept(before: SolveRun, after: SolveRun) -> Subquery:
    """How many seats are the same in both runs, by student."""
    one, other = aliased(Proposal), aliased(Proposal)
    return (
        select(one.submission_id, func.count().label("seats"))
        .join(other, and_(other.submission_id == one.submission_id, other.offering_id == one.offering_id))
        .where(one.run_id == before.id, other.run_id == after.id)
        .group_by(one.submission_id)
        .subquery()
    )


@dataclass(frozen=True, slots=True)
class _Sides:
    """Students of a round with the number of their seats in both runs, and of those that stayed."""

    before: SolveRun
    after: SolveRun
    had: Subquery
    has: Subquery
    kept: Subquery

    @classmethod
    def of(cls, before: SolveRun, after: SolveRun) -> _Sides:
        return cls(before, after, _seats(before), _seats(after), _kept(before, after))

    def students(self, columns: Select) -> Select:
        joined = columns.select_from(Submission)
        for side in (self.had, self.has, self.kept):
            joined = joined.outerjoin(side, side.c.submission_id == Submission.id)
        return joined.where(Submission.round_id == self.before.round_id)

    @property
    def stayed(self) -> ColumnElement[bool]:
        kept = self.kept.c.seats
        return and_(kept == self.had.c.seats, kept == self.has.c.seats)

    def kind(self, kind: str) -> ColumnElement[bool]:
        had, has = self.had.c.seats.is_not(None), self.has.c.seats.is_not(None)
        return {
            "moved": and_(had, has, ~func.coalesce(self.stayed, false())),
            "placed": and_(~had, has),
            "unplaced": and_(had, ~has),
        }[kind]


def move_counts(before: SolveRun, after: SolveRun) -> dict[str, int]:
    """How many students moved, are newly placed, and are placed no more; and how many stayed."""
    sides = _Sides.of(before, after)
    columns = [func.count().filter(sides.kind(kind)) for kind in KINDS]
    row = db.session.execute(sides.students(select(*columns, func.count().filter(sides.stayed)))).one()
    return dict(zip((*KINDS, "stayed"), row, strict=True))


def moves(before: SolveRun, after: SolveRun, *, kind: str = "", page: int = 1) -> Page[Any]:
    """A page of the moves, by student; its items are :class:`Move`."""
    sides = _Sides.of(before, after)
    wanted = [sides.kind(kind)] if kind in KINDS else [sides.kind(each) for each in KINDS]
    statement = (
        sides.students(select(Submission))
        .join(Submission.student)
        .where(or_(*wanted))
        .options(contains_eager(Submission.student).joinedload(Student.school))
        .order_by(Student.family_name, Student.given_name, Student.id)
    )
    found = paginate(statement, page)
    seats = _proposals([before.id, after.id], [submission.id for submission in found.items])
    items = [
        Move(submission, seats.get((before.id, submission.id), []), seats.get((after.id, submission.id), []))
        for submission in found.items
    ]
    return Page(items=items, number=found.number, total=found.total, size=found.size)


def _proposals(runs: list[int], submissions: list[int]) -> dict[tuple[int, int], list[Proposal]]:
    """Seats of some students in some runs, by run and student."""
    found: dict[tuple[int, int], list[Proposal]] = {}
    for proposal in db.session.scalars(
        select(Proposal)
        .where(Proposal.run_id.in_(runs), Proposal.submission_id.in_(submissions))
        .options(
            joinedload(Proposal.offering).joinedload(Offering.opportunity).joinedload(Opportunity.employer)
        )
        .order_by(Proposal.offering_id)
    ):
        found.setdefault((proposal.run_id, proposal.submission_id), []).append(proposal)
    return found
