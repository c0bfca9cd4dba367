"""A feed as a student meets it: what runs about a moment, and which stops are near on foot.

Plain code of its own. ``Clock`` is a moment from which time is measured outward from the site: back
from the start of a window, or on from its end. In both cases a way leads outward from the site to
the student's place, over calls in the order in which that clock passes them.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from matching.problem import UNKNOWN, Calendar, Problem, TravelPolicy, Window

if TYPE_CHECKING:
    from matching.eligibility.transit.timetable import Feed

Place = tuple[float, float]

EARTH_RADIUS_KM = 6371.0088
LATEST_START_FROM_SCHOOL = 17 * 60
"""A window that starts by 17:00 on a school day is reached from school."""

LONGEST_WALK = 15 * 60
LONGEST_CHANGE_WALK = 5 * 60
CHANGE = 60
LONGEST_CHANGE = 3600
LONGEST_LEG = 8 * 3600
DAY = 24 * 3600


class Clock(NamedTuple):
    """A moment: the ordinal of a date, seconds after its midnight, and whether time runs on from it."""

    day: int
    seconds: int
    forward: bool


class Call(NamedTuple):
    """A vehicle at a stop, on a clock: when one can get off it outward, and when on."""

    stop: int
    off_at: int
    on_at: int
    lets_off: bool
    lets_on: bool


Run = list[Call]
"""A trip of one day, its calls outward."""


def kilometers(a: Place, b: Place) -> float:
    """Great-circle distance by the haversine formula; places are degrees WGS84."""
    (lat_a, lon_a), (lat_b, lon_b) = (tuple(map(math.radians, place)) for place in (a, b))
    north, east = math.sin((lat_b - lat_a) / 2), math.sin((lon_b - lon_a) / 2)
    h = north * north + math.cos(lat_a) * math.cos(lat_b) * east * east
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(h)))


def walk_seconds(policy: TravelPolicy, a: Place, b: Place) -> int:
    """Whole seconds on foot between two places."""
    return math.ceil(kilometers(a, b) * policy.circuity / policy.speed_km_h["walk"] * 3600)


class Grid:
    """Places in cells of the unit sphere's space, so that near ones are found by looking next door."""

    def __init__(self, places: Iterable[Place], policy: TravelPolicy, seconds: int) -> None:
        self._places, self._policy, self._seconds = list(places), policy, seconds
        km = seconds / 3600 * policy.speed_km_h["walk"] / policy.circuity
        self._cell = max(km / EARTH_RADIUS_KM * 1.01, 1e-9)
        self._cells: dict[tuple[int, ...], list[int]] = defaultdict(list)
        for index, place in enumerate(self._places):
            self._cells[self._of(place)].append(index)

    def _of(self, place: Place) -> tuple[int, ...]:
        latitude, longitude = map(math.radians, place)
        across = math.cos(latitude)
        point = (across * math.cos(longitude), across * math.sin(longitude), math.sin(latitude))
        return tuple(math.floor(x / self._cell) for x in point)

    def near(self, place: Place) -> dict[int, int]:
        """Places within the grid's walk, and the seconds to each."""
        x, y, z = self._of(place)
        steps = (-1, 0, 1)
        found = {}
        for cell in ((x + i, y + j, z + k) for i in steps for j in steps for k in steps):
            for index in self._cells.get(cell, ()):
                seconds = walk_seconds(self._policy, place, self._places[index])
                if seconds <= self._seconds:
                    found[index] = seconds
        return found


class Dates:
    """Which date's timetable counts for a window, and whether its way there starts at the school."""

    def __init__(self, problem: Problem) -> None:
        self._policy, self._calendar = problem.policy, problem.calendar

    @cached_property
    def _in_session(self) -> dict[int, bool]:
        table: Calendar = self._calendar
        return dict(zip(table.dates.tolist(), table.in_session.tolist(), strict=True))

    def session(self, day: int) -> bool:
        return self._in_session.get(day, self._policy.law.in_session)

    def from_school(self, window: Window) -> bool:
        """On Monday to Friday in session, by 17:00; of a window of many dates the policy decides."""
        one_date = window.day >= 7
        session = self.session(window.day) if one_date else self._policy.law.in_session
        return session and window.weekday < 5 and window.start <= LATEST_START_FROM_SCHOOL

    def day(self, window: Window, start: int, end: int) -> int:
        """An ordinal, UNKNOWN where there is no such date."""
        if self._policy.travel.service_date:
            return self._policy.travel.service_date.toordinal()
        if not window.weekly and not window.letter:
            return window.day
        if start == UNKNOWN:
            return UNKNOWN
        until = end if end != UNKNOWN else start + 371
        if window.letter:
            table = self._calendar
            has = [table.letter[row] == window.letter for row in range(len(table))]
            found = zip(table.dates.tolist(), has, strict=True)
            fits = [day for day, yes in found if yes and start <= day <= until]
            return min(fits, default=UNKNOWN)
        # Ordinal 1 was a Monday.
        that_day = [day for day in range(start, start + 371 + 7) if (day - 1) % 7 == window.day]
        in_session = [day for day in that_day[:54] if day <= until and self.session(day)]
        return in_session[0] if in_session else that_day[0]


