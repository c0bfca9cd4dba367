"""Rows to files and back: byte for byte, by pseudonym, and as the command line solves them."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from matching.files import parse_round
from tests.conftest import ROOT
from tests.wbl.rounds_support import Place, bring_in, make_place, small_folder, solve
from wbl.audit.models import AuditEvent
from wbl.db import db, transaction
from wbl.demo.district import demo_round
from wbl.interests.models import Submission
from wbl.people.models import Student
from wbl.rounds import archive, exports, imports, services
from wbl.rounds.models import RunArchive
from wbl.rounds.snapshot import snapshot

PINS = "student_id,opportunity_id,decision,reason\nS1,SHOP,forbid,Ana Castillo asked for another\n"
GROWTH = "student_id,opportunity_id,value\nS1,CLINIC,0.30\nS2,SHOP,0.00001\n"
REFUSALS = "student_id,opportunity_id\nS3,CLINIC\n"


def full_folder() -> dict[str, bytes]:
    return small_folder(pins=PINS, growth=GROWTH, refusals=REFUSALS)


def names(place: Place) -> dict[str, str]:
    found = db.session.execute(
        select(Student.external_id, Submission.pseudonym)
        .join(Submission, Submission.student_id == Student.id)
        .where(Submission.round_id == place.round_id)
    )
    return dict(found.all())


def test_equal_rows_give_equal_bytes(app: Flask) -> None:
    place = make_place()
    bring_in(place, full_folder())
    first = snapshot(place.round)
    # The same folder with its rows the other way round: other rows in the database, none in a file.
    turned = {}
    for name, data in full_folder().items():
        header, *rows = data.decode().splitlines(keepends=True)
        turned[name] = "".join([header, *reversed(rows)]).encode()
    bring_in(place, turned)
    assert snapshot(place.round) == first


def test_a_snapshot_holds_what_decides_and_nobodys_name(app: Flask) -> None:
    place = make_place()
    bring_in(place, full_folder())
    files = snapshot(place.round)
    text = b"".join(files.values()).decode()
    for private in ("Ana", "Castillo", "S1", "ana@pupils.example", "Bayou Clinic", "Main Street", "notebook"):
        assert private not in text
    assert set(files) == {
        "students.csv",
        "opportunities.csv",
        "schools.csv",
        "preferences.csv",
        "refusals.csv",
        "pins.csv",
        "growth.csv",
        "policy.toml",
    }


def test_a_snapshot_means_what_the_folder_meant(app: Flask) -> None:
    place = make_place()
    bring_in(place, full_folder())
    given = parse_round({**full_folder(), "policy.toml": b"on_date = 2027-01-11\n"})
    problem = parse_round(snapshot(place.round))
    called = names(place)
    here = [problem.students.ids.index(called[name]) for name in given.students.ids]
    for column in ("grade", "birth_date", "priority", "max_travel_minutes"):
        assert (getattr(problem.students, column)[here] == getattr(given.students, column)).all()
    for column in ("needs", "groups", "travel_modes", "school_id"):
        mine, theirs = getattr(problem.students, column), getattr(given.students, column)
        assert [mine[row] for row in here] == [theirs[row] for row in range(len(theirs))]
    assert problem.opportunities.ids == given.opportunities.ids
    assert sorted(problem.growth.value.tolist()) == sorted(given.growth.value.tolist())
    assert (len(problem.preferences), len(problem.refusals), len(problem.pins)) == (3, 1, 1)
    assert problem.policy == given.policy


def test_who_left_is_not_in_a_snapshot(app: Flask) -> None:
    place = make_place()
    bring_in(place, full_folder())
    gone = names(place)["S2"]
    smaller = small_folder(
        students="".join(
            line for line in full_folder()["students.csv"].decode().splitlines(True) if "S2" not in line
        ),
        preferences="student_id,opportunity_id,rank\nS1,CLINIC,1\n",
        people=None,
        guardians=None,
    )
    bring_in(place, smaller)
    assert gone.encode() not in b"".join(snapshot(place.round).values())


@pytest.mark.slow
@pytest.mark.parametrize("method", ["auto", "stable"])
def test_the_command_line_computes_the_same_bytes(app: Flask, tmp_path: Path, method: str) -> None:
    place = make_place()
    bring_in(place, demo_round())
    run = solve(place, method)
    assert run.error is None
    stored = archive.unpack(db.session.get_one(RunArchive, run.id).results)
    folder = tmp_path / "round"
    with zipfile.ZipFile(io.BytesIO(exports.run_folder(place.actor, place.round_id, run.number))) as files:
        files.extractall(folder)
    for command in (["solve", folder, "--out", tmp_path / "out", "--quiet", "--method", method],
                    ["verify", folder, tmp_path / "out"]):  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-m", "matching", *map(str, command)], cwd=ROOT, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
    for name in ("placements.csv", "unplaced.csv", "certificate.json", "explanations.jsonl"):
        assert (tmp_path / "out" / name).read_bytes() == stored[name], name


def test_the_archive_keeps_pairs_that_name_nobody(app: Flask) -> None:
    place = make_place()
    bring_in(place, full_folder())
    run = solve(place)
    kept = db.session.get_one(RunArchive, run.id)
    pairs = archive.unpack(kept.pairs)["eligible.csv"].decode().splitlines()
    assert pairs[0] == "student_id,opportunity_id,utility"
    assert len(pairs) - 1 == run.summary["pairs"]["eligible"]


def test_a_full_export_comes_back_and_changes_nothing(app: Flask) -> None:
    place = make_place()
    bring_in(place, demo_round())
    with transaction():
        exports.note_full_export(place.actor, place.round_id)
    exported = archive.unpack(exports.full_export(place.actor, place.round_id))
    given = demo_round()
    for name in ("people.csv", "guardians.csv", "sites.csv"):
        assert len(exported[name].splitlines()) == len(given[name].splitlines())
    before = snapshot(place.round)
    _state, preview = imports.judge(place.round, exported)
    for kind in ("students", "opportunities", "preferences"):
        assert preview[kind]["join"] == preview[kind]["change"] == preview[kind]["leave"] == 0, kind
    bring_in(place, exported)
    assert snapshot(place.round) == before
    assert db.session.scalars(
        select(AuditEvent.action).where(AuditEvent.action == "round.export_full")
    ).all() == ["round.export_full"]


def test_a_run_keeps_its_folder_when_the_round_changes(app: Flask) -> None:
    place = make_place()
    bring_in(place, full_folder())
    run = solve(place)
    before = exports.run_folder(place.actor, place.round_id, run.number)
    with transaction():
        services.change_round(
            place.actor,
            place.round_id,
            name="Other",
            starts_on=place.round.starts_on,
            ends_on=place.round.ends_on,
            policy={"weights": {"preference": 1.0}},
        )
    assert exports.run_folder(place.actor, place.round_id, run.number) == before
    assert snapshot(place.round)["policy.toml"] != archive.unpack(before)["policy.toml"]


def test_downloads(app: Flask, client: FlaskClient, sign_in: Callable[..., FlaskClient]) -> None:
    place = make_place()
    bring_in(place, full_folder())
    run = solve(place)
    sign_in(place.user)
    for name in ("folder.zip", "results.zip"):
        answer = client.get(f"/rounds/{place.round_id}/runs/{run.number}/{name}")
        assert answer.mimetype == "application/zip"
        assert b"Castillo" not in b"".join(archive.unpack(answer.data).values())
    asked = client.get(f"/rounds/{place.round_id}/export").get_data(as_text=True)
    assert "put on record" in asked
    answer = client.post(f"/rounds/{place.round_id}/export")
    assert b"Castillo" in archive.unpack(answer.data)["people.csv"]
