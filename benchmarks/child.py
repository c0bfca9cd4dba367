"""One measurement in a process of its own, so that none profits from another's caches or memory.

Run as ``python -m benchmarks.child NAME FOLDER STUDENTS [LIMIT]``; prints what it found as JSON.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import instances, ours, solvers
from benchmarks.instances import Instance


def _make(instance: Instance, limit: float) -> dict[str, Any]:
    sides = instance.at.name.endswith("sides")
    instances.make(instance.at.parent, instance.students, sides=sides)
    return {}


def _save_ranks(instance: Instance, limit: float) -> dict[str, Any]:
    """What the public library is given: our pairs, but for those without a seat, which it refuses."""
    arrays = ours.ranked(instance)
    seated = arrays["seats"][arrays["opportunity"]] > 0
    pairs = {name: arrays[name][seated] for name in ("student", "opportunity", "rank", "back")}
    np.savez(instance.at / "ranked.npz", seats=arrays["seats"], **pairs)
    return {}


def _with_pairs(solve: Callable[..., solvers.Found]) -> Callable[[Instance, float], dict[str, Any]]:
    def run(instance: Instance, limit: float) -> dict[str, Any]:
        return solve(*instance.network())._asdict()

    return run


NAMES: dict[str, Callable[[Instance, float], dict[str, Any]]] = {
    "make": _make,
    "save-ranks": _save_ranks,
    "bare": _with_pairs(solvers.bare),
    "scipy": _with_pairs(solvers.scipy_assignment),
    "highs": _with_pairs(solvers.highs_lp),
    "cp-sat": lambda instance, limit: solvers.cp_sat(*instance.network(), limit)._asdict(),
    "memory": lambda instance, limit: ours.in_memory(instance),
    "files": lambda instance, limit: ours.from_files(instance),
    "sides": ours.with_sides,
    "stable": lambda instance, limit: ours.stable(instance),
    "again": lambda instance, limit: ours.again(instance),
}


def main(arguments: list[str]) -> None:
    """Measure one thing and print it."""
    name, folder, students = arguments[:3]
    limit = float(arguments[3]) if len(arguments) > 3 else float("inf")
    found = NAMES[name](Instance(Path(folder), int(students)), limit)
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    below = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(json.dumps({"peak_mib": (own + below) / 1024} | found))


if __name__ == "__main__":
    main(sys.argv[1:])
