"""The peers that live in an environment of their own (peers.txt). Knows nothing of our package.

Run as ``python -P benchmarks/peer_programs.py NAME FILE``, where FILE holds the pairs as arrays;
prints what :class:`benchmarks.solvers.Found` holds, as JSON.
"""

from __future__ import annotations

import json
import resource
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import Any

import numpy as np


def cbc(arrays: dict[str, Any]) -> dict[str, Any]:
    """PuLP with CBC: a 0/1 variable a pair, as its documentation writes such a model."""
    import pulp

    student, opportunity, utility = (arrays[name].tolist() for name in ("student", "opportunity", "utility"))
    charge = max(utility) + 1
    started = perf_counter()
    model = pulp.LpProblem("round", pulp.LpMaximize)
    chosen = [pulp.LpVariable(f"x{pair}", cat=pulp.LpBinary) for pair in range(len(utility))]
    model += pulp.lpSum((worth + charge) * one for worth, one in zip(utility, chosen, strict=True))
    by_student: dict[int, list[Any]] = {}
    by_opportunity: dict[int, list[Any]] = {}
    for s, o, one in zip(student, opportunity, chosen, strict=True):
        by_student.setdefault(s, []).append(one)
        by_opportunity.setdefault(o, []).append(one)
    for several in by_student.values():
        model += pulp.lpSum(several) <= 1
    seats = arrays["seats"].tolist()
    for o, several in by_opportunity.items():
        model += pulp.lpSum(several) <= seats[o]
    model.solve(pulp.PULP_CBC_CMD(msg=False, threads=2))
    pairs = [pair for pair, one in enumerate(chosen) if one.value() > 0.5]
    return {
        "seconds": perf_counter() - started,
        "placed": len(pairs),
        "utility": sum(utility[pair] for pair in pairs),
        "finished": pulp.LpStatus[model.status] == "Optimal",
        "version": f"PuLP {pulp.__version__}",
    }


def library(arrays: dict[str, Any]) -> dict[str, Any]:
    """The public library ``matching``: hospitals and residents, from dictionaries of lists."""
    import matching
    from matching.games import HospitalResident

    started = perf_counter()
    residents: dict[int, list[int]] = {}
    hospitals: dict[int, list[int]] = {}
    order = np.lexsort((arrays["rank"], arrays["student"]))
    for s, o in zip(arrays["student"][order].tolist(), arrays["opportunity"][order].tolist(), strict=True):
        residents.setdefault(s, []).append(o)
    order = np.lexsort((arrays["student"], arrays["back"], arrays["opportunity"]))
    for s, o in zip(arrays["student"][order].tolist(), arrays["opportunity"][order].tolist(), strict=True):
        hospitals.setdefault(o, []).append(s)
    seats = arrays["seats"].tolist()
    game = HospitalResident.create_from_dictionaries(residents, hospitals, {o: seats[o] for o in hospitals})
    built = perf_counter()
    placed = sum(len(held) for held in game.solve(optimal="resident").values())
    return {
        "seconds": perf_counter() - started,
        "solving": perf_counter() - built,
        "placed": placed,
        "version": f"matching {matching.__version__}",
    }


if __name__ == "__main__":
    # The library copies its linked players by recursion, deeper than the interpreter's stack allows.
    sys.setrecursionlimit(10_000_000)
    threading.stack_size(1 << 30)
    with np.load(sys.argv[2]) as file, ThreadPoolExecutor(1) as deep:
        found = deep.submit({"cbc": cbc, "library": library}[sys.argv[1]], dict(file)).result()
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    below = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(json.dumps(found | {"peak_mib": (own + below) / 1024}))
