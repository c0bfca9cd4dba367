"""All promised figures in one run, side by side; see README.md for what is measured.

Run as ``python -m benchmarks``. Each measurement has a process of its own; what stands in README.md
and the picture beside it are written from the results only with ``--write``.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.plot import plot
from benchmarks.runs import Runs
from benchmarks.table import Found, Sizes, markdown, replace_table, rows, same_optimum, text

HERE = Path(__file__).resolve().parent
PACKAGES = ("numpy", "scipy", "ortools")
CP_SAT_TIMES = 500
# Of a tiny round, twenty times our time is less than it takes to start the solver's process.
QUICK_SECONDS = 60.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the table, and write what was asked for."""
    options = _options(arguments)
    sizes = Sizes(1_000, 200, 2_000, 100) if options.quick else Sizes()
    started = perf_counter()
    with TemporaryDirectory(dir=options.scratch) as scratch:
        runs = Runs(Path(scratch), 1 if options.quick else options.repeats)
        least = QUICK_SECONDS if options.quick else 0.0
        _measure(runs, sizes, huge=options.huge, peers=not options.without_peers, least=least)
    found, minutes = runs.found, (perf_counter() - started) / 60
    results = {
        "minutes": round(minutes, 1),
        "versions": _versions(found),
        "machine": _machine(),
        "found": found,
    }
    if options.results:
        options.results.write_text(json.dumps(results, indent=1, sort_keys=True) + "\n")
    table = rows(found, sizes)
    print(text(table))
    for fault in same_optimum(found, sizes.small):
        print(f"not the same optimum: {fault}")
    words = _words(_versions(found), _machine(), minutes)
    print("\n".join(words))
    if options.write:
        (HERE / "results.json").write_text(json.dumps(results, indent=1, sort_keys=True) + "\n")
        (HERE / "speed.svg").write_text(plot(found))
        readme = HERE / "README.md"
        readme.write_text(replace_table(readme.read_text(), markdown(table, words)))
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--huge", action="store_true", help="also 1,000,000 students: minutes more, 24 GiB of disk"
    )
    parser.add_argument("--quick", action="store_true", help="tiny sizes: shows that everything runs")
    parser.add_argument("--without-peers", action="store_true", help="no solvers but ours and the bare one")
    parser.add_argument("--repeats", type=int, default=3, help="the median of so many processes")
    parser.add_argument("--results", type=Path, help="write what was found to this file, as JSON")
    parser.add_argument(
        "--write", action="store_true", help="write results.json, speed.svg and README.md's table"
    )
    parser.add_argument("--scratch", type=Path, help="where rounds are made; the temporary folder by default")
    return parser.parse_args(arguments)


def _measure(runs: Runs, sizes: Sizes, *, huge: bool, peers: bool, least: float) -> None:
    """The bare solver and ours take turns, so that both meet the machine in the same mood."""
    small, large = sizes.small, sizes.large
    for students in (small // 10, small, large):
        runs.make(students)
        for name in ("bare", "memory", "files"):
            runs.measure(name, students)
    own = runs.found["memory"][small]["seconds"]
    for students in (small, large):
        runs.measure("stable", students)
    runs.measure("again", small)
    runs.transit(sizes.transit)
    runs.make(small, sides=True)
    for times in (20, 150):
        runs.measure(
            "sides",
            small,
            # The limit binds the solving; a twentieth is left for what comes before and after.
            limit=max(least, 0.95 * times * own),
            patience=3 * max(least, times * own) + 60,
            repeats=1,
            store=f"sides-{times}",
        )
    if peers:
        _measure_peers(runs, small, own)
    if huge:
        runs.make(sizes.huge)
        for name in ("bare", "memory"):
            runs.measure(name, sizes.huge, repeats=1)


def _measure_peers(runs: Runs, small: int, own: float) -> None:
    for students in (small // 10, small):
        for name in ("highs", "scipy"):
            runs.measure(name, students, patience=1_800)
        runs.peer("cbc", students, "pairs.npz", patience=3_600)
    limit = CP_SAT_TIMES * own
    for students in (small // 10, small):
        runs.measure("cp-sat", students, limit=limit, patience=2 * limit + 300, repeats=1)
    runs.measure("save-ranks", small, repeats=1)
    runs.peer("library", small, "ranked.npz", patience=1_800)


def _versions(found: Found) -> dict[str, str]:
    versions = {"Python": platform.python_version()} | {name: version(name) for name in PACKAGES}
    for name in ("cbc", "library"):
        for record in found.get(name, {}).values():
            package, _, number = str(record.get("version", "")).partition(" ")
            if number:
                versions[package] = number
    return versions


def _machine() -> dict[str, object]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {"cores": len(os.sched_getaffinity(0)), "memory_gib": round(memory), "system": platform.system()}


def _words(versions: dict[str, str], machine: dict[str, object], minutes: float) -> list[str]:
    packages = ", ".join(f"{name} {number}" for name, number in versions.items())
    return [
        f"Measured on {machine['cores']} cores and {machine['memory_gib']} GiB with {packages}; "
        f"the whole run took {minutes:,.0f} minutes."
    ]


if __name__ == "__main__":
    raise SystemExit(main())
