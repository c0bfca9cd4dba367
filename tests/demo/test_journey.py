"""The demo from a folder to sign-ins: what it prints leads to something to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from matching.files import write_folder
from tests.wbl.published import NEAR
from tests.wbl.rounds_support import SITES, small_folder
from wbl.accounts import services as accounts
from wbl.accounts.models import Membership, User
from wbl.db import db, transaction
from wbl.demo import journey, reporting, sign_ins
from wbl.demo.office import Office
from wbl.interests.models import Submission
from wbl.people.models import Student, StudentCte
from wbl.placements import consents, link_queries, queries
from wbl.placements.models import Consent, FamilyLink
from wbl.safety import concern_queries
from wbl.safety.models import ConcernState

OFFICE = Office(slug="demo", name="Levee Schools", timezone="America/Chicago", phone="555-0100")


def run_small() -> sign_ins.SignIns:
    # The clinic's name is the last, so that of two employers with a student each it gets the sign-in.
    files = small_folder(students=NEAR, sites=SITES.replace("Bayou Clinic", "Zydeco Clinic"))
    outcome = journey.run_round(files, OFFICE, lambda _step: None, invented=True)
    return sign_ins.of_round(outcome.round_id)


def person(found: sign_ins.SignIns, role: str) -> Membership:
    email = next(entry["email"] for entry in found["people"] if entry["role"] == role)
    return db.session.scalars(select(Membership).join(User).where(User.email == email)).one()


@pytest.mark.slow
def test_the_family_has_something_to_answer_and_the_employer_to_see(app: Flask) -> None:
    found = run_small()
    link = link_queries.by_token(found["family_link"].rpartition("/")[2])
    assert isinstance(link, FamilyLink)
    placement = queries.whole(link.placement_id)
    assert consents.may_answer_by_link(placement, link)
    assert link.guardian is not None and link.guardian.may_receive
    assert placement.offering.opportunity.employer_id == person(found, "employer").employer_id
    assert queries.history(placement) == []


@pytest.mark.slow
def test_there_is_one_sign_in_a_role_and_one_without_a_place(app: Flask) -> None:
    found = run_small()
    roles = [entry["role"] for entry in found["people"]]
    # No student of the small folder is in a program, so nobody leads one.
    staff = ["administrator", "advisor", "coordinator", "school_staff"]
    assert sorted(roles) == sorted([*staff, "employer", "student", "student_unplaced"])
    student = db.session.get_one(Student, person(found, "student_unplaced").student_id)
    assert student.external_id == "S3"
    assert "student without a place" in sign_ins.as_text(found)


@pytest.mark.slow
def test_its_reports_and_its_safety_page_have_something_to_show(app: Flask) -> None:
    found = run_small()
    coordinator, student = (
        accounts.actor_of(person(found, role).user) for role in ("coordinator", "student")
    )
    [concern] = concern_queries.own_concerns(student)
    assert (concern.state, concern.opportunity_id) == (ConcernState.ANSWERED, None)
    assert concern.entries[-1].shared and concern_queries.concerns(coordinator).total == 1
    # Nobody of the small folder is in a program, so nobody concentrates.
    known = {one.external_id: one for one in db.session.scalars(select(Student))}
    assert {row.concentrator for row in db.session.scalars(select(StudentCte))} <= {False}
    submission = db.session.scalars(select(Submission).where(Submission.student_id == known["S1"].id)).first()
    assert submission is not None
    with transaction():
        known["S1"].grade, known["S2"].grade, submission.programs = 11, 12, "culinary;theater"
    reporting.show_concentrators(coordinator, submission.round_id)
    rows = {row.student_id: row for row in db.session.scalars(select(StudentCte))}
    one, two = rows[known["S1"].id], rows[known["S2"].id]
    assert (one.concentrator, one.cluster) == (True, "Hospitality, Events & Tourism")
    assert (two.concentrator, two.cluster) == (False, "")
    assert one.graduation_year == (two.graduation_year or 0) + 1


@pytest.mark.slow
def test_families_other_than_the_one_to_try_answer(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journey, "ANSWERED_EVERY", 1)
    found = run_small()
    answered = set(db.session.scalars(select(Consent.placement_id)))
    link = link_queries.by_token(found["family_link"].rpartition("/")[2])
    assert link is not None
    assert len(answered) == 1
    assert link.placement_id not in answered


@pytest.mark.slow
def test_once_ends_with_how_to_look_at_it(app: Flask, tmp_path: Path) -> None:
    write_folder(tmp_path / "spring", small_folder(students=NEAR))
    arguments = ["demo", "run", "--once", "--data", str(tmp_path / "spring"), "--port", "8123"]
    done = app.test_cli_runner().invoke(args=arguments)
    assert done.exit_code == 0, done.output
    serve, address = "To look at it: script/serve --port 8123, then open ", app.config["PUBLIC_URL"]
    assert f"{serve}{address} and sign in as\n  coordinator" in done.output
    *_lines, family, spanish = done.output.rstrip().splitlines()
    assert family.startswith("  a family, without an account: ")
    assert spanish.startswith("  a family that reads Español: ")
