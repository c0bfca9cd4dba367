"""A round as a network: students who take one seat, opportunities that give a few, nested limits.

A goal is a weight on each pair. Goals are met one after the other: what the optimum of one goal
leaves open for the next is a :class:`Face`, which is again a network, so that no goal's weight
ever has to be traded against another's.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from matching.engines.nesting import Limit, Nesting, nest
from matching.problem import BoolArray, IntArray

UNPLACED = -1


class CannotMeet(Exception):
    """No choice of pairs meets a face: what is tight in it cannot hold together."""


@dataclass(frozen=True, eq=False)
class Network:
    """Pairs (sorted by student, without duplicates), how many seats each opportunity has, limits.

    ``limits`` are nested or disjoint on each side: ``matching.constraints.LimitSet`` in any order.
    """

    student: IntArray  # [p]
    opportunity: IntArray  # [p]
    seats: IntArray  # [m]
    students: int  # n
    limits: tuple[Limit, ...] = ()

    @cached_property
    def nesting(self) -> Nesting:
        """The rows that the limits make."""
        return nest(self.limits, self.students, self.seats)


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """What is still open: some of the pairs, and nodes that are tight.

    A tight student has to be placed, a tight opportunity has to be full; a row of the limits is
    tight where ``low`` equals ``high``.
    """

    pairs: BoolArray  # [p]
    students: BoolArray  # [n], True where tight
    opportunities: BoolArray  # [m], True where tight
    low: IntArray  # [k] bounds of the rows
    high: IntArray
    fewest_missing: IntArray  # [k] bounds of what is missing to each row
    most_missing: IntArray


def first_face(network: Network, required: IntArray) -> Face:
    """Every pair, except that the student of a required pair keeps that pair alone.

    Parameters
    ----------
    required
        Indices of the pairs that a pin requires, at most one a student.
    """
    tight = np.zeros(network.students, bool)
    tight[network.student[required]] = True
    if len(required):
        pairs = ~tight[network.student]
        pairs[required] = True
    else:
        pairs = np.ones(len(network.student), bool)
    rows = network.nesting
    nothing = np.zeros(len(rows), np.int64)
    return Face(pairs, tight, np.zeros(len(network.seats), bool), rows.low, rows.high, nothing, rows.missing)


@dataclass(frozen=True, slots=True, eq=False)
class Arcs:
    """A face as arcs with capacities over nodes with supplies; every lower bound is in the supplies.

    Nodes are the students, the opportunities, the rows and the rest, in that order. The arcs of
    the open pairs come first. A tight student has no way around a seat, a tight opportunity is a
    demand of its own: so the face is met exactly and no penalty has to be guessed.
    """

    pairs: IntArray  # indices of the open pairs
    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    capacity: IntArray
    supply: IntArray  # [n + m + k + 1]
    around: slice  # the arcs of the students who may stay without a seat
    missing: slice  # the arcs of what is missing to each row


def node_arcs(network: Network, face: Face) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """The arcs behind the pairs: from each opportunity, of each row, of what is missing to it.

    Returns
    -------
    tail, head
        Nodes: opportunities, rows, the rest, from 0.
    least, most
        Bounds of the flow. A row's arc carries the placed; in front of the students it carries
        those of its members who are not, and who are not made up for.
    """
    rows, m = network.nesting, len(network.seats)
    members = rows.most - rows.missing
    least = np.where(rows.of_students, members - face.high, face.low)
    most = np.where(rows.of_students, members - face.low, face.high)
    least = np.where(rows.of_students, np.minimum(least, most), least)
    here = m + np.arange(len(rows))
    return (
        np.concatenate([np.arange(m), here, here]),
        m + np.concatenate([rows.gate, rows.above, rows.above]),
        np.concatenate([np.where(face.opportunities, network.seats, 0), least, face.fewest_missing]),
        np.concatenate([network.seats, most, face.most_missing]),
    )


def arcs_of(network: Network, face: Face) -> Arcs:
    """The arcs of a face."""
    rows, index = network.nesting, np.flatnonzero(face.pairs)
    n, m, k = network.students, len(network.seats), len(network.nesting)
    around = np.flatnonzero(~face.students)
    tail, head, least, most = node_arcs(network, face)
    supply = np.zeros(n + m + k + 1, np.int64)
    supply[:n] = 1
    supply[-1] = -n
    np.subtract.at(supply, n + tail, least)
    np.add.at(supply, n + head, least)
    count = len(index) + len(around) + m
    return Arcs(
        index,
        _nodes(network.student[index], around, n + tail),
        _nodes(n + network.opportunity[index], n + m + rows.home[around], n + head),
        np.concatenate([np.ones(len(index) + len(around), np.int64), np.maximum(most - least, 0)]),
        supply,
        slice(len(index), len(index) + len(around)),
        slice(count + k, count + 2 * k),
    )


def most_placed(network: Network, face: Face) -> IntArray:
    """Place as many students as can be, where nothing is tight and no limit holds: a maximum flow.

    Returns
    -------
    seat : [n]
        The index of each student's pair, ``UNPLACED`` where none.
    """
    from ortools.graph.python.max_flow import SimpleMaxFlow

    index = np.flatnonzero(face.pairs)
    n, m = network.students, len(network.seats)
    source, sink = n + m, n + m + 1
    flow = SimpleMaxFlow()
    arcs = flow.add_arcs_with_capacity(
        _nodes(network.student[index], np.full(n, source), n + np.arange(m)),
        _nodes(n + network.opportunity[index], np.arange(n), np.full(m, sink)),
        np.concatenate([np.ones(len(index) + n, np.int64), network.seats]),
    )
    if flow.solve(source, sink) != flow.OPTIMAL:
        raise RuntimeError("the maximum flow was not solved")
    return _seats(network, index[flow.flows(arcs[: len(index)]) > 0])


def any_seats(network: Network, face: Face) -> tuple[IntArray, BoolArray]:
    """Some choice of pairs that meets the face, or why there is none: a maximum flow.

    Returns
    -------
    seat : [n]
        The index of each student's pair, ``UNPLACED`` where none; of no use where there is a cut.
    cut : [n + m + k + 1]
        Nodes (as in :class:`Arcs`) that have to send out more than they can; all False where the
        face can be met.
    """
    from ortools.graph.python.max_flow import SimpleMaxFlow

    arcs = arcs_of(network, face)
    nodes = len(arcs.supply)
    source, sink = nodes, nodes + 1
    gives, takes = np.flatnonzero(arcs.supply > 0), np.flatnonzero(arcs.supply < 0)
    inner = network.students - int(face.students.sum()) + len(arcs.pairs)
    flow = SimpleMaxFlow()
    found = flow.add_arcs_with_capacity(
        _nodes(arcs.tail, np.full(len(gives), source), takes),
        _nodes(arcs.head, gives, np.full(len(takes), sink)),
        # Twice the one student who can pass, so that no smallest cut goes through these arcs.
        np.concatenate(
            [
                2 * arcs.capacity[:inner],
                arcs.capacity[inner:],
                np.abs(arcs.supply[gives]),
                -arcs.supply[takes],
            ]
        ),
    )
    if flow.solve(source, sink) != flow.OPTIMAL:
        raise RuntimeError("the maximum flow was not solved")
    cut = np.zeros(nodes + 2, np.bool_)
    if flow.optimal_flow() < arcs.supply[gives].sum():
        cut[flow.get_source_side_min_cut()] = True
    seat = _seats(network, arcs.pairs[flow.flows(found[: len(arcs.pairs)]) > 0])
    return seat, cut[:nodes]


def best(network: Network, face: Face, weight: IntArray, missing: int = 0, unplaced: int = 0) -> IntArray:
    """Choose pairs of the face with the largest sum of weights: a minimum-cost flow.

    Parameters
    ----------
    weight : [p]
    missing
        What each unit that is missing to a floor is worth, at most 0.
    unplaced
        What each student without a seat is worth, at most 0.

    Returns
    -------
    seat : [n]
        The index of each student's pair, ``UNPLACED`` where none.

    Raises
    ------
    CannotMeet
        Where nothing is in the face.
    """
    from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

    arcs = arcs_of(network, face)
    cost = np.zeros(len(arcs.tail), np.int64)
    cost[: len(arcs.pairs)] = -weight[arcs.pairs]
    cost[arcs.around] = -unplaced
    cost[arcs.missing] = -missing
    flow = SimpleMinCostFlow()
    found = flow.add_arcs_with_capacity_and_unit_cost(arcs.tail, arcs.head, arcs.capacity, cost)
    flow.set_nodes_supplies(np.arange(len(arcs.supply), dtype=np.int32), arcs.supply)
    status = flow.solve()
    if status == flow.INFEASIBLE:
        raise CannotMeet
    if status != flow.OPTIMAL:
        raise RuntimeError(f"the minimum-cost flow was not solved: {status.name}")
    return _seats(network, arcs.pairs[flow.flows(found[: len(arcs.pairs)]) > 0])


def _nodes(*parts: IntArray | NDArray[np.int32]) -> NDArray[np.int32]:
    return np.concatenate(parts).astype(np.int32, copy=False)


def _seats(network: Network, chosen: IntArray) -> IntArray:
    seat = np.full(network.students, UNPLACED, np.int64)
    seat[network.student[chosen]] = chosen
    return seat
