"""Pairs decided by hand, on the pages of a round: required or forbidden with a reason."""

from __future__ import annotations

from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy import select

from tests import factories as make
from tests.wbl.rounds_support import (
    STUDENTS,
    Place,
    bring_in,
    offering_of,
    small_folder,
    solve,
    submission_of,
    text_of,
)
from wbl.audit.models import AuditEvent, Reason
from wbl.db import db, transaction
from wbl.demo.district import demo_round
from wbl.opportunities.models import Offering
from wbl.people.models import Student
from wbl.rounds import services
from wbl.rounds.models import Pin, Proposal, SolveRun, Unplaced

Browser = Callable[..., FlaskClient]


def test_a_pair_is_required_with_a_reason_and_holds_in_the_next_run(
    client: FlaskClient, sign_in: Browser, solved: Place
) -> None:
    sign_in(solved.user)
    submission, shop = submission_of(solved, "S1"), offering_of(solved, "SHOP")
    address = f"/rounds/{solved.round_id}/students/{submission}/pin"
    data = {"decision": "require", "offering": shop, "reason": "Agreed in October", "back": "1"}
    assert client.post(address, data={**data, "reason": "x"}).status_code == 422
    assert client.post(address, data={**data, "decision": ""}).status_code == 422
    answer = client.post(address, data=data)
    assert answer.location == f"/rounds/{solved.round_id}/runs/1/students/{submission}"
    assert client.post(address, data=data).status_code == 422  # it stands already
    assert "Agreed in October" in text_of(client, f"/rounds/{solved.round_id}/pins")
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "pin.require")).one()
    assert db.session.get_one(Reason, event.reason_id).text == "Agreed in October"
    assert "October" not in str(event.details)
    run = solve(solved)
    assert db.session.get(Proposal, (run.id, submission, shop)) is not None
    pin = db.session.scalars(select(Pin)).one()
    assert client.post(f"/rounds/{solved.round_id}/pins/{pin.id}/remove").status_code == 302
    assert client.post(f"/rounds/{solved.round_id}/pins/{pin.id}/remove").status_code == 404
    assert "Nothing is decided by hand" in text_of(client, f"/rounds/{solved.round_id}/pins")


def test_what_may_not_be_cannot_be_required_and_the_rule_is_named(
    client: FlaskClient, sign_in: Browser, place: Place
) -> None:
    bring_in(place, demo_round())
    sign_in(place.user)
    young = db.session.scalar(
        select(Student.external_id).where(Student.grade == 8, Student.district_id == place.district.id)
    )
    roofing = offering_of(place, "roofing-helper")
    answer = client.post(
        f"/rounds/{place.round_id}/students/{submission_of(place, str(young))}/pin",
        data={"decision": "require", "offering": roofing, "reason": "They asked for it"},
    )
    assert answer.status_code == 422
    assert "29 CFR 570" in answer.get_data(as_text=True)
    assert (
        db.session.scalars(select(Pin).where(Pin.offering_id == roofing, Pin.decision == "require")).all()
        == []
    )


def test_what_is_possible_for_a_student_is_listed_with_its_seats(
    client: FlaskClient, sign_in: Browser, place: Place
) -> None:
    bring_in(place, small_folder(students=STUDENTS.replace("30.111149,-90.111151", "30.121,-90.651")))
    solve(place)
    sign_in(place.user)
    run = db.session.scalars(select(SolveRun)).one()
    unplaced = db.session.scalars(select(Unplaced).where(Unplaced.run_id == run.id)).one()
    address = f"/rounds/{place.round_id}/runs/1/students/{unplaced.submission_id}"
    page = text_of(client, address)
    possible = page[page.index("What is possible") :]
    assert "Clinic aide" in possible and "Shop helper" in possible
    assert possible.count("1 of 1") == 2
    shop = offering_of(place, "SHOP")
    pin = f"/rounds/{place.round_id}/students/{unplaced.submission_id}/pin"
    assert f"{pin}?run=1&amp;decision=require&amp;offering={shop}" in client.get(address).text
    assert "Decided by hand" not in page
    with make.made():
        db.session.get_one(Offering, shop).min_grade = "13"
    assert f"offering={shop}" not in client.get(address).text  # no button that the form would refuse
    with make.made():
        db.session.get_one(Offering, shop).min_grade = ""
    data = {"decision": "require", "offering": shop, "reason": "A promise of last year", "back": "1"}
    assert client.post(pin, data=data).headers["Location"].endswith(address)
    page = text_of(client, address)
    assert "required" in page[page.index("Decided by hand") : page.index("What is possible")]
    assert "A promise of last year" in page


