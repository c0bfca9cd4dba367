"""The program whose optimum the certificate proves: bounds of columns and rows, and what prices prove.

For *any* whole prices the sum of price × bound over the rows, with what is left of each column's
weight at its better bound, is an upper bound of the goal (Lagrange): each row's price is charged at
the end that makes it dearer. So prices are never trusted, only added up, in whole numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from matching.problem import BoolArray, IntArray
from matching.verify.facts import Pair
from matching.verify.rows import Name, Row, Rows

LARGEST = 2**62
"""Below it no sum over one column can leave 64 bits."""

Bounds = tuple[int | None, int | None]


class NotChecked(Exception):
    """Prices that prove nothing; the message says why."""


@dataclass(frozen=True, slots=True, eq=False)
class Objective:
    """A goal as a weight on each column, and a constant."""

    weight: IntArray  # [p]
    others: dict[Name, int] = field(default_factory=dict)
    constant: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Prices:
    """A price for each row, 0 where none is given, in 1/scale of a unit of weight."""

    students: IntArray  # [n]
    opportunities: IntArray  # [m]
    rows: Mapping[Name, int]


@dataclass(frozen=True, slots=True, eq=False)
class Priced:
    """What prices prove: ``total`` is in 1/scale and without the goal's constant."""

    total: int
    left: IntArray  # [p] what is left of each pair's weight
    left_of_others: dict[Name, int]


