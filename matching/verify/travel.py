"""The way to a placement and back, one pair at a time.

Each mode goes in a straight line; with a feed, ``transit`` goes by its timetable where windows say
when.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from matching.problem import UNKNOWN, Codes, TravelPolicy, Window
from matching.verify.facts import Facts, Pair
from matching.verify.steps import can_be_made
from matching.verify.timetable import EARTH_RADIUS_KM, Clock, Dates, Place, kilometers
from matching.verify.transit import NO_WAY, TOLD_BEYOND, Search, search_of

__all__ = ["EARTH_RADIUS_KM", "Journey", "is_way_there", "journey", "kilometers", "leg_minutes"]

TRANSIT = "transit"


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
    dates = Dates(facts.problem)
    school = [dates.from_school(window) for window in windows]
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
    way = _Way(facts, pair)
    windows = offer.schedule[opportunity]
    if not windows:
        back = way.straight(base)
        return Journey(back, back, False)
    there = [way.there(window, school if school and way.from_school(window) else base) for window in windows]
    return Journey(max(there), max(way.back(window, base) for window in windows), False)


class _Way:
    """Legs of one pair, between its site and a place."""

    def __init__(self, facts: Facts, pair: Pair, modes: Codes | None = None) -> None:
        student, self._opportunity = pair
        self._offer, self._dates = facts.problem.opportunities, Dates(facts.problem)
        self._policy = facts.problem.policy.travel
        self._modes = facts.problem.students.travel_modes[student] if modes is None else modes
        offer = self._offer
        self._site = (float(offer.latitude[self._opportunity]), float(offer.longitude[self._opportunity]))
        asks = TRANSIT in self._modes and bool(offer.schedule[self._opportunity])
        self._search: Search | None = search_of(facts.problem) if asks else None
        self.from_school = self._dates.from_school
        # Beyond it, a way by the timetable is no longer told.
        self._longest = int(facts.problem.students.max_travel_minutes[student]) + TOLD_BEYOND
        self._straight: dict[Place, int] = {}

    def straight(self, place: Place) -> int:
        """Minutes by the modes that go in a straight line."""
        if place not in self._straight:
            modes = self._modes - {TRANSIT} if self._search else self._modes
            minutes = leg_minutes(self._policy, modes, place, self._site) if modes else NO_WAY
            self._straight[place] = minutes
        return self._straight[place]

    def there(self, window: Window, place: Place) -> int:
        return self._leg(window, place, window.start, forward=False)

    def back(self, window: Window, place: Place) -> int:
        return self._leg(window, place, window.end, forward=True)

    def _leg(self, window: Window, place: Place, minute: int, forward: bool) -> int:
        straight = self.straight(place)
        if self._search is None:
            return straight
        clock = self._clock(window, minute, forward)
        minutes = min(straight, self._search.minutes(place, self._site, clock))
        return minutes if minutes <= self._longest else NO_WAY

    def _clock(self, window: Window, minute: int, forward: bool) -> Clock:
        start = int(self._offer.start_date[self._opportunity])
        day = self._dates.day(window, start, int(self._offer.end_date[self._opportunity]))
        return Clock(day, minute * 60, forward)

    def is_made(
        self, steps: object, window: Window, place: Place | None, minutes: int, *, forward: bool
    ) -> bool:
        """Whether these steps are a way by the timetable between the site and a place, in so many minutes."""
        if self._search is None or place is None:
            return False
        clock = self._clock(window, window.end if forward else window.start, forward)
        return can_be_made(self._search.network, clock, steps, place, self._site, minutes)


def is_way_there(facts: Facts, pair: Pair, mode: object, origin: object) -> bool:
    """Whether going there from ``origin`` (home or school) by ``mode`` takes the minutes of the pair."""
    student, opportunity = pair
    own, offer = facts.problem.students, facts.problem.opportunities
    home, school = _home_and_school(facts, student)
    start = {"home": home, "school": school}.get(origin) if isinstance(origin, str) else None
    if start is None or not isinstance(mode, str) or mode not in own.travel_modes[student]:
        return False
    way = _Way(facts, pair, frozenset({mode}))
    windows = offer.schedule[opportunity]
    minutes = [way.there(window, start) for window in windows] or [way.straight(start)]
    return journey(facts, pair).there in minutes


def are_steps(facts: Facts, pair: Pair, journey: Journey, leg: Mapping[str, Any]) -> bool:
    """Whether the steps of a leg can be made one after the other, in the minutes of the journey.

    Parameters
    ----------
    leg
        It has ``steps`` (``there`` and ``back``) where a way goes by the timetable, and ``from``.
    """
    steps = leg.get("steps", {"there": [], "back": []})
    if not isinstance(steps, dict) or sorted(steps) != ["back", "there"]:
        return False
    home, school = _home_and_school(facts, pair[0])
    base = home or school
    # Where no home is known the school stands for it, whatever the hours of a window.
    from_school = leg.get("from") == "school" and home is not None
    way = _Way(facts, pair)
    windows = facts.problem.opportunities.schedule[pair[1]]
    return (
        steps["there"] == []
        or any(
            way.is_made(steps["there"], window, school if from_school else base, journey.there, forward=False)
            for window in windows
            if not from_school or way.from_school(window)
        )
    ) and (
        steps["back"] == []
        or any(way.is_made(steps["back"], window, base, journey.back, forward=True) for window in windows)
    )
