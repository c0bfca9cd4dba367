"""The goal of the worst: the smallest weight among the chosen pairs as large as can be.

No sum over pairs, but a threshold: the largest for which some choice of the pairs that reach it
meets the face and holds a pair at all. A binary search over the weights that occur finds it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from matching.engines.goal import Goal, Proof
from matching.engines.network import Face, Network, any_seats, best
from matching.engines.prices import Prices, no_prices, of_cut, recover
from matching.problem import IntArray

NAME = "worst_utility"


@dataclass(frozen=True, slots=True, eq=False)
class Everybody:
    """The limit that all students are: somebody has to be placed once the worst has a value."""

    members: IntArray
    high: int
    scope: str = "goal"
    id: str = NAME
    low: int = 0
    soft: bool = False
    of_students: bool = True


def everybody(students: int) -> Everybody:
    """The limit that a network needs for a goal of the worst; see :func:`lift_worst`."""
    return Everybody(np.arange(students), students)


def lift_worst(network: Network, face: Face, goal: Goal, seat: IntArray) -> tuple[Proof, IntArray, Face]:
    """Meet a goal of the worst on a face that can be met.

    Parameters
    ----------
    network
        One of its limits is :func:`everybody`.
    seat : [n]
        A choice of the face, which is kept where no better one is found.

    Returns
    -------
    The proof, a choice of the face that reaches its value, and the face that this leaves.
    """
    weights = np.unique(goal.weight[face.pairs])
    weights = weights[weights > 0]
    low, high = 0, len(weights)  # the answer is the weight before ``low``; 0 before the first
    while low < high:
        middle = (low + high) // 2
        above = _above(network, face, goal, int(weights[middle]))
        found, cut = any_seats(network, above)
        if cut.any():
            high = middle
        else:
            low, seat = middle + 1, found
    value = int(weights[low - 1]) if low else 0
    prices = _none_above(network, face, goal, int(weights[low]) if low < len(weights) else None)
    left = _above(network, face, goal, value) if low else face
    return Proof(goal, value, value, prices), seat, left


def without_ceiling(network: Network, prices: Prices) -> Prices:
    """The same prices where nothing is charged for all students being placed, which no rule forbids.

    That they are at most as many as there are follows from each having one seat at most: so each
    student pays what the limit of :func:`everybody` would charge them.
    """
    for row, name in enumerate(network.nesting.names):
        if name == ("goal", NAME) and prices.rows[row] > 0:
            rows = prices.rows.copy()
            rows[row] = 0
            return replace(prices, rows=rows, students=prices.students + prices.rows[row])
    return prices


def _above(network: Network, face: Face, goal: Goal, value: int) -> Face:
    """The face with the pairs of at least ``value`` alone, of which one has to be chosen."""
    somebody = np.array([name == ("goal", NAME) for name in network.nesting.names])
    return replace(
        face,
        pairs=face.pairs & (goal.weight >= value),
        low=np.where(somebody, np.maximum(face.low, 1), face.low),
    )


def _none_above(network: Network, face: Face, goal: Goal, value: int | None) -> Prices:
    """Prices at which pairs of ``value`` or more, worth 1 each, are worth less than 1 together."""
    if value is None:
        return no_prices(network)
    face = replace(face, pairs=face.pairs & (goal.weight >= value))
    ones = np.broadcast_to(np.int64(1), goal.weight.shape)
    _, cut = any_seats(network, face)
    if not cut.any():
        return recover(network, face, ones, best(network, face, ones))
    # Everybody pays 1, which is worth every seat; the cut's price below 0 outweighs all of that.
    held = of_cut(network, cut).times(network.students + 1)
    return replace(held, students=held.students + 1)