class Program:
    """The bounds of every column and row, which the goals tighten one after the other."""

    def __init__(self, rows: Rows, pins: Iterable[Pair]) -> None:
        self.rows = rows
        facts, census = rows.facts, rows.census
        self.pair_low = np.zeros(len(census.student), dtype=np.int8)
        self.pair_high = np.ones(len(census.student), dtype=np.int8)
        self.student_low: IntArray = np.zeros(len(facts.problem.students), dtype=np.int64)
        self.student_high: IntArray = rows.capacity.copy()
        self.opportunity_low: IntArray = np.zeros(len(facts.problem.opportunities), dtype=np.int64)
        offer = facts.problem.opportunities
        # What needs more students than it has seats never runs.
        self.opportunity_high: IntArray = np.where(offer.min_students > offer.seats, 0, offer.seats)
        self._columns: dict[Name, tuple[int, int]] = {}
        self._rows: dict[Name, Bounds] = {}
        self._goals: dict[Name, Row] = {}
        self._pin(pins)

    def _pin(self, pins: Iterable[Pair]) -> None:
        required = list(pins)
        single = {student for student, _ in required if self.rows.capacity[student] <= 1}
        for student in single:
            self.pair_high[self.rows.pairs_of(student)] = 0
            self.student_low[student] = self.student_high[student] = 1
        for pair in required:
            place = self.rows.place(*pair)
            if place is not None:
                self.pair_low[place] = self.pair_high[place] = 1

    # --- bounds ----------------------------------------------------------------------------------

    def row(self, name: Name) -> Row | None:
        """A row that is neither a student's nor an opportunity's, goals kept included."""
        return self._goals.get(name) or self.rows.find(name)

    def bounds(self, name: Name) -> Bounds | None:
        """Between what a row or the column of a pair may lie now; None where there is none."""
        place = self.rows.pair_named(name)
        if place is not None:
            return int(self.pair_low[place]), int(self.pair_high[place])
        side = self._side(name)
        if side is not None:
            low, high, index = side
            return int(low[index]), int(high[index])
        if name in self._rows:
            return self._rows[name]
        row = self.row(name)
        return None if row is None else (row.low, row.high)

    def set_bounds(self, name: Name, bounds: Bounds) -> None:
        """Replace the bounds of a row or pair that :meth:`bounds` knows."""
        place = self.rows.pair_named(name)
        side = self._side(name)
        if place is not None:
            self.pair_low[place], self.pair_high[place] = _clipped(bounds)
        elif side is not None:
            lows, highs, index = side
            low, high = bounds
            assert low is not None and high is not None  # a student or opportunity has both
            lows[index], highs[index] = low, high
        else:
            self._rows[name] = bounds

    def _side(self, name: Name) -> tuple[IntArray, IntArray, int] | None:
        """Where the bounds of a student's or an opportunity's own row stand."""
        facts = self.rows.facts
        if len(name) == 2 and name[0] == "student" and name[1] in facts.student_index:
            return self.student_low, self.student_high, facts.student_index[name[1]]
        if len(name) == 2 and name[0] == "opportunity" and name[1] in facts.opportunity_index:
            return self.opportunity_low, self.opportunity_high, facts.opportunity_index[name[1]]
        return None

    def _column(self, name: Name) -> tuple[int, int]:
        return self._columns.get(name) or self.rows.bounds(name)

    # --- what the goals leave --------------------------------------------------------------------

    def keep_goal(self, name: str, objective: Objective, value: int) -> None:
        """From here on the goal is at least ``value``: a row of its own."""
        pairs = np.flatnonzero(objective.weight)
        self._goals["goal", name] = Row(
            pairs, objective.weight[pairs], dict(objective.others), value - objective.constant, None
        )

    def close_pairs(self, closed: BoolArray) -> None:
        """From here on some pairs [p] are not chosen."""
        self.pair_high[closed] = 0

    def restrict(self, prices: Prices, priced: Priced) -> None:
        """Keep to the optimal face: what has a reduced cost stays at its bound, what has a price binds."""
        low, high = priced.left < 0, priced.left > 0
        self.pair_high[low] = self.pair_low[low]
        self.pair_low[high] = self.pair_high[high]
        for name, left in priced.left_of_others.items():
            bounds = self._column(name)
            if left:
                self._columns[name] = (bounds[left > 0],) * 2
        for price, lows, highs in (
            (prices.students, self.student_low, self.student_high),
            (prices.opportunities, self.opportunity_low, self.opportunity_high),
        ):
            lows[price > 0] = highs[price > 0]
            highs[price < 0] = lows[price < 0]
        for name, number in prices.rows.items():
            bounds_now = self.bounds(name)
            assert bounds_now is not None
            self._rows[name] = (bounds_now[number > 0],) * 2

    # --- what prices prove -----------------------------------------------------------------------

    def price(self, objective: Objective, prices: Prices, scale: int) -> Priced:
        """Add up what the prices prove of the goal under the bounds of now.

        Raises
        ------
        NotChecked
            Where a priced row does not exist, has no bound at the end that its price charges, or
            the numbers are too large.
        """
        named = [(name, price, self._priced_row(name, price)) for name, price in prices.rows.items()]
        self._guard(objective, prices, scale, [(row, price) for _, price, row in named])
        census = self.rows.census
        left = scale * objective.weight if scale != 1 else objective.weight.copy()
        left -= prices.students[census.student]
        left -= prices.opportunities[census.opportunity]
        others = {name: scale * weight for name, weight in objective.others.items()}
        total = _charged(prices.students, self.student_low, self.student_high)
        total += _charged(prices.opportunities, self.opportunity_low, self.opportunity_high)
        for name, price, row in named:
            left[row.pairs] -= price * row.factors
            for column, factor in row.others.items():
                others[column] = others.get(column, 0) - price * factor
            total += price * self._end(name, price)
        total += exact_sum(left[(left > 0) & (self.pair_high > 0)])
        total += exact_sum(left[(left < 0) & (self.pair_low > 0)])
        for column, rest in others.items():
            total += rest * self._column(column)[rest > 0]
        return Priced(total, left, others)

    def _priced_row(self, name: Name, price: int) -> Row:
        row = self.row(name)
        if row is None:
            raise NotChecked(f"there is no row {' '.join(name)}")
        self._end(name, price)
        return row

    def _end(self, name: Name, price: int) -> int:
        """The bound of a row that its price charges."""
        bounds = self.bounds(name)
        end = bounds[price > 0] if bounds else None
        if end is None:
            raise NotChecked(f"the price {price} charges row {' '.join(name)} where it has no bound")
        return end

    def _guard(
        self, objective: Objective, prices: Prices, scale: int, rows: Iterable[tuple[Row, int]]
    ) -> None:
        """Refuse numbers that 64 bits might not hold."""
        largest = scale * _largest(objective.weight)
        largest += _largest(prices.students) + _largest(prices.opportunities)
        largest += sum(abs(price) * _largest(row.factors) for row, price in rows)
        if largest >= LARGEST:
            raise NotChecked("the prices are too large to be added up")


def _clipped(bounds: Bounds) -> tuple[int, int]:
    low, high = bounds
    return max(0, low or 0), min(1, 1 if high is None else high)


def _largest(values: IntArray) -> int:
    return max(abs(int(values.min(initial=0))), int(values.max(initial=0)))


def _charged(prices: IntArray, low: IntArray, high: IntArray) -> int:
    """Price × bound over the rows of one side, each at the end that its price charges."""
    priced = np.flatnonzero(prices)
    ends = np.where(prices[priced] > 0, high[priced], low[priced])
    return sum(a * b for a, b in zip(prices[priced].tolist(), ends.tolist(), strict=True))


def exact_sum(values: IntArray) -> int:
    """The sum of 64-bit numbers as a number of any length: upper and lower halves apart."""
    return (int((values >> 32).sum()) << 32) + int((values & 0xFFFFFFFF).sum())
