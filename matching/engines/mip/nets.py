"""Large rounds: a network with nested limits carries most of them, multipliers carry the rest.

A network is solved in a fraction of the time of its linear program, with whole seats and whole
prices. So limits that nest stay in the network; every other row has a price of its own, folded into
the weights of its pairs, which rises for as long as the seats break that row. Cohorts that the seats
leave too small are decided, the fullest to run and the emptiest not to, and the network is solved
again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from matching.constraints import LimitSet
from matching.engines.mip.relax import chargeable
from matching.engines.nesting import Innermost
from matching.engines.network import UNPLACED, CannotMeet, Face, Network, best
from matching.engines.prices import recover
from matching.problem import BoolArray, FloatArray, IntArray
from matching.program import Prices, Program, Weight

MOST_DECISIONS = 24
MOST_STEPS = 8
FINE_SCALE = 60
COARSE = 10_000
"""A weight that is so large needs no prices in parts of it."""
FAR_STEP = 10_000
"""How much the prices of broken rows rise at first."""


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """The rows of a program that a network holds, and those that prices have to carry."""

    limits: tuple[LimitSet, ...]
    rows: IntArray  # the row of each limit
    left: IntArray  # the other side rows


@dataclass(frozen=True, slots=True, eq=False)
class Solved:
    """Seats of a network: the best choice at the prices of what it does not hold."""

    network: Network
    face: Face
    worth: IntArray  # [p]
    seat: IntArray  # [n]
    given: IntArray  # [rows] prices of the rows that are left
    scale: int

    @property
    def chosen(self) -> IntArray:
        """Pairs, ascending."""
        return np.sort(self.seat[self.seat != UNPLACED])

    @property
    def value(self) -> int:
        """What the choice is worth at the prices."""
        return int(self.worth[self.chosen].sum())

    def prices(self, program: Program) -> Prices:
        """A price on every row of the program."""
        n, nesting = len(program.student_ids), self.network.nesting
        found = recover(self.network, self.face, self.worth, self.seat)
        every = self.given.copy()
        every[:n] = found.students
        every[n : program.first_side] = found.opportunities
        for name, price in zip(nesting.names, found.rows.tolist(), strict=True):
            if name[1] == "row":
                every[int(name[2])] = price
        return Prices(chargeable(program, every), self.scale)


@dataclass(frozen=True, slots=True, eq=False)
class Packed:
    """Two goals as one weight, the first far above the later one, and what a relaxation told."""

    weight: Weight
    later: Weight | None
    duals: FloatArray | None = None  # [rows]


class Nets:
    """The networks of one round whose students hold one seat at most."""

    def __init__(self, limits: Sequence[LimitSet]) -> None:
        self._limits = limits
        self.packed: Packed | None = None
        """What the first choice was found with."""

    def split(self, program: Program) -> Split:
        """Which limits nest, given what the goals before have left of the program."""
        students = len(program.student_ids)
        everybody = LimitSet("goal", "", 0, students, False, True, np.arange(students))
        by_name = {(limit.scope, limit.id): limit for limit in self._limits}
        found: list[LimitSet] = []
        others = np.r_[program.first_side : program.about_runs.start, program.about_runs.stop : program.rows]
        for row in others.tolist():
            name = program.row_name(row)
            begin, end = program.matrix.indptr[row], program.matrix.indptr[row + 1]
            columns = program.matrix.indices[begin:end]
            if name[0] in ("limit", "floor"):
                limit = by_name[name[1], name[2]]
            elif len(columns) == program.pairs and (program.matrix.data[begin:end] == 1).all():
                limit = everybody  # an earlier goal that counts every seat
            else:
                continue
            extra = columns[columns >= program.pairs]
            if (program.lo[extra] < program.hi[extra]).any():
                continue
            made_up = int(program.lo[extra].sum())
            low, high = (
                max(0, int(program.low[row]) - made_up),
                min(int(program.high[row]) - made_up, len(program.student_ids)),
            )
            found.append(LimitSet("row", str(row), low, high, False, limit.of_students, limit.members))
        taken = Innermost(students, len(program.opportunity_ids))
        found.sort(key=lambda limit: -len(limit.members))
        held = tuple(limit for place, limit in enumerate(found) if len(taken.take(limit, place)) <= 1)
        rows = np.array([int(limit.id) for limit in held], np.int64)
        return Split(held, rows, np.setdiff1d(others, rows))

    def solve(
        self,
        program: Program,
        split: Split,
        weight: Weight,
        prices: IntArray,
        runs: IntArray | None = None,
        closed: IntArray | None = None,
        among: BoolArray | None = None,
    ) -> Solved | None:
        """The best seats at some prices of the rows that are left.

        Parameters
        ----------
        prices
            [rows] at ``scale_of(weight)``; 0 except where left.
        runs, closed
            Opportunities that have to run as cohorts, and those that are not to.
        among
            [p] which pairs are looked at; all, where not given.

        Returns
        -------
        Solved or None
            None where the network cannot be met.
        """
        n, m = len(program.student_ids), len(program.opportunity_ids)
        decided = (
            []
            if runs is None
            else [
                LimitSet("runs", str(o), int(program.cohorts[o]), n, False, False, np.array([o]))
                for o in runs.tolist()
            ]
        )
        own = slice(n, n + m)
        seats = program.high[own].copy()
        open_pairs = (program.hi > 0)[: program.pairs]
        if among is not None:
            open_pairs = open_pairs & among
        if closed is not None and len(closed):
            shut = np.zeros(m, np.bool_)
            shut[closed] = True
            open_pairs = open_pairs & ~shut[program.opportunity]
        network = Network(program.student, program.opportunity, seats, n, (*split.limits, *decided))
        nesting = network.nesting
        nothing = np.zeros(len(nesting), np.int64)
        full = (program.low[own] == seats) & (seats > 0)
        face = Face(open_pairs, program.low[:n] > 0, full, nesting.low, nesting.high, nothing, nothing)
        scale = scale_of(weight)
        worth = (scale * weight.columns - program.matrix.T @ prices)[: program.pairs]
        try:
            seat = best(network, face, worth)
        except CannotMeet:
            return None
        return Solved(network, face, worth, seat, prices, scale)

    def decide(
        self,
        program: Program,
        weight: Weight,
        prices: IntArray,
        offer: Callable[[IntArray], object],
        first_step: int,
    ) -> None:
        """Offer choices near the best at these prices, ever closer to keeping every row.

        Parameters
        ----------
        offer
            Takes pairs in which every cohort is large enough; other rows may be broken.
        """
        split = self.split(program)
        m = len(program.opportunity_ids)
        runs, closed = np.zeros(m, np.bool_), np.zeros(m, np.bool_)
        steps = _Steps(program, split.left, scale_of(weight) * first_step)
        left = MOST_STEPS
        for _ in range(MOST_DECISIONS):
            solved = self.solve(program, split, weight, prices, np.flatnonzero(runs), np.flatnonzero(closed))
            if solved is None:
                if not runs.any():
                    return
                closed, runs = closed | runs, np.zeros(m, np.bool_)
                continue
            filled = np.bincount(program.opportunity[solved.chosen], minlength=m)
            small = (filled > 0) & (filled < program.cohorts)
            if small.any():
                share = filled / np.maximum(program.cohorts, 1)
                # The clearest third first: what is decided moves students into the others.
                away = np.abs(share - 0.5)
                clear = small & (away >= np.quantile(away[small], 0.6))
                runs |= clear & (share >= 0.5)
                closed |= clear & (share < 0.5)
                continue
            # A choice that is feasible but misses floors is one to improve on.
            offer(solved.chosen)
            left -= 1
            if not left or not steps.against(solved.chosen, prices):
                return
            prices = steps.prices


class _Steps:
    """Raises the prices of rows that seats break, faster while they stay broken."""

    def __init__(self, program: Program, rows: IntArray, first: int) -> None:
        self._program, self._rows = program, rows
        self._step = np.full(len(rows), max(1, first))
        self.prices = np.zeros(program.rows, np.int64)

    def against(self, chosen: IntArray, prices: IntArray) -> bool:
        """Set prices further against what the choice breaks; whether it breaks anything."""
        x = np.zeros(self._program.columns, np.int64)
        x[chosen] = 1
        activity = (self._program.matrix @ x)[self._rows]
        over = activity > self._program.high[self._rows]
        under = activity < self._program.low[self._rows]
        self.prices = prices.copy()
        self.prices[self._rows] += self._step * (over.astype(np.int64) - under)
        self._step = np.where(over | under, self._step * 3 // 2, self._step)
        return bool((over | under).any())


def scale_of(weight: Weight) -> int:
    """The scale of the prices of a goal."""
    return 1 if int(np.abs(weight.columns).max(initial=0)) >= COARSE else FINE_SCALE
