"""Rules of a round that can be taken out or loosened one by one, and rounds with fewer of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

import numpy as np

from matching.problem import (
    MONEY_SCALE,
    UNKNOWN,
    Companions,
    IntArray,
    Problem,
)

_NO_AMOUNT = 2**62  # more than all seats together can cost


@dataclass(frozen=True, slots=True, order=True)
class Rule:
    """One rule.

    Attributes
    ----------
    kind
        ``pin``, ``limit``, ``van_seats``, ``budget``, ``together``, ``apart``, ``min_students``:
        conflicts are made of these. ``seats``: always holds, and may be what a repair changes.
    row
        In the table of its kind: pins, limits, schools, budgets, companions or opportunities.
    bound
        Of a limit ``min`` or ``max``, else "".
    """

    kind: str
    row: int
    bound: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A rule with another number in place of ``before``; with None it is taken out."""

    rule: Rule
    before: int
    after: int | None

    @property
    def cost(self) -> float:
        """How much is changed: places, students or USD; 1 for a rule that goes."""
        if self.after is None:
            return 1
        return abs(self.after - self.before) / (MONEY_SCALE if self.rule.kind == "budget" else 1)


def all_rules(problem: Problem) -> tuple[Rule, ...]:
    """Every rule that a conflict can be made of, in the order of files and rows."""
    limits, companions = problem.limits, problem.companions
    least = problem.opportunities.min_students
    soft = "floors" in problem.policy.goals
    return (
        *(Rule("pin", row) for row in np.flatnonzero(problem.pins.require).tolist()),
        *(
            Rule("limit", row, "min")
            for row in np.flatnonzero(limits.low > 0).tolist()
            if not (soft and limits.scope[row] == "group")
        ),
        *(Rule("limit", row, "max") for row in np.flatnonzero(limits.high != UNKNOWN).tolist()),
        *(Rule("van_seats", row) for row in np.flatnonzero(problem.schools.van_seats != UNKNOWN).tolist()),
        *(Rule("budget", row) for row in range(len(problem.budgets))),
        *(
            Rule("together" if together else "apart", row)
            for row, together in enumerate(companions.together.tolist())
        ),
        *(Rule("min_students", row) for row in np.flatnonzero(least > 1).tolist()),
    )


def number_of(problem: Problem, rule: Rule) -> int:
    """The number that a rule holds; 1 for one that holds none."""
    if rule.kind == "limit":
        column = problem.limits.low if rule.bound == "min" else problem.limits.high
        return int(column[rule.row])
    columns = {
        "seats": problem.opportunities.seats,
        "min_students": problem.opportunities.min_students,
        "van_seats": problem.schools.van_seats,
        "budget": problem.budgets.amount,
    }
    return int(columns[rule.kind][rule.row]) if rule.kind in columns else 1


def variant(problem: Problem, rules: Iterable[Rule], changes: Iterable[Change] = ()) -> Problem:
    """The round with these rules alone, besides seats and ``max_placements``, and with some changes.

    What is eligible is not asked again: a pin that is not among the rules is taken to forbid, which
    the eligible pairs of the round know nothing of.
    """
    changes = tuple(change for change in changes if change.after != change.before)
    gone = {change.rule for change in changes if change.after is None}
    problem = _only(problem, {rule for rule in rules if rule not in gone})
    for change in changes:
        if change.after is not None and change.after != change.before:
            problem = _renumbered(problem, change.rule, change.after)
    return problem


def _only(problem: Problem, rules: Collection[Rule]) -> Problem:
    def kept(*keys: tuple[str, str]) -> IntArray:
        found = sorted(rule.row for rule in rules if (rule.kind, rule.bound) in keys)
        return np.array(found, dtype=np.int64)

    limits, companions, budgets = problem.limits, problem.companions, problem.budgets
    required = np.zeros(len(problem.pins), np.bool_)
    required[kept(("pin", ""))] = True
    pairs = kept(("together", ""), ("apart", ""))
    low = _where(limits.low, kept(("limit", "min")), UNKNOWN)
    high = _where(limits.high, kept(("limit", "max")), UNKNOWN)
    van_seats = _where(problem.schools.van_seats, kept(("van_seats", "")), UNKNOWN)
    least = _where(problem.opportunities.min_students, kept(("min_students", "")), 0)
    return replace(
        problem,
        pins=replace(problem.pins, require=required),
        limits=replace(limits, low=low, high=high),
        companions=Companions(
            companions.first[pairs],
            companions.second[pairs],
            companions.together[pairs],
            companions.line[pairs],
        ),
        budgets=replace(budgets, amount=_where(budgets.amount, kept(("budget", "")), _NO_AMOUNT)),
        schools=replace(problem.schools, van_seats=van_seats),
        opportunities=replace(problem.opportunities, min_students=least),
    )


def _renumbered(problem: Problem, rule: Rule, number: int) -> Problem:
    def column(values: IntArray) -> IntArray:
        values = values.copy()
        values[rule.row] = number
        return values

    opportunities, limits = problem.opportunities, problem.limits
    if rule.kind == "limit" and rule.bound == "min":
        return replace(problem, limits=replace(limits, low=column(limits.low)))
    if rule.kind == "limit":
        return replace(problem, limits=replace(limits, high=column(limits.high)))
    if rule.kind == "seats":
        return replace(problem, opportunities=replace(opportunities, seats=column(opportunities.seats)))
    if rule.kind == "min_students":
        least = column(opportunities.min_students)
        return replace(problem, opportunities=replace(opportunities, min_students=least))
    if rule.kind == "van_seats":
        van_seats = column(problem.schools.van_seats)
        return replace(problem, schools=replace(problem.schools, van_seats=van_seats))
    if rule.kind == "budget":
        return replace(problem, budgets=replace(problem.budgets, amount=column(problem.budgets.amount)))
    raise ValueError(f"{rule.kind} holds no number")


def _where(values: IntArray, rows: IntArray, otherwise: int) -> IntArray:
    found = np.full(len(values), otherwise, np.int64)
    found[rows] = values[rows]
    return found
