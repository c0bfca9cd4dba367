"""Linear relaxations of a program, and whole prices made of their duals.

The solver answers in floating point. Its duals are rounded at a scale and improved where that is
free (the price of a student who takes one seat is the best that the other prices leave), and only
what :func:`matching.program.bound` then makes of them counts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from matching.engines.highs.process import Process
from matching.engines.highs.request import Answer, Request
from matching.problem import BoolArray, FloatArray, IntArray
from matching.program import FREE, Bound, Prices, Program, Weight, bound, exact_product

if TYPE_CHECKING:
    from scipy.sparse import csr_array

SCALES = (1, 60, 60_000, 60_000_000)
"""Each divides the next, so that the leaves of one tree can share the largest."""

MANY_COLUMNS = 30_000
"""From so many pairs on relaxations begin with each student's best few."""
FIRST_COLUMNS = 6
JOIN_AT_ONCE = 12

CHARGE = 64
"""Times the goal's largest weight: what breaking a doubtful row costs."""

WHOLE = 1e-6
"""Within so much of a whole number a solver's figure is that number."""


@dataclass(frozen=True, slots=True, eq=False)
class Relaxed:
    """The optimum of a relaxation; ``value`` is without the goal's constant.

    Where it is infeasible, ``against`` are duals of the least by which rows have to be broken, if known,
    or ``charged`` those of the goal where breaking the doubtful row costs much.
    """

    status: str  # optimal | infeasible | none
    x: FloatArray  # [columns]
    duals: FloatArray  # [rows]
    value: float
    against: FloatArray | None = None  # [rows]
    charged: FloatArray | None = None  # [rows]


@dataclass(frozen=True, slots=True, eq=False)
class Proven:
    """Prices and what they prove."""

    prices: Prices
    bound: Bound


@dataclass(frozen=True, slots=True, eq=False)
class Open:
    """A program without the columns that are fixed: what a solver is given.

    ``possible`` is False where a row without any open column is broken.
    """

    columns: IntArray
    rows: IntArray
    fixed: IntArray  # [columns of the program] values of the fixed columns, 0 elsewhere
    request: Request
    size: FloatArray  # [len(rows)] what each row was divided by
    possible: bool


def opened(program: Program, cost: FloatArray, among: BoolArray | None = None) -> Open:
    """The solver's view of a program.

    Parameters
    ----------
    cost
        [columns] to be maximised.
    among
        [columns] which columns are looked at; the others stay at ``lo``.
    """
    free = program.lo < program.hi
    if among is not None:
        free &= among
    columns = np.flatnonzero(free)
    fixed = np.where(free, 0, program.lo)
    shift = program.matrix @ fixed
    part = program.matrix[:, columns]
    entries = np.diff(part.indptr)
    empty = entries == 0
    broken = empty & ((shift < program.low) | (shift > program.high))
    rows = np.flatnonzero(~empty & _can_break(program, part, columns, shift))
    part = part[rows]
    part.sort_indices()
    row = np.repeat(np.arange(len(rows)), entries[rows])
    largest = np.maximum.reduceat(np.abs(part.data), part.indptr[:-1]) if len(rows) else part.data
    size = np.maximum(1.0, largest.astype(np.float64))
    low = np.where(program.low[rows] <= -FREE, -np.inf, (program.low - shift)[rows] / size)
    high = np.where(program.high[rows] >= FREE, np.inf, (program.high - shift)[rows] / size)
    request = Request(
        cost=cost[columns],
        lo=program.lo[columns].astype(np.float64),
        hi=program.hi[columns].astype(np.float64),
        low=low,
        high=high,
        row=row,
        column=part.indices.astype(np.int64),
        coefficient=part.data / size[row],
    )
    return Open(columns, rows, fixed, request, size, not broken.any())


def _can_break(program: Program, part: csr_array, columns: IntArray, shift: IntArray) -> BoolArray:
    """[rows] whether some choice of the open columns, each within its bounds, breaks the row."""
    up, down = part.maximum(0), part.minimum(0)
    lo, hi = program.lo[columns], program.hi[columns]
    least, most = shift + up @ lo + down @ hi, shift + up @ hi + down @ lo
    found: BoolArray = (least < program.low) | (most > program.high)
    return found


