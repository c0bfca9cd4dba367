"""From seats and prices that are nearly right to the best choice of a face, and its prices.

The prices may come from elsewhere: every student whose seat is not the best at these prices gives
it up, every arc that its own price says to be full or empty is made so, and what then lies in
excess at some nodes is led along shortest paths to those that lack it (successive shortest paths:
Edmonds and Karp 1972). All searches start at once and each node belongs to the nearest source, so
that a round moves along paths that have nothing in common. Where little changed, little is looked at;
where much did, a solve from nothing is faster (measured: some hundred sources), so this gives up.
"""

from __future__ import annotations

import numpy as np

from matching.engines.network import UNPLACED, Face, Network, node_arcs
from matching.engines.prices import NotOptimal, Prices, node_prices, prices_of_nodes
from matching.problem import BoolArray, IntArray

MOST_SOURCES = 40
FAR = 1 << 60
NOBODY = -1


def mend(
    network: Network, face: Face, weight: IntArray, seat: IntArray, prices: Prices, missing: int = 0
) -> tuple[IntArray, Prices] | None:
    """The best choice of a face, from seats and prices that are near it.

    Parameters
    ----------
    weight : [p]
        What each pair is worth to the goal.
    seat : [n]
        Any choice of pairs, -1 where a student has none.
    prices
        Any prices. The closer they are to the right ones, the less there is to do.
    missing
        What each unit that is missing to a floor is worth to the goal.

    Returns
    -------
    seat : [n]
    prices
        They prove it.

    None where more than ``MOST_SOURCES`` students or seats are not where they have to be.

    Raises
    ------
    NotOptimal
        Where the face cannot be met.
    """
    state = _State(network, face, weight, seat, node_prices(network, prices), missing)
    if state.sources() > MOST_SOURCES:
        return None
    while state.sources():
        state.lead(_search(state))
    listed = np.zeros(len(network.seats), np.bool_)
    listed[state.node] = True
    keeps = state.worth - state.price[state.at]
    return state.seat, prices_of_nodes(network, listed | ~face.opportunities, keeps, state.price)


