"""Real employers, made-up students: a round at any size."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path

import pytest
from flask import Flask

from matching.eligibility import eligible_pairs
from matching.files import parse_round
from matching.pairs import REASONS
from matching.solve import solve
from matching.verify import verify
from wbl.demo.new_orleans import CENTROIDS, EMPLOYERS, MissingData, new_orleans_round, read_employers
from wbl.demo.postings import profiles

CENTROID_HEADER = "code,city,state,county,area_code,lat,lon"


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode())))


@pytest.fixture(scope="module")
def files(shared_data: Path) -> dict[str, bytes]:
    return new_orleans_round(shared_data)


def test_the_default_round_places_most_students(files: dict[str, bytes]) -> None:
    problem = parse_round(files)
    result = solve(problem).files()
    assert problem.warnings == ()
    assert len(problem.students) == 400
    assert 0.85 <= json.loads(result["summary.json"])["placed"] / 400 <= 0.97
    assert verify(problem, result) == []


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_excludes_a_pair(files: dict[str, bytes], reason: str) -> None:
    assert eligible_pairs(parse_round(files)).excluded[reason] > 0


def test_employers_are_those_of_the_register(shared_data: Path, files: dict[str, bytes]) -> None:
    register = {employer.license: employer for employer in read_employers(shared_data / EMPLOYERS)}
    sites = rows(files["sites.csv"])
    assert len(sites) > 100
    assert {site["employer_id"] for site in sites} <= set(register)
    offered = rows(files["opportunities.csv"])
    assert {row["employer_id"] for row in offered} == {site["employer_id"] for site in sites}
    for row in offered:
        employer = register[row["employer_id"]]
        if row["place"] != "remote":
            assert float(row["latitude"]) == employer.latitude
        assert row["title_es"] and row["description"] and row["description_es"]
        assert row["cluster"] == profiles()[employer.business_type]["cluster"]


def test_every_business_type_of_the_register_is_known(shared_data: Path) -> None:
    types = {employer.business_type for employer in read_employers(shared_data / EMPLOYERS)}
    assert types <= set(profiles())


def test_students_and_contacts_are_made_up(files: dict[str, bytes]) -> None:
    people = rows(files["people.csv"]) + rows(files["guardians.csv"])
    assert all(row["email"].endswith(".example") for row in people if row["email"])
    assert all("-555-01" in row["phone"] for row in people if row["phone"])
    assert all(row["contact_email"].endswith(".example") for row in rows(files["sites.csv"]))


def test_equity_has_something_to_find(files: dict[str, bytes]) -> None:
    students = rows(files["students.csv"])

    def share(column: str, code: str = "") -> float:
        held = [set(filter(None, row[column].split(";"))) for row in students]
        return sum(code in codes if code else bool(codes) for codes in held) / len(students)

    assert 0.03 < share("travel_modes", "car") < 0.3
    assert 0.05 < share("groups", "el") < 0.25
    assert 0.06 < share("needs") < 0.2
    assert share("languages", "es") > 0.05 and share("languages", "vi") > 0.01


@pytest.mark.parametrize("students", [1, 25, 1500])
def test_any_size(shared_data: Path, students: int) -> None:
    files = new_orleans_round(shared_data, students, seed=3)
    problem = parse_round(files)
    assert len(problem.students) == len(rows(files["people.csv"])) == students
    assert problem.opportunities.seats.sum() >= round(0.9 * students)


def test_more_students_than_employers_have_seats_for(tmp_path: Path, shared_data: Path) -> None:
    """Every employer takes part, and each offers more seats."""
    for path in (CENTROIDS, EMPLOYERS):
        (tmp_path / path).parent.mkdir()
    (tmp_path / CENTROIDS).symlink_to((shared_data / CENTROIDS).resolve())
    register = (shared_data / EMPLOYERS).read_text(encoding="utf-8").splitlines(keepends=True)
    (tmp_path / EMPLOYERS).write_text("".join(register[:31]), encoding="utf-8")
    problem = parse_round(new_orleans_round(tmp_path, 300))
    assert len(problem.opportunities.employer_id.values) == 30
    assert problem.opportunities.seats.sum() == round(0.96 * 300)


def test_a_round_travels_by_the_citys_real_timetable(shared_data: Path) -> None:
    feed = (shared_data / "new-orleans" / "rta-gtfs-2018.zip").read_bytes()
    files = new_orleans_round(shared_data, 40, feed=feed)
    problem = parse_round(files)
    assert files["feed.zip"] == feed and problem.feed is not None
    # 28 May 2018 was Memorial Day, with the service of a Sunday; the 23rd is the feed's first date.
    assert problem.policy.travel.service_date == date(2018, 5, 23)
    result = solve(problem).files()
    assert verify(problem, result) == []
    told = [json.loads(line) for line in result["explanations.jsonl"].splitlines()]
    ways = [
        seat["leg"]["steps"]["there"]
        for one in told
        for seat in one["placed"]
        if "steps" in (seat["leg"] or {})
    ]
    assert any(step.get("line") for way in ways for step in way)


def test_a_feed_goes_with_a_real_city(app: Flask, tmp_path: Path) -> None:
    feed = tmp_path / "feed.zip"
    feed.write_bytes(b"no feed")
    build = ["demo", "build", "--feed", str(feed), "--out", str(tmp_path / "round")]
    run = app.test_cli_runner().invoke(args=build)
    assert run.exit_code == 2
    assert "--feed goes with --new-orleans" in run.output


def test_a_bad_feed_is_said(app: Flask, shared_data: Path, tmp_path: Path) -> None:
    feed = tmp_path / "feed.zip"
    feed.write_bytes(b"no feed")
    build = [
        "demo",
        "build",
        "--new-orleans",
        str(shared_data),
        "--feed",
        str(feed),
        "--out",
        str(tmp_path / "r"),
    ]
    run = app.test_cli_runner().invoke(args=build)
    assert run.exit_code == 1
    assert f"{feed}: it is no zip archive" in run.output


def test_a_seed_gives_the_same_round(shared_data: Path) -> None:
    assert new_orleans_round(shared_data, 50, seed=2) == new_orleans_round(shared_data, 50, seed=2)
    assert new_orleans_round(shared_data, 50, seed=2) != new_orleans_round(shared_data, 50, seed=1)


def test_a_missing_folder_says_what_is_expected(tmp_path: Path) -> None:
    with pytest.raises(MissingData, match=r"is missing: expected a data folder that holds .*employers-2025"):
        new_orleans_round(tmp_path)


def test_a_missing_column_is_named(tmp_path: Path, shared_data: Path) -> None:
    for path in (CENTROIDS, EMPLOYERS):
        (tmp_path / path).parent.mkdir()
    (tmp_path / CENTROIDS).symlink_to((shared_data / CENTROIDS).resolve())
    (tmp_path / EMPLOYERS).write_text("licence,name\n1,HERON\n")
    with pytest.raises(MissingData, match="the column business_type is missing"):
        new_orleans_round(tmp_path)


def test_a_missing_zip_code_is_named(tmp_path: Path) -> None:
    (tmp_path / CENTROIDS).parent.mkdir()
    (tmp_path / CENTROIDS).write_text(f"{CENTROID_HEADER}\n70112,New Orleans,LA,ORLEANS,,29.9,-90.0\n")
    with pytest.raises(MissingData, match="the ZIP code 70113 is missing"):
        new_orleans_round(tmp_path)


def test_a_round_has_a_student(shared_data: Path) -> None:
    with pytest.raises(ValueError, match="at least one student"):
        new_orleans_round(shared_data, 0)
