"""WPI's project centers (2017-18) as a round folder: real preferences with a known optimum.

928 students and 46 centers with 928 seats, from INFORMSJoC/2021.0058 (doi
10.1287/ijoc.2022.1237.cd). A student is not interested (0, no pair), interested (0.5) or very
interested (1). All 928 can be placed, with a sum of 906.5.

Run as ``python -m benchmarks.wpi SOURCE ROUND``.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

from matching.files import write_folder, write_table

Grid = dict[tuple[str, str], float]


def convert(source: Path) -> dict[str, bytes]:
    """The files of the round: listed pairs, and the ranks that both sides' utilities mean."""
    interest = _read_grid(source / "student_preference.csv")
    wanted = {pair: value for pair, value in interest.items() if value > 0}
    with (source / "project_capacity.csv").open(encoding="utf-8-sig", newline="") as lines:
        seats = {row["ProjectID"]: row["Capacity"] for row in csv.DictReader(lines)}
    students = sorted({student for student, _ in interest})
    return {
        "students.csv": write_table(["student_id"], ([student] for student in students)),
        "opportunities.csv": write_table(["opportunity_id", "seats"], sorted(seats.items())),
        "eligible.csv": write_table(
            ["student_id", "opportunity_id", "utility"],
            ((*pair, str(round(value * 1_000_000))) for pair, value in wanted.items()),
        ),
        "preferences.csv": write_table(
            ["student_id", "opportunity_id", "rank", "opportunity_rank"],
            _ranks(wanted, _read_grid(source / "project_preference.csv")),
        ),
    }


def _ranks(wanted: Grid, regard: Grid) -> list[tuple[str, str, str, str]]:
    """Very interested is rank 1, interested 2; a center ranks by how it regards a student."""
    regards: dict[str, list[float]] = {}
    for student, center in wanted:
        regards.setdefault(center, []).append(regard[student, center])
    places = {
        center: {value: place for place, value in enumerate(sorted(set(values), reverse=True), 1)}
        for center, values in regards.items()
    }
    return [
        (student, center, "1" if value == 1 else "2", str(places[center][regard[student, center]]))
        for (student, center), value in wanted.items()
    ]


def _read_grid(path: Path) -> Grid:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        header, *rows = csv.reader(lines)
    return {
        (str(int(float(row[0]))), center): float(value)
        for row in rows
        for center, value in zip(header[1:], row[1:], strict=True)
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path, help="the folder of WPI's project centers")
    parser.add_argument("round", type=Path, help="the round folder to write")
    given = parser.parse_args()
    write_folder(given.round, convert(given.source))
