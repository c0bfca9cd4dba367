"""Travel by the timetable: what a student can really make, and the way that it takes."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from matching.eligibility import eligible_pairs, reasons, steps, van_only
from matching.eligibility.transit.times import service_days
from matching.eligibility.transit.windows import windows_of
from matching.eligibility.travel import Travel
from matching.explain import sentences
from matching.files import parse_round
from matching.files.faults import RoundFaults
from matching.hypothetical import column_of
from matching.problem import Calendar, Problem
from matching.solve import solve
from matching.verify import verify
from matching.verify.census import take_census
from matching.verify.facts import Facts
from matching.verify.profiles import Profiles
from matching.verify.transit import NO_WAY
from matching.verify.travel import is_way_there, journey
from tests.matching.feeds import STOP_TIMES, TRIPS, feed, random_feed
from tests.matching.profiles import table

HEADER = "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
POLICY = 'on_date = 2027-01-18\n[travel]\nprovider = "gtfs"\nfeed = "feed.zip"\n'
HOME = {"latitude": "30.0022", "longitude": "-90"}  # 4 minutes on foot from stop a
SITE = {"latitude": "30.1016", "longitude": "-90"}  # 3 minutes from stop c
FREE = "Mon 13:00-16:00"  # of the default: not in session, so that the way there starts at home
NO_SCHOOL = "[law]\nin_session = false\n"


def make(
    files: dict[str, str | bytes | None] | None = None,
    student: dict[str, str] | None = None,
    opportunity: dict[str, str] | None = None,
    policy: str = POLICY + NO_SCHOOL,
    **others: list[dict[str, str]],
) -> Problem:
    """A round of one student and one opportunity, and a feed."""
    person = {
        "student_id": "s", "birth_date": "2009-06-15", "travel_modes": "transit",
        "max_travel_minutes": "90", **HOME,
    }  # fmt: skip
    work = {"opportunity_id": "o", "seats": "1", "schedule": FREE, "start_date": "2027-01-18", **SITE}
    return parse_round(
        {
            "students.csv": table([{**person, **(student or {})}, *others.pop("students", [])]),
            "opportunities.csv": table([{**work, **(opportunity or {})}, *others.pop("opportunities", [])]),
            "policy.toml": policy.encode(),
            "feed.zip": feed(files),
            **{f"{name}.csv": table(rows) for name, rows in others.items()},
        }
    )


def legs(problem: Problem) -> tuple[int | None, int | None]:
    """Minutes there and back of the first pair, None where there is no way; found in two ways."""
    first = np.zeros(1, np.int64)
    found = Travel(problem).legs(first, first)
    way = journey(Facts(problem), (0, 0))
    both = (int(found.there[0]), int(found.back[0]))
    assert both == (way.there, way.back)
    return tuple(None if minutes > 10**6 else minutes for minutes in both)  # type: ignore[return-value]


def way(problem: Problem) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    first = np.zeros(1, np.int64)
    there, back = steps(problem, first, first)
    return there[0], back[0]


def times(rows: str) -> dict[str, str | bytes | None]:
    trips = sorted({row.split(",")[0] for row in rows.split()})
    lines = ["trip_id,route_id,service_id", *(f"{trip},r94,daily" for trip in trips)]
    return {"stop_times.txt": HEADER + "\n".join(rows.split()), "trips.txt": "\n".join(lines)}


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


CHANGES = (
    "x,12:00:00,12:00:00,a,1 x,12:20:00,12:20:00,b,2 "
    "y,12:{0}:00,12:{0}:00,b,1 y,12:40:00,12:40:00,c,2 "
    "z,16:05:00,16:05:00,c,1 z,16:20:00,16:20:00,a,2"
)  # fmt: skip


@pytest.mark.parametrize(
    ("transfer", "leaves", "possible"),
    [
        ("", 21, True),  # a minute
        ("", 20, False),
        ("b,b,2,300", 25, True),
        ("b,b,2,301", 25, False),
        ("b,b,1,", 20, True),  # timed: the vehicle waits
        ("b,b,3,", 30, False),
    ],
)
def test_a_change_takes_what_the_feed_says(transfer: str, leaves: int, possible: bool) -> None:
    files = times(CHANGES.format(leaves))
    files["transfers.txt"] = f"from_stop_id,to_stop_id,transfer_type,min_transfer_time\n{transfer}\n"
    problem = make(files)
    assert legs(problem) == (64 if possible else None, 24)
    if possible:
        modes = [(step["mode"], step.get("to_stop")) for step in way(problem)[0]]
        assert modes == [("walk", None), ("bus", "Birch"), ("bus", "Cedar"), ("walk", None)]


def test_a_change_at_a_stop_takes_a_minute() -> None:
    for leaves, possible in (("12:20:59", False), ("12:21:00", True)):
        files = times(CHANGES.format(21).replace("12:21:00,12:21:00", f"{leaves},{leaves}"))
        assert (legs(make(files))[0] is not None) == possible


def test_a_change_between_stops_is_walked() -> None:
    stops = "stop_id,stop_lat,stop_lon\na,30,-90\nb,30.05,-90\nb2,30.0511,-90\nc,30.1,-90\n"
    rows = CHANGES.replace("y,12:{0}:00,12:{0}:00,b,1", "y,12:{0}:00,12:{0}:00,b2,1")
    for leaves, possible in ((23, True), (22, False)):  # two minutes on foot, and one to change
        problem = make({**times(rows.format(leaves)), "stops.txt": stops})
        assert (legs(problem)[0] is not None) == possible
        if possible:
            assert [step["mode"] for step in way(problem)[0]] == ["walk", "bus", "walk", "bus", "walk"]


def test_headways_are_a_timetable() -> None:
    files = times(STOP_TIMES.split("\n", 1)[1])
    files["frequencies.txt"] = "trip_id,start_time,end_time,headway_secs\nout,12:00:00,13:00:00,900\n"
    # 12:00, 12:15, 12:30, 12:45: the one at 12:30 takes 19 minutes.
    assert legs(make(files)) == (34, 34)


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


def test_a_forbidden_change_within_a_station() -> None:
    stops = (
        "stop_id,stop_lat,stop_lon,location_type,parent_station\n"
        "hub,30.05,-90,1,\na,30,-90,,\nb,30.05,-90,,hub\nb2,30.056,-90,,hub\nc,30.1,-90,,\n"
    )
    rows = CHANGES.replace("y,12:{0}:00,12:{0}:00,b,1", "y,12:{0}:00,12:{0}:00,b2,1").format(32)
    # Eleven minutes on foot: within a station one may, unless the feed says that one cannot.
    for transfer, there in (("", 64), ("b,b2,3,", None)):
        header = "from_stop_id,to_stop_id,transfer_type,min_transfer_time\n"
        problem = make({**times(rows), "stops.txt": stops, "transfers.txt": header + transfer})
        assert legs(problem) == (there, 24)


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


@pytest.mark.parametrize("seed", range(60))
def test_the_scan_is_the_plain_search_on_random_feeds(seed: int) -> None:
    draw = random.Random(seed)
    windows = [
        "Mon 13:00-15:00",
        "Sat 14:30-16:30",
        "Tue 12:00-14:00",
        "2027-01-23 15:00-23:30",
        "Sun 00:30-01:30",
    ]
    schedules = [";".join(draw.sample(windows, draw.randint(1, 3))) for _ in range(4)] + [""]

    def place() -> dict[str, str]:
        return {
            "latitude": f"{30 + draw.random() / 28:.4f}",
            "longitude": f"{-90 + draw.random() / 28:.4f}",
        }

    people = [
        {
            "student_id": f"s{i}", "birth_date": "2008-01-01", **(place() if i else {}), "school_id": "h",
            "travel_modes": draw.choice(("transit", "walk;transit", "walk", "bike;transit;van")),
            "max_travel_minutes": draw.choice(("20", "45", "90")),
        }
        for i in range(6)
    ]  # fmt: skip
    work = [
        {"opportunity_id": f"o{i}", "seats": "1", "schedule": schedule, "start_date": "2027-01-18", **place()}
        for i, schedule in enumerate(schedules)
    ]
    problem = parse_round(
        {
            "students.csv": table(people),
            "opportunities.csv": table(work),
            "schools.csv": table([{"school_id": "h", **place()}]),
            "policy.toml": POLICY.encode(),
            "feed.zip": random_feed(draw),
        }
    )
    student, opportunity = (part.reshape(-1) for part in np.indices((len(people), len(work))))
    found, facts = Travel(problem).legs(student, opportunity), Facts(problem)
    profiles = Profiles(facts)
    swept = profiles.minutes(student, opportunity)
    limits = problem.students.max_travel_minutes
    for row, pair in enumerate(zip(student.tolist(), opportunity.tolist(), strict=True)):
        expected = journey(facts, pair)
        for ours, theirs in (
            (found.there[row], expected.there),
            (found.back[row], expected.back),
            (found.minutes[row], swept[row]),
        ):
            assert ours == theirs or min(ours, theirs) > limits.max()
    census, pairs = take_census(facts, profiles), eligible_pairs(problem)
    assert np.array_equal(census.student, pairs.student)
    assert np.array_equal(census.opportunity, pairs.opportunity)
    assert dict(zip(pairs.excluded, census.excluded.sum(axis=0).tolist(), strict=True)) == pairs.excluded
    _check_steps(problem, pairs.student, pairs.opportunity)


def _check_steps(problem: Problem, student: Any, opportunity: Any) -> None:
    """Each step begins when the one before has ended, and the leg is as long as it was said to be."""
    found = Travel(problem).legs(student, opportunity)
    there, back = steps(problem, student, opportunity)
    for row, o in enumerate(opportunity.tolist()):
        windows = problem.opportunities.schedule[o]
        for way, ends in ((there[row], False), (back[row], True)):
            if not way:
                continue
            for before, after in pairwise(way):
                assert before["at"] + before["minutes"] <= after["at"] + 1
            last = way[-1]["at"] + way[-1]["minutes"]
            if ends:
                assert any(
                    abs(w.end + found.back[row] - last) <= 1 and w.end <= way[0]["at"] for w in windows
                )
            else:
                assert any(
                    abs(w.start - found.there[row] - way[0]["at"]) <= 1 and last <= w.start + 1
                    for w in windows
                )


def test_a_round_by_the_timetable_is_solved_and_verified() -> None:
    problem = make()
    files = solve(problem).files()
    assert verify(problem, files) == []
    assert files["placements.csv"].splitlines()[1].split(b",")[4] == b"34"
    wrong = dict(files)
    wrong["placements.csv"] = files["placements.csv"].replace(b",34,", b",33,")
    assert any("travel_minutes" in violation for violation in map(str, verify(problem, wrong)))


@pytest.mark.parametrize(
    ("said", "instead"),
    [
        (b'"line":"94"', b'"line":"12"'),
        (b'"at":751', b'"at":752'),
        (b'"to_stop":"Cedar"', b'"to_stop":"Birch"'),
        (b'"minutes":19', b'"minutes":18'),
        (b'"at":747', b'"at":741'),
        (b'"at":960', b'"at":"960"'),
    ],
)
def test_a_way_that_the_feed_does_not_know_is_a_violation(said: bytes, instead: bytes) -> None:
    problem = make()
    files = solve(problem).files()
    assert said in files["explanations.jsonl"]
    files["explanations.jsonl"] = files["explanations.jsonl"].replace(said, instead)
    assert ["the steps of the leg" in str(violation) for violation in verify(problem, files)] == [True]


def test_the_result_counts_the_feed() -> None:
    later = {"stop_times.txt": STOP_TIMES.replace("12:31", "12:30")}
    assert make().digest != make(later).digest
    assert make().digest == make({"agency.txt": "agency_id\n1\n"}).digest


def test_a_feed_of_other_dates_is_a_fault_that_says_which() -> None:
    with pytest.raises(RoundFaults, match="2027-01-01 to 2027-12-31"):
        make(opportunity={"start_date": "2028-01-10"}, policy=POLICY.replace("2027-01-18", "2028-01-10"))


def test_a_fault_inside_the_feed_is_a_fault_of_the_round() -> None:
    with pytest.raises(RoundFaults, match=r"feed\.zip.*stop_times\.txt:2"):
        make({"trips.txt": TRIPS.replace("out,", "ou,")})
