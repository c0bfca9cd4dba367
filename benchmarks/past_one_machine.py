"""Whether processes and a cluster pay: one state's round of eight regions, solved three ways.

Prints seconds for finding the pairs and for solving the parts: here, on two processes, and on a
Dask cluster of two workers of this machine. All three leave the same seats.

Run as ``python -m benchmarks.past_one_machine``; ``--students`` takes several sizes.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable
from time import perf_counter
from typing import TypeVar

import numpy as np

from benchmarks.instances import SEED, STUDENTS_PER_OPPORTUNITY
from benchmarks.towns import make_round
from matching import components
from matching.cluster import Cluster, connect
from matching.components import solve_parts, split_network
from matching.eligibility import eligible_pairs
from matching.eligibility.table import rules_of
from matching.engines.network import Network
from matching.files import parse_round
from matching.fit import score
from matching.goals import weighted_goals

REGIONS = 8
T = TypeVar("T")


def main() -> None:
    """Print a line a size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, nargs="+", default=[10_000, 50_000, 100_000, 200_000])
    options = parser.parse_args()
    import distributed

    with (
        warnings.catch_warnings(action="ignore"),
        distributed.LocalCluster(2, threads_per_worker=1, dashboard_address=None, silence_logs=50) as local,
        connect(local.scheduler_address) as cluster,
    ):
        print(f"{'students':>9} {'pairs':>11}  {'finding: here':>13} {'cluster':>8}", end="")
        print(f"  {'solving: whole':>14} {'parts':>8} {'processes':>9} {'cluster':>8}")
        for students in options.students:
            measure(students, cluster)


def measure(students: int, cluster: Cluster) -> None:
    """One size, all ways."""
    problem = parse_round(make_round(students, students // STUDENTS_PER_OPPORTUNITY, SEED, regions=REGIONS))
    here, eligible = _timed(lambda: eligible_pairs(problem))
    rules_of.cache_clear()
    there, same = _timed(lambda: cluster.eligible_pairs(problem))
    assert np.array_equal(eligible.opportunity, same.opportunity)
    seats = problem.opportunities.seats
    network = Network(eligible.student, eligible.opportunity, seats, len(problem.students))
    goals = weighted_goals(problem, score(problem, eligible), None)
    nobody = np.empty(0, np.int64)
    whole, _ = _timed(lambda: components.goal_by_goal(network, goals, nobody))
    parts, alone = _timed(lambda: solve_parts(network, goals, nobody))
    spare = components._PAIRS_TO_SPARE
    components._PAIRS_TO_SPARE = 0
    processes, by_processes = _timed(lambda: solve_parts(network, goals, nobody, workers=2))
    components._PAIRS_TO_SPARE = spare
    on_cluster, by_cluster = _timed(lambda: solve_parts(network, goals, nobody, executor=cluster))
    for seat, _ in (by_processes, by_cluster):
        assert np.array_equal(seat, alone[0])
    print(f"{students:>9,} {len(eligible):>11,}  {here:>13.2f} {there:>8.2f}", end="")
    print(f"  {whole:>14.2f} {parts:>8.2f} {processes:>9.2f} {on_cluster:>8.2f}", end="")
    print(f"  ({len(split_network(network))} parts)", flush=True)


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    started = perf_counter()
    result = work()
    return perf_counter() - started, result


if __name__ == "__main__":
    main()
