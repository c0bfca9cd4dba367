"""What an import writes, and what a second one changes."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.conftest import ROOT
from tests.wbl.dying import ENDED
from tests.wbl.rounds_support import (
    GUARDIANS,
    OPPORTUNITIES,
    PREFERENCES,
    STUDENTS,
    Place,
    bring_in,
    make_place,
    small_folder,
    solve,
    stage,
)
from wbl.audit.models import AuditEvent
from wbl.db import db, transaction
from wbl.employers.models import Employer, Site
from wbl.errors import Conflict
from wbl.interests.models import Preference, Submission
from wbl.opportunities.models import Offering, Opportunity
from wbl.people.models import Guardian, School, Student, StudentHome, StudentNeed
from wbl.placements.publishing import publish
from wbl.rounds import imports
from wbl.rounds.models import ImportState, Pin, RoundImport, RoundState


def student(external_id: str) -> Student:
    return db.session.scalars(
        select(Student).where(Student.external_id == external_id).execution_options(populate_existing=True)
    ).one()


def submissions() -> dict[str, Submission]:
    found = db.session.scalars(select(Submission).execution_options(populate_existing=True))
    return {submission.student.external_id: submission for submission in found}


def counts() -> dict[str, int]:
    models = (Student, School, Employer, Site, Opportunity, Offering, Submission, Preference, Guardian, Pin)
    return {model.__name__: db.session.scalar(select(func.count()).select_from(model)) for model in models}


def test_an_import_writes_all_of_it(app: Flask) -> None:
    place = make_place()
    bring_in(place, small_folder())
    assert place.round.state is RoundState.REVIEW
    ana = student("S1")
    assert (ana.name, ana.language, ana.grade, ana.school.name) == ("Ana Castillo", "es", 11, "North High")
    assert [guardian.name for guardian in ana.guardians] == ["Rosa Castillo", "Luis Castillo"]
    assert [guardian.may_receive for guardian in ana.guardians] == [True, False]
    assert student("S2").name == "Benny Ochoa"
    assert student("S3").name == "S3"
    clinic = db.session.scalars(select(Opportunity).where(Opportunity.external_id == "CLINIC")).one()
    assert (clinic.employer.name, clinic.site.address, clinic.what_to_bring) == (
        "Bayou Clinic",
        "1 Main Street",
        "A notebook",
    )
    assert clinic.description == "Meet patients, take notes"
    shop = db.session.scalars(select(Opportunity).where(Opportunity.external_id == "SHOP")).one()
    assert shop.employer.name == "E2"  # no name is known
    imported = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "round.import")).one()
    assert imported.details["students"] == 3


def test_homes_are_rounded_before_they_are_stored(app: Flask) -> None:
    place = make_place()
    bring_in(place, small_folder())
    home = db.session.get_one(StudentHome, student("S1").id)
    assert (home.latitude, home.longitude) == (30.123, -90.654)


def test_pseudonyms_are_random_and_stay(app: Flask) -> None:
    place = make_place()
    bring_in(place, small_folder())
    first = {key: submission.pseudonym for key, submission in submissions().items()}
    assert all(re.fullmatch(r"P[A-Z2-7]{8}", name) for name in first.values())
    assert len(set(first.values())) == 3
    bring_in(place, small_folder())
    assert {key: submission.pseudonym for key, submission in submissions().items()} == first


def test_the_same_folder_again_changes_nothing(app: Flask) -> None:
    place = make_place()
    bring_in(place, small_folder())
    before = counts()
    state, preview = imports.judge(place.round, small_folder())
    assert state is ImportState.READY
    assert preview["students"] == {"join": 0, "change": 0, "same": 3, "leave": 0}
    assert preview["opportunities"] == {"join": 0, "change": 0, "same": 2, "leave": 0}
    bring_in(place, small_folder())
    assert counts() == before


def test_who_is_left_out_stops_taking_part_and_nothing_is_deleted(app: Flask) -> None:
    place = make_place()
    bring_in(place, small_folder())
    lines = STUDENTS.splitlines(keepends=True)
    smaller = small_folder(
        students="".join([*lines[:2], lines[3].replace(",10,", ",9,")]).replace("quiet_space;", ""),
        preferences=PREFERENCES.split("S2")[0],
        people=None,
        guardians=None,
        opportunities="".join(OPPORTUNITIES.splitlines(keepends=True)[:2]),
    )
    _state, preview = imports.judge(place.round, smaller)
    assert preview["students"] == {"join": 0, "change": 2, "same": 0, "leave": 1}
    assert preview["opportunities"] == {"join": 0, "change": 0, "same": 1, "leave": 1}
    assert preview["preferences"] == {"join": 0, "change": 0, "same": 1, "leave": 2}
    bring_in(place, smaller)
    assert {key: found.active for key, found in submissions().items()} == {
        "S1": True,
        "S2": False,
        "S3": True,
    }
    assert counts()["Student"] == 3
    assert counts()["Guardian"] == 3  # without guardians.csv they stay
    assert student("S1").name == "Ana Castillo"  # without people.csv names stay
    assert student("S3").grade == 9
    assert db.session.scalars(select(StudentNeed.code)).all() == ["large_print"]
    assert db.session.scalar(select(func.count()).select_from(Offering).where(Offering.active)) == 1
    bring_in(place, small_folder())
    assert all(found.active for found in submissions().values())


def test_guardians_are_replaced_per_student_and_those_who_stay_keep_their_row(app: Flask) -> None:
    place = make_place()
    bring_in(place, small_folder())
    rosa = student("S1").guardians[0].id
    changed = GUARDIANS.replace("S1,Luis Castillo,father,,,es,no,no\n", "S1,Nora Vega,aunt,,,es,no,no\n")
    bring_in(place, small_folder(guardians=changed.replace("rosa@home.example", "rosa@new.example")))
    found = student("S1").guardians
    assert [(guardian.name, guardian.email) for guardian in found] == [
        ("Rosa Castillo", "rosa@new.example"),
        ("Nora Vega", ""),
    ]
    assert found[0].id == rosa


def test_pins_of_the_folder_take_the_place_of_pins_made_here(app: Flask) -> None:
    place = make_place()
    header = "student_id,opportunity_id,decision,reason\n"
    bring_in(place, small_folder(pins=header + "S1,SHOP,forbid,Too loud\nS2,SHOP,require,\n"))
    bring_in(place, small_folder())  # no pins.csv: they stay
    standing = select(func.count()).select_from(Pin).where(Pin.removed_at.is_(None))
    assert db.session.scalar(standing) == 2
    bring_in(place, small_folder(pins=header + "S1,SHOP,forbid,Too loud\n"))
    assert db.session.scalar(standing) == 1
    assert db.session.scalar(select(func.count()).select_from(Pin)) == 2  # on record, marked


def test_a_policy_in_the_folder_takes_the_place_of_the_rounds(app: Flask) -> None:
    place = make_place()
    bring_in(place, small_folder(**{"policy.toml": '[objective]\ngoals = ["placed", "utility"]\n'}))
    assert place.round.policy == {"objective": {"goals": ["placed", "utility"]}}
    bring_in(place, small_folder())
    assert place.round.policy == {"objective": {"goals": ["placed", "utility"]}}


def test_nothing_is_imported_while_a_publication_is_in_force(app: Flask) -> None:
    place = make_place()
    bring_in(place, small_folder())
    waiting = stage(place, small_folder())
    run = solve(place)
    with transaction():
        publish(place.actor, run.id)
    with app.test_request_context(), pytest.raises(Conflict, match="Withdraw"), transaction():
        imports.confirm(place.actor, place.round_id, waiting)
    with app.test_request_context(), pytest.raises(Conflict, match="Withdraw"):
        stage(place, small_folder())


def test_an_upload_is_used_once_and_its_files_go_then(app: Flask) -> None:
    place = make_place()
    first = stage(place, small_folder())
    second = stage(place, small_folder())
    found = {row.id: row for row in db.session.scalars(select(RoundImport))}
    assert (found[first].state, found[first].archive) == (ImportState.DISCARDED, None)
    with transaction():
        imports.confirm(place.actor, place.round_id, second)
    db.session.expire_all()
    assert (found[second].state, found[second].archive) == (ImportState.APPLIED, None)
    with app.test_request_context(), pytest.raises(Conflict, match="used or dropped"), transaction():
        imports.confirm(place.actor, place.round_id, second)


def test_students_of_two_districts_with_one_identifier_stay_apart(app: Flask) -> None:
    here, there = make_place(), make_place()
    bring_in(here, small_folder())
    bring_in(there, small_folder())
    assert counts()["Student"] == 6
    assert counts()["Employer"] == 4


@pytest.mark.parametrize(
    ("point", "when"),
    [
        pytest.param("wbl.rounds.applying:apply_students", "after", marks=pytest.mark.slow),
        ("wbl.rounds.applying:apply_pairs", "after"),
        pytest.param("wbl.rounds.imports:record", "after", marks=pytest.mark.slow),
    ],
)
def test_a_kill_during_an_import_leaves_what_was_before(app: Flask, point: str, when: str) -> None:
    place = make_place()
    bring_in(place, small_folder())
    bigger = small_folder(students=STUDENTS + "S4,NORTH,9,,,,,,,,,\n")
    waiting = stage(place, bigger)
    before = counts()
    die(app, place, "import", point, when, place.round_id, waiting, place.user.id)
    db.session.rollback()
    assert counts() == before
    with transaction():
        imports.confirm(place.actor, place.round_id, waiting)
    assert counts()["Student"] == 4


def die(app: Flask, place: Place, what: str, point: str, when: str, *ids: int) -> None:
    """Let another process do it and end in the middle."""
    db.session.commit()
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    command = [sys.executable, "-m", "tests.wbl.dying", url, app.instance_path, what, point, when]
    done = subprocess.run(
        [*command, *map(str, ids)], cwd=ROOT, env={**os.environ}, capture_output=True, text=True
    )
    assert done.returncode == ENDED, done.stderr