class _State:
    """Seats, flows and prices that suit one another, but for nodes with too much or too little."""

    def __init__(
        self, network: Network, face: Face, weight: IntArray, seat: IntArray, price: IntArray, missing: int
    ) -> None:
        rows, m = network.nesting, len(network.seats)
        self.price, self.nodes = price, m + len(rows) + 1
        # An opportunity that need not be full is never cheaper than what is around it.
        cheap = ~face.opportunities & (price[:m] < price[m + rows.gate])
        price[:m][cheap] = price[m + rows.gate[cheap]]
        self.home, self.may_leave = m + rows.home, ~face.students
        self.index = np.flatnonzero(face.pairs)
        student = network.student[self.index]
        self.node, self.weight = network.opportunity[self.index], weight[self.index]
        self.count = np.bincount(student, minlength=network.students)
        self.start = np.cumsum(self.count) - self.count
        self.value = self._best()
        self._sit(network, face, weight, seat)
        self.tail, self.head, self.least, self.most = node_arcs(network, face)
        self.gain = np.zeros(len(self.tail), np.int64)
        self.gain[self.nodes - 1 :] = missing
        # The lower bound of an opportunity's arc says nothing that its pairs do not say.
        self.bounded_below = np.ones(len(self.tail), np.bool_)
        self.bounded_below[:m] = face.opportunities
        self._fill(network)

    def _best(self) -> IntArray:
        """[n] the most that each student can keep at these prices."""
        value = np.where(self.may_leave, -self.price[self.home], -FAR)
        some = np.flatnonzero(self.count)
        if len(some):
            keeps = self.weight - self.price.take(self.node)
            value[some] = np.maximum(value[some], np.maximum.reduceat(keeps, self.start[some]))
        return value

    def _sit(self, network: Network, face: Face, weight: IntArray, seat: IntArray) -> None:
        """Keep each student where they are, if nothing is better for them."""
        n = network.students
        held = np.flatnonzero(seat != UNPLACED)
        held = held[face.pairs[seat[held]]]
        pair = seat[held]
        stays = weight[pair] - self.price[network.opportunity[pair]] == self.value[held]
        held, pair = held[stays], pair[stays]
        self.seat = np.full(n, UNPLACED, np.int64)
        self.at = np.full(n, NOBODY, np.int64)
        self.worth = np.zeros(n, np.int64)
        none = self.may_leave & (self.value == -self.price[self.home])
        self.at[none] = self.home[none]
        self.seat[held], self.at[held], self.worth[held] = pair, network.opportunity[pair], weight[pair]

    def _fill(self, network: Network) -> None:
        """Flows that suit the prices, and what each node has too much of."""
        m, rows, rest = len(network.seats), network.nesting, self.nodes - 1
        k = len(rows)
        there = np.bincount(self.at[self.at != NOBODY], minlength=self.nodes)
        short = self.gain - self.price[self.head] + self.price[self.tail]
        low = np.where(short > 0, self.most, self.least)
        high = np.where(short < 0, self.least, self.most)
        self.flow = np.clip(np.append(there[:m], np.zeros(2 * k, np.int64)), low, high)
        inflow = there.copy()
        np.add.at(inflow, self.head[:m], self.flow[:m])
        for row in reversed(range(k)):
            own, missing = m + row, m + k + row
            self.flow[missing] = np.clip(inflow[own] - high[own], low[missing], high[missing])
            self.flow[own] = np.clip(inflow[own] - self.flow[missing], low[own], high[own])
            inflow[self.head[own]] += self.flow[own] + self.flow[missing]
        self.excess = inflow
        np.subtract.at(self.excess, self.tail, self.flow)
        self.excess[rest] -= network.students

    def sources(self) -> int:
        """How much is not where it has to be."""
        return int((self.at == NOBODY).sum() + self.excess[self.excess > 0].sum())

    def lead(self, search: _Search) -> None:
        """Move along the paths of a search, and change the prices so that they are the best."""
        lacking = np.flatnonzero((self.excess < 0) & (search.distance < search.bound))
        lacking = lacking[np.argsort(search.distance[lacking], kind="stable")]
        longest = NOBODY
        for node in lacking.tolist():
            if self._move(search, node):
                longest = int(search.distance[node])
        if longest == NOBODY:
            raise NotOptimal("no path leads from too much to too little: the face cannot be met")
        self.price -= np.minimum(search.distance, longest)
        seated = self.at != NOBODY
        self.value[seated] = (self.worth - self.price[self.at])[seated]

    def _move(self, search: _Search, node: int) -> bool:
        """Move along the path to a node, unless another path has taken part of it."""
        path, end = [], node
        while (by := int(search.by[node])) != NOBODY:
            student, before = int(search.student[node]), int(search.before[node])
            path.append((student, by, node))
            if student != NOBODY and self.at[student] != before:
                return False
            if student == NOBODY and not self._room(by, node):
                return False
            node = before
            if node == NOBODY:
                break
        else:
            if self.excess[node] <= 0:
                return False
            self.excess[node] -= 1
        self.excess[end] += 1
        for student, by, target in path:
            if student == NOBODY:
                self.flow[by] += 1 if self.head[by] == target else -1
                continue
            leaves = by >= len(self.index)
            self.seat[student] = UNPLACED if leaves else self.index[by]
            self.worth[student] = 0 if leaves else self.weight[by]
            self.at[student] = target
        return True

    def _room(self, arc: int, target: int) -> bool:
        if self.head[arc] == target:
            return bool(self.flow[arc] < self.most[arc])
        return not self.bounded_below[arc] or bool(self.flow[arc] > self.least[arc])


