"""A round that collects online: its times, who is how far, and reminders."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import escape
from sqlalchemy import func, select

from tests import factories as make
from tests.wbl.rounds_support import Place, bring_in, make_place, small_folder
from wbl.audit.models import AuditEvent
from wbl.bulk.models import BulkAction
from wbl.db import db, transaction
from wbl.errors import Conflict
from wbl.interests.models import Preference, Submission
from wbl.jobs.models import OutboxItem
from wbl.jobs.worker import work_on_next_item
from wbl.opportunities.models import Offering, Opportunity
from wbl.people.models import Student
from wbl.rounds import checklist, collect_page, collecting, queries, services
from wbl.rounds.local_times import NoSuchTime, instant_at, local_time
from wbl.rounds.models import Nudge, RoundState
from wbl.rounds.words import opportunity_lines

Browser = Callable[..., FlaskClient]
NOW = datetime(2026, 12, 1, 15, 0, tzinfo=UTC)
ROUND = {
    "name": "Spring internships",
    "starts_on": "2027-01-11",
    "ends_on": "2027-05-28",
    "order": "placed_first",
    "preference": "40",
    "interest": "25",
    "travel": "20",
    "growth": "15",
    "unranked": "if_open",
}


@pytest.fixture
def place(app: Flask) -> Place:
    app.config["CLOCK"] = lambda: NOW
    return make_place()


def open_round(place: Place) -> None:
    with transaction():
        collecting.set_collecting(
            place.actor, place.round_id, NOW - timedelta(days=1), NOW + timedelta(days=7)
        )


def join(
    place: Place,
    *,
    begun: bool = False,
    submitted: bool = False,
    email: str | None = None,
    language: str = "en",
) -> Student:
    """A student of the district, as far with the round as said."""
    with make.made():
        student = make.make_student(place.district, language=language)
        student.email = f"{student.external_id.lower()}@pupils.example" if email is None else email
        if begun:
            db.session.add(
                Submission(
                    round_id=place.round_id,
                    student_id=student.id,
                    pseudonym=f"P{student.id}",
                    begun_at=NOW,
                    submitted_at=NOW if submitted else None,
                )
            )
        return student


def test_a_round_opens_and_closes_on_the_clock_of_its_district(
    client: FlaskClient, sign_in: Browser, place: Place
) -> None:
    sign_in(place.user)
    data = {**ROUND, "district": place.district.id}
    address = f"/rounds/{place.round_id}/edit"
    times = {"opens_at": "2026-12-01T08:00", "closes_at": "2026-12-18T16:30"}
    assert client.post(address, data={**data, **times}).status_code == 302
    assert place.round.opens_at == datetime(2026, 12, 1, 14, 0, tzinfo=UTC), "8 in the morning in Chicago"
    page = client.get(address).text
    assert 'value="2026-12-18T16:30"' in page
    neither = {"opens_at": "", "closes_at": ""}
    for wrong, said in (
        ({"opens_at": "2026-12-01T08:00"}, "Enter when it closes too"),
        ({"closes_at": "2026-12-01T08:00"}, "Enter when it opens too"),
        ({"opens_at": "2026-12-18T08:00", "closes_at": "2026-12-01T08:00"}, "closes before it opens"),
        ({"opens_at": "2026-12-18T08:00", "closes_at": "2027-06-01T08:00"}, "after the last day"),
        ({"opens_at": "2027-03-14T02:30", "closes_at": "2027-03-20T08:00"}, "Clocks are put forward"),
    ):
        answer = client.post(address, data={**data, **neither, **wrong})
        assert answer.status_code == 422 and said in answer.text, wrong
    assert place.round.closes_at == datetime(2026, 12, 18, 22, 30, tzinfo=UTC), (
        "a refused change changes nothing"
    )
    assert client.post(address, data={**data, **neither}).status_code == 302
    assert place.round.opens_at is None


def test_local_times_name_one_instant_or_none() -> None:
    chicago = "America/Chicago"
    twice = instant_at(datetime(2026, 11, 1, 1, 30), chicago)  # noqa: DTZ001 - a clock on a wall
    assert twice == datetime(2026, 11, 1, 6, 30, tzinfo=UTC), "the earlier of two"
    assert local_time(twice, chicago) == datetime(2026, 11, 1, 1, 30)  # noqa: DTZ001
    with pytest.raises(NoSuchTime):
        instant_at(datetime(2027, 3, 14, 2, 30), chicago)  # noqa: DTZ001


def test_reminders_go_to_those_who_are_waited_for_once_a_day(
    app: Flask, client: FlaskClient, sign_in: Browser, place: Place
) -> None:
    open_round(place)
    waits, begun = join(place), join(place, begun=True, language="es")
    join(place, begun=True, submitted=True)
    join(place, email="")
    stranger = make_place()
    with make.made():
        foreign = make.make_student(stranger.district, email="foreign@pupils.example")
    sign_in(place.user)
    address = f"/rounds/{place.round_id}/collect"
    page = client.get(f"{address}?progress=waiting").text
    assert waits.name in page and begun.name in page and "no e-mail: tell them at school" in page
    assert client.post(f"{address}/nudge", data={}).status_code == 400
    nobody = client.post(f"{address}/nudge", data={"student": foreign.id})
    assert nobody.status_code == 400, "another district's student is not there"

    answer = client.post(f"{address}/nudge?progress=waiting", data={"whole": "yes"})
    page = client.get(answer.location).text
    assert "2 reminders go out in two minutes." in page and "1 has no e-mail" in page
    assert client.post(f"{address}/nudge", data={"whole": "yes"}).status_code == 400, "twice a day"
    assert db.session.scalar(select(func.count(Nudge.id))) == 2
    assert not work_on_next_item(), "they wait, so that they can be taken back"

    app.config["CLOCK"] = lambda: NOW + timedelta(minutes=3)
    with transaction():
        db.session.scalars(
            select(Submission).where(Submission.student_id == begun.id)
        ).one().submitted_at = NOW
    while work_on_next_item():
        pass
    mails = [
        message_from_bytes(path.read_bytes(), policy=policy.default)
        for path in Path(app.config["MAIL_FOLDER"]).glob("*.eml")
    ]
    assert [mail["To"] for mail in mails] == [waits.email], "who has submitted meanwhile gets none"
    body = mails[0].get_content()
    assert "Spring internships" in body and "December 8, 2026" in body
    assert place.user.email not in body
    assert "You have no sign-in yet." in body and "Sign in here" not in body
    app.config["CLOCK"] = lambda: NOW + timedelta(days=1)
    assert client.post(f"{address}/nudge", data={"student": waits.id}).status_code == 302


def test_reminders_are_taken_back_while_they_wait(
    app: Flask, client: FlaskClient, sign_in: Browser, place: Place
) -> None:
    open_round(place)
    first, second = join(place), join(place)
    with transaction():
        action_id = collecting.nudge(
            place.actor, place.round_id, [first.id, second.id], collect_page.Asked()
        ).id
        item = db.session.scalars(select(OutboxItem).order_by(OutboxItem.id)).first()
        assert item is not None
        item.state = "done"  # one has gone out already
    sign_in(make_place().user)
    assert client.post(f"/actions/{action_id}/undo").status_code == 404, "another district's"
    browser = sign_in(place.user, app.test_client())
    answer = browser.post(f"/actions/{action_id}/undo")
    assert "1 was taken back." in browser.get(answer.location).text
    assert [entry.student_id for entry in db.session.scalars(select(Nudge))] == [first.id]
    assert browser.post(f"/actions/{action_id}/undo").status_code == 409
    assert db.session.scalars(select(BulkAction)).one().undone_at is not None
    actions = list(db.session.scalars(select(AuditEvent.action).where(AuditEvent.action.like("bulk%"))))
    assert sorted(actions) == ["bulk.nudge", "bulk.undo"]


def test_nobody_is_reminded_of_a_round_that_is_closed(app: Flask, place: Place) -> None:
    student = join(place)
    with app.test_request_context(), pytest.raises(Conflict, match="collects nothing now"), transaction():
        collecting.nudge(place.actor, place.round_id, [student.id], collect_page.Asked())


def test_a_round_without_files_is_solved_once_somebody_takes_part(app: Flask, place: Place) -> None:
    with app.test_request_context(), pytest.raises(Conflict, match="nothing to solve"), transaction():
        services.queue_run(place.actor, place.round_id)
    join(place, begun=True)
    with transaction():
        services.queue_run(place.actor, place.round_id)
    assert place.round.state is RoundState.REVIEW


def test_the_checklist_names_what_is_missing_and_leads_to_it(
    app: Flask, client: FlaskClient, sign_in: Browser, place: Place, count_queries: Callable[[], object]
) -> None:
    sign_in(place.user)
    address = f"/rounds/{place.round_id}/prepare"
    page = client.get(address).text
    assert "none yet" in page and "Round folder" in page, "an empty round takes its files right here"
    bring_in(place, small_folder())
    with count_queries() as queries:  # type: ignore[attr-defined]
        page = client.get(address).text
    assert len(queries) <= 25
    assert "1 whose letter reaches nobody" in page, "S3 has no guardian"
    assert "1 who ranked nothing" in page
    hrefs = re.findall(rf"/rounds/{place.round_id}/missing/(\w+)", page)
    for gap in hrefs:
        assert client.get(f"/rounds/{place.round_id}/missing/{gap}").status_code == 200
    assert "S3" in client.get(f"/rounds/{place.round_id}/missing/guardian").text
    assert client.get(f"/rounds/{place.round_id}/missing/secrets").status_code == 404
    with app.test_request_context():
        counts = checklist.gap_counts(place.round)
    assert counts["guardian"] == 1 and counts["birth"] == 0


def test_a_coordinator_writes_down_what_a_student_says(
    app: Flask, client: FlaskClient, sign_in: Browser, place: Place
) -> None:
    bring_in(place, small_folder())
    open_round(place)
    student = join(place, email="")
    clinic, shop = (
        db.session.scalars(select(Offering.id).join(Opportunity).where(Opportunity.external_id == name)).one()
        for name in ("CLINIC", "SHOP")
    )
    sign_in(place.user)
    address = f"/rounds/{place.round_id}/collect/{student.id}"
    assert "Fill in for them" in client.get(f"/rounds/{place.round_id}/collect").text
    assert "How did they tell you?" in client.get(address).text
    offered = queries.offerings(place.round_id, "en")
    line_of = {row_id: line for line, row_id in opportunity_lines(offered).items()}
    assert f'<option value="{escape(line_of[shop])}">' in client.get(address).text
    data = {
        "heard": "phone",
        "modes": ["walk", "car"],
        "minutes": "45",
        "when": "only",
        "languages": ["es"],
        "pay": "paid",
        "choice_1": line_of[shop],
        "choice_2": line_of[clinic],
        "submit": "yes",
    }
    answer = client.post(address, data=data)
    assert answer.status_code == 422 and "on at least one day" in answer.text
    data |= {"from_Tue": "15:30", "to_Tue": "18:00", "from_Thu": "18:00", "to_Thu": "15:30"}
    assert client.post(address, data={**data, "choice_2": line_of[shop]}).status_code == 422
    unknown = client.post(address, data={**data, "choice_2": "Bakery"})
    assert unknown.status_code == 422 and "“Bakery” is not in the list." in unknown.text
    assert client.post(address, data={**data, "heard": ""}).status_code == 422
    assert db.session.scalar(select(Submission).where(Submission.student_id == student.id)) is None
    assert client.post(address, data=data).status_code == 302
    found = db.session.scalars(select(Submission).where(Submission.student_id == student.id)).one()
    assert (found.travel_modes, found.max_travel_minutes) == ("walk;car", "45")
    assert (found.available, found.languages, found.pay) == ("Tue 15:30-18:00", "es", "paid")
    assert found.submitted_at == NOW
    ranks = select(Preference.rank, Preference.offering_id).where(Preference.submission_id == found.id)
    assert dict(db.session.execute(ranks).tuples().all()) == {1: shop, 2: clinic}
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "submission.on_behalf")).one()
    assert event.actor_id == place.user.id and event.details["heard"] == "phone"
    assert (
        client.post(address, data={**data, "when": "keep", "choice_1": "", "choice_2": ""}).status_code == 302
    )
    db.session.expire_all()
    assert found.available == "Tue 15:30-18:00" and db.session.execute(ranks).all() == []
    sign_in(make_place().user)
    assert client.get(address).status_code == 404
