"""One goal of a large round: a network says which pairs matter, a relaxation over these says the rest.

A network over all pairs is solved in less time than a linear program over a tenth of them, with whole
seats and whole prices. So it comes first, without what it cannot hold; the relaxation looks at the pairs
that are nearly worth their prices there. Cohorts that the relaxation has run in part are decided one
by one, either way tried with a network, and some cases are looked into where that leaves a gap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from matching.engines.highs.process import TimeIsUp
from matching.engines.mip.cases import Node, Search, whole_choice
from matching.engines.mip.nets import FAR_STEP, Nets, Packed, Solved, Split, scale_of
from matching.engines.mip.optimum import Check, Optimum
from matching.engines.mip.relax import WHOLE, Proven, Relaxed, Solver, chargeable, proof_of_value, prove
from matching.engines.mip.whole import choose
from matching.problem import BoolArray, IntArray
from matching.program import Prices, Program, Weight, bound, cohort_columns

NEAR_COLUMNS = 3
"""Pairs a student that the first relaxation looks at: those with the best reduced costs."""
LOOSE = 1e-5
"""Where pairs that are not looked at can add so small a part to the bound, they stay out."""
LOOSE_TOGETHER = 1e-3
"""The same for two goals as one weight: only prices of rows that no network holds are taken from it."""
MOST_DECISIONS = 40
APART = 2_000
"""How far a goal outweighs the next one where a choice is only looked for, not proved."""
LARGE_NODES = 60
"""Cases that are looked into where there is a gap: each costs a relaxation."""


class _Best:
    """The best choice so far, by the goals that are still to come in their order."""

    def __init__(self, goals: Sequence[Weight], check: Check, start: IntArray | None) -> None:
        self._goals, self._check = goals, check
        self.x = start

    def offer(self, chosen: IntArray) -> bool:
        x = self._check(chosen)
        if x is None:
            return False
        if self.x is None or self._worth(x) > self._worth(self.x):
            self.x = x
        return True

    def checked(self, chosen: IntArray) -> IntArray | None:
        return self._check(chosen)

    def _worth(self, x: IntArray) -> tuple[int, ...]:
        return tuple(goal.value(x) for goal in self._goals)


def optimise_large(
    program: Program,
    goals: Sequence[Weight],
    nets: Nets,
    solver: Solver,
    check: Check,
    start: IntArray | None,
) -> Optimum | None:
    """The first of ``goals``; the others break ties among the choices that are found.

    Returns
    -------
    Optimum or None
        None where no choice is found this way.
    """
    weight, best = goals[0], _Best(goals, check, start)
    split = nets.split(program)
    if best.x is None:
        _first_choice(program, goals, nets, split, solver, best)
        if best.x is None:
            return None
    proven: Proven | None = None
    tree: Node | None = None
    try:
        proven = _by_network(program, weight, nets, split, solver, best.x)
        if proven is None or weight.value(best.x) < proven.bound.value:
            proven, tree = _by_relaxation(program, weight, nets, split, solver, best, proven)
    except TimeIsUp:
        pass
    return Optimum(best.x, proven.prices, tree) if proven is not None else None


def _by_relaxation(
    program: Program,
    weight: Weight,
    nets: Nets,
    split: Split,
    solver: Solver,
    best: _Best,
    known: Proven | None,
) -> tuple[Proven | None, Node | None]:
    """A lower bound and better choices, as far as time and cases allow."""
    proven, tree = known, None
    try:
        solver.loose = LOOSE
        relaxed = solver.relax(program, weight)
        if relaxed.status != "optimal":
            return known, None
        again = prove(program, weight, relaxed)
        proven = again if known is None or again.bound.value < known.bound.value else known
        chosen = whole_choice(program, relaxed.x)
        if chosen is not None:
            best.offer(chosen)
        assert best.x is not None
        if weight.value(best.x) < proven.bound.value:
            _dive(program, weight, nets, split, solver, relaxed, best)
        value = weight.value(best.x)
        if value == again.bound.value:
            return proof_of_value(program, weight, relaxed, value), None
        if value < proven.bound.value:
            search = Search(program, weight, solver, best.checked)
            search.start_from(best.x)
            tree = search.run(relaxed, again, LARGE_NODES)
            best.x = search.best
    except TimeIsUp:
        pass
    return proven, tree


def _first_choice(
    program: Program, goals: Sequence[Weight], nets: Nets, split: Split, solver: Solver, best: _Best
) -> None:
    """Some choice, good for the first goals together; if none is found so, one by rising prices."""
    packed = _packed(goals)
    together = packed.weight
    try:
        _by_network(program, together, nets, split, solver)
        solver.loose = LOOSE_TOGETHER
        relaxed = solver.relax(program, together)
        if relaxed.status == "optimal":
            nets.packed = replace(packed, duals=relaxed.duals)
            _dive(program, together, nets, split, solver, relaxed, best)
    except TimeIsUp:
        pass
    if best.x is None:
        nets.decide(program, together, np.zeros(program.rows, np.int64), best.offer, FAR_STEP)


def _by_network(
    program: Program,
    weight: Weight,
    nets: Nets,
    split: Split,
    solver: Solver,
    x: IntArray | None = None,
) -> Proven | None:
    """What a network proves; its best pairs are looked at from here on."""
    if solver.process.out_of_time():
        raise TimeIsUp
    solved = nets.solve(program, split, weight, _suited(program, weight, nets, split, x))
    if solved is None:
        return None
    none = Prices(np.zeros(program.rows, np.int64))
    proofs = [
        Proven(prices, bound(program, weight, prices)) for prices in (_smaller(solved.prices(program)), none)
    ]
    found = min(proofs, key=lambda proven: proven.bound.value)
    reduced = proofs[0].bound.reduced[: program.pairs]
    count = min(NEAR_COLUMNS * len(program.student_ids), len(reduced))
    near = reduced >= np.partition(reduced, len(reduced) - count)[len(reduced) - count]
    near[solved.chosen] = True
    if x is not None:
        near |= x[: program.pairs] > 0
    solver.look_at(near)
    return found


def _suited(program: Program, weight: Weight, nets: Nets, split: Split, x: IntArray | None) -> IntArray:
    """[rows] prices of the rows that no network holds, as far as they are known.

    Where a relaxation of the goal behind another was solved before, they are its duals. Else a
    choice tells some: a column neither at its least nor at its most is worth what its row charges.
    """
    prices = np.zeros(program.rows, np.int64)
    if x is None:
        return prices
    packed = nets.packed
    if packed is not None and packed.duals is not None and packed.later is weight:
        for rows in (split.left[split.left < len(packed.duals)], np.r_[program.about_runs]):
            prices[rows] = np.rint(scale_of(weight) * packed.duals[rows]).astype(np.int64)
        return chargeable(program, prices)
    inside = (program.lo < x) & (x < program.hi) & (weight.columns != 0)
    inside[: program.pairs] = False
    for row in split.left.tolist():
        begin, end = program.matrix.indptr[row], program.matrix.indptr[row + 1]
        columns = program.matrix.indices[begin:end]
        own = np.flatnonzero(inside[columns])
        if len(own) and program.matrix.data[begin + own[0]] == 1:
            prices[row] = scale_of(weight) * weight.columns[columns[own[0]]]
    return chargeable(program, prices)


def _smaller(prices: Prices) -> Prices:
    """The same prices in whole units, where they are."""
    if prices.scale == 1 or (prices.rows % prices.scale).any():
        return prices
    return Prices(prices.rows // prices.scale, 1)


def _packed(goals: Sequence[Weight]) -> Packed:
    """The first goal, far above the next one that pairs count for: to look for choices."""
    first = goals[0]
    most = int(np.abs(first.columns).max(initial=1)) or 1
    for later in goals[1:]:
        size = int(np.abs(later.columns).max(initial=0))
        if size and (later.columns > 0).any():
            apart = min(APART * size, 2**40 // most)
            return Packed(Weight(first.name, apart * first.columns + later.columns), later)
    return Packed(first, None)


def _dive(
    program: Program,
    weight: Weight,
    nets: Nets,
    split: Split,
    solver: Solver,
    relaxed: Relaxed,
    best: _Best,
) -> None:
    """Offer a choice near the relaxation: cohorts as there, and where it is in two minds, one by one.

    Raises
    ------
    TimeIsUp
    """
    dive = _Dive(program, weight, nets, split, solver, relaxed)
    solved = dive.decided()
    if solved is None:
        return
    if not best.offer(solved.chosen):
        # Rows that a network does not hold: the cohorts as they are, and whole seats by HiGHS.
        part = _with_cohorts(program, dive.runs, dive.closed)
        seconds = solver.process.seconds_left / 2
        found = choose(part, weight, solver.process, among=solver.active(program), seconds=seconds)
        if found.chosen is not None:
            best.offer(found.chosen)


class _Dive:
    """Decides cohorts."""

    def __init__(
        self,
        program: Program,
        weight: Weight,
        nets: Nets,
        split: Split,
        solver: Solver,
        relaxed: Relaxed,
    ) -> None:
        self._program, self._weight, self._nets, self._split = program, weight, nets, split
        self._solver = solver
        scale = scale_of(weight)
        prices = np.zeros(program.rows, np.int64)
        prices[split.left] = np.rint(scale * relaxed.duals[split.left]).astype(np.int64)
        self._prices = chargeable(program, prices)
        share = np.zeros(len(program.opportunity_ids))
        np.maximum.at(share, program.opportunity, relaxed.x[: program.pairs])
        cohort = np.zeros(len(share), np.bool_)
        cohort[cohort_columns(program)[0]] = True
        self.runs = cohort & (share >= 1 - WHOLE)
        self.closed = cohort & (share <= WHOLE)

    def _solved(self, runs: BoolArray, closed: BoolArray) -> Solved | None:
        if self._solver.process.out_of_time():
            raise TimeIsUp
        return self._nets.solve(
            self._program,
            self._split,
            self._weight,
            self._prices,
            np.flatnonzero(runs),
            np.flatnonzero(closed),
            self._solver.active(self._program)[: self._program.pairs],
        )

    def decided(self) -> Solved | None:
        """The best choice at the prices of the relaxation, in which every cohort is none or large enough."""
        solved, m = self._solved(self.runs, self.closed), len(self.runs)
        for _ in range(MOST_DECISIONS):
            if solved is None:
                return None
            filled = np.bincount(self._program.opportunity[solved.chosen], minlength=m)
            small = np.flatnonzero((filled > 0) & (filled < self._program.cohorts))
            if not len(small):
                return solved
            solved = self._decide(int(small[np.argmax(filled[small] / self._program.cohorts[small])]))
        return None

    def _decide(self, opportunity: int) -> Solved | None:
        """Have it run, or not, whichever leaves more."""
        one = np.zeros(len(self.runs), np.bool_)
        one[opportunity] = True
        running = self._solved(self.runs | one, self.closed)
        without = self._solved(self.runs, self.closed | one)
        if running is None or (without is not None and without.value >= running.value):
            self.closed |= one
            return without
        self.runs |= one
        return running


def _with_cohorts(program: Program, runs: BoolArray, closed: BoolArray) -> Program:
    """The program with cohorts that run, and some that do not."""
    n = len(program.student_ids)
    own = slice(n, n + len(runs))
    low, high = program.low.copy(), program.high.copy()
    low[own] = np.where(runs, np.maximum(low[own], program.cohorts), low[own])
    high[own] = np.where(closed, 0, high[own])
    return replace(program, low=low, high=high)