class _Search:
    """How each node is reached from what is in excess, by the shortest way.

    Attributes
    ----------
    distance : [nodes]
        ``FAR`` where no way is known; right where below ``bound``.
    before : [nodes]
        The node before, ``NOBODY`` where a student without a place comes.
    student : [nodes]
        Who moves here, ``NOBODY`` along an arc.
    by : [nodes]
        The row of the pairs by which the student moves (or as many as there are, to their home),
        or the arc; ``NOBODY`` at a source.
    """

    def __init__(self, state: _State) -> None:
        self.state = state
        self.distance = np.full(state.nodes, FAR, np.int64)
        self.before, self.student, self.by, self.root = (
            np.full(state.nodes, NOBODY, np.int64) for _ in range(4)
        )
        self.bound = FAR
        begin = np.flatnonzero(state.excess > 0)
        self.distance[begin] = 0
        self.root[begin] = len(state.at) + begin
        self.roots = len(begin) + int((state.at == NOBODY).sum())

    def run(self) -> _Search:
        state = self.state
        changed = self.distance == 0
        movers = np.flatnonzero((state.at == NOBODY) | changed[state.at])
        while len(movers) or changed.any():
            changed = self._shorten(movers, changed)
            self._limit()
            movers = np.flatnonzero(changed[state.at] & (state.at != NOBODY))
        return self

    def _shorten(self, movers: IntArray, changed: BoolArray) -> BoolArray:
        """Look at every way from the nodes that are nearer than before."""
        parts = [self._by_pairs(movers), self._around(movers), *self._along(changed)]
        target, distance, before, student, by = (np.concatenate(each) for each in zip(*parts, strict=True))
        better = np.flatnonzero(distance < np.minimum(self.distance, self.bound)[target])
        better = better[np.lexsort((distance[better], target[better]))]
        first = np.ones(len(better), np.bool_)
        first[1:] = target[better[1:]] != target[better[:-1]]
        best = better[first]
        node, before, student = target[best], before[best], student[best]
        roots = np.where(before == NOBODY, student, self.root[before])
        self.distance[node], self.before[node], self.student[node] = distance[best], before, student
        self.by[node], self.root[node] = by[best], roots
        nearer = np.zeros(self.state.nodes, np.bool_)
        nearer[node] = True
        return nearer

    def _from(self, movers: IntArray) -> IntArray:
        at = self.state.at[movers]
        return np.where(at == NOBODY, 0, self.distance[at]) + self.state.value[movers]

    def _by_pairs(self, movers: IntArray) -> tuple[IntArray, ...]:
        state, count = self.state, self.state.count[movers]
        ahead = np.cumsum(count) - count
        by = np.repeat(state.start[movers] - ahead, count) + np.arange(count.sum())
        target = state.node[by]
        distance = np.repeat(self._from(movers), count) - state.weight[by] + state.price[target]
        return target, distance, np.repeat(state.at[movers], count), np.repeat(movers, count), by

    def _around(self, movers: IntArray) -> tuple[IntArray, ...]:
        state = self.state
        movers = movers[state.may_leave[movers]]
        home = state.home[movers]
        by = np.full(len(movers), len(state.index))
        return home, self._from(movers) + state.price[home], state.at[movers], movers, by

    def _along(self, changed: BoolArray) -> list[tuple[IntArray, ...]]:
        state = self.state
        short = state.gain - state.price[state.head] + state.price[state.tail]
        forward = np.flatnonzero(changed[state.tail] & (state.flow < state.most))
        back = changed[state.head] & (~state.bounded_below | (state.flow > state.least))
        backward = np.flatnonzero(back)
        parts: list[tuple[IntArray, ...]] = []
        for arcs, start, end, length in (
            (forward, state.tail, state.head, -short),
            (backward, state.head, state.tail, short),
        ):
            source = start[arcs]
            nobody = np.full(len(arcs), NOBODY)
            parts.append((end[arcs], self.distance[source] + length[arcs], source, nobody, arcs))
        return parts

    def _limit(self) -> None:
        """Once half of the sources have a way, look no further than the longest of these ways."""
        lacking = np.flatnonzero((self.state.excess < 0) & (self.distance < self.bound))
        if 2 * len(lacking) < self.roots:
            return
        lacking = lacking[np.argsort(self.distance[lacking], kind="stable")]
        _, first = np.unique(self.root[lacking], return_index=True)
        if 2 * len(first) >= self.roots:
            half = np.sort(first)[(self.roots - 1) // 2]
            self.bound = min(self.bound, int(self.distance[lacking[half]]) + 1)


def _search(state: _State) -> _Search:
    return _Search(state).run()