class Solver:
    """Where relaxations are solved, and on which of many columns they are looked at first.

    Where pairs are many, an optimum needs few of them: the others join when their reduced cost
    says that they might be of use, until none does.
    """

    def __init__(self, process: Process, utility: IntArray, student: IntArray) -> None:
        """``utility`` and ``student`` are of the pairs; each student's best ones are looked at first."""
        self.process = process
        order = np.lexsort((-utility, student))
        first = np.r_[True, np.diff(student[order]) != 0] if len(order) else np.zeros(0, np.bool_)
        begin = np.flatnonzero(first)
        place = np.arange(len(order)) - np.repeat(begin, np.diff(np.r_[begin, len(order)]))
        self.loose = 0.0
        """Pairs may stay out where they can add no more than this part to the bound."""
        self._active = np.ones(len(order), np.bool_)
        if len(order) > MANY_COLUMNS:
            self._active[order] = place < FIRST_COLUMNS

    def active(self, program: Program) -> BoolArray:
        """[columns] what is looked at: some pairs, and every other column."""
        active = np.ones(program.columns, np.bool_)
        active[: program.pairs] = self._active
        return active

    def add(self, pairs: IntArray) -> None:
        self._active[pairs] = True

    def look_at(self, pairs: BoolArray) -> None:
        """Look at these pairs only, until others join."""
        self._active = pairs.copy()

    def relax(self, program: Program, weight: Weight, doubtful: int | None = None) -> Relaxed:
        """Solve the linear relaxation of one goal.

        Parameters
        ----------
        doubtful
            A row without which it is known that the program can be met.

        Raises
        ------
        TimeIsUp
            Where the deadline passes.
        """
        while True:
            found = self._on_active(program, weight)
            if found.status == "infeasible":
                # Which pairs could make it feasible, and if none, why? Let rows be broken, at a price.
                if doubtful is not None:
                    broken = self.relax(*charged(program, weight, doubtful))
                else:
                    broken = self.relax(*loosened(program))
                if broken.status != "optimal":
                    return found
                if broken.x[program.columns :].sum() > WHOLE:
                    if doubtful is not None:
                        return replace(found, value=broken.value, charged=broken.duals)
                    return replace(found, against=broken.duals)
                if self._active.all():
                    return found
                again = self._on_active(program, weight)
                if again.status == "infeasible":
                    self._active[:] = True
                    continue
                found = again
            if found.status != "optimal" or not self._join(program, weight, found):
                return found

    def _on_active(self, program: Program, weight: Weight) -> Relaxed:
        view = opened(program, weight.columns.astype(np.float64), self.active(program))
        if not view.possible:
            return Relaxed("infeasible", np.zeros(program.columns), np.zeros(program.rows), 0.0)
        return whole_view(program, weight, view, self.process.ask(view.request))

    def _join(self, program: Program, weight: Weight, found: Relaxed) -> bool:
        """Look at the pairs from now on that the duals find worth it; whether there is any."""
        left = (weight.columns - program.matrix.T @ found.duals)[: program.pairs]
        least = 1e-7 * max(1.0, float(np.abs(weight.columns).max(initial=0)))
        new = np.flatnonzero(~self._active & (program.hi > program.lo)[: program.pairs] & (left > least))
        most = np.zeros(len(program.student_ids))
        np.maximum.at(most, program.student[new], left[new])
        if most.sum() <= self.loose * abs(found.value):
            return False
        order = new[np.lexsort((-left[new], program.student[new]))]
        begin = np.flatnonzero(np.r_[True, np.diff(program.student[order]) != 0])
        place = np.arange(len(order)) - np.repeat(begin, np.diff(np.r_[begin, len(order)]))
        self.add(order[place < JOIN_AT_ONCE])
        return True


def whole_view(program: Program, weight: Weight, view: Open, answer: Answer) -> Relaxed:
    """An answer on the open part as one on all columns and rows."""
    x = view.fixed.astype(np.float64)
    x[view.columns] = answer.x
    duals = np.zeros(program.rows)
    duals[view.rows] = answer.duals / view.size
    return Relaxed(answer.status, x, duals, float(weight.columns @ x))


def prove(program: Program, weight: Weight, relaxed: Relaxed) -> Proven:
    """Whole prices from the duals of an optimal relaxation, at the smallest scale that loses nothing."""
    target = weight.constant + int(np.floor(relaxed.value + WHOLE))
    best: Proven | None = None
    for scale in SCALES:
        try:
            found = _at_scale(program, weight, relaxed.duals, scale)
        except OverflowError:
            break
        if best is None or found.bound.value < best.bound.value:
            best = found
        if found.bound.value <= target:
            break
    assert best is not None
    return best


def proof_of_value(program: Program, weight: Weight, relaxed: Relaxed, value: int) -> Proven:
    """The same, but exact (not rounded down) where prices of some scale meet ``value`` exactly."""
    found = prove(program, weight, relaxed)
    if found.bound.value != value or found.bound.exact:
        return found
    for scale in SCALES:
        try:
            other = _at_scale(program, weight, relaxed.duals, scale)
        except OverflowError:
            break
        if other.bound.value == value and other.bound.exact:
            return other
    return found


