"""What tests of travel by a timetable share: a round of one student and one opportunity, and a feed."""

from __future__ import annotations

from typing import Any

import numpy as np

from matching.eligibility import steps
from matching.eligibility.travel import Travel
from matching.files import parse_round
from matching.problem import Problem
from matching.verify.facts import Facts
from matching.verify.travel import journey
from tests.matching.feeds import feed
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
