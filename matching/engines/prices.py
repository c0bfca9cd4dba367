"""Prices that prove an optimum: one for each student and each opportunity.

Linear programming duality for the transportation polytope: where every pair costs at least its
weight, p[s] + q[o] >= w[s, o], no choice of pairs is worth more than the sum of p plus the seats
times q; where the chosen pairs cost exactly their weight and only used-up nodes have a price, that
sum is met. The network solver keeps its own potentials to itself, so they are found again from the
flow: the tightest price of each opportunity is the longest path to it in the residual graph, and
longest paths without positive cycles (there is one only where the flow is not optimal) are the
fixpoint of Bellman and Ford, here in sweeps over arrays that touch only what moved.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matching.engines.network import Face, Network
from matching.problem import BoolArray, IntArray


class NotOptimal(RuntimeError):
    """No prices exist for the given seats, so they are not the optimum of the face."""


@dataclass(frozen=True, slots=True, eq=False)
class Prices:
    """Integer prices, in units of the goal's weight."""

    students: IntArray  # [n]
    opportunities: IntArray  # [m]

    def bound(self, seats: IntArray) -> int:
        """The most that any choice of pairs of the face can be worth."""
        return int(self.students.sum() + (seats * self.opportunities).sum())


def no_prices(network: Network) -> Prices:
    """Prices of a goal that is worth nothing on every pair."""
    return Prices(np.zeros(network.students, np.int64), np.zeros(len(network.seats), np.int64))


def recover(network: Network, face: Face, weight: IntArray, seat: IntArray) -> Prices:
    """The prices that prove ``seat`` the best choice of the face.

    Every opportunity starts at price 0 and is raised to what a student who is seated elsewhere
    would bid for it: ``q[b] >= q[a] + w[s, b] - w[s, a]`` for s seated at a. ``ground`` is the
    price of what has none (an unplaced student, a free seat): it is 0 in the end, and carried
    along because the price of a tight node may be below it.

    Parameters
    ----------
    weight : [p]
        What each pair is worth to the goal.
    seat : [n]
        An optimal choice on the face: indices of pairs, -1 where unplaced.

    Raises
    ------
    NotOptimal
        Where ``seat`` is not the best choice of the face.
    """
    pairs = _by_student(network, face, weight)
    m = len(network.seats)
    placed = seat >= 0
    at = np.where(placed, network.opportunity[seat], 0)
    worth = np.where(placed, weight[seat], 0)
    may_be_unplaced = placed & ~face.students
    free = np.bincount(at[placed], minlength=m) < network.seats
    price = np.zeros(m, np.int64)
    ground = 0
    moved = np.arange(network.students)
    for _ in range(m + 3):
        students = np.where(placed[moved], worth[moved] - price[at[moved]], -ground)
        raised = pairs.bids(moved, students, price)
        raised[~face.opportunities] = np.maximum(raised[~face.opportunities], ground)
        lifted = max(
            ground,
            int((price[at] - worth)[may_be_unplaced].max(initial=ground)),
            int(price[free].max(initial=ground)),
        )
        changed = raised != price
        if lifted == ground and not changed.any():
            return Prices(
                np.where(placed, worth - price[at] + ground, 0),
                np.where(pairs.listed | ~face.opportunities, price - ground, 0),
            )
        moved = np.flatnonzero(np.where(placed, changed[at], lifted > ground))
        price, ground = raised, lifted
    raise NotOptimal("the seats are not the best choice: a price rises without end")


@dataclass(frozen=True, slots=True, eq=False)
class _Bids:
    """The pairs of a face, student by student, so that a few students' are found at once."""

    opportunity: IntArray
    weight: IntArray
    count: IntArray  # [n]
    start: IntArray  # [n]
    listed: BoolArray  # [m]: an opportunity with a pair of the face

    def bids(self, students: IntArray, price: IntArray, opportunities: IntArray) -> IntArray:
        """``opportunities`` raised to the highest bid of ``students``, who hold ``price`` each."""
        count = self.count[students]
        if len(students) == len(self.count):
            rows = np.arange(len(self.weight))
        else:
            before = np.cumsum(count) - count
            rows = np.repeat(self.start[students] - before, count) + np.arange(count.sum())
        raised = opportunities.copy()
        np.maximum.at(raised, self.opportunity[rows], self.weight[rows] - np.repeat(price, count))
        return raised


def _by_student(network: Network, face: Face, weight: IntArray) -> _Bids:
    index = np.flatnonzero(face.pairs)
    count = np.bincount(network.student[index], minlength=network.students)
    opportunity = network.opportunity[index]
    listed = np.zeros(len(network.seats), bool)
    listed[opportunity] = True
    return _Bids(opportunity, weight[index], count, np.cumsum(count) - count, listed)
