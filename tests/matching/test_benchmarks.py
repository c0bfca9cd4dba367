"""The benchmark measures what it says, on a round that is the same everywhere."""

from __future__ import annotations

from pathlib import Path

from benchmarks.round import bare_solve, measure
from benchmarks.towns import make_round
from matching.engines.network import Network
from matching.files import parse_round, write_folder
from matching.results import RESULT_FILES
from matching.solve import solve


def test_a_round_is_the_same_for_the_same_seed() -> None:
    assert make_round(60, 20, 7) == make_round(60, 20, 7)
    assert make_round(60, 20, 7)["students.csv"] != make_round(60, 20, 8)["students.csv"]


def test_a_small_round_is_measured_from_files_to_files(tmp_path: Path) -> None:
    write_folder(tmp_path / "round", make_round(200, 60, 1))
    measured = measure(tmp_path / "round", tmp_path / "out")
    assert {entry.name for entry in (tmp_path / "out").iterdir()} == set(RESULT_FILES)
    assert 0 < measured.placed <= 180
    assert {"read", "pairs", "utility", "solve", "explain", "write", "save"} == set(measured.phases)
    assert measured.solve >= sum(measured.phases.values()) > 0


def test_the_yardstick_is_the_optimum_of_utility_less_a_charge_for_each_unplaced_student() -> None:
    problem = parse_round(make_round(150, 60, 3))
    result = solve(problem)
    pairs, utility = result.scored.pairs, result.scored.utility
    seats = problem.opportunities.seats
    seat = bare_solve(Network(pairs.student, pairs.opportunity, seats, 150), utility)
    placed = seat[seat >= 0]
    charge = int(utility.max()) + 1
    bare = int(utility[placed].sum()) - charge * (150 - len(placed))
    assert bare >= result.total_utility - charge * (150 - result.placed)
    assert len(placed) <= result.placed
