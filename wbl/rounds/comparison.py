"""Two runs of a round side by side: who moved, and what each goal gained or lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
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
    """A student whom two runs treat differently; None: placed nowhere, or not in that run."""

    submission: Submission
    before: Proposal | None
    after: Proposal | None

    @property
    def kind(self) -> str:
        if self.before is None:
            return "placed"
        return "unplaced" if self.after is None else "moved"


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


_before, _after = aliased(Proposal), aliased(Proposal)


def _kind(kind: str) -> ColumnElement[bool]:
    placed, unplaced = _before.run_id.is_(None), _after.run_id.is_(None)
    return {
        "moved": and_(~placed, ~unplaced, _before.offering_id != _after.offering_id),
        "placed": and_(placed, ~unplaced),
        "unplaced": and_(~placed, unplaced),
    }[kind]


def _pairs(columns: Select, before: SolveRun, after: SolveRun) -> Select:
    return (
        columns.select_from(Submission)
        .outerjoin(_before, and_(_before.submission_id == Submission.id, _before.run_id == before.id))
        .outerjoin(_after, and_(_after.submission_id == Submission.id, _after.run_id == after.id))
        .where(Submission.round_id == before.round_id)
    )


def move_counts(before: SolveRun, after: SolveRun) -> dict[str, int]:
    """How many moved, are newly placed, and are placed no more; and how many stayed."""
    stayed = and_(_before.offering_id == _after.offering_id)
    columns = [func.count().filter(_kind(kind)) for kind in KINDS]
    row = db.session.execute(_pairs(select(*columns, func.count().filter(stayed)), before, after)).one()
    return dict(zip((*KINDS, "stayed"), row, strict=True))


def moves(before: SolveRun, after: SolveRun, *, kind: str = "", page: int = 1) -> Page[Any]:
    """A page of the moves, by student; its items are :class:`Move`."""
    wanted = [_kind(kind)] if kind in KINDS else [_kind(each) for each in KINDS]
    statement = (
        _pairs(select(Submission, _before, _after), before, after)
        .join(Submission.student)
        .where(or_(*wanted))
        .options(
            contains_eager(Submission.student).joinedload(Student.school),
            *(
                joinedload(side.offering).joinedload(Offering.opportunity).joinedload(Opportunity.employer)
                for side in (_before, _after)
            ),
        )
        .order_by(Student.family_name, Student.given_name, Student.id)
    )
    found = paginate(statement, page, scalars=False)
    return Page(
        items=[Move(*row) for row in found.items], number=found.number, total=found.total, size=found.size
    )
