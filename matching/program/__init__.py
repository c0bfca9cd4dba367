"""A round as an integer program over arrays, and what prices prove about it, in whole numbers.

Columns are the pairs, then the few auxiliary ones (``missing``, ``placed``, ``first``, ``same``,
``counted``, ``runs``); rows are students, opportunities, then the side constraints. Names are those of
the certificate: tuples of a kind and identifiers. A cohort is the condition that an opportunity's row
is 0 or at least ``min_students``; its column ``runs`` and the rows around it say of it what a linear
program can: nobody is there unless it runs, and where it runs, so many are.

Any whole prices bound a goal from above (Lagrange): for a choice x within the rows,
``Σ w·x = Σ price·row(x) + Σ (w − Σ price·coef)·x``, and each term is at most its own maximum. So
nothing that a solver computed in floating point has to be trusted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, overload

import numpy as np

from matching.problem import IntArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Name = tuple[str, ...]
Previous = Mapping[str, Sequence[str]]
"""Student identifier to the opportunities held in the previous result."""

FREE = 2**60
"""A bound that is none: a row's ``high`` (or ``-FREE`` its ``low``)."""


class Named(NamedTuple):
    """Some rows, and what names the one at each place among them."""

    length: int
    name: Callable[[int], Name]


class Names(Sequence[Name]):
    """Names of rows, each made when it is asked for: of millions a proof tells a few."""

    def __init__(self, parts: Sequence[Named]) -> None:
        self._parts = tuple(parts)
        self._ends = np.cumsum([part.length for part in self._parts], dtype=np.int64)

    def __len__(self) -> int:
        return int(self._ends[-1]) if len(self._ends) else 0

    @overload
    def __getitem__(self, index: int) -> Name: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Name, ...]: ...
    def __getitem__(self, index: int | slice) -> Name | tuple[Name, ...]:
        if isinstance(index, slice):
            return tuple(self[place] for place in range(*index.indices(len(self))))
        if not 0 <= index < len(self):
            raise IndexError(index)
        part = int(np.searchsorted(self._ends, index, "right"))
        length, name = self._parts[part]
        return name(index - int(self._ends[part]) + length)

    def followed_by(self, name: Name) -> Names:
        """These and one more."""
        return Names((*self._parts, Named(1, (name,).__getitem__)))


@dataclass(frozen=True, slots=True, eq=False)
class Weight:
    """What a goal counts: ``constant`` + the sum of ``columns`` over what is chosen."""

    name: str
    columns: IntArray  # [columns]
    constant: int = 0

    def value(self, x: IntArray) -> int:
        return self.constant + int(self.columns @ x)


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """Rows ``low <= matrix @ x <= high`` over whole columns ``lo <= x <= hi``."""

    student_ids: tuple[str, ...]
    opportunity_ids: tuple[str, ...]
    student: IntArray  # [p] of each pair
    opportunity: IntArray  # [p]
    matrix: csr_array  # [rows, columns] whole coefficients
    low: IntArray  # [rows]
    high: IntArray
    lo: IntArray  # [columns]
    hi: IntArray
    side_names: Names  # of the rows after the students' and the opportunities'
    extra_names: tuple[Name, ...]  # of the columns after the pairs
    cohorts: IntArray  # [m] least number of students where it runs, 0 where any will do
    about_runs: slice  # the rows about cohorts that run or not

    @property
    def pairs(self) -> int:
        return len(self.student)

    @property
    def columns(self) -> int:
        return len(self.lo)

    @property
    def rows(self) -> int:
        return len(self.low)

    @property
    def first_side(self) -> int:
        """Index of the first row that is neither a student's nor an opportunity's."""
        return len(self.student_ids) + len(self.opportunity_ids)

    def row_name(self, row: int) -> Name:
        n = len(self.student_ids)
        if row < n:
            return ("student", self.student_ids[row])
        if row < self.first_side:
            return ("opportunity", self.opportunity_ids[row - n])
        return self.side_names[row - self.first_side]

    def column_name(self, column: int) -> Name:
        if column < self.pairs:
            s, o = int(self.student[column]), int(self.opportunity[column])
            return ("pair", self.student_ids[s], self.opportunity_ids[o])
        return self.extra_names[column - self.pairs]


