"""What a solved round would do for one student more, or with other pairs: an exact re-solve of one.

The prices of the certificate are potentials: at them no exchange gains anything (each pair costs
at least its weight, goal by goal) and every exchange that costs nothing is as good as the result. So
the best that a student can get with other pairs is a shortest path: they take a seat, its holder
moves on to another, and so forth, until a seat is free, until the seat that the student leaves is
reached, or until somebody has none.

Only the pairs of students whom the path may reach are built. The prices have to be the *least*
ones, as ``engines.prices`` finds them: then a seat that the student leaves is worth exactly its
price to the others.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import NamedTuple

import numpy as np

from matching.contest import Contest
from matching.eligibility import eligible_pairs
from matching.files import Fault, read_table
from matching.fit import score
from matching.hypothetical import with_students
from matching.pairs import Eligible, Scored
from matching.problem import UNKNOWN, IntArray, Problem

Cost = int
GOAL_UNIT = 1 << 64
"""What a unit of a goal costs, in units of the goal after it: more than any path can add up to."""

SUMS = ("placed", "priority", "floors", "utility", "first_choices")
"""Goals that are a sum over pairs where no limit is set."""

# Students whose pairs are built together: many cost little more than one.
_STUDENTS_AT_ONCE = 500


@dataclass(frozen=True, slots=True, eq=False)
class Solved:
    """A round that a flow has solved without limits.

    ``students`` [goals, n] and ``opportunities`` [goals, m] are the prices of each goal.
    """

    problem: Problem
    goals: tuple[str, ...]  # of SUMS
    seat: IntArray  # [n] opportunity of each student, UNKNOWN where none
    students: IntArray
    opportunities: IntArray


class NotComputed(Exception):
    """A question that has no cheap exact answer for this result; the message is a code.

    ``listed_pairs`` (eligible.csv decides, not answers), ``stable`` (nothing is optimised),
    ``side_constraints`` (limits, companions, budgets, cohorts or several seats a student) or
    ``goals`` (one that is no sum over pairs); ``time`` (it ran out before all was tried).
    """


def read_solved(problem: Problem, files: Mapping[str, bytes]) -> Solved:
    """A solved round from its result folder.

    Parameters
    ----------
    files
        Of the result, by name, and of this very problem.

    Raises
    ------
    NotComputed
        The result is none that a flow has solved without limits.
    KeyError, TypeError, ValueError
        The files are missing or malformed.
    """
    document = json.loads(files["certificate.json"])
    if problem.eligible is not None:
        raise NotComputed("listed_pairs")
    if document["method"] != "flow":
        raise NotComputed("stable" if document["method"] == "stable" else "side_constraints")
    goals = tuple(goal["name"] for goal in document["goals"])
    if not set(goals) <= set(SUMS):
        raise NotComputed("goals")
    if len(problem.limits) or any(
        "cases" in goal or goal["prices"].get("rows") for goal in document["goals"]
    ):
        raise NotComputed("side_constraints")
    # A goal that is worth nothing on every pair decides nothing.
    idle = {"floors"} | ({"priority"} if not problem.students.priority.any() else set())
    kept = [goal for goal in document["goals"] if goal["name"] not in idle]
    prices = [goal["prices"] for goal in kept]
    student, opportunity = _positions(problem.students.ids), _positions(problem.opportunities.ids)
    seat = np.full(len(problem.students), UNKNOWN)
    placed, at = _placements(files)
    seat[[student[name] for name in placed]] = [opportunity[name] for name in at]
    return Solved(
        problem,
        tuple(goal["name"] for goal in kept),
        seat,
        _by_index(student, [one["students"] for one in prices]),
        _by_index(opportunity, [one["opportunities"] for one in prices]),
    )


def held_seats(problem: Problem, files: Mapping[str, bytes]) -> dict[int, list[int]]:
    """The seats of each placed student, by index."""
    student, opportunity = _positions(problem.students.ids), _positions(problem.opportunities.ids)
    held: dict[int, list[int]] = {}
    for name, at in zip(*_placements(files), strict=True):
        held.setdefault(student[name], []).append(opportunity[at])
    return held


def _placements(files: Mapping[str, bytes]) -> tuple[Sequence[str], Sequence[str]]:
    """Who has a seat, and where, row by row."""
    faults: list[Fault] = []
    columns = ("student_id", "opportunity_id")
    table = read_table("placements.csv", files["placements.csv"], columns, columns, faults)
    if faults:
        raise ValueError(str(faults[0]))
    return table.cells("student_id"), table.cells("opportunity_id")


def _positions(ids: Sequence[str]) -> dict[str, int]:
    return {name: index for index, name in enumerate(ids)}


def _by_index(position: Mapping[str, int], prices: Sequence[Mapping[str, int]]) -> IntArray:
    found = np.zeros((len(prices), len(position)), np.int64)
    for row, named in zip(found, prices, strict=True):
        row[[position[name] for name in named]] = list(named.values())
    return found


@dataclass(frozen=True, slots=True)
class Move:
    """A seat that a student can have, what it costs all, and whether somebody has none for it."""

    cost: Cost
    displaces: bool
    opportunity: int


def goal_weights(goals: Sequence[str], scored: Scored, priority: IntArray) -> IntArray:
    """[goals, p] what each pair is worth to each goal of SUMS."""
    count = len(scored.pairs)
    weights = {
        "placed": np.ones(count, np.int64),
        "priority": priority[scored.pairs.student],
        "floors": np.zeros(count, np.int64),
        "utility": scored.utility,
        "first_choices": (scored.rank == 1).astype(np.int64),
    }
    return np.array([weights[goal] for goal in goals], np.int64).reshape(len(goals), count)


class Residual:
    """The exchanges that a solved round allows."""

    def __init__(self, solved: Solved) -> None:
        self._solved = solved
        self._problem = solved.problem
        placed = np.flatnonzero(solved.seat != UNKNOWN)
        self._by_seat = placed[np.argsort(solved.seat[placed], kind="stable")]
        held = np.bincount(solved.seat[placed], minlength=len(self._problem.opportunities))
        self._start = np.concatenate([[0], np.cumsum(held)])
        self.contest = Contest.of(self._problem, held)
        self._free = self.contest.free
        pins = self._problem.pins
        self._fixed = set(pins.student[pins.require].tolist())
        self._pairs: dict[int, list[tuple[Cost, int]]] = {}
        self._price: dict[int, Cost] = {}
        self._ends: dict[int, _Ends] = {}

    def bids(self, scored: Scored, copy: int, student: int) -> dict[int, Cost]:
        """What each seat would cost all if a student had it, by opportunity; less is better.

        Parameters
        ----------
        scored
            Pairs of a round of copies of the student, with other answers.
        copy
            The index of the copy there.
        student
            The index of the student in the solved round.
        """
        opportunity, weights = self._weights(scored, copy, student)
        costs = self._solved.opportunities[:, opportunity] - weights
        return dict(zip(opportunity.tolist(), costs_of(costs), strict=True))

    def own_costs(self, scored: Scored, copy: int, student: int) -> dict[int, Cost]:
        """The same without the prices of seats: what follows from the student's answers alone."""
        opportunity, weights = self._weights(scored, copy, student)
        return dict(zip(opportunity.tolist(), costs_of(-weights), strict=True))

    def _weights(self, scored: Scored, copy: int, student: int) -> tuple[IntArray, IntArray]:
        """The opportunities of a copy's pairs, and [goals, ·] what each pair is worth."""
        rows = np.arange(*np.searchsorted(scored.pairs.student, [copy, copy + 1]))
        priority = np.full(copy + 1, self._problem.students.priority[student])
        some = Scored(_some(scored, rows), scored.rank[rows], scored.utility[rows])
        return some.pairs.opportunity, goal_weights(self._solved.goals, some, priority)

    def best(self, student: int, bids: Mapping[int, Cost], limit: Cost) -> Move | None:
        """The best seat among those bid for, if it costs less than ``limit``."""
        own = int(self._solved.seat[student])
        ends = self._ends.setdefault(own, _Ends())
        found: Move | None = None
        for bid, opportunity in sorted((bid, opportunity) for opportunity, bid in bids.items()):
            bound = found.cost + 1 if found else limit
            if bid >= bound:
                break
            end = self._end(opportunity, own, student, bound - bid, ends)
            if end and (found is None or (bid + end.cost, end.displaces) < (found.cost, found.displaces)):
                found = Move(bid + end.cost, end.displaces, opportunity)
        return found

    def _end(self, first: int, own: int, student: int, limit: Cost, ends: _Ends) -> _End | None:
        """How cheaply a seat can be made free, if for less than ``limit``.

        A shortest path (Dijkstra) to a free seat, to the student's own, or to somebody's having
        none; what earlier searches found of places on the way is taken as it is.
        """
        if first in ends.exact or ends.least.get(first, 0) >= limit:
            known = ends.exact.get(first)
            return known if known and known.cost < limit else None
        found: _End | None = None
        bound = limit
        reached = {first: 0}
        heap = [(0, first)]
        while heap:
            cost, place = heappop(heap)
            if cost >= bound:
                break
            if cost > reached[place]:
                continue
            if place == own or self._free[place]:
                found = _End(cost, False)
                break
            if place in ends.exact:
                known = ends.exact[place]
                end = _End(cost + known.cost, known.displaces)
                if end.cost < limit and (found is None or end < found):
                    found, bound = end, end.cost + 1
                continue
            for holder in self._holders(place, student):
                end = _End(cost + self._price[holder], True)
                if end.cost < limit and (found is None or end < found):
                    found, bound = end, end.cost + 1
                for more, other in self._pairs[holder]:
                    total = cost + more
                    if total >= bound:
                        break  # the others cost as much or more
                    if total < reached.get(other, bound):
                        reached[other] = total
                        heappush(heap, (total, other))
        if found:
            ends.exact[first] = found
        else:
            ends.least[first] = limit
        return found

    def _holders(self, place: int, student: int) -> list[int]:
        """Who could move on from a seat, with their pairs built."""
        holders = self._at(place)
        if any(holder not in self._pairs for holder in holders):
            # Those around it are asked about next, and many cost little more than one.
            wanted = dict.fromkeys(holders)
            for other in self._around(place):
                wanted.update(dict.fromkeys(self._at(other)))
                if len(wanted) >= _STUDENTS_AT_ONCE:
                    break
            self._build([holder for holder in wanted if holder not in self._pairs])
        return [holder for holder in holders if holder != student]

    def _around(self, place: int) -> list[int]:
        """Opportunities by how far they are as the crow flies, those without a place last."""
        table = self._problem.opportunities
        north = table.latitude - table.latitude[place]
        east = (table.longitude - table.longitude[place]) * np.cos(np.radians(table.latitude[place]))
        nearest: list[int] = np.argsort(north * north + east * east)[:_STUDENTS_AT_ONCE].tolist()
        return nearest

    def _at(self, place: int) -> list[int]:
        first, last = self._start[place], self._start[place + 1]
        found: list[int] = self._by_seat[first:last].tolist()
        return [student for student in found if student not in self._fixed]

    def _build(self, students: Sequence[int]) -> None:
        rows = np.array(students, np.int64)
        part = with_students(self._problem, rows)
        scored = score(part, eligible_pairs(part))
        solved, pairs = self._solved, scored.pairs
        prices = solved.students[:, rows]
        costs = prices[:, pairs.student] + solved.opportunities[:, pairs.opportunity]
        costs -= goal_weights(solved.goals, scored, part.students.priority)
        edges = list(zip(costs_of(costs), pairs.opportunity.tolist(), strict=True))
        bounds = np.searchsorted(pairs.student, np.arange(len(rows) + 1)).tolist()
        for place, (student, price) in enumerate(zip(students, costs_of(prices), strict=True)):
            self._pairs[student] = sorted(edges[bounds[place] : bounds[place + 1]])
            self._price[student] = price


class _End(NamedTuple):
    """How a path ends: what it costs, and whether somebody has no seat then."""

    cost: Cost
    displaces: bool


@dataclass(frozen=True, slots=True)
class _Ends:
    """What is known of the ends of paths, by the opportunity they start at."""

    exact: dict[int, _End] = field(default_factory=dict)
    least: dict[int, Cost] = field(default_factory=dict)  # it costs that much or more


def costs_of(values: IntArray) -> list[Cost]:
    """[goals, p] as one number each that compares as the goals do, one after the other.

    Python's whole numbers have no end, and a sum along a path stays far under ``GOAL_UNIT``.
    """
    costs: list[Cost] = [0] * values.shape[1]
    for row in values.tolist():
        costs = [cost * GOAL_UNIT + value for cost, value in zip(costs, row, strict=True)]
    return costs


def _some(scored: Scored, rows: IntArray) -> Eligible:
    pairs = scored.pairs
    return Eligible(
        pairs.student[rows],
        pairs.opportunity[rows],
        pairs.minutes[rows],
        pairs.travel_unknown[rows],
        len(rows),
        {},
    )
