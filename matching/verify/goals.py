"""What each goal measures of a result, and its weight on the columns of the program."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from matching.problem import IntArray
from matching.verify.census import Census
from matching.verify.facts import Facts, Pair
from matching.verify.program import Objective
from matching.verify.rows import Name, Rows
from matching.verify.sides import Sides

Previous = Mapping[int, frozenset[str]]
"""Opportunities (by identifier) that students of this round had before."""


@dataclass(frozen=True, slots=True)
class Reached:
    """The result in short: eligible pairs that were placed. Others are reported elsewhere."""

    held: dict[int, list[int]]  # opportunities by student
    utilities: list[int]

    @classmethod
    def of(cls, facts: Facts, census: Census, pairs: Iterable[Pair]) -> Reached:
        width = max(1, len(facts.problem.opportunities))
        keys = census.student * width + census.opportunity
        wanted = np.array(sorted({s * width + o for s, o in pairs}), dtype=np.int64)
        place = np.searchsorted(keys, wanted)
        inside = place < len(keys)
        place, wanted = place[inside], wanted[inside]
        rows = place[keys[place] == wanted]
        held: dict[int, list[int]] = defaultdict(list)
        for student, opportunity in zip(
            census.student[rows].tolist(), census.opportunity[rows].tolist(), strict=True
        ):
            held[student].append(opportunity)
        return cls(dict(held), census.utility[rows].tolist())


def goal_value(facts: Facts, sides: Sides, reached: Reached, previous: Previous, goal: str) -> int:
    """The value of one goal, as the round format words it."""
    students = facts.problem.students
    if goal == "placed":
        return len(reached.held)
    if goal == "priority":
        return sum(int(students.priority[student]) for student in reached.held)
    if goal == "utility":
        return sum(reached.utilities)
    if goal == "worst_utility":
        return min(reached.utilities, default=0)
    if goal == "first_choices":
        return sum(
            any(facts.rank.get((student, o)) == 1 for o in held) for student, held in reached.held.items()
        )
    if goal == "floors":
        return -sum(
            max(0, limit.low - sum(map(sides.counts(limit), reached.held)))
            for limit in sides.limits.values()
            if limit.soft
        )
    if goal == "fewest_changes":
        return -sum(
            {facts.opportunity(o) for o in reached.held.get(student, ())}
            != previous.get(student, frozenset())
            for student in range(len(students))
        )
    raise ValueError(goal)


class Objectives:
    """The goals that are sums, as weights on the columns of a program."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._census, self._facts = rows.census, rows.facts
        self._several = np.flatnonzero(rows.capacity > 1).tolist()

    def of(self, goal: str) -> Objective:
        """The weights of one goal."""
        students = self._facts.problem.students
        nothing = np.zeros(len(self._census.student), dtype=np.int64)
        if goal == "placed":
            return self._per_student(np.ones(len(students), dtype=np.int64))
        if goal == "priority":
            return self._per_student(students.priority.astype(np.int64))
        if goal == "utility":
            return Objective(self._census.utility.astype(np.int64))
        if goal == "first_choices":
            return self._first_choices(nothing)
        if goal == "floors":
            return Objective(nothing, dict.fromkeys(self._rows.missing(), -1))
        if goal == "fewest_changes":
            return self._fewest_changes(nothing)
        raise ValueError(goal)

    def better_than(self, utility: int) -> Objective:
        """1 on each pair that is worth more."""
        return Objective((self._census.utility > utility).astype(np.int64))

    def _per_student(self, worth: IntArray) -> Objective:
        """The worth of each student who is placed."""
        weight = worth[self._census.student]
        others: dict[Name, int] = {}
        for student in self._several:
            weight[self._rows.pairs_of(student)] = 0
            if worth[student]:
                others["placed", self._facts.student(student)] = int(worth[student])
        return Objective(weight, others)

    def _first_choices(self, weight: IntArray) -> Objective:
        others: dict[Name, int] = {}
        for (student, opportunity), rank in self._facts.rank.items():
            place = self._rows.place(student, opportunity) if rank == 1 else None
            if place is not None:
                weight[place] = 1
        for student in self._several:
            best = self._rows.ranked_first(student)
            if len(best) > 1:
                weight[best] = 0
                others["first", self._facts.student(student)] = 1
        return Objective(weight, others)

    def _fewest_changes(self, weight: IntArray) -> Objective:
        rows, others = self._rows, dict[Name, int]()
        before = rows.previous
        had_none = np.array([student not in before for student in range(len(rows.capacity))], dtype=bool)
        weight -= had_none[self._census.student]
        for student in self._several:
            name = self._facts.student(student)
            weight[rows.pairs_of(student)] = 0
            if had_none[student]:
                others["placed", name] = -1
            elif rows.may_stay(student):
                others["same", name] = 1
        for student, held in before.items():
            if rows.capacity[student] <= 1 and rows.may_stay(student):
                weight[[self._place(student, name) for name in held]] = 1
        return Objective(weight, others, -len(before))

    def _place(self, student: int, opportunity: str) -> int:
        place = self._rows.place(student, self._facts.opportunity_index[opportunity])
        assert place is not None
        return place


def read_previous(facts: Facts, previous: object) -> dict[int, frozenset[str]] | None:
    """What certificate.json says that students had before; None where it is not as the format says."""
    if not isinstance(previous, dict):
        return None
    found: dict[int, frozenset[str]] = {}
    for identifier, names in previous.items():
        student = facts.student_index.get(identifier)
        if student is None or not _is_sorted_names(names):
            return None
        found[student] = frozenset(names)
    return found


def _is_sorted_names(names: object) -> bool:
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        return False
    sorted_names: Sequence[str] = sorted(set(names))
    return names == sorted_names
