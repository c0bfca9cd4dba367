"""What a run proposes, as pages show it: figures, and lists cut by the database."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from json import loads
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, cast, exists, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from wbl.db import db, plain_rows
from wbl.employers.models import Employer
from wbl.interests.models import Submission
from wbl.opportunities.models import Offering, Opportunity
from wbl.pagination import Page, paginate, paginate_counted
from wbl.people.models import School, Student
from wbl.people.queries import called
from wbl.rounds.models import Explanation, Pin, PinDecision, Proposal, SolveRun, Unplaced
from wbl.search import contains

_NO_CONDITIONS = "[]"


@dataclass(frozen=True, slots=True)
class Figures:
    """A done run in numbers."""

    placed: int
    unplaced: int
    first_choices: int
    top_three: int
    middle_minutes: float | None
    longest_minutes: int | None
    with_conditions: int
    conditions: list[str]  # the codes that some pair carries
    by_reason: dict[str, int] = field(default_factory=dict)

    @property
    def students(self) -> int:
        return self.placed + self.unplaced


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of a list is asked for."""

    text: str = ""
    school_id: int | None = None
    condition: str = ""  # "any", "none" or a code
    rank: str = ""  # "1", "3" (among the first three), "ranked" or "unranked"
    pinned: str = ""  # "require", "forbid" or "any"
    reason: str = ""  # of unplaced
    sort: str = "student"
    descending: bool = False
    page: int = 1

    @property
    def filtered(self) -> bool:
        return bool(self.text or self.school_id or self.condition or self.rank or self.pinned or self.reason)


def figures_of(run: SolveRun) -> Figures:
    """The figures of a done run, in two queries."""
    # One pass over the pairs: what is counted by is the same of many of them.
    by_rank, by_minutes, by_conditions = Counter[int | None](), Counter[int](), Counter[str]()
    columns = (Proposal.rank, Proposal.travel_minutes, _conditions())
    for rank, minutes, conditions, count in plain_rows(
        select(*columns, func.count()).where(Proposal.run_id == run.id).group_by(*columns)
    ):
        by_rank[rank] += count
        by_conditions[conditions] += count
        if minutes is not None:
            by_minutes[minutes] += count
    by_reason = dict(
        plain_rows(
            select(Unplaced.reason, func.count()).where(Unplaced.run_id == run.id).group_by(Unplaced.reason)
        )
    )
    return Figures(
        placed=by_rank.total(),
        unplaced=sum(by_reason.values()),
        first_choices=by_rank[1],
        top_three=sum(count for rank, count in by_rank.items() if rank is not None and rank <= 3),
        middle_minutes=_middle(sorted(by_minutes.items())),
        longest_minutes=max(by_minutes, default=None),
        with_conditions=by_conditions.total() - by_conditions[_NO_CONDITIONS],
        conditions=sorted({code for text in by_conditions for code in loads(text)}),
        by_reason=by_reason,
    )


