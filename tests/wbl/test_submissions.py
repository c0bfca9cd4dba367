"""A student begins in a round and says what they need, until the deadline."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from matching.files import parse_round, parse_windows
from tests import factories as make
from tests.wbl.collecting import Collecting, collecting_place
from tests.wbl.rounds_support import OPPORTUNITIES, solve
from wbl import clock
from wbl.audit.models import AuditEvent
from wbl.db import change, db, transaction
from wbl.errors import Conflict, NotFound
from wbl.interests import services, submissions
from wbl.interests.models import Submission
from wbl.interests.week import Week, read_week, slots_named, starts, week_cell
from wbl.people.models import StudentNeed
from wbl.rounds.models import Round
from wbl.rounds.snapshot import snapshot
from wbl.rounds.staleness import stale_refusal


@pytest.fixture
def place(app: Flask) -> Collecting:
    return collecting_place()


# ---- the week as half hours ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "Mon 15:30-18:30;Tue 07:00-22:00",
        "Mon 06:00-09:15;Sat 00:00-24:00",  # beyond the grid, and a quarter of an hour
        "A 13:00-15:00;2027-01-14 09:00-15:00",  # what no weekly grid shows
        "Wed 15:10-15:20",  # less than a half hour
    ],
)
def test_a_week_goes_through_the_grid_and_back_unchanged(cell: str) -> None:
    windows = read_week(cell)
    assert sorted(week_cell(windows).split(";")) == sorted(cell.split(";"))


def test_boxes_and_whole_days_join_into_windows() -> None:
    names = ["0-930", "0-960", "2-420", "9-930", "0-15", "nonsense"]
    slots = slots_named(names, ["Sun", "Xyz"], range(7 * 60, 22 * 60, 30))
    assert week_cell(Week(slots)) == "Mon 15:30-16:30;Wed 07:00-07:30;Sun 07:00-22:00"


def test_the_grid_grows_by_whole_hours_to_what_it_has_to_show() -> None:
    assert starts() == range(6 * 60, 22 * 60, 30)
    early, late = parse_windows("Mon 05:15-09:00"), parse_windows("2027-01-14 20:00-23:30")
    assert starts([*early, *late]) == range(5 * 60, 24 * 60, 30)


def test_an_early_offer_is_in_the_grid_and_early_hours_on_record_are_never_lost(
    sign_in: Callable[..., FlaskClient], app: Flask
) -> None:
    place = collecting_place(opportunities=OPPORTUNITIES.replace("Wed 15:30-17:30", "Wed 05:30-07:30"))
    with transaction():
        submissions.begin(place.actor, place.round_id)
        submissions.save_times(place.actor, place.round_id, "Wed 05:00-08:00;Sat 04:30-06:15")
    browser = sign_in(place.user)
    page = browser.get(f"{place.path}/times").text
    assert 'value="2-330"' in page, "when the work begins"
    marked = re.findall(r'name="slot" value="([0-9-]+)" checked', page)
    assert marked[:2] == ["5-270", "2-300"], "what was said before stands in the grid"
    browser.post(f"{place.path}/times", data={"when": "only", "keep": "y", "slot": marked})
    assert place.submission().available == "Wed 05:00-08:00;Sat 04:30-06:15"


# ---- services -----------------------------------------------------------------------------------------


def test_beginning_makes_a_submission_with_a_pseudonym_and_what_was_said_last_time(place: Collecting) -> None:
    with make.made():
        old = place.submission()
        old.available, old.pay = "Tue 15:30-17:30", "paid"
        again = make.make_round(
            place.place.district,
            opens_at=clock.now() - timedelta(hours=1),
            closes_at=clock.now() + timedelta(hours=1),
        )
        services.enter_scores(place.actor, "school", 40, [10, 30, 20, 40, 10, 0])
    for _time in (1, 2):  # a second tab
        with transaction():
            made = submissions.begin(place.actor, again.id)
    assert (made.available, made.pay, made.travel_modes) == ("Tue 15:30-17:30", "paid", "car")
    assert made.riasec == "10;30;20;40;10;0" and made.begun_at is not None
    assert made.pseudonym.startswith("P") and place.student.external_id not in made.pseudonym
    events = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "submission.begin"))
    assert [event.actor_id for event in events] == [place.user.id]


def test_nobody_of_another_district_and_nobody_out_of_time_begins(place: Collecting) -> None:
    with make.made():
        stranger = make.actor(make.make_student_user(make.make_student(make.make_district())))
    with pytest.raises(NotFound), transaction():
        submissions.begin(stranger, place.round_id)
    with pytest.raises(NotFound), transaction():  # not begun yet: nothing to change
        submissions.save_work(place.actor, place.round_id, ["en"], "paid")
    place.close()
    with pytest.raises(Conflict), transaction():
        submissions.begin(place.actor, place.round_id)


def test_the_deadline_is_part_of_the_write(place: Collecting) -> None:
    with transaction():
        submissions.begin(place.actor, place.round_id)
    with pytest.raises(Conflict), transaction():
        # Closed by somebody between the look and the write.
        db.session.get_one(Round, place.round_id)
        change(update(Round).where(Round.id == place.round_id).values(closes_at=clock.now()))
        submissions.save_travel(place.actor, place.round_id, ["walk"], 30)
    assert place.submission().travel_modes == "car"


def test_what_is_saved_is_what_the_engine_reads(place: Collecting) -> None:
    with transaction():
        submissions.begin(place.actor, place.round_id)
        submissions.save_travel(place.actor, place.round_id, ["transit", "walk", "rocket"], 45)
        submissions.save_times(place.actor, place.round_id, "Tue 15:30-18:00")
        submissions.save_work(place.actor, place.round_id, ["es", "en"], "paid")
        submissions.save_needs(place.actor, place.round_id, ["extra_breaks", "quiet_space"])
    problem = parse_round(snapshot(place.place.round))
    row = problem.students.ids.index(place.submission().pseudonym)
    assert problem.students.travel_modes[row] == {"walk", "transit"}
    assert problem.students.max_travel_minutes[row] == 45
    assert problem.students.pay[row] == "paid" and problem.students.languages[row] == {"es", "en"}
    assert problem.students.needs[row] == {"quiet_space", "large_print", "extra_breaks"}
    assert place.submission().parts_done == ["needs", "times", "travel", "work"]
    # What the school has on record stays; what the student told goes again.
    with transaction():
        submissions.save_needs(place.actor, place.round_id, [])
    kept = select(StudentNeed.code).where(StudentNeed.student_id == place.student.id)
    assert set(db.session.scalars(kept)) == {"quiet_space", "large_print"}


def test_a_change_of_a_student_makes_an_earlier_run_old(place: Collecting) -> None:
    run = solve(place.place)
    assert stale_refusal(run) == ""
    with transaction():
        submissions.begin(place.actor, place.round_id)
        submissions.save_travel(place.actor, place.round_id, ["walk"], 30)
    assert "changed after this run" in stale_refusal(run)


# ---- the pages ------------------------------------------------------------------------------------------


def test_the_way_through_a_round(place: Collecting, sign_in: Callable[..., FlaskClient]) -> None:
    browser = sign_in(place.user)
    assert "to begin" in browser.get("/my-rounds/").text
    assert browser.get(f"{place.path}/travel").status_code == 404
    assert "Begin" in browser.get(place.path).text
    assert browser.post(f"{place.path}/begin").status_code == 302
    assert "At any time" in browser.get(place.path).text

    assert browser.post(f"{place.path}/travel", data={"minutes": "30"}).status_code == 422
    answer = browser.post(f"{place.path}/travel", data={"modes": ["bike", "walk"], "minutes": "30"})
    assert answer.status_code == 302
    page = browser.get(f"{place.path}/travel").text
    assert "checked" in page and '<option selected value="30">' in page

    empty = browser.post(f"{place.path}/times", data={"when": "only"})
    assert empty.status_code == 422 and "Mark at least one half hour" in empty.text
    browser.post(f"{place.path}/times", data={"when": "only", "slot": ["1-930", "1-960"], "day": ["Sat"]})
    assert place.submission().available == "Tue 15:30-16:30;Sat 06:00-22:00"
    assert browser.get(f"{place.path}/times").text.count("checked") == 34 + 1
    browser.post(f"{place.path}/times", data={"when": "any", "slot": ["1-930"]})
    assert place.submission().available == ""

    assert browser.post(f"{place.path}/work", data={"languages": ["es"]}).status_code == 422
    browser.post(f"{place.path}/work", data={"languages": ["es", "en"], "pay": "paid"})
    page = browser.get(f"{place.path}/needs").text
    assert "Your school has on record: large print and quiet space" in page
    browser.post(f"{place.path}/needs", data={"needs": ["extra_breaks"]})
    page = browser.get(place.path).text
    assert "I go on foot and by bike, at most 30 minutes one way." in page
    assert "English and Spanish. Only paid work." in page and "extra breaks" in page


def test_who_has_submitted_has_nothing_left_to_check(
    place: Collecting, sign_in: Callable[..., FlaskClient]
) -> None:
    browser = sign_in(place.user)
    browser.post(f"{place.path}/begin")
    assert browser.get(place.path).text.count("to check") == 4
    browser.post(f"{place.path}/submit")
    page = browser.get(place.path).text
    assert "to check" not in page and "submitted" in page


def test_what_one_said_is_there_after_the_deadline(
    place: Collecting, sign_in: Callable[..., FlaskClient]
) -> None:
    with transaction():
        submissions.begin(place.actor, place.round_id)
        submissions.save_work(place.actor, place.round_id, ["en"], "paid")
    place.close()
    browser = sign_in(place.user)
    assert "English. Only paid work." in browser.get(place.path).text
    assert browser.get(f"{place.path}/work").status_code == 409
    assert browser.post(f"{place.path}/work", data={"pay": "either"}).status_code == 409
    with make.made():
        other = make.make_student_user(make.make_student(make.make_district()))
    stranger = sign_in(other, browser.application.test_client())
    assert stranger.get(place.path).status_code == 404
    assert "No round yet" in stranger.get("/my-rounds/").text


def test_a_round_that_is_not_open_yet_says_when(
    place: Collecting, sign_in: Callable[..., FlaskClient], count_queries: Callable[[], object]
) -> None:
    with transaction():
        db.session.get_one(Round, place.round_id).opens_at = clock.now() + timedelta(hours=1)
        db.session.execute(update(Submission).values(active=False))
    browser = sign_in(place.user)
    assert "This round opens on" in browser.get(place.path).text
    assert browser.post(f"{place.path}/begin").status_code == 409
    with count_queries() as statements:  # type: ignore[attr-defined]
        browser.get("/my-rounds/")
    assert len(statements) < 10
