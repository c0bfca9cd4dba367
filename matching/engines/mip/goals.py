"""Goals one after the other, where the round is more than a network.

A goal whose bound is met exactly by prices leaves a face, as for networks; any other is kept as a
row of its own for the goals that follow.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from time import monotonic
from typing import Any

import numpy as np

from matching.constraints import Constraints
from matching.engines.highs.process import Process
from matching.engines.mip.large import optimise_large
from matching.engines.mip.nets import Nets
from matching.engines.mip.optimum import Optimum, disproof, nothing, optimise, tree_record
from matching.engines.mip.outcome import (
    NothingFeasible,
    NothingFound,
    Outcome,
    Proved,
    prices_record,
    scaled,
)
from matching.engines.mip.relax import Solver
from matching.engines.mip.several import network_prices, several_seats
from matching.pairs import Scored
from matching.problem import IntArray, Problem
from matching.program import Previous, Prices, Program, Weight, bound, face, violated, with_row
from matching.program.round import Round, round_program

LARGE_PAIRS = 10_000
"""From so many on networks come before relaxations."""


def solve_program(
    problem: Problem,
    scored: Scored,
    constraints: Constraints,
    required: IntArray,
    previous: Previous | None = None,
    *,
    reached: Callable[[Proved], None] | None = None,
    deadline: float | None = None,
    process: Process | None = None,
) -> Outcome:
    """The best seats for the goals of the policy in their order, under every side constraint.

    Parameters
    ----------
    required
        Indices of the pairs that pins require.
    previous
        Student identifier to the opportunities held before; needed by ``fewest_changes`` alone.
    reached
        Called with each goal's proof as soon as there is one. It may raise, which ends the solve.
    deadline
        A time of ``time.monotonic()``; by default ``policy.solver.time_limit_seconds`` from now.
    process
        Where to solve, with a deadline of its own; by default a new one, ended afterwards.

    Raises
    ------
    NothingFeasible
        Where no choice of pairs keeps to everything that is required.
    NothingFound
        Where time was up before it was known whether there is one.
    """
    # Writing the rows is part of the time.
    with _process(problem, deadline, process) as solver:
        round_ = round_program(problem, scored, constraints, required, previous)
        nets = Nets(constraints.limits) if _is_large(round_, constraints) else None
        goals = _Goals(round_, solver, reached, nets)
        if nets is None and round_.program.pairs > LARGE_PAIRS:
            seats = several_seats(round_.program, constraints, round_.utility)
            goals.start_from(seats, constraints.capacity)
        return goals.run(problem.policy.goals)


def feasible(
    problem: Problem,
    scored: Scored,
    constraints: Constraints,
    required: IntArray,
    *,
    deadline: float | None = None,
    process: Process | None = None,
) -> IntArray:
    """Some choice of pairs that keeps to everything that is required (``floors`` apart).

    For the search of what conflicts: a round with some of its constraints taken out or loosened.

    Returns
    -------
    array
        Indices of the pairs, ascending.

    Raises
    ------
    NothingFeasible
        Where there is none; with the proof.
    NothingFound
        Where time was up.
    """
    with _process(problem, deadline, process) as solver:
        round_ = round_program(problem, scored, constraints, required)
        nets = Nets(constraints.limits) if _is_large(round_, constraints) else None
        goals = _Goals(round_, solver, None, nets)
        return np.flatnonzero(goals.some_choice()[: round_.program.pairs])


def _process(
    problem: Problem, deadline: float | None, given: Process | None
) -> AbstractContextManager[Process]:
    if given is not None:
        return nullcontext(given)
    if deadline is None:
        deadline = monotonic() + problem.policy.solver.time_limit_seconds
    return Process(deadline)


def _is_large(round_: Round, constraints: Constraints) -> bool:
    """Whether a relaxation costs much more than the networks that can stand in for it."""
    return round_.program.pairs > LARGE_PAIRS and bool((constraints.capacity <= 1).all())


class _Goals:
    """The state between goals: what is still open, and the best choice so far."""

    def __init__(
        self,
        round_: Round,
        process: Process,
        reached: Callable[[Proved], None] | None,
        nets: Nets | None,
    ) -> None:
        self._round, self._reached, self._nets = round_, reached, nets
        program = round_.program
        self._solver = Solver(process, round_.utility, program.student)
        self.program = round_.program
        self.x: IntArray | None = None
        self._process = process
        self._several: IntArray | None = None  # seats a student may hold, where a large round has several
        process.overdue = False
        self._found: dict[str, Optimum] = {}
        self._exact: list[tuple[Weight, Prices]] = []
        self._after: list[Weight] = []  # the sums among the goals that follow

    def start_from(self, chosen: IntArray, capacity: IntArray) -> None:
        """Take a choice of pairs for a start, if it breaks no row; bounds by networks come first then."""
        self.x = self._check(chosen)
        self._several = capacity

    def run(self, names: Sequence[str]) -> Outcome:
        proofs: list[Proved] = []
        programs: list[tuple[Program, int]] = []
        while len(proofs) < len(names):
            place = len(proofs)
            self._after = [self._round.weights[n] for n in names[place + 1 :] if n != "worst_utility"]
            programs[place:] = [(self.program, len(self._exact))]
            proofs.append(self._goal(names[place]))
            if self._reached:
                self._reached(proofs[-1])
            better = self._better(proofs)
            if better is not None:
                # What was looked for later is better for an earlier goal that had a gap: from there again.
                self.program, exact = programs[better]
                del self._exact[exact:], proofs[better:]
        chosen = np.flatnonzero(self.some_choice()[: self.program.pairs])
        closed = all(proof.closed for proof in proofs) and not self._process.overdue
        return Outcome(chosen, tuple(proofs), "optimal" if closed else "feasible")

    def _goal(self, name: str) -> Proved:
        if name == "worst_utility":
            return self._worst_utility()
        weight = self._round.weights[name]
        found = self._found.get(name)
        # A bound holds as long as the values before it do, and goals before are not come back to.
        return self._sum(weight) if found is None else self._keep(weight, replace(found, x=self.x))

    def _better(self, proofs: Sequence[Proved]) -> int | None:
        """The first goal of which the choice at hand reaches more than was written down."""
        if self.x is None:
            return None
        for place, proof in enumerate(proofs):
            worst = proof.name == "worst_utility"
            value = self._worst_of(self.x) or 0 if worst else self._round.weights[proof.name].value(self.x)
            if value > proof.value:
                for later in proofs[place + 1 :]:
                    self._found.pop(later.name, None)
                return place
        return None

    def some_choice(self) -> IntArray:
        """A choice within all rows."""
        if self.x is None:
            weight = Weight("", np.zeros(self.program.columns, np.int64))
            found = self._best(weight)
            if found.x is None:
                raise self._nothing(found)
            self.x = found.x
        return self.x

    def _nothing(self, found: Optimum) -> Exception:
        proof = disproof(self.program, self._solver, self._check)
        if not found.impossible and proof is None:
            return NothingFound("the time was up before a feasible choice was found")
        return NothingFeasible(proof)

    # --- goals that are sums ---------------------------------------------------------------------

    def _sum(self, weight: Weight) -> Proved:
        known = self._known(weight)
        if known is not None:
            assert self.x is not None
            return self._keep(weight, Optimum(self.x, known, None, False))
        found = self._best(weight)
        if found.x is None:
            raise self._nothing(found)
        self.x = found.x
        return self._keep(weight, found)

    def _best(self, weight: Weight) -> Optimum:
        # Half of the time that is left is for the goals that follow; not where nothing is found yet.
        # The first choice of a large round is one for all of its goals.
        at_once = not self._after or (self._nets is not None and self.x is None)
        for share in (1.0,) if at_once else (0.5, 1.0):
            with self._solver.process.within(share):
                found = self._optimum(weight)
            if found.x is not None or found.impossible:
                break
        return found

    def _optimum(self, weight: Weight) -> Optimum:
        best = self.x
        if self._nets is not None:
            goals = [weight, *self._after]
            found = optimise_large(self.program, goals, self._nets, self._solver, self._check, best)
            if found is not None and not _to_be_exact(self.program, weight, found):
                return found
            best = found.x if found is not None else best
        if self._several is None:
            return optimise(self.program, weight, self._solver, self._check, best)
        prices = network_prices(self.program, weight, self._several)
        limit = bound(self.program, weight, prices).value
        if best is not None and limit == weight.value(best):
            return Optimum(best, prices)
        found = optimise(self.program, weight, self._solver, self._check, best)
        return (
            found
            if bound(self.program, weight, found.prices).value <= limit
            else replace(found, prices=prices, tree=None)
        )

    def _check(self, chosen: IntArray) -> IntArray | None:
        return self._within(self.program, chosen)

    def _within(self, program: Program, chosen: IntArray) -> IntArray | None:
        """What the choice of some pairs makes of all columns, None where a row is broken."""
        x = self._round.complete(chosen)
        return None if len(violated(program, x)) else x

    def _known(self, weight: Weight) -> Prices | None:
        """Prices that need no solve: the goal is worth the same for every choice that is left."""
        if self.x is None:
            return None
        candidates = [nothing(self.program)]
        for other, prices in self._exact:
            times = _multiple(weight.columns, other.columns)
            if times is not None:
                longer = np.zeros(self.program.rows, np.int64)
                longer[: len(prices.rows)] = prices.rows * times
                candidates.append(Prices(longer, prices.scale))
        for prices in candidates:
            found = bound(self.program, weight, prices)
            if found.exact and found.value == weight.value(self.x):
                return prices
        return None

    def _keep(self, weight: Weight, found: Optimum) -> Proved:
        """Record the proof, and restrict what is left for the goals that follow."""
        assert found.x is not None
        value, program = weight.value(found.x), self.program
        self._found[weight.name] = found
        tree, prices = found.tree, found.prices
        if tree is not None and tree.bound < bound(program, weight, prices).value:
            proof = Proved(weight.name, value, tree.bound, tree_record(program, tree))
        else:
            proven = bound(program, weight, prices)
            record = {"prices": prices_record(program, prices)}
            if proven.value == value and not proven.exact:
                record = {"cases": record}  # the face needs prices that lose nothing
            proof = Proved(weight.name, value, proven.value, scaled(record, prices.scale))
            if proven.value == value and proven.exact:
                self.program = face(program, proven, prices)
                self._exact.append((weight, prices))
                return proof
        self.program = with_row(program, ("goal", weight.name), weight.columns, value - weight.constant)
        return proof

    # --- the worst utility -----------------------------------------------------------------------

    def _worst_utility(self) -> Proved:
        """The largest least utility: how far up can pairs be closed from below with a seat left?"""
        self.some_choice()
        utility = self._round.utility
        levels = np.unique(utility[self.program.hi[: self.program.pairs] > 0])
        held = self._worst_of(self.x)
        reached = int(np.searchsorted(levels, held, "right")) if held is not None else 0
        first_failed, proof = len(levels), self._no_seat_above(levels[-1:])
        while reached < first_failed:
            middle = (reached + first_failed) // 2
            x, against = self._seats_from(int(levels[middle]))
            if x is not None:
                self.x = x
                worst = self._worst_of(x)
                assert worst is not None
                reached = int(np.searchsorted(levels, worst, "right"))
            elif against is not None:
                first_failed, proof = middle, against
            else:
                break  # neither found nor disproved
        value = self._worst_of(self.x) or 0
        limit = int(levels[first_failed - 1]) if first_failed else 0
        self._close_below(value)
        return Proved("worst_utility", value, limit, proof)

    def _worst_of(self, x: IntArray | None) -> int | None:
        assert x is not None
        chosen = np.flatnonzero(x[: self.program.pairs])
        return int(self._round.utility[chosen].min()) if len(chosen) else None

    def _no_seat_above(self, top: IntArray) -> dict[str, Any]:
        """The proof that no pair is worth more than the most: there is none."""
        if not len(top):
            return {}
        return {"prices": prices_record(self.program, nothing(self.program))}

    def _seats_from(self, level: int) -> tuple[IntArray | None, dict[str, Any] | None]:
        """A choice with a seat whose pairs are all worth ``level`` or more, or why there is none."""
        program = self._closed_below(level)
        if (program.lo > program.hi).any():  # a pair that is held for good is worth less
            return None, {"prices": prices_record(program, nothing(program))}
        columns = np.zeros(program.columns, np.int64)
        columns[: program.pairs] = self._round.utility >= level
        weight = Weight("worst_utility", columns)
        found = optimise(
            program, weight, self._solver, lambda chosen: self._within(program, chosen), enough=1
        )
        if found.x is not None and weight.value(found.x) > 0:
            return found.x, None
        if found.tree is not None and found.tree.bound < 1:
            return None, tree_record(program, found.tree)
        if bound(program, weight, found.prices).value < 1:
            record = {"prices": prices_record(program, found.prices)}
            return None, scaled(record, found.prices.scale)
        return None, None

    def _closed_below(self, level: int) -> Program:
        low = np.zeros(self.program.columns, np.bool_)
        low[: self.program.pairs] = self._round.utility < level
        return replace(self.program, hi=np.where(low, 0, self.program.hi))

    def _close_below(self, value: int) -> None:
        if value <= 0:
            return
        self.program = self._closed_below(value)
        columns = np.zeros(self.program.columns, np.int64)
        columns[: self.program.pairs] = 1
        self.program = with_row(self.program, ("goal", "worst_utility"), columns, 1)


def _to_be_exact(program: Program, weight: Weight, found: Optimum) -> bool:
    """How many can be placed is told exactly, so a gap there is worth a search."""
    assert found.x is not None
    limit = bound(program, weight, found.prices).value
    return weight.name == "placed" and limit != weight.value(found.x)


def _multiple(some: IntArray, other: IntArray) -> int | None:
    """The whole factor by which one goal counts more than another, None where there is none."""
    used = np.flatnonzero(other)
    if not len(used):
        return None
    times = int(some[used[0]]) // int(other[used[0]])
    return times if times and np.array_equal(some, times * other) else None
