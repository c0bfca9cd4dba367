"""Whole solves of small rounds: what comes out, and that it does not depend on what it should not."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pytest

from matching.files import RoundFaults, parse_round, read_table, write_table
from matching.results import RESULT_FILES
from matching.solve import Infeasible, Progress, Stopped, solve
from matching.verify import verify
from tests.matching.rounds import (
    Files,
    goal_values,
    listed_round,
    placements,
    random_listed_round,
    solved,
    summary_of,
)

SAME_BYTES = ("placements.csv", "unplaced.csv", "certificate.json")
FIRST_WANTS_BOTH = [("ana", "bakery", 900), ("ana", "clinic", 100), ("ben", "bakery", 800)]


def test_placing_more_students_comes_before_utility() -> None:
    _, files = solved(listed_round({"bakery": 1, "clinic": 1}, FIRST_WANTS_BOTH))
    assert placements(files) == {"ana": "clinic", "ben": "bakery"}
    assert goal_values(files) == {"placed": 2, "priority": 0, "floors": 0, "utility": 900}


def test_the_order_of_goals_is_the_policys() -> None:
    pairs = [("ana", "bakery", 950), ("ana", "clinic", 100), ("ben", "bakery", 800)]
    _, files = solved(listed_round({"bakery": 1, "clinic": 1}, pairs, goals=["utility", "placed"]))
    assert goal_values(files) == {"utility": 950, "placed": 1}
    assert placements(files) == {"ana": "bakery"}


def test_among_equal_counts_the_larger_priority_is_placed() -> None:
    pairs = [("ana", "bakery", 900), ("ben", "bakery", 100)]
    _, files = solved(listed_round({"bakery": 1}, pairs, priority={"ben": 3}))
    assert placements(files) == {"ben": "bakery"}
    assert files["unplaced.csv"] == b"student_id,reason,detail\nana,seats_taken,eligible:1\n"


def test_the_files_of_a_result() -> None:
    problem, files = solved(listed_round({"bakery": 1, "clinic": 1}, FIRST_WANTS_BOTH, unlisted=["cleo"]))
    assert set(files) == set(RESULT_FILES)
    assert files["placements.csv"] == (
        b"student_id,opportunity_id,utility,rank,travel_minutes,interest_fit,conditions\n"
        b"ana,clinic,100,,,,\nben,bakery,800,,,,\n"
    )
    assert files["unplaced.csv"] == (b"student_id,reason,detail\ncleo,no_eligible_pair,not_listed\n")
    lines = files["explanations.jsonl"].decode().splitlines()
    assert [json.loads(line)["student_id"] for line in lines] == ["ana", "ben", "cleo"]
    summary = summary_of(files)
    assert summary["status"] == "optimal" and summary["method"] == "flow"
    assert (summary["placed"], summary["total_utility"]) == (2, 900)
    assert summary["goals"][0] == {"name": "placed", "value": 2, "bound": 2}
    assert summary["pairs"]["considered"] == summary["pairs"]["eligible"] == 3
    assert sum(summary["pairs"]["excluded"].values()) == 0
    assert len(summary["pairs"]["excluded"]) == 12
    assert summary["input_digest"] == problem.digest
    assert summary["policy"]["objective"]["goals"] == list(problem.policy.goals)
    assert set(summary["seconds"]) == {"pairs", "utility", "solve", "explain", "write"}
    certificate = json.loads(files["certificate.json"])
    assert certificate["digest"] == problem.digest
    assert certificate["goals"][0] == {
        "name": "placed",
        "value": 2,
        "bound": 2,
        "prices": {"students": {"ana": 1, "ben": 1}, "opportunities": {}},
    }


@pytest.mark.parametrize("method", ["flow", "stable"])
@pytest.mark.parametrize("seed", range(6))
def test_a_result_verifies(seed: int, method: str) -> None:
    problem, files = solved(random_listed_round(seed), method)
    assert [str(violation) for violation in verify(problem, files)] == []


@pytest.mark.parametrize("method", ["flow", "stable"])
@pytest.mark.parametrize(
    ("students", "opportunities"), [("", ""), ("ana\n", ""), ("", "bakery,2\n"), ("ana\n", "bakery,0\n")]
)
def test_a_round_with_nobody_to_place_or_nowhere_to_go(
    students: str, opportunities: str, method: str
) -> None:
    problem, files = solved(
        {
            "students.csv": f"student_id\n{students}".encode(),
            "opportunities.csv": f"opportunity_id,seats\n{opportunities}".encode(),
            "policy.toml": b"on_date = 2027-01-11\n",
        },
        method,
    )
    assert placements(files) == {}
    assert files["unplaced.csv"].count(b"\n") == 1 + len(problem.students)
    assert [str(violation) for violation in verify(problem, files)] == []


def shuffled(files: Files, seed: int) -> Files:
    """The same round with its rows in another order."""
    rng = np.random.default_rng(seed)
    mixed = dict(files)
    for name in files:
        if name.endswith(".csv"):
            header, *rows = files[name].splitlines(keepends=True)
            mixed[name] = header + b"".join(rows[i] for i in rng.permutation(len(rows)))
    return mixed


@pytest.mark.parametrize("method", ["flow", "stable"])
def test_the_order_of_rows_does_not_change_a_byte(method: str) -> None:
    files = random_listed_round(3)
    problem, first = solved(files, method)
    for seed in range(4):
        other_problem, other = solved(shuffled(files, seed), method)
        assert other_problem.digest == problem.digest
        assert [other[name] for name in SAME_BYTES] == [first[name] for name in SAME_BYTES]


def test_the_number_of_workers_does_not_change_a_byte_but_the_digest() -> None:
    files = random_listed_round(4)
    found = []
    for workers in (1, 4):
        policy = f"[solver]\nworkers = {workers}\n".encode()
        problem, result = solved(files | {"policy.toml": policy})
        bare = result["certificate.json"].replace(problem.digest.encode(), b"")
        found.append((result["placements.csv"], result["unplaced.csv"], bare))
    assert found[0] == found[1]


def test_one_more_seat_never_lowers_a_goal_that_comes_first() -> None:
    files = random_listed_round(5)
    _, result = solved(files)
    placed = goal_values(result)["placed"]
    table = read_table(
        "opportunities.csv",
        files["opportunities.csv"],
        known=("opportunity_id", "seats"),
        required=("opportunity_id", "seats"),
        faults=[],
    )
    gained = 0
    for changed in range(len(table.rows)):
        rows = [(name, str(int(seats) + (i == changed))) for i, (name, seats) in enumerate(table.rows)]
        more = files | {"opportunities.csv": write_table(["opportunity_id", "seats"], rows)}
        now = goal_values(solved(more)[1])["placed"]
        assert placed <= now <= placed + 1
        gained += now - placed
    assert gained > 0


def test_new_names_keep_every_goal() -> None:
    files = random_listed_round(6)
    renamed = {
        # s00 becomes s99, s01 becomes s98: the order of identifiers is turned around.
        name: b"".join(
            b"s%02d" % (99 - int(word[1:3])) + word[3:] if word[:1] == b"s" else word
            for word in data.replace(b"student_id", b"STUDENT_ID").splitlines(keepends=True)
        ).replace(b"STUDENT_ID", b"student_id")
        for name, data in files.items()
    }
    assert renamed["students.csv"] != files["students.csv"]
    assert goal_values(solved(renamed)[1]) == goal_values(solved(files)[1])


def test_a_required_pair_is_kept_against_every_goal() -> None:
    pairs = [("ana", "bakery", 1), ("ana", "clinic", 900), ("ben", "bakery", 800)]
    files = listed_round({"bakery": 1, "clinic": 1}, pairs, pins=[("ana", "bakery", "require")])
    _, result = solved(files)
    assert placements(result) == {"ana": "bakery"}
    assert goal_values(result)["placed"] == 1


def test_a_required_pair_that_is_not_eligible_is_a_fault_at_its_line() -> None:
    pins = [("ben", "bakery", "forbid"), ("ben", "clinic", "require")]
    files = listed_round({"bakery": 1, "clinic": 1}, FIRST_WANTS_BOTH, pins=pins)
    with pytest.raises(RoundFaults) as caught:
        solve(parse_round(files))
    (fault,) = caught.value.faults
    assert (fault.file, fault.line, fault.column) == ("pins.csv", 3, "decision")
    assert "ben at clinic" in fault.message


def test_a_required_pair_that_the_rules_exclude_names_every_rule() -> None:
    files = {
        "students.csv": b"student_id,grade,needs\nana,9,step_free\n",
        "opportunities.csv": (
            b"opportunity_id,seats,kind,min_grade,cannot\nattic,1,job_shadow,11,step_free\n"
        ),
        "pins.csv": b"student_id,opportunity_id,decision,reason\nana,attic,require,asked\n",
        "policy.toml": b"on_date = 2027-01-11\n",
    }
    with pytest.raises(RoundFaults) as caught:
        solve(parse_round(files))
    message = caught.value.faults[0].message.lower()
    assert "ana at attic" in message
    assert "grade" in message and "accommodation" in message


def test_a_required_pair_that_the_law_excludes_names_the_rule_and_its_citation() -> None:
    files = {
        "students.csv": b"student_id,birth_date\nana,2011-03-01\n",
        "opportunities.csv": b"opportunity_id,seats,kind,hazards\nroof,1,internship,HO16\n",
        "pins.csv": b"student_id,opportunity_id,decision,reason\nana,roof,require,asked\n",
        "policy.toml": b"on_date = 2027-01-11\n",
    }
    with pytest.raises(RoundFaults, match=r"HO 16, 29 CFR 570\.67"):
        solve(parse_round(files))


def test_more_required_pins_than_seats_names_the_smallest_set() -> None:
    pairs = [(student, place, 1) for student in "abcde" for place in ("large", "small")]
    pins = [(student, "large", "require") for student in "abc"]
    pins += [(student, "small", "require") for student in "de"]
    files = listed_round({"large": 2, "small": 1}, pairs, pins=pins)
    problem = parse_round(files)
    with pytest.raises(Infeasible) as caught:
        solve(problem)
    written = caught.value.files()
    assert set(written) == {"summary.json"}
    summary = summary_of(written)
    assert summary["status"] == "infeasible"
    assert summary["input_digest"] == problem.digest
    assert [(row["line"], row["student_id"]) for row in summary["conflict"]] == [
        (5, "d"),
        (6, "e"),
    ]
    assert [
        {"kind": "seats", "opportunity_id": "small", "from": 1, "to": 2},
        {"kind": "seats", "opportunity_id": "large", "from": 2, "to": 3},
    ] in summary["repair"]
    withdrawn = [changes for changes in summary["repair"] if changes[0]["kind"] == "pin"]
    assert [[change["opportunity_id"] for change in changes] for changes in withdrawn] == [
        ["small", "large"],
        ["small", "large"],
    ]
    assert "pins.csv:5: student d" in str(caught.value)


def test_stable_is_reported_and_not_optimised() -> None:
    # Each likes the one that likes them; together they could take one seat more.
    pairs = [("ana", "bakery", 1), ("ana", "clinic", 900), ("ben", "bakery", 900)]
    preferences = [("ana", "bakery", 1, 1), ("ana", "clinic", 2, 1), ("ben", "bakery", 1, 2)]
    files = listed_round({"bakery": 1, "clinic": 1}, pairs, preferences=preferences)
    _, result = solved(files, "stable")
    assert placements(result) == {"ana": "bakery"}
    summary = summary_of(result)
    assert (summary["status"], summary["method"]) == ("stable", "stable")
    assert summary["goals"][0] == {"name": "placed", "value": 1, "bound": None}
    certificate = json.loads(result["certificate.json"])
    assert certificate["goals"][-1] == {"name": "utility", "value": 1, "bound": None}


def test_an_unknown_method_is_a_mistake_of_the_caller() -> None:
    problem = parse_round(listed_round({"bakery": 1}, [("ana", "bakery", 1)]))
    with pytest.raises(ValueError, match="unknown method"):
        solve(problem, method="simplex")


def test_progress_names_phases_and_proved_goals() -> None:
    seen: list[Progress] = []
    problem = parse_round(listed_round({"bakery": 1, "clinic": 1}, FIRST_WANTS_BOTH))
    solve(problem, progress=seen.append)
    assert [(step.phase, step.goal) for step in seen] == [
        ("pairs", ""),
        ("utility", ""),
        ("solve", ""),
        ("solve", "placed"),
        ("solve", "priority"),
        ("solve", "floors"),
        ("solve", "utility"),
        ("explain", ""),
    ]
    assert (seen[3].value, seen[3].bound) == (2, 2)
    assert all(a.seconds <= b.seconds for a, b in pairwise(seen))


def test_progress_may_stop_a_solve() -> None:
    def stop(progress: Progress) -> None:
        if progress.goal == "placed":
            raise Stopped

    with pytest.raises(Stopped):
        solve(parse_round(random_listed_round(1)), progress=stop)
