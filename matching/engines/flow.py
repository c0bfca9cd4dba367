"""Goals one after the other, each the optimum of what the goals before it leave open.

Two goals are never packed into one number: that number would not fit an integer at size, and the
proof would be of the sum. After each goal the pairs that cost more than their weight are dropped
and the nodes with a price become tight: by complementary slackness exactly the optimal choices
remain, and they are a network again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from matching.engines.ahead import Ahead, only_weight, solve_ahead
from matching.engines.goal import Goal, Proof
from matching.engines.mend import mend
from matching.engines.network import UNPLACED, Face, Network, any_seats, best, first_face, most_placed
from matching.engines.prices import Prices, no_prices, of_cut, recover
from matching.engines.sifting import costs, sifted
from matching.engines.worst import everybody, lift_worst, without_ceiling
from matching.problem import IntArray

SIFT_FROM = 10_000_000
"""Open pairs from which the network solver would take several GiB."""


class CannotHold(Exception):
    """Required pairs, seats and limits cannot all hold.

    Attributes
    ----------
    prices
        For a goal that is worth nothing their bound is below 0, which nothing can be. Nodes and
        rows with a price are a set that cannot hold together, not always a smallest one.
    """

    def __init__(self, prices: Prices) -> None:
        super().__init__("required pairs, seats and limits cannot all hold")
        self.prices = prices


@dataclass(frozen=True, slots=True, eq=False)
class Warm:
    """What an earlier solve came to: a start for one of as many students, opportunities and rows."""

    opportunity: IntArray  # [n] where each student was, ``UNPLACED`` where nowhere
    proofs: tuple[Proof, ...]  # their goals' weights are not looked at

    def seats(self, network: Network) -> IntArray:
        """[n] the pairs of ``network`` that the students held, where they are still there."""
        width = len(network.seats)
        keys = network.student * width + network.opportunity
        wanted = np.arange(network.students) * width + self.opportunity
        place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        there = (self.opportunity != UNPLACED) & (len(keys) > 0)
        there[there] = keys[place[there]] == wanted[there]
        return np.where(there, place, UNPLACED)

    def prices_of(self, goal: Goal, network: Network) -> Prices | None:
        """The prices that proved a goal; None where it was not among the goals."""
        for proof in self.proofs:
            if proof.goal.name == goal.name and proof.prices.names == network.nesting.names:
                return proof.prices
        return None


def goal_by_goal(
    network: Network,
    goals: Sequence[Goal],
    required: IntArray,
    reached: Callable[[Proof], None] | None = None,
    warm: Warm | None = None,
) -> tuple[IntArray, tuple[Proof, ...]]:
    """The best seats for the goals in their order, each proved.

    Parameters
    ----------
    required
        Indices of required pairs: at most one a student.
    reached
        Called with each proof as soon as there is one.
    warm
        What an earlier solve of nearly the same network and goals came to. The values are those
        of a solve from nothing, each with a proof of its own; the seats may be others of equal
        value, so a result that has to be the same whatever came before is solved without.

    Returns
    -------
    seat : [n]
        The index of each student's pair, ``UNPLACED`` where none.
    proofs
        One a goal, in order.

    Raises
    ------
    CannotHold
        Where required pairs, seats and limits cannot all hold.
    """
    if any(goal.worst for goal in goals):
        network = replace(network, limits=(everybody(network.students), *network.limits))
    face, seat = start(network, required)
    near = warm.seats(network) if warm else None
    ahead = None if warm or face.pairs.sum() >= SIFT_FROM else solve_ahead(network, face, goals)
    proofs: list[Proof] = []
    for goal in goals:
        before = seat
        if goal.worst:
            proof, seat, face = lift_worst(network, face, goal, seat)
        else:
            guess = warm.prices_of(goal, network) if warm else None
            proof, seat = _lift(network, face, goal, seat, proofs, (near, guess), ahead)
            face = restrict(network, face, goal, proof.prices)
        near = near if seat is before else seat
        proofs.append(proof)
        if reached:
            reached(proof)
    return seat, tuple(proofs)


def start(network: Network, required: IntArray) -> tuple[Face, IntArray]:
    """The first face, and seats that meet it.

    Raises
    ------
    CannotHold
        Where there are no such seats.
    """
    face = first_face(network, required)
    seat = np.full(network.students, UNPLACED, np.int64)
    seat[network.student[required]] = required
    taken = np.bincount(network.opportunity[required], minlength=len(network.seats))
    if len(network.nesting) or (taken > network.seats).any():
        seat, cut = any_seats(network, face)
        if cut.any():
            raise CannotHold(of_cut(network, cut))
    return face, seat


def _lift(
    network: Network,
    face: Face,
    goal: Goal,
    seat: IntArray,
    proofs: Sequence[Proof],
    near: tuple[IntArray | None, Prices | None],
    ahead: Ahead | None,
) -> tuple[Proof, IntArray]:
    """Meet one goal; ``near`` are seats and prices to start from, ``ahead`` what is met, if any."""
    prices = _known_prices(network, face, goal, proofs)
    if prices is None:
        seats, guess = near
        found = ahead.found(network, face, goal) if ahead else None
        if seats is not None and guess is not None:
            found = mend(network, face, goal.weight, seats, guess, goal.missing)
        if found is None:
            found = _optimum(network, face, goal, seat)
        seat, prices = found
    prices = without_ceiling(network, prices)
    value = worth(network, goal, seat)
    bound = goal.constant + prices.bound(network, face, goal.missing)
    return Proof(goal, value, bound, prices), seat


def worth(network: Network, goal: Goal, seat: IntArray) -> int:
    """What a goal that is a sum is worth at ``seat``."""
    chosen = seat[seat != UNPLACED]
    rows = network.nesting
    value = goal.constant + int(goal.weight[chosen].sum())
    if goal.missing and len(rows):
        placed = rows.activity(rows.home[network.student[chosen]], rows.gate[network.opportunity[chosen]])
        value += goal.missing * int(np.maximum(rows.low - placed, 0)[rows.missing > 0].sum())
    return value


def restrict(network: Network, face: Face, goal: Goal, prices: Prices) -> Face:
    """The optimal face of a goal: pairs at exactly their weight, nodes with a price tight."""
    pairs = face.pairs.copy()
    for block, cost in costs(network, prices):
        pairs[block] &= cost == goal.weight[block]
    left = goal.missing - prices.rows
    return Face(
        pairs,
        face.students | (prices.students != 0),
        face.opportunities | (prices.opportunities != 0),
        low=np.where(prices.rows > 0, face.high, face.low),
        high=np.where(prices.rows < 0, face.low, face.high),
        fewest_missing=np.where(left > 0, face.most_missing, face.fewest_missing),
        most_missing=np.where(left < 0, face.fewest_missing, face.most_missing),
    )


def _optimum(network: Network, face: Face, goal: Goal, seat: IntArray) -> tuple[IntArray, Prices]:
    """The best choice and its prices; ``seat`` is one that meets the face."""
    tight = face.students.any() or face.opportunities.any() or len(network.nesting)
    counts = not tight and bool((goal.weight == 1).all())

    def solver(part: Face) -> IntArray:
        return most_placed(network, part) if counts else best(network, part, goal.weight, goal.missing)

    if np.count_nonzero(face.pairs) >= SIFT_FROM:
        return sifted(network, face, goal.weight, seat, solver, goal.missing)
    seat = solver(face)
    return seat, recover(network, face, goal.weight, seat, goal.missing)


def _known_prices(network: Network, face: Face, goal: Goal, proofs: Sequence[Proof]) -> Prices | None:
    """Prices that need no solve, because the goal is the same for every choice of the face."""
    if goal.missing and (face.fewest_missing < face.most_missing).any():
        return None
    weight = only_weight(face, goal)
    if weight is None:
        return None
    if weight == 0:
        return no_prices(network)
    for proof in proofs:
        # On the face each pair costs 1 at these prices, so it costs `weight` at `weight` times them.
        if (proof.goal.weight == 1).all() and not proof.goal.worst:
            return proof.prices.times(weight)
    return None


__all__ = ["CannotHold", "Goal", "Proof", "Warm", "goal_by_goal", "restrict", "start", "worth"]
