"""Goals one after the other, each the optimum of what the goals before it leave open.

Two goals are never packed into one number: that number would not fit an integer at size, and the
proof would be of the sum. After each goal the pairs that cost more than their weight are dropped
and the nodes with a price become tight: by complementary slackness exactly the optimal choices
remain, and they are a network again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from matching.engines.network import UNPLACED, Face, Network, best, first_face, most_placed
from matching.engines.prices import Prices, no_prices, recover
from matching.problem import IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Goal:
    """Something to be as large as can be: the sum of ``weight`` over the chosen pairs."""

    name: str
    weight: IntArray  # [p], >= 0


@dataclass(frozen=True, slots=True, eq=False)
class Proof:
    """What a goal reached, and the prices that show that it cannot be more."""

    goal: Goal
    value: int
    bound: int
    prices: Prices


def goal_by_goal(
    network: Network,
    goals: Sequence[Goal],
    required: IntArray,
    reached: Callable[[Proof], None] | None = None,
) -> tuple[IntArray, tuple[Proof, ...]]:
    """The best seats for the goals in their order, each proved.

    Parameters
    ----------
    required
        Indices of required pairs: at most one a student, at most as many at an opportunity as
        it has seats.
    reached
        Called with each proof as soon as there is one.

    Returns
    -------
    seat : [n]
        The index of each student's pair, ``UNPLACED`` where none.
    proofs
        One a goal, in order.
    """
    face = first_face(network, required)
    seat = np.full(network.students, UNPLACED, np.int64)
    seat[network.student[required]] = required
    proofs: list[Proof] = []
    for goal in goals:
        prices = _known_prices(network, face, goal, proofs)
        if prices is None:
            seat = _optimum(network, face, goal)
            prices = recover(network, face, goal.weight, seat)
        value = int(goal.weight[seat[seat >= 0]].sum())
        proof = Proof(goal, value, prices.bound(network.seats), prices)
        proofs.append(proof)
        if reached:
            reached(proof)
        face = restrict(network, face, goal.weight, prices)
    return seat, tuple(proofs)


def restrict(network: Network, face: Face, weight: IntArray, prices: Prices) -> Face:
    """The optimal face of a goal: pairs at exactly their weight, nodes with a price tight."""
    p, q = prices.students, prices.opportunities
    exact = p[network.student] + q[network.opportunity] == weight
    return Face(face.pairs & exact, face.students | (p != 0), face.opportunities | (q != 0))


def _optimum(network: Network, face: Face, goal: Goal) -> IntArray:
    counts = bool((goal.weight == 1).all())
    if counts and not face.students.any() and not face.opportunities.any():
        return most_placed(network, face)
    return best(network, face, goal.weight)


def _known_prices(network: Network, face: Face, goal: Goal, proofs: Sequence[Proof]) -> Prices | None:
    """Prices that need no solve, because the goal is the same for every choice of the face."""
    weights = goal.weight[face.pairs]
    weight = int(weights[0]) if len(weights) else 0
    if (weights != weight).any():
        return None
    if weight == 0:
        return no_prices(network)
    for proof in proofs:
        # On the face each pair costs 1 at these prices, so it costs `weight` at `weight` times them.
        if (proof.goal.weight == 1).all():
            p, q = proof.prices.students, proof.prices.opportunities
            return Prices(weight * p, weight * q)
    return None
