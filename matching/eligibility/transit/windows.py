"""The windows of a round as questions to the timetable, each asked once for all its sites."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from matching.eligibility.places import Places
from matching.eligibility.transit.paths import Int16Array, Pace, Ways, changes, stops_near
from matching.eligibility.transit.scan import LONGEST_LEG, Clock, Hops, Reach, Timetable, reach, scan
from matching.eligibility.transit.times import Dates, Visit
from matching.eligibility.transit.timetable import Feed
from matching.problem import UNKNOWN, IntArray, Opportunities, Problem


@dataclass(frozen=True, slots=True, eq=False)
class Slot:
    """All windows of a round that one clock serves.

    Attributes
    ----------
    clock
        Its ``day`` stands for all days with the same trips.
    from_school
        The way there starts at the school, for who has one; never on the way home.
    column
        [m] place of each opportunity among the sites of the scan, UNKNOWN where it has no such
        window.
    """

    clock: Clock
    from_school: bool
    column: IntArray


class Windows:
    """What the timetable is asked, and its answers as far as they were needed."""

    def __init__(self, offer: Opportunities, dates: Dates, feed: Feed, pace: Pace, horizon: int) -> None:
        self.feed, self.pace, self.horizon = feed, pace, horizon
        self.timetable, self.changes = _network(feed, pace)
        self._sites = Places(offer.latitude, offer.longitude)
        places = np.stack([offer.latitude, offer.longitude], axis=1)
        _, first, self._site = np.unique(places, axis=0, return_index=True, return_inverse=True)
        self._site = self._site.reshape(-1)
        self.walks = stops_near(pace, feed, self._sites, first)
        visited = [place == "site" for place in offer.place.values]
        self.visits: tuple[tuple[Visit, ...], ...] = tuple(
            dates.visits(offer, o) if visited[offer.place.codes[o]] and self._sites.known[o] else ()
            for o in range(len(offer))
        )
        self.timed = np.array([bool(windows) for windows in self.visits], np.bool_)
        self._columns: dict[Clock, IntArray] = {}
        self._answers: dict[Clock, Int16Array] = {}
        self._clocks: dict[tuple[bytes, int, bool], Clock] = {}
        self._services: dict[int, bytes] = {}
        self.there, self.back = self._slots(len(offer))
        self.first_back = self._first_of()

    def clock(self, visit: Visit, back: bool) -> Clock:
        """The clock that serves a window: that of the first date found with the same trips."""
        if visit.day not in self._services:
            known = visit.day != UNKNOWN
            self._services[visit.day] = self.timetable.services(visit.day) if known else b""
        time = visit.end if back else visit.start
        key = (self._services[visit.day], time, back)
        return self._clocks.setdefault(key, Clock(visit.day, time, back))

    def _slots(self, count: int) -> tuple[tuple[Slot, ...], tuple[Slot, ...]]:
        asked: dict[tuple[Clock, bool], set[int]] = {}
        for opportunity, windows in enumerate(self.visits):
            for visit in windows:
                for key in ((self.clock(visit, False), visit.from_school), (self.clock(visit, True), False)):
                    asked.setdefault(key, set()).add(opportunity)
        by_clock: dict[Clock, set[int]] = {}
        for (clock, _), some in asked.items():
            by_clock.setdefault(clock, set()).update(some)
        for clock, some in by_clock.items():
            self._columns[clock] = np.unique(self._site[sorted(some)])
        slots: list[Slot] = []
        for (clock, from_school), some in asked.items():
            rows = np.array(sorted(some), np.int64)
            column = np.full(count, UNKNOWN)
            column[rows] = np.searchsorted(self._columns[clock], self._site[rows])
            slots.append(Slot(clock, from_school, column))
        there = sorted((slot for slot in slots if not slot.clock.back), key=lambda slot: slot.from_school)
        return tuple(there), tuple(slot for slot in slots if slot.clock.back)

    def _first_of(self) -> tuple[tuple[Slot, IntArray], ...]:
        """For each slot of the way home the opportunities whose first window it serves."""
        first: dict[Clock, list[int]] = {}
        for opportunity, windows in enumerate(self.visits):
            if windows:
                first.setdefault(self.clock(windows[0], True), []).append(opportunity)
        none: list[int] = []
        return tuple((slot, np.array(first.get(slot.clock, none), np.int64)) for slot in self.back)

    def ride(self, slot: Slot) -> Int16Array:
        """[stops, sites] what the scan of the slot found; see :class:`scan.Reach`."""
        found = self._answers.get(slot.clock)
        if found is None:
            found = scan(*self._question(slot.clock, self._columns[slot.clock]))
            self._answers[slot.clock] = found
        return found

    def reach(self, clock: Clock, sites: IntArray) -> Reach:
        """Scan for some sites (places among the distinct ones)."""
        return reach(*self._question(clock, sites))

    def _question(self, clock: Clock, sites: IntArray) -> tuple[Hops, Ways, Ways, int]:
        hops = self.timetable.hops(clock, self.horizon)
        changes = self.changes[1 if clock.back else 0]
        return hops, changes, self.walks_of(sites), len(self.feed.stops)

    def walks_of(self, sites: IntArray) -> Ways:
        """The ways on foot to the stops about some sites."""
        found = [self.walks.of(site) for site in sites.tolist()]
        first = np.append(0, np.cumsum([len(stops) for stops, _ in found])).astype(np.int64)
        none = [(np.zeros(0, np.int64), np.zeros(0, np.int16))]
        stops, seconds = (np.concatenate(part) for part in zip(*(found or none), strict=True))
        return Ways(first, stops, seconds)

    def sites(self, opportunity: IntArray) -> IntArray:
        """The places of opportunities among the distinct sites."""
        return self._site.take(opportunity)


def windows_of(problem: Problem, feed: Feed, longest: int) -> Windows:
    """The windows of a round, kept for the next question about the same opportunities.

    Parameters
    ----------
    longest
        Minutes of the longest leg that is asked for.
    """
    horizon = min(LONGEST_LEG, longest * 60)
    offer, dates, pace = problem.opportunities, Dates.of(problem), Pace.of(problem.policy.travel)
    kept = _kept(feed, pace, _asked(offer, dates))
    if not kept or kept[0].horizon < horizon:
        kept[:] = [Windows(offer, dates, feed, pace, horizon)]
    return kept[0]


def _asked(offer: Opportunities, dates: Dates) -> tuple[Hashable, ...]:
    """All that the answers rest on but feed and pace, by content: a page parses its round anew."""
    calendar = dates.calendar
    arrays = [offer.latitude.tobytes(), offer.longitude.tobytes()]
    arrays += [column.tobytes() for column in (offer.start_date, offer.end_date, calendar.dates)]
    codes = [column.codes.tobytes() for column in (offer.place, offer.schedule, calendar.letter)]
    values = (offer.place.values, offer.schedule.values, calendar.letter.values)
    sessions = (calendar.in_session.tobytes(), dates.in_session)
    return (*arrays, *codes, *values, *sessions, dates.service_date)


# The round's own, and that of work which advice makes up: each has its scans.
@lru_cache(maxsize=2)
def _kept(feed: Feed, pace: Pace, asked: tuple[Hashable, ...]) -> list[Windows]:
    """The windows with the farthest horizon that was asked for; they answer nearer ones alike."""
    return []


@lru_cache(maxsize=1)
def _network(feed: Feed, pace: Pace) -> tuple[Timetable, tuple[Ways, Ways]]:
    """What does not depend on the round."""
    return Timetable(feed), changes(pace, feed)
