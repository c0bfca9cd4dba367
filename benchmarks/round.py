"""How long a whole round takes, beside the bare network solve of the same pairs, in one run.

Prints a table: ``solve`` from CSV files to result files and ``verify``, in seconds and as multiples
of the bare solve, and the phases of ``solve``. See README.md for what is measured.

Run as ``python benchmarks/round.py``; ``--help`` lists the sizes.
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import NamedTuple

# Run as a script, the folder that holds the package is not on the path.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from benchmarks.towns import make_round
from matching.engines.network import UNPLACED, Network
from matching.files import parse_round, read_folder, write_folder
from matching.phases import Phases
from matching.problem import IntArray
from matching.solve import solve
from matching.verify import verify

SOLVE_LIMIT, VERIFY_LIMIT = 6, 10


class Measured(NamedTuple):
    """One repetition, in a process of its own."""

    pairs: int
    placed: int
    bare: float
    solve: float
    verify: float
    phases: dict[str, float]
    peak_mib: float


def measure(folder: Path, out: Path) -> Measured:
    """Solve and verify the round once and solve its bare network, all in this process."""
    _import_solvers()
    started = perf_counter()
    phases = Phases()
    with phases.measure("read"):
        problem = parse_round(read_folder(folder))
    result = solve(problem, phases=phases)
    files = result.files()
    with phases.measure("save"):
        write_folder(out, files)
    solved = perf_counter() - started

    started = perf_counter()
    violations = verify(parse_round(read_folder(folder)), read_folder(out))
    verified = perf_counter() - started
    if violations:
        raise SystemExit(f"{len(violations)} violations, the first: {violations[0]}")

    pairs = result.scored.pairs
    network = Network(pairs.student, pairs.opportunity, problem.opportunities.seats, len(problem.students))
    started = perf_counter()
    bare_solve(network, result.scored.utility)
    bare = perf_counter() - started
    peak = max(phases.peak_mib.values())
    return Measured(len(pairs), result.placed, bare, solved, verified, dict(phases.seconds), peak)


def bare_solve(network: Network, utility: IntArray) -> IntArray:
    """The yardstick: one minimum-cost flow, from arrays to seats, and nothing proved.

    One arc a pair at minus its utility, one bypass arc a student that costs little more than the
    largest utility, one arc an opportunity; all added in bulk.
    """
    from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

    n, m = network.students, len(network.seats)
    pairs, sink = len(utility), n + m
    flow = SimpleMinCostFlow()
    arcs = flow.add_arcs_with_capacity_and_unit_cost(
        np.concatenate([network.student, np.arange(n + m)]).astype(np.int32),
        np.concatenate([n + network.opportunity, np.full(n + m, sink)]).astype(np.int32),
        np.concatenate([np.ones(pairs + n, np.int64), network.seats]),
        np.concatenate([-utility, np.full(n, utility.max(initial=0) + 1), np.zeros(m, np.int64)]),
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


def _import_solvers() -> None:
    """Imports are set aside: they cost the same for any size."""
    import scipy.spatial  # noqa: F401 - what finds the pairs


def _report(rounds: list[Measured]) -> None:
    bare = median(one.bare for one in rounds)
    print(f"{rounds[0].pairs:,} eligible pairs, {rounds[0].placed:,} placed", end="")
    print(f", peak memory {max(one.peak_mib for one in rounds):,.0f} MiB")
    print(f"median of {len(rounds)} processes\n")
    print(f"{'':24}{'seconds':>9}{'x bare':>9}{'limit':>8}")
    _row("bare network solve", bare, bare)
    _row("solve, files to files", median(one.solve for one in rounds), bare, SOLVE_LIMIT)
    for phase in rounds[0].phases:
        _row(f"  {phase}", median(one.phases[phase] for one in rounds), bare)
    _row("verify", median(one.verify for one in rounds), bare, VERIFY_LIMIT)


def _row(what: str, seconds: float, bare: float, limit: int | None = None) -> None:
    print(f"{what:24}{seconds:9.3f}{seconds / bare:9.2f}{limit if limit else '':>8}")


def main() -> None:
    """Make the round, measure it in fresh processes, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=10_000)
    parser.add_argument("--opportunities", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    size = (options.students, options.opportunities)
    print(f"{size[0]:,} students x {size[1]:,} opportunities, seed {options.seed}")
    with TemporaryDirectory() as scratch:
        folder = Path(scratch, "round")
        write_folder(folder, make_round(*size, options.seed))
        rounds = []
        for repetition in range(options.repeat):
            print(f"process {repetition + 1} of {options.repeat}", file=sys.stderr)
            # A fresh process each time, so that no repetition profits from another's caches.
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
                out = Path(scratch, f"out-{repetition}")
                rounds.append(pool.submit(measure, folder, out).result())
    _report(rounds)


if __name__ == "__main__":
    main()
