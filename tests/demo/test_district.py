"""The demo district has something to show for every rule, condition, page and letter."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from collections import Counter
from datetime import date
from hashlib import sha256

import numpy as np
import pytest

from matching.eligibility import conditions, eligible_pairs, reasons
from matching.files import parse_round
from matching.pairs import REASONS
from matching.problem import Problem
from matching.solve import solve
from matching.verify import verify
from wbl.clusters import CLUSTERS
from wbl.demo.district import demo_round
from wbl.rounds.folder import read_upload

Rows = list[dict[str, str]]
FILES = {
    "growth.csv",
    "guardians.csv",
    "opportunities.csv",
    "people.csv",
    "pins.csv",
    "policy.toml",
    "preferences.csv",
    "refusals.csv",
    "schools.csv",
    "sites.csv",
    "students.csv",
}


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return demo_round()


@pytest.fixture(scope="module")
def problem(files: dict[str, bytes]) -> Problem:
    return parse_round(files)


@pytest.fixture(scope="module")
def result(problem: Problem) -> dict[str, bytes]:
    return solve(problem).files()


def rows(data: bytes) -> Rows:
    return list(csv.DictReader(io.StringIO(data.decode())))


def pair(problem: Problem, student: str, opportunity: str) -> tuple[list[str], tuple[str, ...]]:
    """What speaks against a pair (codes, and rules of law), and its conditions."""
    indices = (
        np.array([problem.students.ids.index(student)]),
        np.array([problem.opportunities.ids.index(opportunity)]),
    )
    codes = [str(reason.detail.get("rule", reason.code)) for reason in reasons(problem, *indices)[0]]
    return codes, conditions(problem, *indices)[0]


def test_the_folder_is_whole_and_without_a_warning(files: dict[str, bytes], problem: Problem) -> None:
    assert set(files) == FILES
    assert problem.warnings == ()
    assert (len(problem.students), len(problem.schools), len(problem.opportunities)) == (120, 3, 60)


def test_about_112_of_120_are_placed_and_the_result_verifies(
    problem: Problem, result: dict[str, bytes]
) -> None:
    summary = json.loads(result["summary.json"])
    assert summary["status"] == "optimal"
    assert 110 <= summary["placed"] <= 114
    assert verify(problem, result) == []


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_other_seeds_place_about_as_many(seed: int) -> None:
    summary = json.loads(solve(parse_round(demo_round(seed))).files()["summary.json"])
    assert 108 <= summary["placed"] <= 117


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_excludes_a_pair(problem: Problem, reason: str) -> None:
    assert eligible_pairs(problem).excluded[reason] > 0


@pytest.mark.parametrize("condition", ["arrange", "agreement", "travel_unknown"])
def test_every_condition_stands_at_a_placement(result: dict[str, bytes], condition: str) -> None:
    found = Counter(
        code.partition(":")[0]
        for row in rows(result["placements.csv"])
        for code in row["conditions"].split(";")
    )
    assert found[condition] > 0


@pytest.mark.parametrize("reason", ["no_eligible_pair", "seats_taken"])
def test_every_reason_leaves_somebody_unplaced(result: dict[str, bytes], reason: str) -> None:
    assert reason in {row["reason"] for row in rows(result["unplaced.csv"])}


@pytest.mark.parametrize(
    ("student", "opportunity", "code"),
    [
        ("S003", "library-aide", "MIN-AGE"),
        ("S004", "bakery-baker", "HO11"),
        ("S004", "bakery-baker", "Y-BAKING"),
        ("S004", "bakery-baker", "HOURS-EARLY"),
        ("S004", "theater-stagecraft", "HOURS-LATE"),
        ("S004", "theater-stagecraft", "HOURS-SCHOOL-DAY"),
        ("S004", "theater-stagecraft", "HO5"),
        ("S004", "clinic-front-desk", "HOURS-SCHOOL"),
        ("S006", "roofing-helper", "HO16"),
        ("S006", "acequia-restoration", "HO17"),
        ("S006", "salvage-crew", "HO15"),
        ("S006", "fire-wildland", "HO4"),
        ("S009", "radio-audio", "accommodation"),
        ("S010", "auto-parts-driver", "DRIVING"),
        ("S011", "food-bank-pantry", "pay"),
        ("S012", "library-story-hour", "pay"),
        ("S013", "museum-guide", "not_ranked"),
        ("S014", "solar-design", "grade"),
        ("S015", "clinic-interpreter", "travel"),
        ("S015", "software-remote", "schedule"),
        ("S016", "kettle-host", "forbidden"),
        ("S017", "hotel-front-desk", "refused"),
        ("S024", "kettle-kitchen", "reserved"),
    ],
)
def test_a_student_shows_a_rule(problem: Problem, student: str, opportunity: str, code: str) -> None:
    assert code in pair(problem, student, opportunity)[0]


@pytest.mark.parametrize(
    ("student", "opportunity", "expected"),
    [
        ("S005", "kettle-kitchen", ("agreement:HO10",)),
        ("S007", "joinery-cabinetmaker", ("agreement:HO14", "agreement:HO5", "arrange:large_print")),
        ("S009", "planning-maps", ("arrange:sign_language",)),
        ("S020", "acequia-surveyor", ("travel_unknown",)),
        ("S021", "sheet-metal-apprentice", ("agreement:HO8",)),
        ("S008", "hospital-radiology", ()),
        ("S023", "elementary-reading-buddy", ()),
    ],
)
def test_a_student_shows_a_condition(
    problem: Problem, student: str, opportunity: str, expected: tuple[str, ...]
) -> None:
    assert pair(problem, student, opportunity) == ([], expected)


@pytest.mark.parametrize(
    ("student", "opportunity"),
    [
        ("S001", "vet-assistant"),
        ("S002", "library-aide"),
        ("S003", "clinic-shadow"),
        ("S005", "kettle-kitchen"),
        ("S007", "joinery-cabinetmaker"),
        ("S008", "hospital-radiology"),
        ("S009", "planning-maps"),
        ("S020", "acequia-surveyor"),
        ("S023", "elementary-reading-buddy"),
    ],
)
def test_a_student_who_shows_something_gets_it(
    result: dict[str, bytes], student: str, opportunity: str
) -> None:
    placed = {row["student_id"]: row["opportunity_id"] for row in rows(result["placements.csv"])}
    assert placed[student] == opportunity


def test_the_application_takes_the_folder(files: dict[str, bytes]) -> None:
    folder = read_upload(files, {}, date(2027, 1, 11))
    assert folder.warnings == []
    assert len(folder.students) == 120


def test_people_guardians_and_sites_belong_to_the_round(files: dict[str, bytes]) -> None:
    students = {row["student_id"] for row in rows(files["students.csv"])}
    assert [row["student_id"] for row in rows(files["people.csv"])] == sorted(students)
    assert {row["student_id"] for row in rows(files["guardians.csv"])} <= students
    sites = {(row["site_id"], row["employer_id"]) for row in rows(files["sites.csv"])}
    assert {(row["site_id"], row["employer_id"]) for row in rows(files["opportunities.csv"])} == sites


def test_families_of_every_standing(files: dict[str, bytes]) -> None:
    guardians: dict[str, Rows] = {}
    for row in rows(files["guardians.csv"]):
        guardians.setdefault(row["student_id"], []).append(row)
    languages = Counter(row["language"] for group in guardians.values() for row in group)
    assert languages["en"] >= 30 and languages["es"] >= 20
    assert any(len({g["language"] for g in group}) > 1 for group in guardians.values())
    restricted = [g for group in guardians.values() for g in group if g["may_receive"] == "no"]
    assert restricted
    assert [g["may_receive"] for g in guardians["S019"]] == ["no", "no"]
    assert "S008" not in guardians  # eighteen: nobody else signs


def test_students_of_every_standing(files: dict[str, bytes]) -> None:
    students = rows(files["students.csv"])
    adults = [row for row in students if row["birth_date"] and row["birth_date"] <= "2009-01-11"]
    assert adults
    groups = {code for row in students for code in row["groups"].split(";")}
    assert groups >= {"el", "iep", "frl", "homeless", "foster"}
    for column in ("priority", "hours_needed"):
        assert any(row[column] not in ("", "0") for row in students)
    assert sum("car" in row["travel_modes"] for row in students) < 40
    assert any("transport" in row["needs"].split(";") for row in students)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("kind", "job_shadow"),
        ("kind", "internship"),
        ("kind", "pre_apprenticeship"),
        ("employment", "trainee"),
        ("labor_program", "registered_apprenticeship"),
        ("labor_program", "wecep"),
        ("place", "remote"),
        ("place", "school"),
        ("flexible_hours", "6"),
        ("paid", "no"),
        ("drives", "yes"),
        ("schedule", "2027-02-05 09:00-14:00"),
    ],
)
def test_opportunities_of_every_kind(files: dict[str, bytes], column: str, value: str) -> None:
    assert value in {row[column] for row in rows(files["opportunities.csv"])}


def test_opportunities_are_told_in_words_of_both_languages(files: dict[str, bytes]) -> None:
    words = ("title", "description", "what_to_bring", "directions")
    for row in rows(files["opportunities.csv"]):
        assert all(row[word] and row[f"{word}_es"] for word in words), row["opportunity_id"]
        assert row["supervisor"] and row["cluster"] in CLUSTERS


def test_pins_carry_reasons(files: dict[str, bytes]) -> None:
    pins = rows(files["pins.csv"])
    assert {row["decision"] for row in pins} == {"require", "forbid"}
    assert all(row["reason"] for row in pins)


def test_nobody_can_be_reached(files: dict[str, bytes]) -> None:
    text = b"".join(files.values()).decode()
    assert set(re.findall(r"@[\w.-]+", text)) and all(
        domain.endswith(".example") for domain in re.findall(r"@([\w.-]+)", text)
    )
    phones = re.findall(r"\b\d{3}-\d{3}-\d{4}\b", text)
    assert phones and all(re.fullmatch(r"505-555-01\d\d", number) for number in phones)


def test_a_seed_gives_the_same_bytes_in_another_process(files: dict[str, bytes]) -> None:
    code = (
        "from hashlib import sha256\n"
        "from wbl.demo.district import demo_round\n"
        "files = demo_round()\n"
        "print(sha256(b''.join(files[name] for name in sorted(files))).hexdigest())"
    )
    other = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert other.stdout.strip() == sha256(b"".join(files[name] for name in sorted(files))).hexdigest()
    assert demo_round(1) != files
