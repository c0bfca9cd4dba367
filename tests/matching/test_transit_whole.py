"""The scan against a plain search on random feeds, and whole rounds by the timetable."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from matching.eligibility import eligible_pairs, steps
from matching.eligibility.travel import Travel
from matching.files import parse_round
from matching.files.faults import RoundFaults
from matching.problem import Problem
from matching.solve import solve
from matching.verify import verify
from matching.verify.census import take_census
from matching.verify.facts import Facts
from matching.verify.profiles import Profiles
from matching.verify.travel import journey
from tests.matching.feeds import STOP_TIMES, TRIPS, random_feed
from tests.matching.profiles import table
from tests.matching.transit_support import POLICY, make


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