def _middle(counts: list[tuple[int, int]]) -> float | None:
    """The median of values given as sorted (value, how often)."""
    total = sum(count for _value, count in counts)
    if not total:
        return None

    def at(place: int) -> int:
        for value, count in counts:
            if place < count:
                return value
            place -= count
        raise AssertionError("place is below total")

    return (at((total - 1) // 2) + at(total // 2)) / 2


def _conditions() -> ColumnElement[str]:
    """The list of conditions as its JSON text, which both databases can search."""
    return cast(Proposal.conditions, Text)


def schools_of(run: SolveRun) -> list[School]:
    """The schools whose students the run looked at."""
    # Of each school until the first of its students: a run looks at thousands.
    looked_at = exists().where(
        Student.school_id == School.id,
        Submission.student_id == Student.id,
        Explanation.submission_id == Submission.id,
        Explanation.run_id == run.id,
    )
    statement = select(School).where(looked_at).order_by(School.name, School.external_id)
    return list(db.session.scalars(statement))


def proposals(run: SolveRun, wanted: Wanted) -> Page[Proposal]:
    """A page of the run's pairs, each with student, school, opportunity and employer."""
    keys = _sorted(_asked(select(Proposal.submission_id, Proposal.offering_id), run, wanted, True), wanted)
    cut = paginate_counted(keys, _asked(select(func.count()), run, wanted, False), wanted.page)
    whole = (
        select(Proposal)
        .where(Proposal.run_id == run.id, Proposal.submission_id.in_({key[0] for key in cut.items}))
        .options(
            joinedload(Proposal.submission).joinedload(Submission.student).joinedload(Student.school),
            joinedload(Proposal.offering).joinedload(Offering.opportunity).joinedload(Opportunity.employer),
        )
    )
    by_key = {(one.submission_id, one.offering_id): one for one in db.session.scalars(whole)}
    return Page([by_key[tuple(key)] for key in cut.items], cut.number, cut.total, cut.size)


def _asked(statement: Select[Any], run: SolveRun, wanted: Wanted, ordered: bool) -> Select[Any]:
    """What of the run's pairs is wanted, joined to no more than the filter and the order look at."""
    statement = statement.select_from(Proposal).where(Proposal.run_id == run.id)
    if ordered or wanted.text or wanted.school_id:
        statement = statement.join(Proposal.submission).join(Submission.student)
    if wanted.text or (ordered and wanted.sort in ("opportunity", "employer")):
        statement = statement.join(Proposal.offering).join(Offering.opportunity)
        statement = statement.outerjoin(Opportunity.employer)
    return _filtered(statement, wanted)


def _filtered(statement: Select[Any], wanted: Wanted) -> Select[Any]:
    for word in wanted.text.split():
        statement = statement.where(
            or_(called(word), contains(Opportunity.title, word), contains(Employer.name, word))
        )
    if wanted.school_id:
        statement = statement.where(Student.school_id == wanted.school_id)
    if wanted.condition == "any":
        statement = statement.where(_conditions() != _NO_CONDITIONS)
    elif wanted.condition == "none":
        statement = statement.where(_conditions() == _NO_CONDITIONS)
    elif wanted.condition:
        statement = statement.where(contains(_conditions(), f'"{wanted.condition}"'))
    by_rank = {
        "1": Proposal.rank == 1,
        "3": Proposal.rank <= 3,
        "ranked": Proposal.rank.is_not(None),
        "unranked": Proposal.rank.is_(None),
    }
    if wanted.rank in by_rank:
        statement = statement.where(by_rank[wanted.rank])
    if wanted.pinned:
        statement = statement.where(_pinned(wanted.pinned))
    return statement


def _pinned(which: str) -> ColumnElement[bool]:
    conditions = [
        Pin.submission_id == Proposal.submission_id,
        Pin.offering_id == Proposal.offering_id,
        Pin.removed_at.is_(None),
    ]
    if which in set(PinDecision):
        conditions.append(Pin.decision == which)
    return exists().where(and_(*conditions))


def _sorted(statement: Select[Any], wanted: Wanted) -> Select[Any]:
    columns: dict[str, list[Any]] = {
        "student": [Student.family_name, Student.given_name],
        "opportunity": [Opportunity.title],
        "employer": [func.coalesce(Employer.name, "")],
        # What has no rank or no journey comes last when the least comes first.
        "choice": [func.coalesce(Proposal.rank, 1_000_001)],
        "minutes": [func.coalesce(Proposal.travel_minutes, 1_000_001)],
        "fit": [func.coalesce(Proposal.interest_fit, -1)],
        "utility": [Proposal.utility],
    }
    keys = columns.get(wanted.sort, columns["student"])
    order = [key.desc() if wanted.descending else key.asc() for key in keys]
    by_name = () if wanted.sort not in columns or wanted.sort == "student" else columns["student"]
    return statement.order_by(*order, *by_name, Student.id, Proposal.offering_id)


def unplaced(run: SolveRun, wanted: Wanted) -> Page[Unplaced]:
    """A page of those whom the run placed nowhere, with student and school."""
    statement = (
        select(Unplaced)
        .join(Unplaced.submission)
        .join(Submission.student)
        .where(Unplaced.run_id == run.id)
        .options(
            contains_eager(Unplaced.submission).contains_eager(Submission.student).joinedload(Student.school)
        )
        .order_by(Student.family_name, Student.given_name, Student.id)
    )
    for word in wanted.text.split():
        statement = statement.where(called(word))
    if wanted.school_id:
        statement = statement.where(Student.school_id == wanted.school_id)
    if wanted.reason:
        statement = statement.where(Unplaced.reason == wanted.reason)
    return paginate(statement, wanted.page)


def pins_among(submission_ids: list[int]) -> dict[tuple[int, int], Pin]:
    """The standing pins of these students, by pair, with their reasons and what they are about."""
    found = db.session.scalars(
        select(Pin)
        .where(Pin.submission_id.in_(submission_ids), Pin.removed_at.is_(None))
        .options(
            joinedload(Pin.reason),
            joinedload(Pin.offering).joinedload(Offering.opportunity).joinedload(Opportunity.employer),
        )
    )
    return {(pin.submission_id, pin.offering_id): pin for pin in found}


def explanation_of(run: SolveRun, submission_id: int) -> dict[str, Any] | None:
    """What the engine said of one student, in codes and numbers."""
    return db.session.scalar(
        select(Explanation.record).where(
            Explanation.run_id == run.id, Explanation.submission_id == submission_id
        )
    )


def offerings_named(round_id: int, external_ids: set[str]) -> dict[str, Offering]:
    """Offerings by the identifier of their opportunity, with opportunity and employer."""
    found = db.session.scalars(
        select(Offering)
        .join(Offering.opportunity)
        .where(Offering.round_id == round_id, Opportunity.external_id.in_(external_ids))
        .options(contains_eager(Offering.opportunity).joinedload(Opportunity.employer))
    )
    return {offering.opportunity.external_id: offering for offering in found}
