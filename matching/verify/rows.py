"""The rows and columns of a round's program, each made from its name when a certificate asks for it.

A row that no price names adds nothing to a bound, so only those that are named are ever made. Pairs
are columns by their place in the census; the other columns (students counted once, misses of soft
limits) are known by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from matching.problem import UNKNOWN, IntArray
from matching.verify.census import Census
from matching.verify.facts import Facts, Pair
from matching.verify.profiles import Profiles
from matching.verify.sides import VAN, Limit, Sides

Name = tuple[str, ...]
"""Of a row or a column: its kind, then identifiers."""


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """``low`` ≤ the sum of factor × column ≤ ``high``; None where there is no such bound."""

    pairs: IntArray  # places in the census, each once
    factors: IntArray
    others: dict[Name, int] = field(default_factory=dict)  # factors of columns that are no pairs
    low: int | None = None
    high: int | None = None


class Rows:
    """Finds the rows of a round by name, students' and opportunities' own rows apart."""

    def __init__(
        self,
        facts: Facts,
        profiles: Profiles,
        census: Census,
        sides: Sides,
        previous: Mapping[int, frozenset[str]],
    ) -> None:
        self.facts, self.census, self.sides = facts, census, sides
        self.previous = previous
        self._profiles = profiles
        n = len(facts.problem.students)
        self._begin = np.searchsorted(census.student, np.arange(n + 1))
        pairs = np.diff(self._begin)
        self.capacity: IntArray = np.minimum(sides.most_seats(census), pairs)
        """[n] seats that each student can hold at once."""
        self._found: dict[Name, Row | None] = {}
        self._by_opportunity: tuple[IntArray, IntArray] | None = None
        self._van_places: dict[int, IntArray] = {}

    # --- places ----------------------------------------------------------------------------------

    def pairs_of(self, student: int) -> IntArray:
        """Places of a student's eligible pairs."""
        return np.arange(self._begin[student], self._begin[student + 1])

    def place(self, student: int, opportunity: int) -> int | None:
        """Where a pair stands in the census; None where it is not eligible."""
        first, last = self._begin[student], self._begin[student + 1]
        place = int(first + np.searchsorted(self.census.opportunity[first:last], opportunity))
        return place if place < last and self.census.opportunity[place] == opportunity else None

    def pairs_at(self, opportunities: Iterable[int]) -> IntArray:
        """Places of the eligible pairs at some opportunities, ascending."""
        if self._by_opportunity is None:
            order = np.argsort(self.census.opportunity, kind="stable")
            m = len(self.facts.problem.opportunities)
            begin = np.searchsorted(self.census.opportunity[order], np.arange(m + 1))
            self._by_opportunity = order, begin
        order, begin = self._by_opportunity
        parts = [order[begin[o] : begin[o + 1]] for o in opportunities]
        return np.sort(np.concatenate(parts)) if parts else np.zeros(0, np.int64)

    def pair_named(self, name: Name) -> int | None:
        """The place of the column ("pair", student, opportunity)."""
        pair = self._pair(*name[1:]) if len(name) == 3 and name[0] == "pair" else None
        return None if pair is None else self.place(*pair)

    def _student(self, name: str) -> int | None:
        return self.facts.student_index.get(name)

    def _pair(self, student: str, opportunity: str) -> Pair | None:
        s, o = self._student(student), self.facts.opportunity_index.get(opportunity)
        return None if s is None or o is None else (s, o)

    def _holds_several(self, student: int) -> bool:
        return bool(self.capacity[student] > 1)

    # --- columns that are no pairs ---------------------------------------------------------------

    def placed(self, student: int) -> tuple[IntArray, dict[Name, int]]:
        """What counts a student as placed: their pairs, or for one with several seats a column."""
        if self._holds_several(student):
            return np.zeros(0, np.int64), {("placed", self.facts.student(student)): 1}
        return self.pairs_of(student), {}

    def bounds(self, column: Name) -> tuple[int, int]:
        """Between what a column that is no pair may lie."""
        if column[0] == "missing":
            return 0, self.sides.limits[column[1], column[2]].low
        return 0, 1

    def missing(self) -> Iterator[Name]:
        """The columns of seats missing to soft limits."""
        for limit in self.sides.limits.values():
            if limit.soft:
                yield "missing", limit.scope, limit.id

    def ranked_first(self, student: int) -> list[int]:
        """Places of the student's eligible pairs of rank 1."""
        return [
            place
            for place in self.pairs_of(student).tolist()
            if self.facts.rank.get((student, int(self.census.opportunity[place]))) == 1
        ]

    # --- rows ------------------------------------------------------------------------------------

    def find(self, name: Name) -> Row | None:
        """The row of that name; None where the round has none."""
        if name not in self._found:
            make = self._makers().get((name[0], len(name) - 1)) if name else None
            self._found[name] = make(*name[1:]) if make else None
        return self._found[name]

    def _makers(self) -> dict[tuple[str, int], Callable[..., Row | None]]:
        """What makes a row, by its kind and its number of identifiers."""
        return {
            ("limit", 2): self._limit,
            ("floor", 2): self._floor,
            ("budget", 1): self._budget,
            ("van", 1): self._van,
            ("together", 3): self._together,
            ("apart", 3): self._apart,
            ("apart", 4): self._apart_at,
            ("clash", 3): self._clash,
            ("holds", 1): self._holds,
            ("counts", 2): self._counts,
            ("holds", 3): self._holds_counted,
            ("counts", 4): self._counts_counted,
            ("first", 1): self._first,
            ("same", 2): self._same,
            ("runs", 1): self._runs,
            ("runs", 2): self._runs_for,
        }

    def _limit(self, scope: str, name: str) -> Row | None:
        limit = self.sides.limits.get((scope, name))
        if limit is None:
            return None
        most = limit.high
        if most is None:
            most = max(limit.low, len(self.facts.problem.students))
        pairs, others = self._counted_by(limit)
        return _row(pairs, others, 0 if limit.soft else limit.low, most)

    def _floor(self, scope: str, name: str) -> Row | None:
        limit = self.sides.limits.get((scope, name))
        if limit is None or not limit.soft:
            return None
        pairs, others = self._counted_by(limit)
        return _row(pairs, {**others, ("missing", scope, name): 1}, limit.low, None)

    def _counted_by(self, limit: Limit) -> tuple[IntArray, dict[Name, int]]:
        counts = self.sides.counts(limit)
        if not limit.of_students:
            opportunities = filter(counts, range(len(self.facts.problem.opportunities)))
            return self._each_once(self.pairs_at(opportunities), limit.scope, limit.id)
        parts, others = [np.zeros(0, np.int64)], {}
        for student in filter(counts, range(len(self.facts.problem.students))):
            pairs, column = self.placed(student)
            parts.append(pairs)
            others.update(column)
        return np.concatenate(parts), others

    def _each_once(self, pairs: IntArray, scope: str, name: str) -> tuple[IntArray, dict[Name, int]]:
        """Columns that count each student once: a student who can hold two of the pairs has their own."""
        students = self.census.student[pairs]
        several, times = np.unique(students[self.capacity[students] > 1], return_counts=True)
        twice = several[times > 1]
        others: dict[Name, int] = {("counted", scope, name, self.facts.student(s)): 1 for s in twice.tolist()}
        return pairs[~np.isin(students, twice)], others

    def _budget(self, name: str) -> Row | None:
        amount = self.sides.budgets.get(name)
        if amount is None:
            return None
        budgets = self.facts.problem.opportunities.budget_id
        cost = np.array(
            [self.sides.cost(o) if budgets[o] == name else 0 for o in range(len(budgets))], dtype=np.int64
        )
        pairs = self.pairs_at(np.flatnonzero(cost).tolist())
        return Row(pairs, cost[self.census.opportunity[pairs]], {}, 0, amount)

    def _van(self, school: str) -> Row | None:
        index = self.sides.school_index.get(school)
        seats = self.sides.van_seats(index) if index is not None else None
        if index is None or seats is None:
            return None
        return _row(*self._each_once(self._van_pairs(index), VAN, school), 0, seats)

    def _van_pairs(self, school: int) -> IntArray:
        """Places of the pairs for which students of a school need its van."""
        if school not in self._van_places:
            self._van_places[school] = self._find_van_pairs(school)
        return self._van_places[school]

    def _find_van_pairs(self, school: int) -> IntArray:
        if self.facts.listed is not None:
            return np.zeros(0, np.int64)
        own = self.facts.problem.students
        by_van = np.array([VAN in modes for modes in own.travel_modes.values], dtype=bool)
        alone = np.array([len(modes) == 1 for modes in own.travel_modes.values], dtype=bool)
        student = self.census.student
        places = np.flatnonzero((own.school[student] == school) & by_van[own.travel_modes.codes[student]])
        student, opportunity = student[places], self.census.opportunity[places]
        considered = self._profiles.minutes(student, opportunity) != UNKNOWN
        too_long = Profiles(self.sides.without_van()).fails("travel", student, opportunity)
        found: IntArray = places[considered & (alone[own.travel_modes.codes[student]] | too_long)]
        return found

    def _companions(self, one: str, other: str, together: bool) -> Pair | None:
        a, b = self._student(one), self._student(other)
        if a is None or b is None or self.sides.companions.get((a, b)) is not together:
            return None
        return a, b

    def _together(self, one: str, other: str, opportunity: str) -> Row | None:
        couple, at = self._companions(one, other, True), self.facts.opportunity_index.get(opportunity)
        if couple is None or at is None:
            return None
        places = [self.place(student, at) for student in couple]
        pairs = [place for place in places if place is not None]
        factors = [factor for place, factor in zip(places, (1, -1), strict=True) if place is not None]
        return Row(np.array(pairs, dtype=np.int64), np.array(factors, dtype=np.int64), {}, 0, 0)

    def _apart(self, one: str, other: str, site: str) -> Row | None:
        couple = self._companions(one, other, False)
        if couple is None or any(map(self._holds_several, couple)):
            return None
        sites = self.facts.problem.opportunities.site_id
        at = [o for o in range(len(sites)) if site != "" and sites[o] == site]
        return _at_most_one([self.place(student, o) for student in couple for o in at]) if at else None

    def _apart_at(self, one: str, other: str, first: str, second: str) -> Row | None:
        couple = self._companions(one, other, False)
        index = self.facts.opportunity_index
        a, b = index.get(first), index.get(second)
        if couple is None or a is None or b is None or not self.sides.same_site(a, b):
            return None
        # Of students with one seat each a whole site is one row, where it has a name.
        if not any(map(self._holds_several, couple)) and self.facts.problem.opportunities.site_id[a] != "":
            return None
        return _at_most_one([self.place(couple[0], a), self.place(couple[1], b)])

    def _clash(self, student: str, one: str, other: str) -> Row | None:
        s, index = self._student(student), self.facts.opportunity_index
        a, b = index.get(one), index.get(other)
        if s is None or a is None or b is None or a >= b or not self.sides.clash(s, a, b):
            return None
        return _at_most_one([self.place(s, a), self.place(s, b)])

    def _holds(self, student: str) -> Row | None:
        s = self._student(student)
        if s is None or not self._holds_several(s):
            return None
        return _row(self.pairs_of(s), {("placed", student): -1}, 0, None)

    def _counts(self, student: str, opportunity: str) -> Row | None:
        pair = self._pair(student, opportunity)
        place = self.place(*pair) if pair else None
        if pair is None or place is None or not self._holds_several(pair[0]):
            return None
        return Row(np.array([place]), np.array([-1]), {("placed", student): 1}, 0, None)

    def _counted(self, scope: str, name: str, student: str) -> tuple[IntArray, Name] | None:
        """The pairs that a student is counted for in a limit or van, and the column that counts them."""
        s, column = self._student(student), ("counted", scope, name, student)
        counting = self.find((VAN, name) if scope == VAN else ("limit", scope, name))
        if s is None or counting is None or column not in counting.others:
            return None
        pairs = self.pairs_of(s)
        if scope == VAN:
            school = self.sides.school_index[name]
            return pairs[np.isin(pairs, self._van_pairs(school))], column
        counts = self.sides.counts(self.sides.limits[scope, name])
        at = self.census.opportunity[pairs].tolist()
        return pairs[[counts(o) for o in at]], column

    def _holds_counted(self, scope: str, name: str, student: str) -> Row | None:
        counted = self._counted(scope, name, student)
        return _row(counted[0], {counted[1]: -1}, 0, None) if counted else None

    def _counts_counted(self, scope: str, name: str, student: str, opportunity: str) -> Row | None:
        counted, pair = self._counted(scope, name, student), self._pair(student, opportunity)
        place = self.place(*pair) if pair else None
        if counted is None or place is None or place not in counted[0]:
            return None
        return Row(np.array([place]), np.array([-1]), {counted[1]: 1}, 0, None)

    def _first(self, student: str) -> Row | None:
        s = self._student(student)
        if s is None or not self._holds_several(s) or "first_choices" not in self.facts.problem.policy.goals:
            return None
        best = self.ranked_first(s)
        return _row(np.array(best), {("first", student): -1}, 0, None) if len(best) > 1 else None

    def _cohort(self, name: str) -> tuple[int, int] | None:
        """Which opportunity runs with several students or none, and with how many at least."""
        at = self.facts.opportunity_index.get(name)
        least = 0 if at is None else int(self.facts.problem.opportunities.min_students[at])
        return None if at is None or least <= 1 else (at, least)

    def _runs(self, name: str) -> Row | None:
        """Where a cohort runs (the column is 1), so many are there."""
        cohort = self._cohort(name)
        return _row(self.pairs_at([cohort[0]]), {("runs", name): -cohort[1]}, 0, None) if cohort else None

    def _runs_for(self, name: str, student: str) -> Row | None:
        """Where it does not, this student is not there."""
        pair = self._pair(student, name)
        place = self.place(*pair) if pair else None
        if place is None or self._cohort(name) is None:
            return None
        return Row(np.array([place]), np.array([-1]), {("runs", name): 1}, 0, None)

    def may_stay(self, student: int) -> bool:
        """Whether a student who had seats before can have the same again."""
        before = self.previous.get(student, frozenset())
        index = self.facts.opportunity_index
        if not before or len(before) > self.capacity[student] or not before <= index.keys():
            return False
        return all(self.place(student, index[name]) is not None for name in before)

    def _same(self, student: str, opportunity: str) -> Row | None:
        pair = self._pair(student, opportunity)
        place = self.place(*pair) if pair else None
        if pair is None or place is None or not self._holds_several(pair[0]) or not self.may_stay(pair[0]):
            return None
        column, pairs = ("same", student), np.array([place])
        if opportunity in self.previous[pair[0]]:
            return _row(pairs, {column: -1}, 0, None)
        return _row(pairs, {column: 1}, 0, 1)


def _row(pairs: IntArray, others: dict[Name, int], low: int | None, high: int | None) -> Row:
    """A row whose pairs all have the factor 1."""
    return Row(pairs, np.ones(len(pairs), dtype=np.int64), others, low, high)


def _at_most_one(places: Iterable[int | None]) -> Row:
    """Of those that are eligible, one at most."""
    pairs = np.array([place for place in places if place is not None], dtype=np.int64)
    return _row(pairs, {}, 0, 1)