@dataclass(frozen=True, slots=True, eq=False)
class Prices:
    """A price on each row, in ``1/scale`` of a unit of the goal."""

    rows: IntArray
    scale: int = 1


class Bound(NamedTuple):
    """What prices prove.

    Attributes
    ----------
    value
        The most that the goal can be.
    exact
        Whether nothing was lost to rounding down: only then do reduced costs fix a face.
    reduced
        [columns] ``scale * weight - sum of price * coefficient``.
    """

    value: int
    exact: bool
    reduced: IntArray


def bound(program: Program, weight: Weight, prices: Prices) -> Bound:
    """The bound that prices prove, exactly.

    Raises
    ------
    ValueError
        For a price on a bound that a row does not have.
    OverflowError
        Where numbers leave 64 bits.
    """
    y = prices.rows
    used = np.flatnonzero(y)
    limit = np.where(y[used] > 0, program.high[used], program.low[used])
    if (np.abs(limit) >= FREE).any():
        raise ValueError("a price on a bound that the row does not have")
    largest = abs(program.matrix).T @ np.abs(y).astype(np.float64)
    if prices.scale * float(np.abs(weight.columns).max(initial=0)) + largest.max(initial=0.0) > 2.0**62:
        raise OverflowError("prices too large for 64 bits")
    reduced = prices.scale * weight.columns - program.matrix.T @ y
    best = np.where(reduced > 0, program.hi, program.lo)
    total = exact_product(y[used], limit) + exact_product(reduced, best)
    return Bound(weight.constant + total // prices.scale, total % prices.scale == 0, reduced)


def exact_product(a: IntArray, b: IntArray) -> int:
    """The sum of products as a whole number of any size."""
    some = np.flatnonzero((a != 0) & (b != 0))
    a, b = a[some], b[some]
    if not len(a):
        return 0
    if float(np.abs(a.astype(np.float64)) @ np.abs(b.astype(np.float64))) < 2.0**62:
        return int(a @ b)
    return sum(int(x) * int(y) for x, y in zip(a.tolist(), b.tolist(), strict=True))


def face(program: Program, proved: Bound, prices: Prices) -> Program:
    """What the exact bound of a goal leaves: complementary slackness, as bounds.

    Only for an exact bound that is reached: then every choice that reaches it lies here.
    """
    y, reduced = prices.rows, proved.reduced
    return replace(
        program,
        lo=np.where(reduced > 0, program.hi, program.lo),
        hi=np.where(reduced < 0, program.lo, program.hi),
        low=np.where(y > 0, program.high, program.low),
        high=np.where(y < 0, program.low, program.high),
    )


def cohort_columns(program: Program) -> tuple[IntArray, IntArray]:
    """Opportunities that run with several students or none, and the column of each that says which."""
    index = {name: place for place, name in enumerate(program.opportunity_ids)}
    found = [
        (index[name[1]], column)
        for column, name in enumerate(program.extra_names, program.pairs)
        if name[0] == "runs"
    ]
    both = np.array(found, np.int64).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def with_row(program: Program, name: Name, coefficients: IntArray, low: int) -> Program:
    """The program with one more row ``coefficients @ x >= low``."""
    from scipy.sparse import csr_array, vstack

    row = csr_array(coefficients[None, :])
    return replace(
        program,
        matrix=vstack([program.matrix, row], format="csr"),
        low=np.append(program.low, low),
        high=np.append(program.high, FREE),
        side_names=program.side_names.followed_by(name),
    )


def violated(program: Program, x: IntArray) -> IntArray:
    """Rows that a choice of whole columns breaks, cohorts among them; every column has to be in bounds."""
    if ((x < program.lo) | (x > program.hi)).any():
        return np.arange(program.rows)
    activity = program.matrix @ x
    broken = (activity < program.low) | (activity > program.high)
    n = len(program.student_ids)
    filled = activity[n : program.first_side]
    broken[n : program.first_side] |= (filled > 0) & (filled < program.cohorts)
    return np.flatnonzero(broken)
