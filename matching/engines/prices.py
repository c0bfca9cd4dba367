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

from matching.engines.nesting import RowName
from matching.engines.network import Face, Network
from matching.problem import BoolArray, IntArray

_STRETCH = 1000  # students


class NotOptimal(RuntimeError):
    """No prices exist for the given seats, so they are not the optimum of the face."""


@dataclass(frozen=True, slots=True, eq=False)
class Prices:
    """Integer prices, in units of the goal's weight."""

    students: IntArray  # [n]
    opportunities: IntArray  # [m]
    rows: IntArray  # [k] of the limits
    names: tuple[RowName, ...] = ()  # of the rows, as in a certificate

    def bound(self, network: Network, face: Face, missing: int = 0) -> int:
        """The most that any choice of pairs of the face can be worth, for pairs at their prices.

        Parameters
        ----------
        missing
            What each unit that is missing to a floor is worth to the goal.
        """
        value = self.students.sum() + (network.seats * self.opportunities).sum()
        value += np.where(self.rows > 0, self.rows * face.high, self.rows * face.low).sum()
        left = missing - self.rows
        value += np.where(left > 0, left * face.most_missing, left * face.fewest_missing).sum()
        return int(value)

    def of_nodes(self, network: Network) -> tuple[IntArray, IntArray]:
        """What a pair pays on either side, with the rows around it: ``[n]`` and ``[m]``."""
        rows = network.nesting
        if not len(rows):
            return self.students, self.opportunities
        of_students = rows.inherited(np.where(rows.of_students, self.rows, 0))
        of_places = rows.inherited(np.where(rows.of_students, 0, self.rows))
        return self.students + of_students[rows.home], self.opportunities + of_places[rows.gate]

    def times(self, factor: int) -> Prices:
        """The same prices in another unit."""
        return Prices(factor * self.students, factor * self.opportunities, factor * self.rows, self.names)


def no_prices(network: Network) -> Prices:
    """Prices of a goal that is worth nothing on every pair."""
    sizes = (network.students, len(network.seats), len(network.nesting))
    students, opportunities, rows = (np.zeros(size, np.int64) for size in sizes)
    return Prices(students, opportunities, rows, network.nesting.names)


def recover(network: Network, face: Face, weight: IntArray, seat: IntArray, missing: int = 0) -> Prices:
    """The prices that prove ``seat`` the best choice of the face.

    Every node starts at price 0 and is raised to what a student who is seated elsewhere would bid
    for it: ``q[b] >= q[a] + w[s, b] - w[s, a]`` for s seated at a. To have no seat is to be seated
    at one's ``home``, a node that anyone may go to who need not be placed; nodes bid for one
    another along the arcs between them that are neither empty nor full.

    Parameters
    ----------
    weight : [p]
        What each pair is worth to the goal.
    seat : [n]
        An optimal choice on the face: indices of pairs, -1 where unplaced.
    missing
        What each unit that is missing to a floor is worth to the goal.

    Raises
    ------
    NotOptimal
        Where ``seat`` is not the best choice of the face.
    """
    pairs, fixpoint = _by_student(network, face, weight), _Fixpoint(network, face, weight, seat, missing)
    price = fixpoint.reach(pairs)
    keeps = fixpoint.worth - price[fixpoint.at]
    return prices_of_nodes(network, pairs.listed | ~face.opportunities, keeps, price)


class _Fixpoint:
    """Prices of the nodes, raised until nobody bids more."""

    def __init__(self, network: Network, face: Face, weight: IntArray, seat: IntArray, missing: int) -> None:
        m, placed = len(network.seats), seat >= 0
        self.home = m + network.nesting.home
        self.at, self.worth = self.home.copy(), np.zeros(len(seat), np.int64)
        self.at[placed], self.worth[placed] = network.opportunity[seat[placed]], weight[seat[placed]]
        self.may_leave = ~face.students
        self.between = _between_nodes(network, face, seat, missing)
        self.nodes = m + len(network.nesting) + 1
        # The rest bids for every opportunity what it costs itself.
        self.open = not len(network.nesting) and not face.opportunities.any()

    def reach(self, pairs: _Bids) -> IntArray:
        """The prices where ``pairs`` are what there is to bid for."""
        source, target, gain = self.between
        price = np.zeros(self.nodes, np.int64)
        rest = self.nodes - 1
        everyone = moved = np.arange(len(self.at))
        for _ in range(len(price) + 3):
            before = price.copy()
            # In stretches that stay in cache, each with what the stretches before it raised.
            for start in range(0, len(moved), _STRETCH):
                self._bid(pairs, moved[start : start + _STRETCH], price)
            np.maximum.at(price, target, price[source] + gain)
            if self.open and price[rest] > 0:
                break  # what raised it rises with it
            changed = before != price
            if not changed.any():
                return price
            moved = np.flatnonzero(changed[self.at])
            if 2 * len(moved) > len(everyone):
                moved = everyone  # looking at all in their order is faster than at most of them
        raise NotOptimal("the seats are not the best choice: a price rises without end")

    def _bid(self, pairs: _Bids, students: IntArray, price: IntArray) -> None:
        """Raise prices to what some students bid, who keep as much as they have where they are."""
        at, keeps = self.at[students], self.worth[students]
        keeps = keeps - price[at]
        pairs.raise_to(students, keeps, price)
        leave = self.may_leave[students]
        np.maximum.at(price, self.home[students[leave]], -keeps[leave])


