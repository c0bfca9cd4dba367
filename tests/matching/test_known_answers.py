"""Real input whose best match is known from elsewhere. See data/README.md beside the project."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from benchmarks import or_library, wpi
from matching.verify import verify
from tests.matching.rounds import goal_values, placements, solved, summary_of

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
WPI = DATA / "wpi-project-centers"
OR_LIBRARY = DATA / "or-library-assign"

needs_wpi = pytest.mark.skipif(not WPI.is_dir(), reason="../shared/data/wpi-project-centers is not there")
needs_or_library = pytest.mark.skipif(
    not OR_LIBRARY.is_dir(), reason="../shared/data/or-library-assign is not there"
)


@needs_wpi
def test_wpi_places_all_928_students_with_906_and_a_half() -> None:
    problem, files = solved(wpi.convert(WPI))
    assert goal_values(files)["placed"] == len(problem.students) == 928
    assert goal_values(files)["utility"] == 906_500_000
    utilities = [row["utility"] for row in _placement_rows(files)]
    assert (utilities.count("1000000"), utilities.count("500000")) == (885, 43)
    assert verify(problem, files) == []


@needs_wpi
def test_deferred_acceptance_on_wpi_leaves_no_blocking_pair() -> None:
    source = wpi.convert(WPI)
    _, files = solved(source, "stable")
    assert summary_of(files)["status"] == "stable"
    seat = placements(files)
    ranks = {
        (row["student_id"], row["opportunity_id"]): (int(row["rank"]), int(row["opportunity_rank"]))
        for row in csv.DictReader(source["preferences.csv"].decode().splitlines())
    }
    seats = {
        row["opportunity_id"]: int(row["seats"])
        for row in csv.DictReader(source["opportunities.csv"].decode().splitlines())
    }
    # What the last one to get in is worth to each center; ties break by identifier.
    held: dict[str, list[tuple[int, str]]] = {center: [] for center in seats}
    for student, center in seat.items():
        held[center].append((ranks[student, center][1], student))
    blocking = []
    for (student, center), (rank, back) in ranks.items():
        mine = seat.get(student)
        wants = mine is None or (rank, center) < (ranks[student, mine][0], mine)
        has_room = len(held[center]) < seats[center]
        if wants and (has_room or (back, student) < max(held[center], default=(0, ""))):
            blocking.append((student, center))
    assert len(seat) > 800
    assert all(len(students) <= seats[center] for center, students in held.items())
    assert blocking == []


@needs_or_library
@pytest.mark.parametrize(("size", "cost"), or_library.LEAST_COST.items())
def test_or_library_optimum(size: int, cost: int) -> None:
    problem, files = solved(or_library.convert(OR_LIBRARY / f"assign{size}.txt"))
    assert goal_values(files)["placed"] == size
    assert size * or_library.LARGEST_COST - goal_values(files)["utility"] == cost
    assert verify(problem, files) == []


def _placement_rows(files: dict[str, bytes]) -> list[dict[str, str]]:
    return list(csv.DictReader(files["placements.csv"].decode().splitlines()))