class Network:
    """The stops and runs of a feed."""

    def __init__(self, feed: Feed, policy: TravelPolicy) -> None:
        self.feed, self.policy = feed, policy
        self.stops: list[Place] = list(
            zip(feed.stops.latitude.tolist(), feed.stops.longitude.tolist(), strict=True)
        )
        self._grid = Grid(self.stops, policy, LONGEST_WALK)
        self._near: dict[Place, dict[int, int]] = {}

    def near(self, place: Place) -> dict[int, int]:
        """The stops within a walk of a place, and the seconds to each."""
        if place not in self._near:
            self._near[place] = self._grid.near(place)
        return self._near[place]

    def direct(self, a: Place, b: Place) -> int | None:
        """Seconds of the way all on foot, where it is short enough."""
        seconds = walk_seconds(self.policy, a, b)
        return seconds if seconds <= LONGEST_WALK else None

    @cached_property
    def changes(self) -> dict[tuple[int, int], int]:
        """Seconds from getting off at one stop to getting on at another (or the same)."""
        grid = Grid(self.stops, self.policy, LONGEST_CHANGE_WALK)
        found = {
            (a, b): seconds + CHANGE
            for a, place in enumerate(self.stops)
            for b, seconds in grid.near(place).items()
        }
        members: dict[int, list[int]] = defaultdict(list)
        for stop, station in enumerate(self.feed.stops.station.tolist()):
            members[station].append(stop)
        for station, stops in members.items():
            for a in stops if station >= 0 else ():
                for b in stops:
                    found[a, b] = walk_seconds(self.policy, self.stops[a], self.stops[b]) + CHANGE
        table = self.feed.transfers
        rows = zip(table.first.tolist(), table.then.tolist(), table.seconds.tolist(), strict=True)
        for a, b, seconds in rows:
            found[a, b] = seconds if seconds >= 0 else LONGEST_CHANGE + 1
        return {pair: seconds for pair, seconds in found.items() if seconds <= LONGEST_CHANGE}

    @cached_property
    def _by_minute(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = defaultdict(list)
        for call, seconds in enumerate(self.feed.departure.tolist()):
            found[seconds // 60 % (24 * 60)].append(call)
        return found

    def leaving(self, minute: int) -> list[int]:
        """Calls (rows of the feed) that are left in a minute of the day, whatever the date."""
        return self._by_minute.get(minute % (24 * 60), [])

    @cached_property
    def _trips(self) -> list[list[tuple[int, int, int, bool, bool]]]:
        feed = self.feed
        columns = (feed.stop, feed.arrival, feed.departure, feed.boards, feed.alights)
        calls = list(zip(*(column.tolist() for column in columns), strict=True))
        first = feed.trip_first.tolist()
        return [calls[a:b] for a, b in pairwise(first)]

    def runs(self, clock: Clock, horizon: int) -> list[Run]:
        """Trips of the date and those beside it, as far as the clock shows 0 to ``horizon``."""
        services = self.feed.trip_service.tolist()
        found = []
        for shift in (-1, 0, 1):
            runs = [service.runs(clock.day + shift) for service in self.feed.services]
            for trip, calls in enumerate(self._trips):
                if runs[services[trip]]:
                    run = self._on_clock(calls, clock, shift * DAY, horizon)
                    if len(run) > 1:
                        found.append(run)
        return found

    def _on_clock(
        self, calls: list[tuple[int, int, int, bool, bool]], clock: Clock, later: int, horizon: int
    ) -> Run:
        run = []
        for stop, arrival, departure, boards, alights in calls if clock.forward else reversed(calls):
            if clock.forward:
                off, on = arrival + later - clock.seconds, departure + later - clock.seconds
                call = Call(stop, off, on, alights, boards)
            else:
                off, on = clock.seconds - departure - later, clock.seconds - arrival - later
                call = Call(stop, off, on, boards, alights)
            if call.on_at >= 0 and call.off_at <= horizon:
                run.append(call)
        return run

    def services(self, day: int) -> tuple[bool, ...]:
        """Equal for dates about which the same trips run."""
        return tuple(service.runs(day + shift) for shift in (-1, 0, 1) for service in self.feed.services)
