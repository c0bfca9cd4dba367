"""The benchmark measures what it says, on rounds that are the same everywhere."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from benchmarks import __main__ as benchmarks
from benchmarks import instances, ours, runs, solvers
from benchmarks.plot import plot
from benchmarks.table import Found, Sizes, markdown, replace_table, rows, same_optimum
from benchmarks.towns import GROUPS, make_round
from matching.engines.network import UNPLACED
from matching.files import parse_round
from matching.solve import solve

SIZES = Sizes(150, 150, 150, 150)


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> instances.Instance:
    scratch = tmp_path_factory.mktemp("benchmark")
    instances.make(scratch, 150)
    return instances.named(scratch, 150)


def test_a_round_is_the_same_for_the_same_seed() -> None:
    assert make_round(60, 20, 7) == make_round(60, 20, 7)
    assert make_round(60, 20, 7)["students.csv"] != make_round(60, 20, 8)["students.csv"]


def test_side_constraints_are_added_to_the_same_round() -> None:
    plain, sides = make_round(120, 60, 7), make_round(120, 60, 7, sides=True)
    assert plain["preferences.csv"] == sides["preferences.csv"]
    problem = parse_round(sides)
    assert np.array_equal(problem.students.birth_date, parse_round(plain).students.birth_date)
    assert {"employer", "group", "school"} == set(problem.limits.scope)
    assert (problem.opportunities.min_students == 3).any()
    held = [problem.students.groups[student] for student in range(120)]
    assert all(len(groups) == 2 for groups in held)
    assert set().union(*held) == set(GROUPS)


def test_what_is_measured_is_loaded_as_it_was_made(instance: instances.Instance) -> None:
    problem = instance.problem()
    result = solve(problem)
    network, utility = instance.network()
    assert np.array_equal(network.student, result.scored.pairs.student)
    assert np.array_equal(network.opportunity, result.scored.pairs.opportunity)
    assert np.array_equal(utility, result.scored.utility)


def test_the_yardstick_is_the_optimum_of_utility_less_a_charge_for_each_unplaced_student(
    instance: instances.Instance,
) -> None:
    network, utility = instance.network()
    result = solve(instance.problem())
    seat = solvers.bare_seats(network, utility)
    placed = seat[seat != UNPLACED]
    charge = solvers.charge_of(utility)
    assert int(utility[placed].sum()) + charge * len(placed) >= result.total_utility + charge * result.placed
    assert len(placed) <= result.placed


def test_every_solver_reaches_the_same(instance: instances.Instance) -> None:
    network, utility = instance.network()
    found: Found = {
        name: {150: solver(network, utility)._asdict()}
        for name, solver in (
            ("bare", solvers.bare),
            ("highs", solvers.highs_lp),
            ("scipy", solvers.scipy_assignment),
            ("cp-sat", lambda *pairs: solvers.cp_sat(*pairs, 60.0)),
        )
    }
    assert found["cp-sat"][150]["finished"]
    assert same_optimum(found, 150) == []
    found["scipy"][150]["utility"] -= 1
    assert same_optimum(found, 150)[0].startswith("scipy reached")


def test_ours_is_measured_from_arrays_and_from_files(instance: instances.Instance) -> None:
    memory = ours.in_memory(instance)
    assert memory["finished"]
    assert memory["seconds"] == pytest.approx(sum(memory["phases"].values()))
    assert 0 < memory["proofs"] < memory["phases"]["solve"]
    files = ours.from_files(instance)
    assert (files["placed"], files["utility"]) == (memory["placed"], memory["utility"])
    assert {"read", "pairs", "utility", "solve", "explain", "write", "save"} == set(files["phases"])
    assert files["seconds"] >= sum(files["phases"].values())
    assert list(instance.at.glob("*/out")) == []


def test_ranks_on_both_sides_are_each_owners_own(instance: instances.Instance) -> None:
    arrays = ours.ranked(instance)
    for owner, rank in (("student", "rank"), ("opportunity", "back")):
        for one in np.unique(arrays[owner]):
            mine = np.sort(arrays[rank][arrays[owner] == one])
            assert mine.tolist() == list(range(1, len(mine) + 1))
    assert ours.stable(instance)["placed"] > 0


def measured() -> Found:
    """Figures that meet some promises and miss others."""
    same = {"placed": 9, "utility": 90}
    return {
        "bare": {150: {"seconds": 1.0, "peak_mib": 50.0} | same},
        "memory": {
            150: {"seconds": 1.5, "proofs": 0.06, "phases": {"solve": 1.0}, "pairs": 7, "peak_mib": 7000.0}
            | {"finished": True}
            | same
        },
        "files": {150: {"seconds": 4.1, "peak_mib": 2048.0}},
        "cbc": {150: {"seconds": 300.0, "finished": True, "version": "PuLP 3"} | same},
        "highs": {150: {"seconds": 3.0, "finished": True} | same},
        "cp-sat": {150: {"seconds": 750.0, "finished": False, "gap": 0.05, "peak_mib": 8000.0}},
        "sides-20": {150: {"seconds": 15.0, "gap": 0.0004, "finished": True}},
        "sides-150": {150: {"failed": "ended with status 1", "finished": False}},
        "stable": {150: {"seconds": 0.5}},
        "transit": {
            150: {"seconds": 9.0, "sites": 7, "peak_mib": 1025.0, "same": 199, "asked": 200, "finished": True}
        },
    }


def test_the_table_holds_promises_against_what_was_measured() -> None:
    verdicts = {row.work.strip(): (row.met, row.measured) for row in rows(measured(), SIZES)}
    assert verdicts["150 students, 7 pairs: arrays to a proved result"] == (True, "1.50 x (1.5 s : 1.0 s)")
    assert verdicts["the proofs alone"] == (False, "6.0% (0.060 s : 1.0 s)")
    assert verdicts["from CSV files to output files"][0] is False
    assert verdicts["its memory"] == (True, "2,048 MiB")
    assert verdicts["150 students, same optimum: PuLP/CBC"] == (True, "200 x (300.0 s : 1.5 s)")
    assert verdicts["150 students, same optimum: HiGHS LP"][0] is False
    assert verdicts["150 students: CP-SAT"] == (True, "unfinished after 500 x, gap 5.00%")
    table = rows(measured(), SIZES)
    gaps = [(row.met, row.measured) for row in table if "cohorts" in row.work]
    assert gaps == [(True, "gap 0.0400 % after 10.0 x"), (None, "ended with status 1")]
    assert verdicts["deferred acceptance, 150 students"][0]
    assert verdicts["150 students: the public matching library"] == (None, "not measured")
    assert verdicts["150 students, 7 pairs"][0] is False  # over 6 GiB
    assert verdicts["150 students, 7 sites by New Orleans's timetable"] == (True, "9.0 s")
    assert verdicts["random pairs as a plain search answers"] == (False, "199 of 200")
    assert verdicts["its peak of memory"] == (False, "1,025 MiB")


def test_what_takes_too_long_is_ended_with_all_below_it(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    below = f"import time, pathlib; time.sleep(3); pathlib.Path({str(mark)!r}).touch()"
    program = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {below!r}])"
    assert runs._run([sys.executable, "-c", program], 1.0) == {"seconds": 1.0, "finished": False}
    time.sleep(3.5)
    assert not mark.exists()


def test_the_table_goes_between_its_marks() -> None:
    readme = (Path(benchmarks.__file__).parent / "README.md").read_text()
    table = markdown(rows(measured(), SIZES), ["Measured somewhere."])
    new = replace_table(readme, table)
    assert "| 1.50 x (1.5 s : 1.0 s) | at most 2 x bare | met |" in new
    assert replace_table(new, table) == new
    assert new.startswith(readme[:200])
    assert new.endswith(readme[-200:])


def test_the_picture_is_one_and_hollow_where_unfinished() -> None:
    found = measured()
    found["bare"][1500] = {"seconds": 20.0, "peak_mib": 500.0}
    tree = ElementTree.fromstring(plot(found))
    space = "{http://www.w3.org/2000/svg}"
    words = {element.text for element in tree.iter(f"{space}text")}
    assert {"Time (seconds)", "Peak memory (MiB)", "bare min-cost flow", "CP-SAT"} <= words
    assert "scipy assignment" not in words
    hollow = [mark for mark in tree.iter(f"{space}circle") if mark.get("fill") == "#fff"]
    assert len(hollow) == 2  # CP-SAT, in both panels
    assert len(list(tree.iter(f"{space}circle"))) > 2


@pytest.mark.slow
def test_one_command_measures_everything(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results = tmp_path / "results.json"
    arguments = ["--quick", "--without-peers", "--scratch", str(tmp_path), "--results", str(results)]
    assert benchmarks.main(arguments) == 0
    printed = capsys.readouterr().out
    found = json.loads(results.read_text())["found"]
    for name in ("bare", "memory", "files", "stable", "again", "sides-20", "sides-150"):
        for record in found[name].values():
            assert "failed" not in record, name
    assert "not the same optimum" not in printed
    assert "deferred acceptance, 1,000 students" in printed
