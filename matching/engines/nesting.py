"""Limits that a network can hold: on each side, any two of them nested or disjoint.

Each limit is a node that its members pass on their way out of the network: an opportunity's seats
pass the limits around it (site in employer), and a student without a seat passes the limits
around them (``members - high`` to ``members - low`` of a limit's students stay without one). So a
network without limits is exactly what it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np

from matching.problem import BoolArray, IntArray

RowName = tuple[str, ...]
NONE = -1


class Limit(Protocol):
    """``matching.constraints.LimitSet``, as far as an engine reads it."""

    @property
    def scope(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def low(self) -> int: ...
    @property
    def high(self) -> int: ...
    @property
    def soft(self) -> bool: ...
    @property
    def of_students(self) -> bool: ...
    @property
    def members(self) -> IntArray: ...


L = TypeVar("L", bound=Limit)


@dataclass(frozen=True, slots=True, eq=False)
class Nesting:
    """The k rows that the limits of a network make, a row after every row around it.

    A soft limit makes a row ``floor`` with its ``low``, which units of a variable ``missing`` may
    make up for, and a row ``limit`` with its ``high``. Index k stands for "no row".
    """

    names: tuple[RowName, ...]  # ("limit" or "floor", scope, id)
    low: IntArray  # [k] 0 where none
    high: IntArray  # [k] of a floor, which has none, more than any choice can reach
    most: IntArray  # [k] what the row can add up to, with what may be missing
    missing: IntArray  # [k] how many may be missing: 0 but for floors
    of_students: BoolArray  # [k]
    above: IntArray  # [k] the row around it
    home: IntArray  # [n] the innermost row of each student
    gate: IntArray  # [m] the innermost row of each opportunity

    def __len__(self) -> int:
        return len(self.names)

    def inherited(self, rows: IntArray) -> IntArray:
        """[k + 1] each row's number plus those of all rows around it; 0 for "no row"."""
        total = np.append(rows, 0)
        for row in range(len(rows)):
            total[row] += total[self.above[row]]
        return total

    def activity(self, home: IntArray, gate: IntArray) -> IntArray:
        """[k] how many placed students each row counts.

        Parameters
        ----------
        home, gate : [students placed]
            ``home`` of each placed student, and ``gate`` of where they are.
        """
        count = len(self)
        total = np.bincount(home, minlength=count + 1) + np.bincount(gate, minlength=count + 1)
        for row in reversed(range(count)):
            total[self.above[row]] += total[row]
        return total[:count]


class Innermost:
    """Limits taken in one after the other, larger before smaller, as long as they nest.

    Time is linear in the members: what lies around a limit's members is looked up, not compared.
    """

    def __init__(self, students: int, opportunities: int) -> None:
        self.home = np.full(students, NONE)
        self.gate = np.full(opportunities, NONE)

    def take(self, limit: Limit, number: int) -> IntArray:
        """Take in a limit no larger than those before.

        Returns
        -------
        array
            The numbers of the innermost limits that its members were in, ``NONE`` where in none.
            Several mean that it overlaps another, and then it is not taken in.
        """
        inner = self.home if limit.of_students else self.gate
        around = np.unique(inner[limit.members])
        if len(around) <= 1:
            inner[limit.members] = number
        return around


def first_overlap(limits: Sequence[L], students: int, opportunities: int) -> tuple[L, L] | None:
    """Two limits of one side that overlap, neither holding the other; None where all nest.

    Of several the first in the order from large to small, and the smallest it reaches into.
    """
    taken = Innermost(students, opportunities)
    order = sorted(range(len(limits)), key=lambda place: -len(limits[place].members))
    for number, place in enumerate(order):
        around = taken.take(limits[place], number)
        if len(around) > 1:
            first, second = sorted((place, order[int(around[-1])]))
            return limits[first], limits[second]
    return None


def nest(limits: Sequence[Limit], students: int, seats: IntArray) -> Nesting:
    """The rows of ``limits``, outer before inner.

    Raises
    ------
    ValueError
        Where two limits of one side overlap and neither holds the other, or where a limit's
        ``low`` is above its ``high``.
    """
    rows = sorted(_rows(limits), key=lambda row: -len(row[1].members))
    count = len(rows)
    taken = Innermost(students, len(seats))
    low, high, most, missing, above = (np.zeros(count, np.int64) for _ in range(5))
    for row, (kind, limit) in enumerate(rows):
        if limit.low > limit.high:
            raise ValueError(f"the limit of {limit.scope} {limit.id} asks for more than it allows")
        around = taken.take(limit, row)
        if len(around) > 1:
            raise ValueError(f"the limit of {limit.scope} {limit.id} overlaps another")
        above[row] = around[0] if len(around) and around[0] != NONE else count
        most[row] = len(limit.members) if limit.of_students else min(seats[limit.members].sum(), students)
        soft = kind == "floor"
        missing[row] = limit.low if soft else 0
        most[row] += missing[row]
        low[row] = limit.low if soft or not limit.soft else 0
        high[row] = most[row] + students + 1 if soft else limit.high
    home, gate = (np.where(inner == NONE, count, inner) for inner in (taken.home, taken.gate))
    names = tuple(_name(kind, limit) for kind, limit in rows)
    of_students = np.array([limit.of_students for _, limit in rows], np.bool_)
    return Nesting(names, low, high, most, missing, of_students, above, home, gate)


def _rows(limits: Sequence[Limit]) -> list[tuple[str, Limit]]:
    rows: list[tuple[str, Limit]] = []
    for limit in limits:
        if limit.soft and not limit.of_students:
            raise ValueError(f"the limit of {limit.scope} {limit.id} cannot be soft: it is about places")
        if limit.soft:
            rows.append(("floor", limit))
        if not limit.soft or limit.high < len(limit.members):
            rows.append(("limit", limit))
    return rows


def _name(kind: str, limit: Limit) -> RowName:
    return ("goal", limit.id) if limit.scope == "goal" else (kind, limit.scope, limit.id)
