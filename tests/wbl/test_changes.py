"""Between rounds: a decline, a late student, a new seat, a repair run; on the publication in force."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests import factories as make
from tests.wbl.published import Published, published_place
from tests.wbl.rounds_support import make_place, solve
from wbl.audit.models import AuditEvent
from wbl.db import db, transaction
from wbl.errors import Conflict, DomainError
from wbl.interests.models import Submission
from wbl.jobs.models import OutboxItem
from wbl.jobs.worker import drain
from wbl.letters.models import Letter
from wbl.opportunities.models import Offering, Opportunity
from wbl.people.models import School, Student
from wbl.placements import changing, repairing
from wbl.placements.models import EndKind, FamilyLink, Placement, PlacementChange, PlacementEnd
from wbl.rounds import services
from wbl.rounds.models import Limit, Pin, PinDecision

Browser = Callable[..., FlaskClient]


@pytest.fixture
def published(app: Flask) -> Published:
    """Ana at the clinic, Benny at the shop, S3 nowhere; their letters are written."""
    found = published_place(letters=True)
    with make.made():
        make.make_guardian(student_of(found, "S3"), name="Tia Nowhere", email="tia@home.example")
    return found


def student_of(published: Published, external_id: str) -> Student:
    return db.session.scalars(
        select(Student).where(
            Student.external_id == external_id, Student.district_id == published.place.district.id
        )
    ).one()


def part_of(published: Published, external_id: str) -> int:
    return db.session.scalars(
        select(Submission.id).where(
            Submission.student_id == student_of(published, external_id).id,
            Submission.round_id == published.place.round_id,
        )
    ).one()


def offering_of(published: Published, external_id: str) -> Offering:
    return db.session.scalars(
        select(Offering)
        .join(Opportunity)
        .where(Opportunity.external_id == external_id, Offering.round_id == published.place.round_id)
    ).one()


def decline(published: Published, external_id: str = "S1") -> int:
    placement_id = published.placement(external_id).id
    with transaction():
        changing.end(
            published.place.actor, placement_id, kind=EndKind.DECLINED, reason="Found work of her own"
        )
    return placement_id


def in_force(published: Published) -> dict[str, str]:
    rows = db.session.execute(
        select(Student.external_id, Opportunity.external_id)
        .select_from(Placement)
        .join(Student)
        .join(Offering, Offering.id == Placement.offering_id)
        .join(Opportunity, Opportunity.id == Offering.opportunity_id)
        .where(Placement.round_id == published.place.round_id, Placement.state == "published")
    )
    return dict(rows.tuples().all())


def test_a_decline_frees_the_seat_and_another_student_gets_it(
    client: FlaskClient, sign_in: Browser, published: Published
) -> None:
    place = published.place
    sign_in(place.user)
    ana, benny = published.placement("S1").id, published.placement("S2").id
    written = {letter.placement_id: letter.written_at for letter in db.session.scalars(select(Letter))}
    db.session.rollback()
    address = f"/placements/{ana}/end"
    assert client.post(address, data={"kind": "declined", "another": "no", "reason": ""}).status_code == 422
    data = {"kind": "declined", "another": "no", "reason": "Found work of her own"}
    answer = client.post(address, data=data)
    page = client.get(answer.location).text
    assert "1 placement ended" in page and "Found work of her own" in page
    assert in_force(published) == {"S2": "SHOP"}
    links = select(FamilyLink.id).where(FamilyLink.placement_id == ana, FamilyLink.revoked_at.is_(None))
    assert db.session.scalars(links).all() == []
    pin = db.session.scalars(select(Pin)).one()
    assert (pin.decision, pin.submission_id) == (PinDecision.FORBID, part_of(published, "S1"))
    assert db.session.get_one(Submission, part_of(published, "S1")).active is False
    assert "The student or the family said no" in client.get(f"/placements/{ana}").text
    assert client.post(address, data=data).status_code == 409 or "no more" in client.get(address).text

    place_address = f"/rounds/{place.round_id}/students/{part_of(published, 'S3')}/place"
    page = client.get(place_address).text
    assert "Clinic aide" in page and "1 of 1 seats free" in page and "Shop helper" not in page
    clinic = offering_of(published, "CLINIC").id
    assert client.post(place_address, data={"offering": clinic, "reason": ""}).status_code == 422
    answer = client.post(place_address, data={"offering": clinic, "reason": "The seat was free"})
    assert answer.status_code == 302
    assert in_force(published) == {"S2": "SHOP", "S3": "CLINIC"}
    drain()
    letters = {letter.placement_id: letter for letter in db.session.scalars(select(Letter))}
    new = published.placement("S3")
    assert letters[new.id].state == "written" and letters[benny].written_at == written[benny]
    assert new.explanation["placed"][0]["opportunity_id"] == "CLINIC" and new.travel_minutes is not None
    mails = [item.key for item in db.session.scalars(select(OutboxItem)) if f":{new.id}:" in item.key]
    assert len(mails) == 1, "one recipient of the one who is new"
    text = client.get(answer.location).text
    assert "Clinic aide" in text and "Why this one" in text
    actions = set(db.session.scalars(select(AuditEvent.action)))
    assert {"placement.end", "placement.add"} <= actions


def test_a_seat_is_given_only_under_the_checks_of_a_solve(app: Flask, published: Published) -> None:
    place, clinic, shop = (
        published.place,
        offering_of(published, "CLINIC").id,
        offering_of(published, "SHOP").id,
    )
    three, one = part_of(published, "S3"), part_of(published, "S1")

    def refused(submission: int, offering: int, words: str) -> None:
        with app.test_request_context(), pytest.raises(DomainError, match=words), transaction():
            changing.place(place.actor, place.round_id, submission, offering, reason="For this test")

    refused(three, clinic, "Every seat")
    refused(one, shop, "has a placement")
    decline(published)
    refused(one, clinic, "forbidden")
    with transaction():
        offering = db.session.get_one(Offering, clinic)
        offering.min_age = "18"
    refused(three, clinic, "may not be")
    with transaction():
        offering = db.session.get_one(Offering, clinic)
        offering.min_age = ""
        limit = Limit(round_id=place.round_id, scope="kind", name="internship", high=0)
        db.session.add(limit)
    refused(three, clinic, "more than a limit allows")
    with transaction():
        db.session.delete(db.session.scalars(select(Limit)).one())
    stranger = make_place()
    with app.test_request_context(), pytest.raises(DomainError) as foreign, transaction():
        changing.place(stranger.actor, place.round_id, three, clinic, reason="For this test")
    assert foreign.value.status == 404
    with transaction():
        changing.place(place.actor, place.round_id, three, clinic, reason="For this test")
    assert in_force(published) == {"S2": "SHOP", "S3": "CLINIC"}


def test_a_seat_by_hand_takes_a_seat_of_the_van(app: Flask, published: Published) -> None:
    place, shop, one = published.place, offering_of(published, "SHOP").id, part_of(published, "S1")
    decline(published)

    def ride(external_id: str, modes: str, van_seats: int) -> None:
        with transaction():
            db.session.get_one(Submission, part_of(published, external_id)).travel_modes = modes
            db.session.get_one(Offering, shop).seats = 2
            db.session.scalars(select(School)).one().van_seats = van_seats

    def give() -> None:
        with app.test_request_context(), transaction():
            changing.place(place.actor, place.round_id, one, shop, reason="For this test")

    ride("S2", "van", 1)  # who is at the shop already
    ride("S1", "van", 1)
    with pytest.raises(DomainError, match="van has 1 seat"):
        give()
    ride("S1", "car;van", 1)  # has another way within the minutes, and so needs no seat of the van
    give()
    assert in_force(published) == {"S1": "SHOP", "S2": "SHOP"}


def test_the_van_has_room_for_two(app: Flask, published: Published) -> None:
    shop = offering_of(published, "SHOP").id
    decline(published)
    with transaction():
        for external_id in ("S1", "S2"):
            db.session.get_one(Submission, part_of(published, external_id)).travel_modes = "van"
        db.session.get_one(Offering, shop).seats = 2
        db.session.scalars(select(School)).one().van_seats = 2
    place = published.place
    with app.test_request_context(), transaction():
        changing.place(place.actor, place.round_id, part_of(published, "S1"), shop, reason="For this test")
    assert in_force(published) == {"S1": "SHOP", "S2": "SHOP"}


def test_a_repair_run_changes_as_little_as_can_be(
    app: Flask, client: FlaskClient, sign_in: Browser, published: Published
) -> None:
    place = published.place
    decline(published)
    benny = published.placement("S2").id
    run = solve(place, "closest")
    assert run.state == "done", run.error
    number = run.number
    sign_in(place.user)
    assert "1 student lost a place and wants another" in client.get("/home").text
    page = client.get(f"/rounds/{place.round_id}/running").text
    assert "Run 2 is newer than what is published." in page
    address = f"/rounds/{place.round_id}/runs/{number}/changes"
    assert "Publish these changes" in client.get(address).text
    assert client.post(address).status_code == 302
    page = client.get(f"/rounds/{place.round_id}/running").text
    assert "is newer than what is published" not in page, "what was published is not offered again"
    found = in_force(published)
    assert found["S2"] == "SHOP" and published.placement("S2").id == benny, (
        "who keeps a seat keeps its placement"
    )
    assert found["S3"] == "CLINIC"
    change = db.session.scalars(select(PlacementChange).order_by(PlacementChange.id.desc())).first()
    assert change is not None and (change.added, change.ended, change.run_id) == (1, 0, run.id)
    assert client.post(address).status_code == 409, "a second time there is nothing to change"
    with (
        app.test_request_context(),
        pytest.raises(Conflict, match="older than"),
        transaction(),
    ):
        repairing.publish_changes(place.actor, place.round_id, 1)


def test_a_run_before_the_last_change_is_refused(app: Flask, published: Published) -> None:
    place = published.place
    decline(published)
    number = solve(place, "closest").number
    with transaction():
        changing.place(
            place.actor,
            place.round_id,
            part_of(published, "S3"),
            offering_of(published, "CLINIC").id,
            reason="Quicker than the run",
        )
    with app.test_request_context(), pytest.raises(Conflict, match="changed after this run"), transaction():
        repairing.publish_changes(place.actor, place.round_id, number)


def test_a_late_student_and_a_new_seat(client: FlaskClient, sign_in: Browser, published: Published) -> None:
    place = published.place
    with make.made():
        late = make.make_student(place.district, grade=12)
    clinic = offering_of(published, "CLINIC").id
    sign_in(place.user)
    address = f"/rounds/{place.round_id}"
    assert late.name in client.get(f"{address}/late?q={late.family_name}").text
    answer = client.post(f"{address}/late", data={"student": late.id})
    assert answer.status_code == 302
    page = client.get(answer.location).text
    assert "No free seat is possible now" in page
    assert client.post(f"{address}/late", data={"student": late.id}).status_code == 409
    seats = f"{address}/offerings/{clinic}/seats"
    assert client.post(seats, data={"seats": "-1"}).status_code == 400
    assert client.post(seats, data={"seats": "0"}).status_code == 400, "Ana has that seat"
    assert client.post(seats, data={"seats": "2"}).status_code == 302
    assert "Clinic aide" in client.get(f"{address}/seats?free=yes").text
    stranger = make_place()
    browser = client.application.test_client()
    sign_in(stranger.user, browser)
    for path in (f"{address}/running", f"{address}/late", f"{address}/seats", f"{address}/runs/1/changes"):
        assert browser.get(path).status_code == 404, path
    assert browser.post(seats, data={"seats": "9"}).status_code == 404
    assert browser.get(f"/placements/{published.placement('S1').id}/end").status_code == 404


def test_a_placement_that_ended_comes_back_as_itself(published: Published) -> None:
    place = published.place
    placement_id = decline(published)
    with transaction():
        pin = db.session.scalars(select(Pin)).one()
        services.remove_pin(place.actor, place.round_id, pin.id)
    with transaction():
        again = changing.place(
            place.actor,
            place.round_id,
            part_of(published, "S1"),
            offering_of(published, "CLINIC").id,
            reason="They thought again",
        )
        assert again.id == placement_id
    assert db.session.scalars(select(PlacementEnd)).all() == []
    assert in_force(published) == {"S1": "CLINIC", "S2": "SHOP"}
