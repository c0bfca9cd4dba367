"""Calendars: read back by another parser, over nights in which clocks change, and nobody's but one's own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import vobject
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from tests.wbl.published import Published, employer_user, published_place, student_user
from wbl.agreements.models import PaperworkTask, SiteVisit, TaskHolder, VisitKind
from wbl.calendars import feeds
from wbl.calendars.events import Event
from wbl.calendars.ics import Said, write
from wbl.calendars.models import CalendarFeed, CalendarMark
from wbl.db import db, transaction
from wbl.interests.models import Submission
from wbl.interviews.models import Interview, InterviewState
from wbl.placements.links import revoke
from wbl.placements.models import Answer, FamilyLink, Placement, PlacementAnswer
from wbl.placements.publishing import withdraw

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


def parsed(data: bytes) -> Any:
    return vobject.readOne(data.decode())


def events(data: bytes) -> dict[str, Any]:
    return {one.uid.value: one for one in getattr(parsed(data), "vevent_list", [])}


def address(browser: FlaskClient) -> str:
    """The path of the calendar that this person's page shows."""
    assert browser.post("/account/calendar").status_code == 302
    feed = db.session.scalars(select(CalendarFeed).order_by(CalendarFeed.id.desc())).first()
    assert feed is not None
    found = feeds.address_of(feed)
    assert found in browser.get("/account/messages").get_data(as_text=True)
    return found.removeprefix("http://localhost")


def read(client: FlaskClient, path: str) -> bytes:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/calendar")
    return answer.data


# ---- the format --------------------------------------------------------------------------------------


def test_text_is_folded_and_escaped_and_read_back() -> None:
    words = "Clinic; a, b\\c: Ñandú – 診所 " + "long " * 40
    event = Event(
        "visit-1@localhost",
        datetime.fromisoformat("2027-01-12T13:00"),
        datetime.fromisoformat("2027-01-12T16:00"),
        "America/Chicago",
        words.strip(),
        location="1 Main Street, Mesa Clara\nBack door",
    )
    data = write([Said(event, 3, NOW)], name="Días")
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    assert data.endswith(b"END:VCALENDAR\r\n") and b"\n" not in data.replace(b"\r\n", b"")
    one = events(data)["visit-1@localhost"]
    assert one.summary.value == words.strip()
    assert one.location.value == "1 Main Street, Mesa Clara\nBack door"
    assert one.sequence.value == "3" and one.status.value == "CONFIRMED"
    assert b"DTSTART;TZID=America/Chicago:20270112T130000\r\n" in data
    assert parsed(data).method.value == "PUBLISH"


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(
        ["America/Chicago", "America/Denver", "America/Phoenix", "Europe/Berlin", "Pacific/Honolulu"]
    ),
    st.dates(date(2026, 1, 1), date(2028, 1, 1)),
    st.integers(0, 250),
    st.sets(st.integers(0, 6), min_size=1, max_size=5),
    st.integers(0, 1380),
)
def test_every_week_at_the_same_time_by_the_clocks_there(
    zone: str, first: date, length: int, weekdays: set[int], minute: int
) -> None:
    last = first + timedelta(days=length)
    days = [first + timedelta(days=n) for n in range(length + 1)]
    worked = [day for day in days if day.weekday() in weekdays]
    if not worked:
        return
    starts = datetime.combine(worked[0], datetime.min.time()) + timedelta(minutes=minute)
    event = Event(
        "placement-1-0@localhost",
        starts,
        starts + timedelta(minutes=59),
        zone,
        "Clinic",
        weekdays=tuple(sorted(weekdays)),
        until=last,
    )
    one = events(write([Said(event, 0, NOW)], name="Days"))["placement-1-0@localhost"]
    found = list(one.getrruleset(addRDate=True))
    assert [moment.replace(tzinfo=None) for moment in found] == [
        datetime.combine(day, starts.time()) for day in worked
    ]
    # The zone that was read from the file, rule by rule, is the zone of the place.
    for moment in found:
        skipped = moment.replace(tzinfo=ZoneInfo(zone))
        there = skipped.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        if there == moment.replace(tzinfo=None) and not _twice(moment, zone):
            assert moment.utcoffset() == skipped.utcoffset(), moment


def _twice(moment: datetime, zone: str) -> bool:
    plain = moment.replace(tzinfo=ZoneInfo(zone))
    return plain.replace(fold=0).utcoffset() != plain.replace(fold=1).utcoffset()


# ---- what is in it -------------------------------------------------------------------------------------


def days_at(placement: Placement) -> tuple[date, date]:
    """The first and the last day of a placement."""
    made = placement.publication.round
    return placement.offering.start_date or made.first_day, placement.offering.end_date or made.ends_on


@pytest.fixture
def published(app: Flask) -> Published:
    app.config["CLOCK"] = lambda: NOW
    return published_place()