def test_the_menu_of_a_pin_says_what_is_possible_and_what_not(
    client: FlaskClient, sign_in: Browser, solved: Place
) -> None:
    with make.made():
        db.session.get_one(Offering, offering_of(solved, "SHOP")).min_grade = "12"
    sign_in(solved.user)
    address = f"/rounds/{solved.round_id}/students/{submission_of(solved, 'S1')}/pin"
    page = client.get(address).text
    menu = page[page.index("<select") : page.index("</select>")]
    first, possible, impossible = menu.split("<optgroup")
    assert ">Choose one</option>" in first and 'value=""' in first
    assert 'label="Possible"' in possible and "Clinic aide" in possible
    assert 'label="Not possible"' in impossible and "Shop helper" in impossible
    assert "Grade too low" in impossible
    answer = client.post(address, data={"decision": "forbid", "offering": "", "reason": "Not this one"})
    assert answer.status_code == 422 and "Choose an opportunity." in answer.text
    assert db.session.scalars(select(Pin)).all() == []


def test_a_student_whose_seat_was_required_reads_that(
    client: FlaskClient, sign_in: Browser, solved: Place
) -> None:
    sign_in(solved.user)
    ana = submission_of(solved, "S1")
    page = text_of(client, f"/rounds/{solved.round_id}/runs/1/students/{ana}")
    assert "Your school decided" not in page
    with transaction():
        services.add_pin(
            solved.actor,
            solved.round_id,
            ana,
            offering_of(solved, "SHOP"),
            decision="require",
            reason="Her uncle",
        )
    solve(solved)
    page = text_of(client, f"/rounds/{solved.round_id}/runs/2/students/{ana}")
    assert "Your school decided on this place." in page
    assert "Your school decided on another place for you." in page  # of the clinic, which she liked better
    assert "All of its seats went to other students." not in page


def test_a_name_among_the_pairs_decided_by_hand_leads_to_the_student(
    client: FlaskClient, sign_in: Browser, place: Place
) -> None:
    bring_in(place, small_folder(pins="student_id,opportunity_id,decision,reason\nS1,SHOP,forbid,Too loud\n"))
    sign_in(place.user)
    ana = db.session.scalars(select(Student).where(Student.external_id == "S1")).one()
    pins = f"/rounds/{place.round_id}/pins"
    assert f'<a href="/students/{ana.id}">Ana Castillo</a>' in client.get(pins).text
    solve(place)
    here = f"/rounds/{place.round_id}/runs/1/students/{submission_of(place, 'S1')}"
    assert f'<a href="{here}">Ana Castillo</a>' in client.get(pins).text


def test_more_students_than_seats_cannot_be_required(
    client: FlaskClient, sign_in: Browser, solved: Place
) -> None:
    sign_in(solved.user)
    shop = offering_of(solved, "SHOP")
    answers = [
        client.post(
            f"/rounds/{solved.round_id}/students/{submission_of(solved, name)}/pin",
            data={"decision": "require", "offering": shop, "reason": "Because of that"},
        )
        for name in ("S1", "S3")
    ]
    assert [answer.status_code for answer in answers] == [302, 422]
    assert "All 1 seats" in answers[1].get_data(as_text=True)
