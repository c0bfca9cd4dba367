"""The rows and the auxiliary columns of one round, as they are named in the certificate."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from matching.constraints import Companion, Constraints, LimitSet
from matching.pairs import Scored
from matching.problem import UNKNOWN, BoolArray, IntArray, Problem
from matching.program import FREE, Name, Named, Names, Previous


class Rows:
    """Collects rows and auxiliary columns; many rows of one kind come as arrays, and name themselves."""

    def __init__(self, pairs: int, first: int) -> None:
        self.first, self.pairs = first, pairs
        self.count = 0
        self.columns: list[Name] = []
        self.tops: list[int] = []
        self._names: list[Named] = []
        self._low: list[IntArray] = []
        self._high: list[IntArray] = []
        self._row: list[IntArray] = []
        self._column: list[IntArray] = []
        self._coefficient: list[IntArray] = []

    def column(self, name: Name, top: int = 1) -> int:
        self.columns.append(name)
        self.tops.append(top)
        return self.pairs + len(self.columns) - 1

    def add(
        self, name: Name, low: int, high: int, plus: Iterable[int] | IntArray, minus: Iterable[int] = ()
    ) -> None:
        """A row with coefficients 1 and -1."""
        ups, downs = np.fromiter(plus, np.int64), np.fromiter(minus, np.int64)
        ones = np.r_[np.ones(len(ups), np.int64), np.full(len(downs), -1, np.int64)]
        self.weighted(name, low, high, np.r_[ups, downs], ones)

    def weighted(self, name: Name, low: int, high: int, columns: IntArray, coefficients: IntArray) -> None:
        self._bounds(1, (name,).__getitem__, low, high)
        self._row.append(np.full(len(columns), self.first + self.count - 1, np.int64))
        self._column.append(columns)
        self._coefficient.append(coefficients)

    def many(
        self,
        name: Callable[[int], Name],
        low: IntArray | int,
        high: IntArray | int,
        *terms: tuple[IntArray | int, IntArray | int],
    ) -> None:
        """Rows of one kind.

        Parameters
        ----------
        name
            Of the row at a place among these.
        low, high
            [rows] or one for all.
        terms
            Column and coefficient, each [rows] or one for all; some column is [rows].
        """
        count = max(np.size(column) for column, _ in terms)
        rows = self.first + self.count + np.arange(count)
        self._bounds(count, name, low, high)
        for column, coefficient in terms:
            self._row.append(rows)
            self._column.append(np.broadcast_to(column, count))
            self._coefficient.append(np.broadcast_to(coefficient, count))

    def _bounds(
        self, count: int, name: Callable[[int], Name], low: IntArray | int, high: IntArray | int
    ) -> None:
        self._names.append(Named(count, name))
        self._low.append(np.broadcast_to(np.asarray(low, np.int64), count))
        self._high.append(np.broadcast_to(np.asarray(high, np.int64), count))
        self.count += count

    def run(self, place: str, least: int, pairs: IntArray, students: Sequence[str]) -> int:
        """A column that is 1 where a cohort runs, with its rows; ``students`` are those of the pairs.

        With all of them a fractional cohort is one that is mixed of none and of large enough ones.
        """
        column = self.column(("runs", place))
        coefficients = np.r_[np.ones(len(pairs), np.int64), -least]
        self.weighted(("runs", place), 0, FREE, np.append(pairs, column), coefficients)
        self.many(lambda at: ("runs", place, students[at]), 0, FREE, (column, 1), (pairs, -1))
        return column

    @property
    def names(self) -> Names:
        return Names(self._names)

    def bounds(self) -> tuple[IntArray, IntArray]:
        """Low and high of every row."""
        none = np.zeros(0, np.int64)
        return np.concatenate([none, *self._low]), np.concatenate([none, *self._high])

    def entries(self) -> tuple[IntArray, IntArray, IntArray]:
        """Row, column and coefficient of every entry."""
        none = np.zeros(0, np.int64)
        return (
            np.concatenate([none, *self._row]),
            np.concatenate([none, *self._column]),
            np.concatenate([none, *self._coefficient]),
        )


class Builder:
    """Writes the rows of one round."""

    def __init__(
        self, problem: Problem, scored: Scored, constraints: Constraints, previous: Previous | None
    ) -> None:
        self.problem, self.scored, self.pairs = problem, scored, scored.pairs
        self.constraints, self.previous = constraints, previous
        n, m = len(problem.students), len(problem.opportunities)
        self.ids, self.places = problem.students.ids, problem.opportunities.ids
        self.begin = np.searchsorted(self.pairs.student, np.arange(n + 1))
        self.rows = Rows(len(self.pairs), n + m)
        self.several = np.flatnonzero(constraints.capacity > 1)
        self.is_several = constraints.capacity > 1
        self.placed: dict[int, int] = {}  # student -> column
        self.same: dict[int, int] = {}
        self.first: dict[int, int] = {}
        self.any: list[tuple[int, IntArray]] = []  # column, pairs: 1 where one of them is chosen
        self.missing: list[tuple[int, int, IntArray]] = []  # column, low, what counts towards it

    def of(self, student: int) -> IntArray:
        """Pairs of a student."""
        return np.arange(self.begin[student], self.begin[student + 1])

    def build(self) -> None:
        goals = self.problem.policy.goals
        for student in self.several.tolist():
            self._several(student, goals)
        self._limits()
        for budget in self.constraints.budgets:
            cost = np.zeros(len(self.places), np.int64)
            cost[budget.members] = budget.cost
            spent = cost[self.pairs.opportunity]
            some = np.flatnonzero(spent)
            self.rows.weighted(("budget", budget.id), 0, budget.amount, some, spent[some])
        self._vans()
        for companion in self.constraints.companions:
            if companion.together:
                self._together(companion)
            else:
                self._apart(companion)
        clashes = self.constraints.clashes
        if len(clashes):
            self.rows.many(self._clash, 0, 1, (clashes.first, 1), (clashes.second, 1))
        before = self.rows.count
        self._runs()
        self.about_runs = slice(self.rows.first + before, self.rows.first + self.rows.count)

    def _clash(self, at: int) -> Name:
        clashes = self.constraints.clashes
        first, second = int(clashes.first[at]), int(clashes.second[at])
        return ("clash", self.ids[int(clashes.student[at])], self._place(first), self._place(second))

    def _runs(self) -> None:
        order = np.argsort(self.pairs.opportunity, kind="stable")
        begin = np.searchsorted(self.pairs.opportunity[order], np.arange(len(self.places) + 1))
        least = self.constraints.cohorts
        for place in np.flatnonzero((least > 0) & (least <= self.problem.opportunities.seats)).tolist():
            there = order[begin[place] : begin[place + 1]]
            who = [self.ids[student] for student in self.pairs.student[there].tolist()]
            self.any.append((self.rows.run(self.places[place], int(least[place]), there, who), there))

    def _place(self, pair: int) -> str:
        return self.places[int(self.pairs.opportunity[pair])]

    def _several(self, student: int, goals: Sequence[str]) -> None:
        """A student with several seats counts once as placed, and so on."""
        name, mine = self.ids[student], self.of(student)
        self.placed[student] = self._any(("placed", name), mine, ("holds", name), ("counts", name))
        if "first_choices" in goals:
            liked = mine[self.scored.rank[mine] == 1]
            if len(liked) > 1:
                column = self.rows.column(("first", name))
                self.first[student] = column
                self.any.append((column, liked))
                self.rows.add(("first", name), 0, FREE, liked, (column,))
        held = self.previous.get(name, ()) if self.previous is not None else ()
        if "fewest_changes" in goals and held and self.kept(student, held) is not None:
            column = self.rows.column(("same", name))
            self.same[student] = column
            had = np.array([self._place(pair) in held for pair in mine.tolist()], np.bool_)
            self.rows.many(
                lambda at: ("same", name, self._place(int(mine[at]))),
                0,
                np.where(had, FREE, 1),
                (mine, 1),
                (column, np.where(had, -1, 1)),
            )

    def kept(self, student: int, held: Sequence[str]) -> list[int] | None:
        """The pairs of exactly these opportunities; None where the student cannot have them all."""
        at = {self._place(pair): pair for pair in self.of(student).tolist()}
        if len(held) > int(self.constraints.capacity[student]) or not at.keys() >= set(held):
            return None
        return [at[place] for place in held]

    def _any(self, name: Name, pairs: IntArray, holds: Name, counts: Name) -> int:
        """A column that is 1 exactly if one of the pairs is chosen."""
        column = self.rows.column(name)
        self.any.append((column, pairs))
        self.rows.add(holds, 0, FREE, pairs, (column,))
        self.rows.many(lambda at: (*counts, self._place(int(pairs[at]))), 0, FREE, (column, 1), (pairs, -1))
        return column

    def _counting(self, pairs: BoolArray, scope: str, name: str) -> IntArray:
        """Columns whose sum is the number of students who hold one of the pairs."""
        chosen = np.flatnonzero(pairs)
        if not len(self.several):
            return chosen
        students = self.pairs.student[chosen]
        several = self.is_several[students] & (np.bincount(students)[students] > 1)
        columns = [chosen[~several]]
        for student in np.unique(students[several]).tolist():
            begin, end = np.searchsorted(students, (student, student + 1))
            mine, who = chosen[begin:end], self.ids[student]
            key = (scope, name, who)
            column = self._any(("counted", *key), mine, ("holds", *key), ("counts", *key))
            columns.append(np.array([column]))
        return np.concatenate(columns)

    def _limits(self) -> None:
        for limit in self.constraints.limits:
            name = (limit.scope, limit.id)
            counted = self._limited(limit)
            if not limit.soft:
                self.rows.add(("limit", *name), limit.low, limit.high, counted)
                continue
            missing = self.rows.column(("missing", *name), limit.low)
            self.missing.append((missing, limit.low, counted))
            if limit.high < len(self.ids):
                self.rows.add(("limit", *name), 0, limit.high, counted)
            self.rows.add(("floor", *name), limit.low, FREE, np.append(counted, missing))

    def _limited(self, limit: LimitSet) -> IntArray:
        if not limit.of_students:
            inside = np.zeros(len(self.places), np.bool_)
            inside[limit.members] = True
            return self._counting(inside[self.pairs.opportunity], limit.scope, limit.id)
        inside = np.zeros(len(self.ids), np.bool_)
        inside[limit.members] = True
        pairs = np.flatnonzero((inside & ~self.is_several)[self.pairs.student])
        several = [self.placed[s] for s in self.several.tolist() if inside[s]]
        return np.concatenate((pairs, np.array(several, np.int64)))

    def _vans(self) -> None:
        seats = self.constraints.van_seats
        school = self.problem.students.school[self.pairs.student]
        for place in np.flatnonzero(seats != UNKNOWN).tolist():
            name = self.problem.schools.ids[place]
            riders = self._counting(self.constraints.van_only & (school == place), "van", name)
            self.rows.add(("van", name), 0, int(seats[place]), riders)

    def _together(self, pair: Companion) -> None:
        a, b = (
            {int(self.pairs.opportunity[x]): int(x) for x in self.of(s)} for s in (pair.first, pair.second)
        )
        for place in sorted(a.keys() | b.keys()):
            name = ("together", self.ids[pair.first], self.ids[pair.second], self.places[place])
            plus = (a[place],) if place in a else ()
            minus = (b[place],) if place in b else ()
            self.rows.add(name, 0, 0, plus, minus)

    def _apart(self, pair: Companion) -> None:
        name = ("apart", self.ids[pair.first], self.ids[pair.second])
        of_a, of_b = self.of(pair.first), self.of(pair.second)
        site = self.constraints.site[self.pairs.opportunity]
        several = bool(self.is_several[[pair.first, pair.second]].any())
        for one in np.intersect1d(site[of_a], site[of_b]).tolist():
            at_a, at_b = of_a[site[of_a] == one], of_b[site[of_b] == one]
            if not several:
                # A site of its own has no name: its one opportunity stands there twice.
                own = self._place(at_a[0])
                site_id = self.problem.opportunities.site_id[int(self.pairs.opportunity[at_a[0]])]
                known = (site_id,) if site_id else (own, own)
                self.rows.add((*name, *known), 0, 1, np.r_[at_a, at_b])
                continue
            for x in at_a.tolist():
                for y in at_b.tolist():
                    self.rows.add((*name, self._place(x), self._place(y)), 0, 1, (x, y))
