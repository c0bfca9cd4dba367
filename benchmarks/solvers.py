"""The bare solver and the peers that run in our own environment, all on the same eligible pairs.

They maximise the same number: the utility of the chosen pairs plus ``charge`` for each, which is
one more than the largest utility.
"""

from __future__ import annotations

from time import perf_counter
from typing import NamedTuple

import numpy as np

from matching.engines.network import UNPLACED, Network
from matching.problem import IntArray


class Found(NamedTuple):
    """What a solver reached, and how long it took from arrays to the result in arrays."""

    seconds: float
    placed: int
    utility: int
    finished: bool = True  # it proved its optimum, as far as it proves anything
    gap: float = 0.0  # what it could not prove, as a share of its value


def charge_of(utility: IntArray) -> int:
    """What placing one more student is worth, in units of utility."""
    return int(utility.max(initial=0)) + 1


def bare(network: Network, utility: IntArray) -> Found:
    """The yardstick: :func:`bare_seats`."""
    import ortools.graph.python.min_cost_flow  # noqa: F401 - not on the clock

    started = perf_counter()
    seat = bare_seats(network, utility)
    seconds = perf_counter() - started
    return _found(seconds, seat[seat != UNPLACED], utility)


def bare_seats(network: Network, utility: IntArray) -> IntArray:
    """One minimum-cost flow, from arrays to seats, and nothing proved.

    One arc a pair at minus its utility, one bypass arc a student that costs ``charge``, one arc an
    opportunity; all added in bulk.
    """
    from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

    n, m = network.students, len(network.seats)
    pairs, sink = len(utility), n + m
    flow = SimpleMinCostFlow()
    arcs = flow.add_arcs_with_capacity_and_unit_cost(
        np.concatenate([network.student, np.arange(n + m)]).astype(np.int32),
        np.concatenate([n + network.opportunity, np.full(n + m, sink)]).astype(np.int32),
        np.concatenate([np.ones(pairs + n, np.int64), network.seats]),
        np.concatenate([-utility, np.full(n, charge_of(utility)), np.zeros(m, np.int64)]),
    )
    supply = np.zeros(n + m + 1, np.int64)
    supply[:n] = 1
    supply[sink] = -n
    flow.set_nodes_supplies(np.arange(n + m + 1, dtype=np.int32), supply)
    if flow.solve() != flow.OPTIMAL:
        raise RuntimeError("the bare flow was not solved")
    chosen = np.flatnonzero(flow.flows(arcs[:pairs]))
    seat = np.full(n, UNPLACED, np.int64)
    seat[network.student[chosen]] = chosen
    return seat


def scipy_assignment(network: Network, utility: IntArray) -> Found:
    """scipy's sparse assignment: seats one by one, and a bypass column a student."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import min_weight_full_bipartite_matching

    started = perf_counter()
    n, pairs = network.students, len(utility)
    seats = network.seats[network.opportunity]
    row = np.repeat(np.arange(pairs), seats)
    first = np.cumsum(network.seats) - network.seats
    nth = np.arange(len(row)) - np.repeat(np.cumsum(seats) - seats, seats)
    total = int(network.seats.sum())
    charge = charge_of(utility)
    # Costs above 0: an explicit 0 would count as no edge.
    costs = np.concatenate([2 * charge - utility[row], np.full(n, 4 * charge)]).astype(float)
    rows = np.concatenate([network.student[row], np.arange(n)])
    columns = np.concatenate([first[network.opportunity[row]] + nth, total + np.arange(n)])
    graph = coo_matrix((costs, (rows, columns)), (n, total + n)).tocsr()
    student, column = min_weight_full_bipartite_matching(graph)
    placed = column < total
    opportunity = np.searchsorted(first + network.seats, column[placed], side="right")
    m = len(network.seats)
    keys = network.student * m + network.opportunity
    chosen = np.searchsorted(keys, student[placed] * m + opportunity)
    return _found(perf_counter() - started, chosen, utility)


def highs_lp(network: Network, utility: IntArray) -> Found:
    """HiGHS on the linear program, through scipy: its vertices are whole."""
    from scipy.optimize import linprog
    from scipy.sparse import coo_matrix

    started = perf_counter()
    n, m, pairs = network.students, len(network.seats), len(utility)
    rows = np.concatenate([network.student, n + network.opportunity])
    columns = np.concatenate([np.arange(pairs), np.arange(pairs)])
    matrix = coo_matrix((np.ones(2 * pairs), (rows, columns)), (n + m, pairs)).tocsr()
    most = np.concatenate([np.ones(n), network.seats])
    found = linprog(-(utility + charge_of(utility)), A_ub=matrix, b_ub=most, bounds=(0, 1), method="highs")
    if found.status != 0:
        raise RuntimeError(found.message)
    return _found(perf_counter() - started, np.flatnonzero(found.x > 0.5), utility)


def cp_sat(network: Network, utility: IntArray, limit: float) -> Found:
    """CP-SAT with a Boolean a pair, stopped after ``limit`` seconds of solving."""
    from ortools.sat.python import cp_model

    started = perf_counter()
    model = cp_model.CpModel()
    chosen = [model.new_bool_var("") for _ in range(len(utility))]
    ends = np.cumsum(np.bincount(network.student, minlength=network.students)).tolist()
    for first, last in zip([0, *ends[:-1]], ends, strict=True):
        if last > first:
            model.add_at_most_one(chosen[first:last])
    order = np.argsort(network.opportunity, kind="stable").tolist()
    ends = np.cumsum(np.bincount(network.opportunity, minlength=len(network.seats))).tolist()
    for first, last, seats in zip([0, *ends[:-1]], ends, network.seats.tolist(), strict=True):
        if last - first > seats:
            model.add(sum(chosen[pair] for pair in order[first:last]) <= seats)
    weights = (utility + charge_of(utility)).tolist()
    model.maximize(cp_model.LinearExpr.weighted_sum(chosen, weights))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = limit
    solver.parameters.num_workers = 2
    status = solver.solve(model)
    seconds = perf_counter() - started
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Found(seconds, 0, 0, finished=False, gap=1.0)
    pairs = np.flatnonzero([solver.boolean_value(one) for one in chosen])
    gap = (solver.best_objective_bound - solver.objective_value) / max(1.0, solver.objective_value)
    return _found(seconds, pairs, utility)._replace(finished=status == cp_model.OPTIMAL, gap=gap)


def _found(seconds: float, chosen: IntArray, utility: IntArray) -> Found:
    return Found(seconds, len(chosen), int(utility[chosen].sum()))
