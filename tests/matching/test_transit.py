"""Travel by the timetable: what a student can really make, and the way that it takes."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from matching.eligibility import eligible_pairs, reasons, steps, van_only
from matching.eligibility.transit.times import service_days
from matching.eligibility.transit.windows import windows_of
from matching.eligibility.travel import Travel
from matching.explain import sentences
from matching.hypothetical import column_of
from matching.problem import Calendar
from matching.solve import solve
from matching.verify.census import take_census
from matching.verify.facts import Facts
from matching.verify.profiles import Profiles
from matching.verify.transit import NO_WAY
from matching.verify.travel import is_way_there, journey
from tests.matching.feeds import STOP_TIMES
from tests.matching.transit_support import FREE, HOME, NO_SCHOOL, POLICY, legs, make, times, way


def test_a_leg_lasts_from_leaving_to_the_window_and_from_its_end_to_being_home() -> None:
    problem = make()
    # Leaves at 12:27 for the bus at 12:31, is there at 12:53, waits to 13:00. Back: 16:00 to 16:34.
    assert legs(problem) == (33, 34)
    there, back = way(problem)
    assert there == [
        {"mode": "walk", "minutes": 4, "at": 12 * 60 + 27},
        {
            "mode": "bus",
            "line": "94",
            "at": 12 * 60 + 31,
            "from_stop": "Alder",
            "to_stop": "Cedar",
            "minutes": 19,
        },
        {"mode": "walk", "minutes": 3, "at": 12 * 60 + 50},
    ]
    assert back == [
        {"mode": "walk", "minutes": 3, "at": 16 * 60},
        {
            "mode": "bus",
            "line": "94",
            "at": 16 * 60 + 10,
            "from_stop": "Cedar",
            "to_stop": "Alder",
            "minutes": 20,
        },
        {"mode": "walk", "minutes": 4, "at": 16 * 60 + 30},
    ]


def test_a_way_in_words_says_the_wait() -> None:
    """Walk 4, ride 19 and walk 3 are 26 minutes; the way there lasts 33."""
    files = solve(make()).files()
    told = sentences(json.loads(files["explanations.jsonl"]), "en", {"o": "Clinic aide"}).why
    way = "On the way there: walk 4 minutes, bus 94 at 12:31\u00a0pm, walk 3 minutes."
    assert told[told.index(way) + 1] == "Arrival: 7 minutes before the start."


def test_what_comes_a_second_late_is_missed() -> None:
    at_stops = {"latitude": "30.1", "longitude": "-90"}
    late = STOP_TIMES.replace("out,12:50:00,12:50:00", "out,13:00:{0},13:00:{0}")
    for second, there in (("00", 33), ("01", None)):
        files: dict[str, str | bytes | None] = {"stop_times.txt": late.format(second)}
        assert legs(make(files, opportunity=at_stops))[0] == there
    early = STOP_TIMES.replace("home,16:10:00,16:10:00", "home,15:59:59,15:59:59")
    assert legs(make({"stop_times.txt": early}, opportunity=at_stops))[1] is None


def test_without_a_way_home_the_pair_is_out_of_reach() -> None:
    problem = make({"stop_times.txt": "".join(STOP_TIMES.splitlines(keepends=True)[:4])})
    assert legs(problem) == (33, None)
    first = np.zeros(1, np.int64)
    assert [r.detail for r in reasons(problem, first, first)[0]] == [
        {"minutes": None, "over": 120, "limit": 90}
    ]
    assert len(eligible_pairs(problem)) == 0
    assert way(problem)[1] == []


@pytest.mark.parametrize(("limit", "told"), [(3, None), (4, 34)])
def test_minutes_are_told_up_to_30_beyond_the_students_own_limit(limit: int, told: int | None) -> None:
    """Whatever the others' limits are: it is the student's question."""
    own = {"max_travel_minutes": str(limit)}
    other = {"student_id": "t", "birth_date": "2009-06-15", "travel_modes": "transit", **HOME}
    problem = make(student={**own, "travel_modes": "transit;walk"}, students=[other])
    first = np.zeros(1, np.int64)
    detail = reasons(problem, first, first)[0][0].detail
    assert detail["minutes"] == told
    assert detail.get("over") == (None if told else limit + 30)
    assert journey(Facts(problem), (0, 0)).longer == (told or NO_WAY)


def test_scans_are_kept_for_rounds_that_differ_elsewhere_and_for_nearer_limits() -> None:
    problem = make()
    assert problem.feed is not None
    far = windows_of(problem, problem.feed, 120)
    relaxed = replace(problem, opportunities=replace(problem.opportunities, min_age=np.full(1, 14)))
    assert windows_of(relaxed, problem.feed, 60) is far
    assert windows_of(problem, problem.feed, 180).horizon == 180 * 60
    again = make()  # read anew, as each page of the web application does
    assert again.feed is problem.feed and again.opportunities is not problem.opportunities
    kept = windows_of(problem, problem.feed, 60)
    assert windows_of(again, problem.feed, 60) is kept
    for changed in (
        replace(problem, opportunities=replace(problem.opportunities, start_date=np.full(1, 1))),
        replace(problem, opportunities=replace(problem.opportunities, latitude=np.full(1, 1.0))),
        make(opportunity={"schedule": "Tue 09:00-10:00"}),
        replace(problem, calendar=Calendar(np.array([1]), np.array([False]), column_of(("",)))),
        replace(problem, calendar=Calendar(np.array([1]), np.array([True]), column_of(("",)))),
        replace(problem, calendar=Calendar(np.array([1]), np.array([True]), column_of(("A",)))),
    ):
        assert windows_of(changed, problem.feed, 60) is not kept
        kept = windows_of(changed, problem.feed, 60)


def test_work_without_a_place_stands_beside_work_by_the_timetable() -> None:
    remote = {
        "opportunity_id": "p",
        "seats": "1",
        "schedule": FREE,
        "place": "remote",
        "latitude": "",
        "longitude": "",
    }
    problem = make(opportunities=[remote])
    assert len(eligible_pairs(problem)) == 2
    first = np.zeros(2, np.int64)
    assert [bool(there) for there in steps(problem, first, np.arange(2))[0]] == [True, False]


def test_the_limit_holds_for_each_leg() -> None:
    for limit, eligible in (("34", 1), ("33", 0)):
        problem = make(student={"max_travel_minutes": limit})
        assert len(eligible_pairs(problem)) == eligible
        facts = Facts(problem)
        assert len(take_census(facts, Profiles(facts)).student) == eligible


def test_work_past_midnight_and_trips_of_the_day_before() -> None:
    # Saturday's service has the trips after midnight as 24:05 and 26:05.
    rows = "o,21:00:00,21:00:00,a,1 o,21:20:00,21:20:00,c,2 h,24:05:00,24:05:00,c,1 h,24:25:00,24:25:00,a,2"
    problem = make(times(rows), opportunity={"schedule": "Sat 22:00-24:00"})
    assert legs(problem) == (64, 29)
    early = "o,24:10:00,24:10:00,a,1 o,24:30:00,24:30:00,c,2 h,26:05:00,26:05:00,c,1 h,26:25:00,26:25:00,a,2"
    problem = make(times(early), opportunity={"schedule": "Sun 01:00-02:00"})
    assert legs(problem) == (54, 29)
    assert way(problem)[0][1]["at"] == 10  # ten past midnight


def test_weekdays_exceptions_and_a_stated_date() -> None:
    files: dict[str, str | bytes | None] = {
        "calendar_dates.txt": "service_id,date,exception_type\ndaily,20270118,2\n"
    }
    assert legs(make(files)) == (None, None)
    stated = POLICY.replace("[travel]", "[travel]\ndate = 2027-01-19") + NO_SCHOOL
    assert legs(make(files, policy=stated)) == (33, 34)
    # The 18th is a holiday: the first Monday in session stands for the placement.
    holiday = [{"date": "2027-01-18", "in_session": "no"}, {"date": "2027-01-25", "in_session": "yes"}]
    problem = make(files, policy=POLICY, calendar=holiday)
    assert [date.fromordinal(day).isoformat() for day in service_days(problem)] == ["2027-01-25"]
    assert legs(problem) == (33, 34)


def test_a_window_by_letter_has_the_first_date_with_it() -> None:
    rows = [
        {"date": f"2027-01-{day}", "in_session": "yes", "day_letter": letter}
        for day, letter in ((18, "A"), (19, "B"), (20, "B"))
    ]
    problem = make(opportunity={"schedule": "B 13:00-16:00"}, policy=POLICY, calendar=rows)
    assert service_days(problem).tolist() == [date(2027, 1, 19).toordinal()]
    assert legs(problem) == (33, 34)


def test_all_the_way_on_foot_and_other_modes() -> None:
    near = {"latitude": "30.01", "longitude": "-90"}
    assert legs(make(student={"travel_modes": "transit"}, opportunity=near)) == (15, 15)
    assert legs(make(student={"travel_modes": "transit;car"})) == (30, 30)
    problem = make(student={"travel_modes": "transit;car"})
    assert way(problem) == ([], [])
    assert legs(make(student={"travel_modes": "bike;transit"})) == (33, 34)


def test_the_way_there_starts_at_school() -> None:
    school = [{"school_id": "h", "latitude": "30.0505", "longitude": "-90"}]
    problem = make(student={"school_id": "h"}, policy=POLICY, schools=school)
    # A minute on foot to stop b, from where the bus leaves at 12:41; back home as before.
    assert legs(problem) == (20, 34)
    first = np.zeros(1, np.int64)
    found = Travel(problem).legs(first, first)
    assert found.from_school.all()
    assert Travel(problem).modes(first, first, found) == ["transit"]
    assert way(problem)[0][1]["from_stop"] == "Birch"
    facts = Facts(problem)
    assert is_way_there(facts, (0, 0), "transit", "school")
    assert not is_way_there(facts, (0, 0), "walk", "school")
    # In the evening the way there starts at home, which decides.
    rows = "o,17:40:00,17:40:00,a,1 o,17:55:00,17:55:00,c,2 h,20:10:00,20:10:00,c,1 h,20:30:00,20:30:00,a,2"
    both = times(STOP_TIMES.split("\n", 1)[1] + rows.replace(" ", "\n"))
    problem = make(both, {"school_id": "h"}, {"schedule": f"{FREE};Mon 18:30-20:00"}, POLICY, schools=school)
    assert legs(problem) == (54, 34)


def test_the_calendar_says_whether_a_date_is_in_session() -> None:
    school = [{"school_id": "h", "latitude": "30.0505", "longitude": "-90"}]
    dated = {"schedule": "2027-01-18 13:00-16:00"}
    for in_session, there in (("yes", 20), ("no", 33)):
        calendar = [{"date": "2027-01-18", "in_session": in_session}]
        problem = make(
            student={"school_id": "h"}, opportunity=dated, policy=POLICY, schools=school, calendar=calendar
        )
        assert legs(problem) == (there, 34)


def test_a_site_around_the_corner_needs_no_vehicle() -> None:
    corner = {"latitude": "30.01", "longitude": "-90"}
    for limit, eligible in (("15", 1), ("14", 0)):
        problem = make(student={"max_travel_minutes": limit}, opportunity=corner)
        assert len(eligible_pairs(problem)) == eligible
    problem = make(
        student={"latitude": "31", "max_travel_minutes": "15"}, opportunity=corner | {"latitude": "31.0078"}
    )
    assert len(eligible_pairs(problem)) == 1  # no stop anywhere near
    assert way(problem) == (
        [{"mode": "walk", "minutes": 15, "at": 12 * 60 + 45}],
        [{"mode": "walk", "minutes": 15, "at": 16 * 60}],
    )


def test_without_windows_transit_goes_in_a_straight_line() -> None:
    problem = make(opportunity={"schedule": ""}, student={"travel_modes": "transit"})
    # 11.05 km × 1.3 at 18 km/h, and 10 minutes.
    assert legs(problem) == (58, 58)
    assert len(eligible_pairs(problem)) == 1


def test_who_needs_the_van_under_a_timetable() -> None:
    no_way_home = {"stop_times.txt": "".join(STOP_TIMES.splitlines(keepends=True)[:4])}
    for files, needs in ((None, False), (no_way_home, True)):
        # The van takes 39 minutes.
        problem = make(files, student={"travel_modes": "transit;van", "max_travel_minutes": "40"})
        assert van_only(problem, eligible_pairs(problem)).tolist() == [needs]