def _at_scale(program: Program, weight: Weight, duals: FloatArray, scale: int) -> Proven:
    with np.errstate(over="ignore"):
        scaled = np.rint(duals * scale)
    if np.abs(scaled).max(initial=0) > 2.0**60:
        raise OverflowError("prices too large for 64 bits")
    prices = Prices(improved(program, weight, chargeable(program, scaled.astype(np.int64)), scale), scale)
    return Proven(prices, bound(program, weight, prices))


def chargeable(program: Program, prices: IntArray) -> IntArray:
    """Without prices on bounds that rows do not have."""
    nowhere = ((prices > 0) & (program.high >= FREE)) | ((prices < 0) & (program.low <= -FREE))
    return np.where(nowhere, 0, prices)


def improved(program: Program, weight: Weight, prices: IntArray, scale: int) -> IntArray:
    """The best prices of the students with one seat, given all others."""
    n, lowest = len(program.student_ids), np.iinfo(np.int64).min
    some = np.flatnonzero((program.lo < program.hi)[: program.pairs])
    single = program.high[:n] == 1
    single &= np.bincount(program.student[some], minlength=n) > 0
    prices = prices.copy()
    prices[:n][single] = 0
    left = scale * weight.columns - program.matrix.T @ prices
    most = np.full(n, lowest)
    np.maximum.at(most, program.student[some], left[some])
    most = np.where(program.low[:n] == 1, most, np.maximum(most, 0))
    prices[:n][single] = most[single]
    return prices


def loosened(program: Program) -> tuple[Program, Weight]:
    """The program with rows that may be broken, and minus the units by which they are.

    Only rows that are broken where every column is at its least: so there is always a choice.
    """
    activity = program.matrix @ program.lo
    under, over = np.flatnonzero(activity < program.low), np.flatnonzero(activity > program.high)
    wider = _may_break(program, under, over)
    cost = np.zeros(wider.columns, np.int64)
    cost[program.columns :] = -1
    return wider, Weight("", cost)


def charged(program: Program, weight: Weight, row: int) -> tuple[Program, Weight]:
    """The program with one row that may be broken, and the goal less a charge for it.

    Whatever the charge, its duals bound the goal where the row is kept; and a goal is solved many
    times as fast as the question by how much the row has to be broken (measured: 2 s for 60 s).
    """
    own = np.array([row])
    wider = _may_break(program, own[program.low[own] > -FREE], own[program.high[own] < FREE])
    charge = CHARGE * max(1, int(np.abs(weight.columns).max(initial=0)))
    extra = np.full(wider.columns - program.columns, -charge)
    return wider, Weight(weight.name, np.r_[weight.columns, extra], weight.constant)


def _may_break(program: Program, under: IntArray, over: IntArray) -> Program:
    """The program with columns by which some rows may stay below their ``low``, others above ``high``."""
    from scipy.sparse import csr_array, hstack

    rows, count = np.r_[under, over], len(under) + len(over)
    sign = np.r_[np.ones(len(under), np.int64), np.full(len(over), -1)]
    loose = csr_array((sign, (rows, np.arange(count))), shape=(program.rows, count))
    return replace(
        program,
        matrix=hstack([program.matrix, loose], format="csr"),
        lo=np.r_[program.lo, np.zeros(count, np.int64)],
        hi=np.r_[program.hi, np.full(count, 2**31)],
        extra_names=(*program.extra_names, *[("loose",)] * count),
    )


def disprove(program: Program, relaxed: Relaxed) -> Prices | None:
    """Prices that show that a relaxation holds nothing: at weight 0 they bound it below 0.

    They are made of the duals of the least by which its rows have to be broken. None where these are
    not known, or where rounding loses the proof.
    """
    if relaxed.against is None:
        return None
    nothing = Weight("", np.zeros(program.columns, np.int64))
    for scale in SCALES:
        duals = chargeable(program, np.rint(relaxed.against * scale).astype(np.int64))
        prices = Prices(improved(program, nothing, duals, scale), scale)
        if bound(program, nothing, prices).value < 0:
            return prices
    return None


def far_below(program: Program, weight: Weight, against: Prices, value: int) -> Proven | None:
    """Prices that prove at most ``value`` of a goal, from some that prove that nothing is possible."""
    nothing = Weight("", np.zeros(program.columns, np.int64))
    below = -bound(program, nothing, Prices(against.rows, 1)).value
    reach = np.maximum(np.abs(program.lo), np.abs(program.hi))
    most = exact_product(np.abs(weight.columns), reach) + abs(value) + abs(weight.constant) + 1
    times = -(-most // below)
    if times * int(np.abs(against.rows).max(initial=0)) > 2**60:
        return None
    prices = Prices(against.rows * times, 1)
    try:
        return Proven(prices, bound(program, weight, prices))
    except OverflowError:
        return None