def of_cut(network: Network, cut: BoolArray) -> Prices:
    """Prices that prove that the face cannot be met: their bound on a goal worth nothing is below 0.

    Parameters
    ----------
    cut : [n + m + k + 1]
        The nodes that :func:`matching.engines.network.any_seats` names.
    """
    n = network.students
    price = cut[n:].astype(np.int64)
    every = np.ones(len(network.seats), np.bool_)
    return prices_of_nodes(network, every, -cut[:n].astype(np.int64), price)


def prices_of_nodes(network: Network, listed: BoolArray, students: IntArray, price: IntArray) -> Prices:
    """Prices as in a certificate, which are differences between nodes.

    Parameters
    ----------
    listed : [m]
        False where an opportunity takes part in nothing and has no price.
    students : [n]
        What each student keeps: the weight of their pair less the price of where they are.
    price : [m + k + 1]
        Of the opportunities, the rows and the rest.
    """
    rows, m = network.nesting, len(network.seats)
    outer = price[m + rows.above]
    of_rows = price[m : m + len(rows)] - outer
    return Prices(
        students + price[m + rows.home],
        np.where(listed, price[:m] - price[m + rows.gate], 0),
        np.where(rows.of_students, -of_rows, of_rows),
        rows.names,
    )


def node_prices(network: Network, prices: Prices) -> IntArray:
    """[m + k + 1] prices of the nodes from those of a certificate, 0 for the rest."""
    rows = network.nesting
    of_rows = rows.inherited(np.where(rows.of_students, -prices.rows, prices.rows))
    return np.concatenate([prices.opportunities + of_rows[rows.gate], of_rows])


def _between_nodes(
    network: Network, face: Face, seat: IntArray, missing: int
) -> tuple[IntArray, IntArray, IntArray]:
    """Which node bids for which, and what it gains on the way.

    A row's price (as in the certificate) is at least 0 unless it is down at its lower bound, and
    at most 0 unless it is up at its upper bound; an opportunity's as if it had no lower bound.
    """
    rows, m = network.nesting, len(network.seats)
    chosen = seat[seat >= 0]
    student, place = network.student[chosen], network.opportunity[chosen]
    full = np.bincount(place, minlength=m) >= network.seats
    floor = [np.flatnonzero(~face.opportunities), np.flatnonzero(~full)]
    gate = m + rows.gate
    source = [gate[floor[0]], floor[1]]
    target = [floor[0], gate[floor[1]]]
    gain = [np.zeros(len(part), np.int64) for part in floor]
    if len(rows):
        placed = rows.activity(rows.home[student], rows.gate[place])
        lacking = np.clip(face.low - placed, face.fewest_missing, face.most_missing)
        count = placed + lacking
        fixed = face.low == face.high
        down = (count <= face.low) & ((face.low > 0) | fixed)
        up = (count >= face.high) & ((face.high < rows.most) | fixed)
        here, above = m + np.arange(len(rows)), m + rows.above
        # A row of students counts those who do not pass its arc.
        inner, outer = np.where(rows.of_students, [above, here], [here, above])
        less, more = lacking < face.most_missing, lacking > face.fewest_missing
        for which, start, end, worth in (
            (~down, outer, inner, 0),
            (~up, inner, outer, 0),
            (less, outer, inner, missing),
            (more, inner, outer, -missing),
        ):
            source.append(start[which])
            target.append(end[which])
            gain.append(np.full(int(which.sum()), worth, np.int64))
    return np.concatenate(source), np.concatenate(target), np.concatenate(gain)


@dataclass(frozen=True, slots=True, eq=False)
class _Bids:
    """Some of the pairs, student by student, so that a few students' are found at once."""

    opportunity: IntArray
    weight: IntArray
    count: IntArray  # [n]
    start: IntArray  # [n]
    listed: BoolArray  # [m]: an opportunity with a pair of the face

    def raise_to(self, students: IntArray, keeps: IntArray, price: IntArray) -> None:
        """Raise ``price`` to the highest bid of ``students`` (ascending), who want to keep so much."""
        count = self.count[students]
        first, last = int(students[0]), int(students[-1])
        if last - first + 1 == len(students):
            rows: slice | IntArray = slice(int(self.start[first]), int(self.start[last] + self.count[last]))
        else:
            ahead = np.cumsum(count) - count
            rows = np.repeat(self.start[students] - ahead, count) + np.arange(count.sum())
        np.maximum.at(price, self.opportunity[rows], self.weight[rows] - np.repeat(keeps, count))


def _by_student(network: Network, face: Face, weight: IntArray) -> _Bids:
    # Pairs are sorted by student.
    begin = np.searchsorted(network.student, np.arange(network.students + 1))
    opportunity = network.opportunity
    if not face.pairs.all():
        index = np.flatnonzero(face.pairs)
        begin, opportunity, weight = np.searchsorted(index, begin), opportunity[index], weight[index]
    listed = np.zeros(len(network.seats), bool)
    listed[opportunity] = True
    return _Bids(opportunity, weight, np.diff(begin), begin[:-1], listed)
