"""Travel by New Orleans's real timetable: how long for all pairs together, and whether it is right.

5,000 made-up students live around the centroids of the city's ZIP codes, every employer of the
city's register is a site, and each asks for six windows, so that every pair has twelve legs.
Printed are seconds after reading, the peak of memory, and how many of 200 random pairs a plain
search for one pair answers alike.

Run as ``python -m benchmarks.transit``; ``--help`` lists the sizes. The data is read from the folder
``--data`` (``../shared/data``), never copied.
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import sys
from collections import Counter
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np

from matching.eligibility import eligible_pairs
from matching.eligibility.travel import Travel
from matching.files import parse_round, write_table
from matching.problem import IntArray, Problem
from matching.verify.facts import Facts
from matching.verify.travel import journey

EMPLOYERS = Path("new-orleans") / "employers-2025.csv"
FEED = Path("new-orleans") / "rta-gtfs-2018.zip"
CENTROIDS = Path("zip-centroids") / "zip-centroids-nm-la.csv"
WINDOWS = "Mon 08:00-11:00;Tue 09:00-12:00;Wed 12:30-15:30;Thu 13:00-16:00;Fri 15:30-18:00;Sat 10:00-14:00"
SPREAD_DEGREES = 0.012  # some 1.3 km
POLICY = """
on_date = 2018-06-04
[travel]
provider = "gtfs"
feed = "feed.zip"
"""


def make_problem(data: Path, students: int, limit: int, seed: int = 0) -> Problem:
    """The round of the benchmark; every student goes on foot or by transit."""
    rng = np.random.default_rng(seed)
    employers = _rows(data / EMPLOYERS)
    centroids = {
        row["code"]: (float(row["lat"]), float(row["lon"])) for row in _rows(data / CENTROIDS) if row["lat"]
    }
    weight = Counter(row["zip"] for row in employers if row["zip"] in centroids)
    codes = sorted(weight)
    share = np.array([weight[code] for code in codes]) / weight.total()
    homes = np.array([centroids[codes[i]] for i in rng.choice(len(codes), students, p=share)])
    homes += rng.normal(0, SPREAD_DEGREES, homes.shape)
    schools = [(f"H{i:02d}", *centroids[code]) for i, code in enumerate(codes)]
    own = rng.integers(len(schools), size=students)
    people = [
        (f"S{i:05d}", f"H{own[i]:02d}", f"{place[0]:.3f}", f"{place[1]:.3f}", str(limit), "12", "1999-01-01")
        for i, place in enumerate(homes.tolist())
    ]
    work = [
        (row["licence"], "1", row["latitude"], row["longitude"], WINDOWS)
        for row in employers
        if row["latitude"]
    ]
    person = ("student_id", "school_id", "latitude", "longitude", "max_travel_minutes", "grade", "birth_date")
    return parse_round(
        {
            "students.csv": write_table(person, people),
            "schools.csv": write_table(
                ("school_id", "latitude", "longitude"), [tuple(map(str, row)) for row in schools]
            ),
            "opportunities.csv": write_table(
                ("opportunity_id", "seats", "latitude", "longitude", "schedule"), work
            ),
            "policy.toml": POLICY.encode(),
            "feed.zip": (data / FEED).read_bytes(),
        }
    )


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def check(problem: Problem, pairs: int, seed: int = 1) -> tuple[int, int]:
    """How many of some random pairs a plain search for one pair answers alike, and how many it asked.

    Half of the pairs are in reach, as most random ones are not.
    """
    rng = np.random.default_rng(seed)
    n, m = len(problem.students), len(problem.opportunities)
    found = eligible_pairs(problem)
    near = rng.choice(len(found), pairs // 2, replace=False)
    rest = pairs - len(near)
    student = np.concatenate((found.student[near], rng.integers(n, size=rest)))
    opportunity = np.concatenate((found.opportunity[near], rng.integers(m, size=rest)))
    legs = Travel(problem).legs(student, opportunity)
    facts = Facts(problem)
    limits = problem.students.max_travel_minutes
    same = 0
    for s, o, there, back in zip(*_lists(student, opportunity, legs.there, legs.back), strict=True):
        way = journey(facts, (s, o))
        limit = int(limits[s])
        # Beyond the limit nobody is told how long it takes.
        same += all(a == b or min(a, b) > limit for a, b in ((there, way.there), (back, way.back)))
    return same, len(student)


def _lists(*columns: IntArray) -> list[list[int]]:
    return [column.tolist() for column in columns]


def measure(data: Path, students: int, minutes: int, pairs: int) -> dict[str, Any]:
    """Seconds after reading, the peak of memory by then, and how many of ``pairs`` are answered alike."""
    started = process_time()
    problem = make_problem(data, students, minutes)
    reading = process_time() - started
    wall, started = perf_counter(), process_time()
    found = eligible_pairs(problem)
    work, wall = process_time() - started, perf_counter() - wall
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    assert problem.feed is not None
    calls, sites, reached = len(problem.feed.stop), len(problem.opportunities), len(found)
    same, asked = check(problem, pairs)
    return {
        "seconds": wall,
        "work": work,
        "peak_mib": peak,
        "reading": reading,
        "calls": calls,
        "sites": sites,
        "pairs": reached,
        "same": same,
        "asked": asked,
    }


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; exit status 1 where an answer differs."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.transit", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--students", type=int, default=5_000)
    parser.add_argument("--minutes", type=int, default=60, help="the limit of every student")
    parser.add_argument("--pairs", type=int, default=200, help="pairs to be checked by a plain search")
    parser.add_argument("--json", action="store_true", help="print what was measured as JSON alone")
    options = parser.parse_args(arguments)
    found = measure(options.data, options.students, options.minutes, options.pairs)
    if options.json:
        print(json.dumps(found))
        return 0
    print(f"round of {options.students:,} students and {found['sites']:,} sites")
    print(f"feed of {found['calls']:,} calls; read all of it in {found['reading']:.1f} s")
    everything = options.students * found["sites"]
    print(f"{found['pairs']:,} of {everything:,} pairs in reach both ways for all windows")
    print(
        f"{found['work']:.1f} s of work after reading ({found['seconds']:.1f} s by the clock), "
        f"peak {found['peak_mib']:,.0f} MiB"
    )
    print(f"{found['same']} of {found['asked']} random pairs as a plain search for one pair answers them")
    return 0 if found["same"] == found["asked"] else 1


if __name__ == "__main__":
    sys.exit(main())
