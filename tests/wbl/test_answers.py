"""A student says yes or no to a place, by a date."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests import factories as make
from tests.wbl.published import Published, employer_user, published_place, student_user
from wbl.audit.models import AuditEvent
from wbl.db import db, transaction
from wbl.errors import Conflict, NotFound
from wbl.placements import answers, queries
from wbl.placements.models import Answer, Placement, PlacementAnswer


@pytest.fixture
def published(app: Flask) -> Published:
    app.config["CLOCK"] = lambda: datetime(2026, 12, 1, 18, tzinfo=UTC)
    return published_place()


def kept() -> list[str]:
    return [row.answer for row in db.session.scalars(select(PlacementAnswer))]


def test_the_date_is_two_weeks_on_and_before_the_first_day(published: Published) -> None:
    assert published.placement("S1").answer_by == date(2026, 12, 15)
    today = date(2026, 12, 1)
    assert answers.answer_by(date(2026, 12, 9), today) == date(2026, 12, 8)
    assert answers.answer_by(date(2026, 12, 2), today) == date(2026, 12, 4)


def test_a_yes_may_become_a_no_and_a_no_stays(published: Published) -> None:
    actor = make.actor(student_user(published, "S1"))
    mine = published.placement("S1").id
    with transaction():
        answers.answer_own(actor, mine, Answer.ACCEPTED)
    with transaction():
        answers.answer_own(actor, mine, Answer.DECLINED, "It is too far at night.")
    assert kept() == ["declined"]
    for again in Answer:
        with pytest.raises(Conflict), transaction():
            answers.answer_own(actor, mine, again)
    said = queries.own_answers([mine])[mine]
    assert said.reason is not None and said.reason.text == "It is too far at night."
    actions = select(AuditEvent.action).where(AuditEvent.subject_type == "placement").order_by(AuditEvent.id)
    assert [*db.session.scalars(actions)][-2:] == ["placement.accept", "placement.decline"]


def test_the_coordinator_reads_of_the_student_and_never_what_was_refused(
    published: Published, sign_in: Callable[..., FlaskClient]
) -> None:
    benny = published.placement("S2")
    browser = sign_in(published.place.user)
    page = browser.get(f"/placements/{benny.id}").text
    ours = page[page.index("Why this one") : page.index("What the student reads")]
    assert "Clinic aide" in ours and "Seats went to others" in ours and "second choice" in ours
    with transaction() as session:
        found = session.get_one(Placement, benny.id)
        liked = {
            **found.explanation["better_liked"][0],
            "outcome": "excluded",
            "reasons": [{"code": "refused"}],
        }
        found.explanation = {**found.explanation, "better_liked": [liked]}
    page = browser.get(f"/placements/{benny.id}").text
    assert "A reason of the student&#39;s own" in page
    assert "Refused" not in page and "would not take" not in page


def test_not_somebody_elses_and_not_after_the_date(published: Published, app: Flask) -> None:
    actor = make.actor(student_user(published, "S1"))
    with pytest.raises(NotFound), transaction():
        answers.answer_own(actor, published.placement("S2").id, Answer.ACCEPTED)
    late = datetime(2026, 12, 16, 7, tzinfo=UTC)  # the 16th in Chicago
    app.config["CLOCK"] = lambda: late
    with pytest.raises(Conflict), transaction():
        answers.answer_own(actor, published.placement("S1").id, Answer.ACCEPTED)
    app.config["CLOCK"] = lambda: late - timedelta(hours=2)  # still the 15th there
    with transaction():
        answers.answer_own(actor, published.placement("S1").id, Answer.ACCEPTED)
    assert kept() == ["accepted"]


def test_the_pages_of_student_coordinator_and_employer(
    published: Published, sign_in: Callable[..., FlaskClient], app: Flask
) -> None:
    browser = sign_in(student_user(published, "S1"))
    mine = published.placement("S1").id
    page = browser.get("/my-placement").text
    assert "Accept by December 15, 2026" in page and "Two adults you can turn to" in page
    employer = sign_in(employer_user(published, "E1"), app.test_client())
    assert "1 student" in employer.get("/our-placements").text
    browser.post(f"/my-placement/{mine}/accept")
    page = browser.get("/my-placement").text
    assert page.count("You have accepted this place") == 1, "said once"
    assert "Say no to this place?" in browser.get(f"/my-placement/{mine}/decline").text
    assert browser.post(f"/my-placement/{mine}/decline", data={"reason": "x" * 2001}).status_code == 422
    browser.post(f"/my-placement/{mine}/decline", data={"reason": "Too far at night."})
    page = browser.get("/my-placement").text
    assert "You said no to" in page and "You are placed at" not in page
    assert page.count("You have said no to this place") == 1 and "I cannot take this" not in page
    assert "1 student" not in employer.get("/our-placements").text

    coordinator = sign_in(published.place.user, app.test_client())
    round_id = published.place.round_id
    assert "1 student said no to a place" in coordinator.get("/home").text
    running = coordinator.get(f"/rounds/{round_id}/running").text
    assert "1 student said no, and still has the seat." in running
    page = coordinator.get(f"/rounds/{round_id}/placements?waiting=declined").text
    assert "1 placement" in page and "said no" in page
    assert "1 placement" in coordinator.get(f"/rounds/{round_id}/placements?waiting=student").text
    page = coordinator.get(f"/placements/{mine}").text
    ours, theirs = page.split("What the student reads")
    assert "It was your first choice." in theirs and "your" not in ours[ours.index("Why this one") :]
    assert "The student said no to this place" in page and "Too far at night." in page
    assert db.session.scalars(select(Placement.state).where(Placement.id == mine)).one() == "published"
