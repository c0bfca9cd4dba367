"""Minutes by the timetable for all pairs, by rounds: one more ride in each, a row of all sites a stop.

Another technique than the solver's, which follows single connections in the order of time: here
every vehicle is followed from call to call, again and again until a round improves nothing.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from matching.problem import UNKNOWN, BoolArray, FloatArray, IntArray
from matching.verify.facts import Facts
from matching.verify.timetable import EARTH_RADIUS_KM, LONGEST_LEG, LONGEST_WALK, Clock, Dates
from matching.verify.transit import NO_WAY, Search

Rides = NDArray[np.int16]

_NEVER = LONGEST_LEG + 1


class TransitSweep:
    """Legs by the timetable of all opportunities with windows at a site.

    Parameters
    ----------
    visited
        [m] whether the way there counts.
    """

    def __init__(self, facts: Facts, search: Search, visited: BoolArray) -> None:
        self._facts, self._search = facts, search
        offer, dates = facts.problem.opportunities, Dates(facts.problem)
        self._site = np.stack([offer.latitude, offer.longitude])
        own, schools = facts.problem.students, facts.problem.schools
        # One row more than there are schools: UNKNOWN (-1) reads the last one.
        latitude, longitude = (np.append(x, np.nan) for x in (schools.latitude, schools.longitude))
        self._school = np.stack([latitude[own.school], longitude[own.school]])
        home = np.stack([own.latitude, own.longitude])
        self._base: FloatArray = np.where(np.isnan(home), self._school, home)
        self.timed = np.zeros(len(offer), dtype=bool)
        clocks: dict[tuple[object, ...], Clock] = {}
        legs: dict[tuple[Clock, bool], set[int]] = defaultdict(set)
        for j in np.flatnonzero(visited).tolist():
            for window in offer.schedule[j]:
                self.timed[j] = True
                day = dates.day(window, int(offer.start_date[j]), int(offer.end_date[j]))
                services = search.network.services(day)
                for minute, forward in ((window.start, False), (window.end, True)):
                    clock = clocks.setdefault((services, minute, forward), Clock(day, minute * 60, forward))
                    legs[clock, not forward and dates.from_school(window)].add(j)
        self._legs = [(*key, np.array(sorted(some))) for key, some in legs.items()]
        self._rides: dict[Clock, tuple[dict[int, int], Rides]] = {}
        self._of_clock: dict[Clock, set[int]] = defaultdict(set)
        for clock, _, some in self._legs:
            self._of_clock[clock].update(some.tolist())

    def longest(
        self,
        student: IntArray,
        opportunity: IntArray,
        straight: tuple[IntArray, IntArray],
    ) -> IntArray:
        """[p] minutes of the longest leg over all windows.

        Parameters
        ----------
        straight
            [p] minutes in a straight line from home and from school.
        """
        longest = np.zeros(len(student), dtype=np.int64)
        knows_school = ~np.isnan(self._school[0])
        for clock, from_school, some in self._legs:
            asked = np.zeros(len(self.timed), dtype=bool)
            asked[some] = True
            rows = np.flatnonzero(asked[opportunity])
            at_school = knows_school[student[rows]] & from_school
            for place, minutes, part in (
                (self._base, straight[0], rows[~at_school]),
                (self._school, straight[1], rows[at_school]),
            ):
                leg = self._leg(clock, place, student[part], opportunity[part])
                longest[part] = np.maximum(longest[part], np.minimum(minutes[part], leg))
        return longest

    def _leg(self, clock: Clock, place: FloatArray, student: IntArray, opportunity: IntArray) -> IntArray:
        columns, rides = self._answer(clock)
        column = np.array([columns.get(j, UNKNOWN) for j in range(len(self.timed))])[opportunity]
        seconds = np.full(len(student), _NEVER, dtype=np.int64)
        order = np.argsort(student, kind="stable")
        for rows in np.split(order, np.flatnonzero(np.diff(student[order])) + 1) if len(order) else ():
            latitude, longitude = place[:, student[rows[0]]].tolist()
            near = self._search.network.near((latitude, longitude))
            if near:
                walks = np.fromiter(near.values(), np.int16, len(near))
                best = (rides[list(near)] + walks[:, None]).min(axis=0)
                seconds[rows] = best[column[rows]]
        walk = self._walk(np.radians(place[:, student]), np.radians(self._site[:, opportunity]))
        seconds = np.where(walk <= LONGEST_WALK, np.minimum(seconds, walk), seconds)
        minutes = np.ceil(seconds / 60).astype(np.int64)
        found: IntArray = np.where(seconds <= self._search.horizon, minutes, NO_WAY)
        return found

    def _walk(self, a: FloatArray, b: FloatArray) -> FloatArray:
        policy = self._facts.problem.policy.travel
        north, east = np.sin((b[0] - a[0]) / 2), np.sin((b[1] - a[1]) / 2)
        h = north * north + np.cos(a[0]) * np.cos(b[0]) * east * east
        km = 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(1.0, np.sqrt(h)))
        seconds: FloatArray = np.ceil(km * policy.circuity / policy.speed_km_h["walk"] * 3600)
        return seconds

    def _answer(self, clock: Clock) -> tuple[dict[int, int], Rides]:
        """The column of each opportunity, and [stops, columns] the moments of :meth:`_rounds`."""
        if clock not in self._rides:
            offer = self._facts.problem.opportunities
            places: dict[tuple[float, float], int] = {}
            columns = {}
            for j in sorted(self._of_clock[clock]):
                place = (float(offer.latitude[j]), float(offer.longitude[j]))
                columns[j] = places.setdefault(place, len(places))
            self._rides[clock] = columns, self._rounds(clock, list(places))
        return self._rides[clock]

    def _rounds(self, clock: Clock, sites: list[tuple[float, float]]) -> Rides:
        """For every stop and site the first moment at which a vehicle can be left there, outward."""
        network = self._search.network
        runs = network.runs(clock, self._search.horizon)
        foot = np.full((len(network.stops), len(sites)), _NEVER, dtype=np.int16)
        for column, site in enumerate(sites):
            for stop, seconds in network.near(site).items():
                foot[stop, column] = seconds
        changes: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for (a, b), seconds in network.changes.items():
            here, there = (a, b) if clock.forward else (b, a)
            changes[here].append((there, seconds))
        ride = np.full_like(foot, _NEVER)
        fresh = set(np.flatnonzero((foot < _NEVER).any(axis=1)).tolist())
        while fresh:
            left: set[int] = set()
            for run in runs:
                if any(call.stop in fresh for call in run):
                    aboard = np.zeros(len(sites), dtype=bool)
                    for call in run:
                        better = aboard & (ride[call.stop] > call.off_at)
                        if call.lets_off and better.any():
                            ride[call.stop, better] = call.off_at
                            left.add(call.stop)
                        if call.lets_on:
                            aboard |= foot[call.stop] <= call.on_at
            fresh = set()
            for stop in left:
                for other, seconds in changes[stop]:
                    then = ride[stop] + np.int16(seconds)
                    if (then < foot[other]).any():
                        foot[other] = np.minimum(foot[other], then)
                        fresh.add(other)
        return ride
