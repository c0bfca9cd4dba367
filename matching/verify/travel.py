"""The way to a placement and back, one pair at a time (``straight_line``)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from matching.problem import UNKNOWN, Codes, TravelPolicy
from matching.verify.facts import Facts, Pair

EARTH_RADIUS_KM = 6371.0088
LATEST_START_FROM_SCHOOL = 17 * 60
"""A window that starts by 17:00 on a school day is reached from school."""

Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Journey:
    """Minutes of the legs; UNKNOWN where travel is not considered.

    ``unknown`` says that travel is left out *because a place is unknown*.
    """

    there: int
    back: int
    unknown: bool

    @property
    def longer(self) -> int:
        return max(self.there, self.back)


NOT_CONSIDERED = Journey(UNKNOWN, UNKNOWN, False)
PLACE_UNKNOWN = Journey(UNKNOWN, UNKNOWN, True)


def kilometers(a: Place, b: Place) -> float:
    """Great-circle distance by the haversine formula; places are degrees WGS84."""
    (lat_a, lon_a), (lat_b, lon_b) = (tuple(map(math.radians, place)) for place in (a, b))
    north, east = math.sin((lat_b - lat_a) / 2), math.sin((lon_b - lon_a) / 2)
    h = north * north + math.cos(lat_a) * math.cos(lat_b) * east * east
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(h)))


def leg_minutes(policy: TravelPolicy, modes: Codes, a: Place, b: Place) -> int:
    """Whole minutes of one leg by the quickest of the student's modes."""
    road = kilometers(a, b) * policy.circuity
    return math.ceil(
        min(road / policy.speed_km_h[mode] * 60 + policy.overhead_minutes[mode] for mode in modes)
    )


def starts_from_school(facts: Facts, opportunity: int) -> tuple[bool, bool]:
    """Whether some window is reached from school, and whether some is reached from home.

    That a school's place is known is asked elsewhere. Without windows the way is from home.
    """
    windows = facts.problem.opportunities.schedule[opportunity]
    if not windows:
        return False, True
    session = facts.problem.policy.law.in_session
    school = [
        session and window.weekday < 5 and window.start <= LATEST_START_FROM_SCHOOL for window in windows
    ]
    return any(school), not all(school)


def _home_and_school(facts: Facts, student: int) -> tuple[Place | None, Place | None]:
    own, schools = facts.problem.students, facts.problem.schools
    home = (float(own.latitude[student]), float(own.longitude[student]))
    index = int(own.school[student])
    school = (
        (float(schools.latitude[index]), float(schools.longitude[index]))
        if index != UNKNOWN
        else (math.nan, math.nan)
    )
    return (None if math.isnan(home[0]) else home), (None if math.isnan(school[0]) else school)


def journey(facts: Facts, pair: Pair) -> Journey:
    """The longer way there over all windows, and the way back home."""
    student, opportunity = pair
    own, offer = facts.problem.students, facts.problem.opportunities
    if offer.place[opportunity] != "site" or "transport" in own.needs[student]:
        return NOT_CONSIDERED
    site = (float(offer.latitude[opportunity]), float(offer.longitude[opportunity]))
    home, school = _home_and_school(facts, student)
    base = home or school
    if math.isnan(site[0]) or base is None:
        return PLACE_UNKNOWN
    policy, modes = facts.problem.policy.travel, own.travel_modes[student]
    back = leg_minutes(policy, modes, base, site)
    from_school, from_home = starts_from_school(facts, opportunity)
    if school is None:
        return Journey(back, back, False)
    there = [leg_minutes(policy, modes, school, site)] if from_school else []
    if from_home:
        there.append(back)
    return Journey(max(there), back, False)


def is_way_there(facts: Facts, pair: Pair, mode: object, origin: object) -> bool:
    """Whether going there from ``origin`` (home or school) by ``mode`` takes the minutes of the pair."""
    student, opportunity = pair
    own, offer = facts.problem.students, facts.problem.opportunities
    home, school = _home_and_school(facts, student)
    start = {"home": home, "school": school}.get(origin) if isinstance(origin, str) else None
    if start is None or not isinstance(mode, str) or mode not in own.travel_modes[student]:
        return False
    site = (float(offer.latitude[opportunity]), float(offer.longitude[opportunity]))
    minutes = leg_minutes(facts.problem.policy.travel, frozenset({mode}), start, site)
    return minutes == journey(facts, pair).there
