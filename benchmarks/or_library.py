"""OR-Library's assignment problems as a round folder, with the optima that Beasley published.

A file holds the size n, then n rows of n costs. Every student may take every opportunity, each
has one seat, and a pair's utility is ``LARGEST_COST`` minus its cost: with all n placed, the most
utility is the least cost.

Run as ``python -m benchmarks.or_library assign100.txt ROUND``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from matching.files import write_folder, write_table

LARGEST_COST = 100
LEAST_COST = {100: 305, 200: 475, 300: 626, 400: 804}


def convert(source: Path) -> dict[str, bytes]:
    """The files of the round."""
    size, *costs = (int(word) for word in source.read_text().split())
    if len(costs) != size * size or max(costs) > LARGEST_COST:
        raise ValueError(f"{source.name}: expected {size} x {size} costs up to {LARGEST_COST}")
    students = [f"s{i:03}" for i in range(size)]
    opportunities = [f"o{i:03}" for i in range(size)]
    pairs = ((student, opportunity) for student in students for opportunity in opportunities)
    return {
        "students.csv": write_table(["student_id"], ([student] for student in students)),
        "opportunities.csv": write_table(
            ["opportunity_id", "seats"], ((opportunity, "1") for opportunity in opportunities)
        ),
        "eligible.csv": write_table(
            ["student_id", "opportunity_id", "utility"],
            ((*pair, str(LARGEST_COST - cost)) for pair, cost in zip(pairs, costs, strict=True)),
        ),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path, help="a file of OR-Library, such as assign100.txt")
    parser.add_argument("round", type=Path, help="the round folder to write")
    given = parser.parse_args()
    write_folder(given.round, convert(given.source))
