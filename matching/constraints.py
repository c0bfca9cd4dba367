"""What a round asks besides seats: limits, cohorts, budgets, vans, companions, several seats.

Everything is told of the *eligible* pairs: a member without one counts for nothing. A constraint
that no choice of pairs can break is left out, which changes no result: a price for its row would
be 0, so a certificate never names it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from matching.eligibility import Clashes, clashes, seat_limits, van_only
from matching.engines.nesting import first_overlap
from matching.pairs import Eligible
from matching.problem import MONEY_SCALE, UNKNOWN, BoolArray, IntArray, Problem
from matching.said import said

STUDENT_SCOPES = ("school", "program", "group")


@dataclass(frozen=True, slots=True, eq=False)
class LimitSet:
    """A row of limits.csv: how many of the placed may be among, or at, the members."""

    scope: str
    id: str
    low: int  # 0: none
    high: int  # the number of students (or ``low``, if that is more): none
    soft: bool  # a missing ``low`` counts against the goal ``floors`` instead of being forbidden
    of_students: bool  # members are students; otherwise opportunities
    members: IntArray  # indices, ascending, of those with an eligible pair


@dataclass(frozen=True, slots=True, eq=False)
class BudgetSet:
    """A row of budgets.csv: what the seats given at the members may cost together."""

    id: str
    amount: int  # in 1/MONEY_SCALE
    members: IntArray  # opportunities, ascending
    cost: IntArray  # of a seat at each member, in 1/MONEY_SCALE


@dataclass(frozen=True, slots=True, eq=False)
class Companion:
    """A row of pairs.csv: two students (``first < second``) who go together or stay apart."""

    first: int
    second: int
    together: bool


@dataclass(frozen=True, slots=True, eq=False)
class Constraints:
    """All side constraints of a round that could bind."""

    limits: tuple[LimitSet, ...]  # by scope and identifier
    van_only: BoolArray  # [p] pairs that take a seat of the school's van
    van_seats: IntArray  # [schools] UNKNOWN: not limited
    cohorts: IntArray  # [m] min_students where more than 1, else 0
    budgets: tuple[BudgetSet, ...]  # by identifier
    companions: tuple[Companion, ...]
    capacity: IntArray  # [n] seats a student may hold: min(max_placements, eligible pairs)
    clashes: Clashes
    site: IntArray  # [m] equal for opportunities of one site
    against_network: str  # the first constraint that no network can hold, in words; "" if none

    @property
    def is_network(self) -> bool:
        """Whether a flow with nested limits holds all of them."""
        return not self.against_network


def constraints(problem: Problem, eligible: Eligible) -> Constraints:
    """The side constraints of a round over its eligible pairs."""
    pairs = np.bincount(eligible.student, minlength=len(problem.students))
    most = seat_limits(problem, eligible.student, eligible.opportunity)
    capacity = np.minimum(most, pairs)
    limits = _limits(problem, eligible, capacity)
    by_van, van_seats = _vans(problem, eligible)
    cohorts = _cohorts(problem, eligible)
    budgets = _budgets(problem, eligible)
    site = sites(problem)
    companions = _companions(problem, eligible, site)
    return Constraints(
        limits=limits,
        van_only=by_van,
        van_seats=van_seats,
        cohorts=cohorts,
        budgets=budgets,
        companions=companions,
        capacity=capacity,
        clashes=clashes(problem, eligible, capacity),
        site=site,
        against_network=_against_network(problem, capacity, cohorts, budgets, van_seats, companions, limits),
    )


def sites(problem: Problem) -> IntArray:
    """[m] a number a site; an opportunity without ``site_id`` is a site of its own."""
    column = problem.opportunities.site_id
    named = np.array([value != "" for value in column.values], np.bool_)[column.codes]
    alone = len(column.values) + np.arange(len(column))
    return np.where(named, column.codes, alone)


def _limits(problem: Problem, eligible: Eligible, capacity: IntArray) -> tuple[LimitSet, ...]:
    table = problem.limits
    with_pair = np.zeros(len(problem.opportunities), np.bool_)
    with_pair[eligible.opportunity] = True
    soft_groups = "floors" in problem.policy.goals
    found = []
    for scope, name, low, high in zip(
        table.scope, table.ids, table.low.tolist(), table.high.tolist(), strict=True
    ):
        of_students = scope in STUDENT_SCOPES
        open_to_it = capacity > 0 if of_students else with_pair
        members = np.flatnonzero(members_of(problem, scope, name) & open_to_it)
        low = max(low, 0)
        high = max(low, len(problem.students)) if high == UNKNOWN else high
        if low == 0 and high >= _most(problem, eligible, members, of_students):
            continue
        soft = scope == "group" and soft_groups and low > 0
        found.append(LimitSet(scope, name, low, high, soft, of_students, members))
    return tuple(found)


def _most(problem: Problem, eligible: Eligible, members: IntArray, of_students: bool) -> int:
    """As many students as can be counted by a limit."""
    if of_students:
        return len(members)
    asking = np.bincount(eligible.opportunity, minlength=len(problem.opportunities))
    return int(np.minimum(problem.opportunities.seats, asking)[members].sum())


def members_of(problem: Problem, scope: str, name: str) -> BoolArray:
    """[n] or [m] who or what a limit is about."""
    students, opportunities = problem.students, problem.opportunities
    by_code = {"program": students.programs, "group": students.groups}
    if scope in by_code:
        sets = by_code[scope]
        return np.array([name in codes for codes in sets.values], np.bool_)[sets.codes]
    by_name = {
        "school": students.school_id,
        "employer": opportunities.employer_id,
        "site": opportunities.site_id,
        "kind": opportunities.kind,
    }
    column = by_name[scope]
    return np.array([value == name for value in column.values], np.bool_)[column.codes]


def _vans(problem: Problem, eligible: Eligible) -> tuple[BoolArray, IntArray]:
    seats = problem.schools.van_seats
    if not (seats != UNKNOWN).any():
        return np.zeros(len(eligible), np.bool_), np.full(len(seats), UNKNOWN, np.int64)
    by_van = van_only(problem, eligible)
    riders = np.zeros(len(problem.students), np.bool_)
    riders[eligible.student[by_van]] = True
    school = problem.students.school
    asking = np.bincount(school[riders & (school != UNKNOWN)], minlength=len(seats))
    return by_van, np.where(seats < asking, seats, UNKNOWN)


def _cohorts(problem: Problem, eligible: Eligible) -> IntArray:
    least = problem.opportunities.min_students
    with_pair = np.zeros(len(least), np.bool_)
    with_pair[eligible.opportunity] = True
    return np.where((least > 1) & with_pair, least, 0)


def _budgets(problem: Problem, eligible: Eligible) -> tuple[BudgetSet, ...]:
    opportunities = problem.opportunities
    cost = seat_costs(problem)
    asking = np.bincount(eligible.opportunity, minlength=len(opportunities))
    filled = np.minimum(opportunities.seats, asking)
    found = []
    for name, amount in zip(problem.budgets.ids, problem.budgets.amount.tolist(), strict=True):
        column = opportunities.budget_id
        ours = np.array([value == name for value in column.values], np.bool_)[column.codes]
        members = np.flatnonzero(ours & (cost > 0) & (filled > 0))
        if int((cost[members] * filled[members]).sum()) > amount:
            found.append(BudgetSet(name, amount, members, cost[members]))
    return tuple(found)


def seat_costs(problem: Problem) -> IntArray:
    """[m] what a seat costs, in 1/MONEY_SCALE; 0 where nothing is given."""
    cost = np.nan_to_num(problem.opportunities.cost, nan=0.0)
    found: IntArray = np.rint(cost * MONEY_SCALE).astype(np.int64)
    return found


def _companions(problem: Problem, eligible: Eligible, site: IntArray) -> tuple[Companion, ...]:
    table = problem.companions
    begin = np.searchsorted(eligible.student, np.arange(len(problem.students) + 1))
    found = []
    for a, b, together in zip(
        table.first.tolist(), table.second.tolist(), table.together.tolist(), strict=True
    ):
        of_a = eligible.opportunity[begin[a] : begin[a + 1]]
        of_b = eligible.opportunity[begin[b] : begin[b + 1]]
        if together:
            binds = len(of_a) + len(of_b) > 0
        else:
            binds = bool(np.isin(site[of_a], site[of_b]).any())
        if binds:
            found.append(Companion(a, b, together))
    return tuple(found)


def _against_network(
    problem: Problem,
    capacity: IntArray,
    cohorts: IntArray,
    budgets: Sequence[BudgetSet],
    van_seats: IntArray,
    companions: Sequence[Companion],
    limits: Sequence[LimitSet],
) -> str:
    students, opportunities = problem.students.ids, problem.opportunities.ids
    if (several := np.flatnonzero(capacity > 1)).size:
        return said(
            "{column} of {name} is more than 1",
            column="students.csv: max_placements",
            name=students[int(several[0])],
        )
    if (groups := np.flatnonzero(cohorts)).size:
        return said(
            "{column} of {name} is more than 1",
            column="opportunities.csv: min_students",
            name=opportunities[int(groups[0])],
        )
    if companions:
        pair = companions[0]
        both = {"one": students[pair.first], "other": students[pair.second]}
        if pair.together:
            return said("pairs.csv: {one} and {other} together", **both)
        return said("pairs.csv: {one} and {other} apart", **both)
    if budgets:
        return said("budgets.csv: the budget {name}", name=budgets[0].id)
    if (vans := np.flatnonzero(van_seats != UNKNOWN)).size:
        return said("schools.csv: van_seats of {name}", name=problem.schools.ids[int(vans[0])])
    if overlap := first_overlap(limits, len(students), len(opportunities)):
        one, other = overlap
        return said(
            "limits.csv: {one} and {other} overlap",
            one=f"{one.scope} {one.id}",
            other=f"{other.scope} {other.id}",
        )
    return ""