def test_a_student_reads_the_days_of_the_placement(
    published: Published, sign_in: Callable[..., FlaskClient], client: FlaskClient
) -> None:
    browser = sign_in(student_user(published, "S1"))
    path = address(browser)
    for secret in ("S1", "ana", "Ana"):
        assert secret not in path
    stranger = browser.application.test_client()
    data = read(stranger, path)
    placement = published.placement("S1")
    own = [one for key, one in events(data).items() if key.startswith(f"placement-{placement.id}-")]
    assert own, data.decode()
    assert own[0].dtstart.value.tzinfo is not None
    assert b"BEGIN:VTIMEZONE" in data and b"America/Chicago" in data
    assert b"Ana" not in data
    assert any(key.startswith("answer-") for key in events(data))
    found = events(data)
    begins, ends = (found[f"{edge}-placement-{placement.id}@localhost"] for edge in ("begins", "ends"))
    assert (begins.dtstart.value, ends.dtstart.value) == days_at(placement)
    assert begins.summary.value == "First day: Bayou Clinic" and ends.summary.value.startswith("Last day")
    # Opening it changes nothing, and gives the same again.
    assert read(stranger, path) == data
    assert stranger.get("/calendar/nothing.ics").status_code == 404


def test_an_address_that_is_ended_gives_nothing(
    published: Published, sign_in: Callable[..., FlaskClient]
) -> None:
    browser = sign_in(student_user(published, "S1"))
    first = address(browser)
    second = address(browser)
    assert first != second
    assert browser.get(first).status_code == 404
    assert browser.post("/account/calendar/end").status_code == 302
    assert browser.get(second).status_code == 404


def test_what_changes_gets_a_number_and_what_is_gone_is_cancelled(
    app: Flask, published: Published, sign_in: Callable[..., FlaskClient]
) -> None:
    browser = sign_in(student_user(published, "S1"))
    path = address(browser)
    before = events(read(browser, path))
    key = next(key for key in before if key.startswith("placement-"))
    assert before[key].sequence.value == "0"
    with transaction():
        offering = published.placement("S1").offering
        offering.schedule = "Mon 10:00-12:00"
    changed = events(read(browser, path))[key]
    assert changed.sequence.value == "1"
    assert changed.last_modified.value >= before[key].last_modified.value
    later = NOW + timedelta(hours=2)
    app.config["CLOCK"] = lambda: later
    assert feeds.note_next() and not feeds.note_next()
    noted = events(read(browser, path))[key]
    assert (noted.sequence.value, noted.status.value) == ("1", "CONFIRMED")
    with transaction():
        withdraw(published.place.actor, published.publication_id, "The clinic closed its doors")
    for _time in range(2):
        gone = events(read(browser, path))[key]
        assert (gone.sequence.value, gone.status.value) == ("2", "CANCELLED")
        later += timedelta(hours=2)
        feeds.note_next()
    later += feeds.KEPT + timedelta(days=1)
    feeds.note_next()
    assert key not in events(read(browser, path))
    assert db.session.scalars(select(CalendarMark).where(CalendarMark.uid == key)).all() == []


def test_an_employer_reads_no_name_and_a_visit(
    published: Published, sign_in: Callable[..., FlaskClient]
) -> None:
    placement = published.placement("S1")
    with transaction():
        db.session.add(
            SiteVisit(offering_id=placement.offering_id, kind=VisitKind.BEFORE, planned_on=date(2027, 1, 5))
        )
    employer = placement.offering.opportunity.employer
    assert employer is not None
    user = employer_user(published, employer.external_id)
    browser = sign_in(user)
    data = read(browser, address(browser))
    found = events(data)
    assert any(key.startswith(f"offering-{placement.offering_id}-") for key in found)
    visits = [one.dtstart.value for key, one in found.items() if key.startswith("visit-")]
    assert date(2027, 1, 5) in visits
    for name in (placement.student.given_name, placement.student.family_name):
        assert name.encode() not in data


def test_a_coordinator_reads_visits_of_their_district_alone(
    app: Flask, published: Published, sign_in: Callable[..., FlaskClient]
) -> None:
    with transaction():
        offering_id = published.placement("S1").offering_id
        db.session.add(SiteVisit(offering_id=offering_id, kind=VisitKind.BEFORE, planned_on=date(2027, 1, 5)))
        published.placement("S1").publication.round.closes_at = datetime(2026, 12, 1, 23, tzinfo=UTC)
    browser = sign_in(published.place.user)
    data = read(browser, address(browser))
    kinds = {key.split("-")[0] for key in events(data)}
    assert kinds == {"visit", "round", "begins", "ends", "answers", "tasks"}
    assert "DTEND;TZID=America/Chicago:20261201T170000" in data.decode()
    other = published_place()
    elsewhere = sign_in(other.place.user, app.test_client())
    theirs = events(read(elsewhere, address(elsewhere)))
    assert theirs and not set(theirs) & set(events(data))


