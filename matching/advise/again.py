"""Solving a round again with something different: how every piece of advice is verified."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from matching.components import solve_parts
from matching.constraints import constraints
from matching.eligibility import eligible_pairs
from matching.engines.flow import CannotHold, Warm, goal_by_goal
from matching.engines.goal import Proof
from matching.engines.network import UNPLACED, Network
from matching.fit import score
from matching.goals import weighted_goals
from matching.pairs import Scored
from matching.pins import required_pairs
from matching.problem import BoolArray, IntArray, Problem
from matching.solve import Infeasible, NothingYet, solve

TRIES, TRIES_BY_PROGRAM = 5, 2
"""Pieces of advice of a kind that are solved: of a network, and of a round with side constraints."""

SECONDS_BY_PROGRAM = 20.0
"""The longest that one of the latter may take; what is not proved by then is told as far as it is."""


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What solving came to.

    ``bounds`` are what the goals reach at most, each where those before it keep their values; all
    of them are reached where it is ``optimal``. ``proofs`` (and the ``network`` they are of) are
    there where a flow solved it.
    """

    placed: BoolArray  # [n]
    goals: tuple[tuple[str, int], ...]
    bounds: tuple[int, ...]
    optimal: bool
    network: Network | None = None
    proofs: tuple[Proof, ...] = ()
    held: IntArray | None = None  # [n] where each student is, ``UNPLACED`` where nowhere; with ``proofs``

    @property
    def warm(self) -> Warm | None:
        """A start for a network of the same pairs: five times as fast at 10,000 students.

        None where nothing but the seats says how many are placed: another choice of equal value
        may place fewer.
        """
        if self.held is None or "placed" not in dict(self.goals):
            return None
        return Warm(self.held, self.proofs)

    @property
    def count(self) -> int:
        return int(self.placed.sum())

    @property
    def utility(self) -> int:
        """Of the goal ``utility``; 0 where it is none."""
        return dict(self.goals).get("utility", 0)

    def students_above(self, other: Outcome) -> int | None:
        """How many students more than another this places, as far as that is certain.

        Where one of the two is not optimal it is what this exceeds the other's bound by, so at
        least so many; None where it does not.
        """
        if self.optimal and other.optimal:
            return self.count - other.count
        if other.goals[0][0] != "placed":
            return None
        more = self.count - other.bounds[0]
        return more if more > 0 else None

    def utility_above(self, other: Outcome) -> int | None:
        """The utility more than another's; None where it is not certain."""
        return self.utility - other.utility if self.optimal and other.optimal else None


@dataclass(frozen=True, slots=True, eq=False)
class Round:
    """A round with its pairs, to be asked what would be if."""

    problem: Problem
    scored: Scored
    is_network: bool

    @classmethod
    def of(cls, problem: Problem) -> Round:
        """The round without ``fewest_changes``: what would be best is asked, not what is near."""
        kept = tuple(goal for goal in problem.policy.goals if goal != "fewest_changes")
        policy = replace(problem.policy, goals=kept or ("placed",))
        plain = replace(problem, policy=policy)
        scored = score(plain, eligible_pairs(plain))
        return cls(plain, scored, constraints(plain, scored.pairs).is_network)

    @property
    def tries(self) -> int:
        """How many pieces of advice of a kind are worth their time."""
        return TRIES if self.is_network else TRIES_BY_PROGRAM

    def solved(self) -> Outcome:
        """The best result: of a network with its proofs, of any other round by the program.

        Raises
        ------
        Infeasible, NothingYet
            As for ``solve``.
        """
        try:
            return self._by_flow() if self.is_network else _by_program(self.problem)
        except CannotHold:
            return _by_program(self.problem)  # names what conflicts

    def tried(self, near: Outcome | None = None) -> Outcome | None:
        """What would be, asked within SECONDS_BY_PROGRAM; None where there is no answer.

        Parameters
        ----------
        near
            Of a round with the same pairs, to start from.
        """
        policy = self.problem.policy
        limit = min(policy.solver.time_limit_seconds, SECONDS_BY_PROGRAM)
        policy = replace(policy, solver=replace(policy.solver, time_limit_seconds=limit))
        try:
            if self.is_network:
                return self._by_flow(near.warm if near else None)
            return _by_program(replace(self.problem, policy=policy))
        except (CannotHold, Infeasible, NothingYet):
            return None

    def _by_flow(self, warm: Warm | None = None) -> Outcome:
        problem, pairs = self.problem, self.scored.pairs
        limits = constraints(problem, pairs).limits
        n = len(problem.students)
        network = Network(pairs.student, pairs.opportunity, problem.opportunities.seats, n, limits)
        goals = weighted_goals(problem, self.scored)
        required = required_pairs(problem, pairs)
        if warm:
            seat, proofs = goal_by_goal(network, goals, required, warm=warm)
        else:
            seat, proofs = solve_parts(network, goals, required)
        values = tuple((proof.goal.name, proof.value) for proof in proofs)
        bounds = tuple(proof.bound for proof in proofs)
        held = np.full(n, UNPLACED)
        held[seat != UNPLACED] = pairs.opportunity[seat[seat != UNPLACED]]
        return Outcome(seat != UNPLACED, values, bounds, True, network, proofs, held)

    def with_seats(self, seats: IntArray) -> Round:
        """The same pairs and other numbers of seats."""
        opportunities = replace(self.problem.opportunities, seats=seats)
        return Round(replace(self.problem, opportunities=opportunities), self.scored, self.is_network)


def _by_program(problem: Problem) -> Outcome:
    result = solve(problem)
    placed = np.zeros(len(problem.students), np.bool_)
    placed[result.student] = True
    bounds = tuple(
        value if bound is None else bound
        for (_, value), bound in zip(result.goals, result.bounds, strict=True)
    )
    return Outcome(placed, tuple(result.goals), bounds, result.status == "optimal")
