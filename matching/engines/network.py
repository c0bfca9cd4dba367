"""A pure round as a network: students who take one seat, opportunities that give a few.

A goal is a weight on each pair. Goals are met one after the other: what the optimum of one goal
leaves open for the next is a :class:`Face`, which is again a network, so that no goal's weight
ever has to be traded against another's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matching.problem import BoolArray, IntArray

UNPLACED = -1


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Pairs (sorted by student, without duplicates), and how many seats each opportunity has."""

    student: IntArray  # [p]
    opportunity: IntArray  # [p]
    seats: IntArray  # [m]
    students: int  # n


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """What is still open: some of the pairs, and nodes that are tight.

    A tight student has to be placed, a tight opportunity has to be full.
    """

    pairs: BoolArray  # [p]
    students: BoolArray  # [n], True where tight
    opportunities: BoolArray  # [m], True where tight


def first_face(network: Network, required: IntArray) -> Face:
    """Every pair, except that the student of a required pair keeps that pair alone.

    Parameters
    ----------
    required
        Indices of the pairs that a pin requires, at most one a student.
    """
    tight = np.zeros(network.students, bool)
    tight[network.student[required]] = True
    pairs = ~tight[network.student]
    pairs[required] = True
    return Face(pairs, tight, np.zeros(len(network.seats), bool))


def most_placed(network: Network, face: Face) -> IntArray:
    """Place as many students as can be, where nothing is tight: a maximum flow.

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


def best(network: Network, face: Face, weight: IntArray) -> IntArray:
    """Choose pairs of the face with the largest sum of weights: a minimum-cost flow.

    A tight student has no way around a seat, a tight opportunity is a demand of its own. So the
    face is met exactly and no penalty for an unplaced student has to be guessed.

    Parameters
    ----------
    weight : [p]

    Returns
    -------
    seat : [n]
        The index of each student's pair, ``UNPLACED`` where none.
    """
    from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

    index = np.flatnonzero(face.pairs)
    n, m = network.students, len(network.seats)
    rest = n + m
    around = np.flatnonzero(~face.students)
    open_ended = np.flatnonzero(~face.opportunities)
    others = len(around) + len(open_ended)
    flow = SimpleMinCostFlow()
    arcs = flow.add_arcs_with_capacity_and_unit_cost(
        _nodes(network.student[index], around, n + open_ended),
        _nodes(n + network.opportunity[index], np.full(others, rest)),
        np.concatenate([np.ones(len(index) + len(around), np.int64), network.seats[open_ended]]),
        np.concatenate([-weight[index], np.zeros(others, np.int64)]),
    )
    supply = np.zeros(n + m + 1, np.int64)
    supply[:n] = 1
    supply[n:rest] = np.where(face.opportunities, -network.seats, 0)
    supply[rest] = -supply.sum()
    flow.set_nodes_supplies(np.arange(n + m + 1, dtype=np.int32), supply)
    status = flow.solve()
    if status != flow.OPTIMAL:
        raise RuntimeError(f"the minimum-cost flow was not solved: {status.name}")
    return _seats(network, index[flow.flows(arcs[: len(index)]) > 0])


def _nodes(*parts: IntArray) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    return np.concatenate(parts).astype(np.int32)


def _seats(network: Network, chosen: IntArray) -> IntArray:
    seat = np.full(network.students, UNPLACED, np.int64)
    seat[network.student[chosen]] = chosen
    return seat
