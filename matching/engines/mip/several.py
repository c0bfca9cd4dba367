"""A first choice, and first bounds, for large rounds whose students may hold several seats.

A linear program over all of their clashes is slow to give any seats at all. So one seat a student
comes from a network, as good as that can be, and further seats are added from the best on.
"""

from __future__ import annotations

import numpy as np

from matching.constraints import Constraints
from matching.engines.network import UNPLACED, Network, best, first_face
from matching.engines.prices import recover
from matching.problem import BoolArray, IntArray
from matching.program import Prices, Program, Weight

PLACED = 2**33
"""A first seat is worth more than what any pairs that it moves are worth besides (below 2**32)."""


def several_seats(program: Program, constraints: Constraints, utility: IntArray) -> IntArray:
    """Pairs that keep to seats, clashes and required pins; other rows are not looked at.

    Returns
    -------
    array
        Indices of the pairs, ascending.
    """
    n = len(program.student_ids)
    held = _Held(program, constraints)
    for pair in np.flatnonzero(program.lo[: program.pairs]).tolist():
        held.take(pair)
    free = np.flatnonzero(held.open() & (held.taken == 0)[program.student])
    network = Network(program.student[free], program.opportunity[free], held.seats.clip(0), n)
    seat = best(network, first_face(network, np.zeros(0, np.int64)), PLACED + utility[free])
    for pair in free[seat[seat != UNPLACED]].tolist():
        held.take(pair)
    more = np.flatnonzero(held.open() & (utility > 0))
    for pair in more[np.argsort(-utility[more], kind="stable")].tolist():
        if held.allows(pair):
            held.take(pair)
    return np.flatnonzero(held.chosen)


def network_prices(program: Program, weight: Weight, capacity: IntArray) -> Prices:
    """What a network without the clashes proves: in a fraction of the time of a relaxation.

    A goal that counts students takes one seat of each; any other as many as they may hold, each of
    these a student of the network. Opportunities keep the prices found there; the row that ties a
    student's being counted to the pairs carries over what the student's own price leaves.
    """
    n, m, p = len(program.student_ids), len(program.opportunity_ids), program.pairs
    rows, columns = _tied(program, weight)
    worth = weight.columns[:p].clip(0)
    if len(rows):
        counted = np.zeros(n, np.int64)
        counted[_students(program, rows)] = weight.columns[columns].clip(0)
        worth = worth + counted[program.student]
        capacity = np.minimum(capacity, 1)
    prices = np.zeros(program.rows, np.int64)
    some = np.flatnonzero((program.hi[:p] > 0) & (worth > 0))
    times = capacity[program.student[some]]
    copy = np.arange(int(times.sum())) - np.repeat(np.cumsum(times) - times, times)
    first = np.cumsum(capacity) - capacity
    student, place = np.repeat(program.student[some], times), np.repeat(program.opportunity[some], times)
    order = np.argsort(first[student] + copy, kind="stable")
    seats = program.high[n : n + m]
    network = Network((first[student] + copy)[order], place[order], seats, int(capacity.sum()))
    value = np.repeat(worth[some], times)[order]
    face = first_face(network, np.zeros(0, np.int64))
    found = recover(network, face, value, best(network, face, value))
    prices[n : n + m] = found.opportunities
    if len(rows):
        own = np.zeros(n, np.int64)
        own[capacity > 0] = found.students
        prices[rows] = -(weight.columns[columns] - own[_students(program, rows)]).clip(0)
    prices[:n] = _last_taken(program, (weight.columns - program.matrix.T @ prices)[:p])
    return Prices(prices)


def _tied(program: Program, weight: Weight) -> tuple[IntArray, IntArray]:
    """Columns besides the pairs that count, and the row ``pairs - column >= 0`` of each."""
    kinds = [name[0] in ("placed", "first") for name in program.extra_names]
    columns = program.pairs + np.flatnonzero(kinds)
    columns = columns[weight.columns[columns] > 0]
    part = program.matrix[:, columns].tocoo()
    below = part.data == -1
    order = np.argsort(part.col[below], kind="stable")
    return part.row[below][order].astype(np.int64), columns[part.col[below][order]]


def _students(program: Program, rows: IntArray) -> IntArray:
    """Whose pairs some rows are about; each begins with one."""
    return program.student[program.matrix.indices[program.matrix.indptr[rows]]]


def _last_taken(program: Program, left: IntArray) -> IntArray:
    """[n] the worth of the last pair that each student takes, 0 where seats are left over."""
    n = len(program.student_ids)
    some = np.flatnonzero((program.hi[: program.pairs] > 0) & (left > 0))
    order = some[np.lexsort((-left[some], program.student[some]))]
    student = program.student[order]
    nth = np.arange(len(order)) - np.searchsorted(student, student) + 1
    last = nth == program.high[:n][student]
    found = np.zeros(n, np.int64)
    found[student[last]] = left[order[last]]
    return found


class _Held:
    """Seats given so far, and what they close."""

    def __init__(self, program: Program, constraints: Constraints) -> None:
        n = len(program.student_ids)
        self._program, clashes = program, constraints.clashes
        self.taken = np.zeros(n, np.int64)
        self.seats = program.high[n : program.first_side].copy()
        self.chosen = np.zeros(program.pairs, np.bool_)
        self._capacity = constraints.capacity
        self._closed = program.hi[: program.pairs] == 0
        one = np.r_[clashes.first, clashes.second]
        order = np.argsort(one, kind="stable")
        self._other = np.r_[clashes.second, clashes.first][order]
        self._begin = np.searchsorted(one[order], np.arange(program.pairs + 1))

    def open(self) -> BoolArray:
        """[p] which pairs may still be taken."""
        program = self._program
        room = (self.taken < self._capacity)[program.student] & (self.seats > 0)[program.opportunity]
        found: BoolArray = ~self._closed & ~self.chosen & room
        return found

    def allows(self, pair: int) -> bool:
        student, opportunity = self._program.student[pair], self._program.opportunity[pair]
        room = self.taken[student] < self._capacity[student] and self.seats[opportunity] > 0
        return bool(room and not self._closed[pair] and not self.chosen[pair])

    def take(self, pair: int) -> None:
        self.chosen[pair] = True
        self.taken[self._program.student[pair]] += 1
        self.seats[self._program.opportunity[pair]] -= 1
        self._closed[self._other[self._begin[pair] : self._begin[pair + 1]]] = True
