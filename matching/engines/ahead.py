"""How many are placed, and the first goal after it that is a choice, met by one solve.

Whoever stays without a seat costs more than the best pair is worth. That is seldom too little to
place as many as can be, and where it was not, the seats are the best for both goals: the prices
say so for each, as after any solve. Where it was, nothing of this is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matching.engines.goal import Goal
from matching.engines.network import Face, Network, best
from matching.engines.prices import NotOptimal, Prices, recover
from matching.problem import IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Ahead:
    """Seats that are the best for a count, and for a later goal among all that are."""

    seat: IntArray
    count: Goal
    prices: Prices  # of the count
    later: Goal

    def found(self, network: Network, face: Face, goal: Goal) -> tuple[IntArray, Prices] | None:
        """The seats and the prices that prove them the best of the face; None for another goal."""
        if goal is self.count:
            return self.seat, self.prices
        if goal is self.later:
            return self.seat, recover(network, face, goal.weight, self.seat)
        return None


def solve_ahead(network: Network, face: Face, goals: Sequence[Goal]) -> Ahead | None:
    """Meet the first goal, where it counts the placed, and the first choice after it together.

    Parameters
    ----------
    face
        One that can be met.

    Returns
    -------
    None where the first goal is no count, where limits or full opportunities hold, where what
    follows is no sum of weights of at least 0, and where fewer were placed than can be.
    """
    if len(network.nesting) or face.opportunities.any() or not goals:
        return None
    count = goals[0]
    later = next((goal for goal in goals[1:] if goal.worst or only_weight(face, goal) is None), None)
    if count.worst or only_weight(face, count) != 1 or later is None or later.worst:
        return None
    weights = later.weight[face.pairs]
    if weights.min() < 0:
        return None
    seat = best(network, face, later.weight, unplaced=-1 - int(weights.max()))
    try:
        return Ahead(seat, count, recover(network, face, count.weight, seat), later)
    except NotOptimal:
        return None


def only_weight(face: Face, goal: Goal) -> int | None:
    """The weight of every pair of the face, 0 where there is none; None where weights differ."""
    first = int(face.pairs.argmax()) if len(face.pairs) else 0
    weight = int(goal.weight[first]) if face.pairs.any() else 0
    return None if ((goal.weight != weight) & face.pairs).any() else weight


__all__ = ["Ahead", "only_weight", "solve_ahead"]