def test_staff_read_how_many_and_never_of_whom_or_what(
    app: Flask, published: Published, sign_in: Callable[..., FlaskClient]
) -> None:
    placement = published.placement("S1")
    due, until = date(2026, 12, 20), date(2027, 2, 3)
    with transaction():
        db.session.execute(delete(PaperworkTask))
        task = {"placement_id": placement.id, "due_on": due, "holder": TaskHolder.SITE}
        db.session.add_all(
            [
                PaperworkTask(**task, code="arrange:interpreter"),
                PaperworkTask(**task, code="own", what="A badge for Ana"),
                PaperworkTask(**task, code="own", what="Done already", done_at=NOW),
                PaperworkTask(
                    **{**task, "holder": TaskHolder.FAMILY},
                    code="work_permit",
                    valid_until=until,
                    done_at=NOW,
                ),
            ]
        )
        answered = published.placement("S2")
        db.session.add(PlacementAnswer(placement_id=answered.id, answer=Answer.ACCEPTED, at=NOW))
        made = placement.publication.round
        meeting = Interview(
            round_id=made.id,
            run_id=published.run_id,
            fields=[],
            offering_id=placement.offering_id,
            submission_id=db.session.scalars(
                select(Submission.id).where(
                    Submission.round_id == made.id, Submission.student_id == placement.student_id
                )
            ).one(),
            state=InterviewState.AGREED,
            starts_at=datetime(2026, 12, 2, 16, tzinfo=UTC),
            place="Front desk",
        )
        db.session.add(meeting)
        db.session.flush()
        meeting_id, round_id = meeting.id, made.id
    coordinator, host = sign_in(published.place.user), employer_user(published, "E1")
    data = read(coordinator, address(coordinator))
    found = {key.removesuffix("@localhost"): one for key, one in events(data).items()}
    first, last = days_at(placement)

    def said(key: str) -> tuple[date, str]:
        return found[key].dtstart.value, found[key].summary.value

    assert said(f"tasks-{round_id}-20261220") == (due, "To arrange: 2 things")
    assert said(f"documents-{round_id}-20270203") == (until, "Last day of 1 document, such as a work permit")
    by = placement.answer_by
    assert by is not None
    assert said(f"answers-{round_id}-{by:%Y%m%d}") == (by, "Last day to say yes or no: 1 student")
    assert said(f"begins-{round_id}-{first:%Y%m%d}")[1].startswith("First day: ")
    assert said(f"ends-{round_id}-{last:%Y%m%d}")[1].startswith("Last day: ")
    assert found[f"interview-{meeting_id}"].summary.value == "Interview: Bayou Clinic"

    browser = sign_in(host, app.test_client())
    theirs = read(browser, address(browser))
    ours = {key.removesuffix("@localhost"): one for key, one in events(theirs).items()}
    assert ours[f"site-tasks-{round_id}-20261220"].summary.value == "To prepare: 1 thing"
    assert ours[f"begins-offering-{placement.offering_id}"].dtstart.value == first
    assert not {key.split("-")[0] for key in ours} & {"tasks", "documents", "answers"}
    for secret in (b"Ana", b"Castillo", b"badge", b"interpreter", b"Done already"):
        assert secret not in data + theirs, secret
    # Of a placement that the student has turned down there is nothing.
    with transaction():
        db.session.add(PlacementAnswer(placement_id=placement.id, answer=Answer.DECLINED, at=NOW))
    kinds = {key.split("-")[0] for key in events(read(browser, address(browser)))}
    assert not kinds & {"begins", "ends", "offering", "site"}


def test_a_guardian_reads_it_until_the_link_ends(
    app: Flask, published: Published, client: FlaskClient
) -> None:
    token = published.token("Rosa Castillo")
    client.post(f"/f/{token}/open")
    assert client.post(f"/f/{token}/calendar").status_code == 302
    feed = db.session.scalars(select(CalendarFeed)).one()
    path = feeds.address_of(feed).removeprefix("http://localhost")
    assert token not in path
    data = read(app.test_client(), path)
    placement = published.placement("S1")
    assert list(events(data)) and b"Ana" not in data
    edges = [events(data)[f"{edge}-placement-{placement.id}@localhost"] for edge in ("begins", "ends")]
    assert tuple(one.dtstart.value for one in edges) == days_at(placement)
    link = db.session.scalars(
        select(FamilyLink).where(FamilyLink.guardian_id == published.guardian("Rosa Castillo").id)
    ).one()
    with transaction():
        revoke(published.place.actor, placement.id, link.id)
    assert app.test_client().get(path).status_code == 404
