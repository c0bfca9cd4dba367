"""How long the way takes, and which pairs can be in reach at all.

Each mode goes in a straight line, with what the policy says of roads and speeds; with the provider
``gtfs`` the mode ``transit`` goes by the timetable instead, wherever windows say when.
A k-d tree over the sites picks candidates by straight distance with a margin; whether a pair is in
reach is then decided by whole minutes, computed the same way for every pair.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from matching.eligibility.details import Details
from matching.eligibility.places import EARTH_RADIUS_KM, Places, great_circle_km
from matching.eligibility.reach import Reach
from matching.eligibility.transit.itinerary import Step
from matching.eligibility.transit.minutes import NO_WAY, TOLD_BEYOND
from matching.eligibility.transit.paths import LONGEST_WALK
from matching.eligibility.transit.times import Dates
from matching.eligibility.transit.ways import ByTimetable
from matching.problem import MODES, UNKNOWN, BoolArray, FloatArray, IntArray, Problem

# The tree only picks candidates, so its radius may be too large but never too small.
_MARGIN = 1 + 1e-9
_MARGIN_KM = 1e-3
# Whose candidates by the timetable are looked at together: each may have all the sites.
_STUDENTS_AT_ONCE = 200


@dataclass(frozen=True, slots=True, eq=False)
class Legs:
    """Travel of p pairs in whole minutes, UNKNOWN where it is not considered.

    ``there`` is the longer way there over all windows, ``back`` the way home.
    """

    there: IntArray
    back: IntArray
    from_school: BoolArray  # the longer way there starts at the school

    @property
    def minutes(self) -> IntArray:
        return np.maximum(self.there, self.back)

    def of(self, rows: IntArray) -> Legs:
        """The legs of some of the pairs."""
        return Legs(self.there[rows], self.back[rows], self.from_school[rows])


TRANSIT = "transit"


class Travel:
    """Travel of the pairs of one round."""

    reason = "travel"

    def __init__(self, problem: Problem) -> None:
        students, opportunities, schools = problem.students, problem.opportunities, problem.schools
        self._policy = problem.policy.travel
        self._limit = students.max_travel_minutes
        self._modes = students.travel_modes
        self._sites = Places(opportunities.latitude, opportunities.longitude)

        self._schools = Places(schools.latitude, schools.longitude)
        self._school = students.school
        has_school = self._school != UNKNOWN
        self._school_known = has_school.copy()
        self._school_known[has_school] = self._schools.known[self._school[has_school]]
        self._bases = self._home_or_school(problem)

        driven = np.array(["transport" in needs for needs in students.needs.values], np.bool_)
        self._driven = driven[students.needs.codes]
        at_site = np.array([place == "site" for place in opportunities.place.values], np.bool_)
        self._at_site = at_site[opportunities.place.codes]
        self._limited_student = ~self._driven & self._bases.known
        self._limited_opportunity = self._at_site & self._sites.known

        dates, windows = Dates.of(problem), opportunities.schedule
        ways = [[dates.starts_from_school(window) for window in schedule] for schedule in windows.values]
        self._any_from_school = np.array([any(way) for way in ways], np.bool_)[windows.codes]
        self._all_from_school = np.array([bool(way) and all(way) for way in ways], np.bool_)[windows.codes]
        self._timetable = self._by_timetable(problem)

    def _by_timetable(self, problem: Problem) -> ByTimetable | None:
        rides = np.array([TRANSIT in modes for modes in self._modes.values], np.bool_)[self._modes.codes]
        goes = rides & self._limited_student
        if problem.feed is None or not goes.any():
            return None
        places = (self._bases, self._schools, np.where(self._school_known, self._school, UNKNOWN))
        return ByTimetable(problem, problem.feed, goes, *places)

    def _home_or_school(self, problem: Problem) -> Places:
        latitude = problem.students.latitude.copy()
        longitude = problem.students.longitude.copy()
        stands_in = np.isnan(latitude) & self._school_known
        latitude[stands_in] = problem.schools.latitude[self._school[stands_in]]
        longitude[stands_in] = problem.schools.longitude[self._school[stands_in]]
        return Places(latitude, longitude)

    def unknown(self, student: IntArray, opportunity: IntArray) -> BoolArray:
        """Whether travel is not considered *because a place is unknown*."""
        if self._sites.known.all() and self._bases.known.all():
            return np.zeros(len(student), np.bool_)
        asked = self._at_site.take(opportunity) & ~self._driven.take(student)
        known = self._sites.known.take(opportunity) & self._bases.known.take(student)
        return asked & ~known

    def legs(self, student: IntArray, opportunity: IntArray) -> Legs:
        """Both legs of every pair."""
        there = np.full(len(student), UNKNOWN)
        back = there.copy()
        from_school = np.zeros(len(student), np.bool_)
        asked = self._considered(student, opportunity)
        s, o = (student, opportunity) if asked.all() else (student[asked], opportunity[asked])
        timed = self._timetable.answers(s, o) if self._timetable else None
        home_km = great_circle_km(self._bases, s, self._sites, o)
        home = self._minutes(s, home_km, timed)
        way_there = home.copy()
        school_way = self._any_from_school.take(o) & self._school_known.take(s)
        school_km, by_school = np.full(len(s), np.inf), home.copy()
        rows = np.flatnonzero(school_way)
        if len(rows):
            si, oi = s.take(rows), o.take(rows)
            school_km[rows] = great_circle_km(self._schools, self._school.take(si), self._sites, oi)
            by_school[rows] = self._minutes(si, school_km[rows], None if timed is None else timed[rows])
            only, others = self._all_from_school.take(oi), home.take(rows)
            way_there[rows] = np.where(only, by_school[rows], np.maximum(by_school[rows], others))
            school_way[rows] = only | (by_school[rows] >= others)
        legs = Legs(way_there, home, school_way)
        if self._timetable and timed is not None and timed.any():
            rows = np.flatnonzero(timed)
            straight = (home[rows], home_km[rows]), (by_school[rows], school_km[rows])
            *found, at_school = self._timetable.legs(s[rows], o[rows], *straight)
            told = self._limit.take(s[rows]) + TOLD_BEYOND
            for part, values in zip((legs.there, legs.back), found, strict=True):
                part[rows] = np.where(values <= told, values, NO_WAY)
            legs.from_school[rows] = at_school
        there[asked], back[asked], from_school[asked] = legs.there, legs.back, legs.from_school
        return Legs(there, back, from_school)

    def fails(self, student: IntArray, opportunity: IntArray) -> BoolArray:
        """Whether a leg takes longer than the student travels."""
        return self.too_long(student, self.legs(student, opportunity).minutes)

    def too_long(self, student: IntArray, minutes: IntArray) -> BoolArray:
        return minutes > self._limit.take(student)

    def details(self, student: IntArray, opportunity: IntArray) -> list[Details]:
        """Minutes of the longer leg and the student's limit.

        Where the timetable finds no way within TOLD_BEYOND of the limit, ``minutes`` is None and
        ``over`` says how many they would pass.
        """
        minutes = self.legs(student, opportunity).minutes.tolist()
        limits = self._limit.take(student).tolist()
        return [
            [
                {"minutes": None, "over": limit + TOLD_BEYOND, "limit": limit}
                if m == NO_WAY
                else {"minutes": m, "limit": limit}
            ]
            for m, limit in zip(minutes, limits, strict=True)
        ]

    def modes(self, student: IntArray, opportunity: IntArray, legs: Legs) -> list[str]:
        """The quickest of the student's modes on the way there; of equals the first of MODES.

        Where a way by the timetable and one in a straight line take the same whole minutes, the
        latter is named. For pairs of which travel is considered.
        """
        by_mode = self._by_mode(student, self._km_there(student, opportunity, legs))
        if self._timetable:
            timed = self._timetable.answers(student, opportunity)
            by_mode[MODES.index(TRANSIT), timed] = np.inf
            slower = timed & (np.ceil(by_mode.min(axis=0)) > legs.there)
            by_mode[MODES.index(TRANSIT), slower] = 0
        return [MODES[mode] for mode in by_mode.argmin(axis=0).tolist()]

    def _km_there(self, student: IntArray, opportunity: IntArray, legs: Legs) -> FloatArray:
        """[p] kilometers from where the longer way there starts."""
        km = great_circle_km(self._bases, student, self._sites, opportunity)
        rows = np.flatnonzero(legs.from_school)
        if len(rows):
            school = self._school.take(student[rows])
            km[rows] = great_circle_km(self._schools, school, self._sites, opportunity[rows])
        return km

    def steps(
        self, student: IntArray, opportunity: IntArray, legs: Legs
    ) -> tuple[list[list[Step]], list[list[Step]]]:
        """The walks and rides of the longer way there and back, where they go by the timetable.

        Returns
        -------
        there, back
            For each pair; empty where a mode in a straight line is as quick, or there is no way.
        """
        there: list[list[Step]] = [[] for _ in range(len(student))]
        back: list[list[Step]] = [[] for _ in range(len(student))]
        if self._timetable:
            timed = np.flatnonzero(self._timetable.answers(student, opportunity))
            s, o, mine = student[timed], opportunity[timed], legs.of(timed)
            km = self._km_there(s, o, mine)
            rows = np.flatnonzero(self._without_transit(s, km) > mine.there)
            args = s[rows], o[rows], mine.there[rows], mine.from_school[rows], km[rows]
            for row, steps in zip(timed[rows].tolist(), self._timetable.steps_there(*args), strict=True):
                there[row] = steps
            km = great_circle_km(self._bases, s, self._sites, o)
            rows = np.flatnonzero(self._without_transit(s, km) > mine.back)
            ways = self._timetable.steps_back(s[rows], o[rows], mine.back[rows], km[rows])
            for row, steps in zip(timed[rows].tolist(), ways, strict=True):
                back[row] = steps
        return there, back

    def _without_transit(self, student: IntArray, km: FloatArray) -> IntArray:
        return self._minutes(student, km, np.ones(len(km), np.bool_))

    def between_sites(self, student: IntArray, first: IntArray, second: IntArray) -> IntArray:
        """Minutes in a straight line between the sites of two opportunities, in each student's modes."""
        return self._minutes(student, great_circle_km(self._sites, first, self._sites, second))

    def _considered(self, student: IntArray, opportunity: IntArray) -> BoolArray:
        limited = self._limited_student.take(student)
        return limited & self._limited_opportunity.take(opportunity)

    def _by_mode(self, student: IntArray, km: FloatArray) -> FloatArray:
        """[modes, p] minutes of each mode; infinite without it."""
        found = np.full((len(MODES), len(km)), np.inf)
        for row, minutes in self._each_mode(student, km):
            found[row] = minutes
        return found

    def _each_mode(self, student: IntArray, km: FloatArray) -> Iterator[tuple[int, FloatArray]]:
        """``km × circuity ÷ speed × 60 + overhead`` of each mode that anybody has; infinite without it."""
        road = km * self._policy.circuity
        value = self._modes.codes.take(student)
        for row, mode in enumerate(MODES):
            has = np.array([mode in modes for modes in self._modes.values], np.bool_)
            if has.any():
                minutes = road / self._policy.speed_km_h[mode] * 60
                minutes += self._policy.overhead_minutes[mode]
                yield row, np.where(has.take(value), minutes, np.inf)

    def _minutes(self, student: IntArray, km: FloatArray, timed: BoolArray | None = None) -> IntArray:
        """Least over the modes, rounded up; of ``timed`` pairs [p] without transit."""
        least = np.full(len(km), np.inf)
        for mode, minutes in self._each_mode(student, km):
            if timed is not None and MODES[mode] == TRANSIT:
                minutes[timed] = np.inf
            np.minimum(least, minutes, out=least)
        if timed is not None:
            least[np.isinf(least)] = NO_WAY  # who goes by transit alone
        whole: IntArray = np.ceil(least).astype(np.int64)
        return whole

    def _reach_km(self) -> FloatArray:
        """[n] kilometers within which a student's limit can hold in a straight line; negative where none."""
        speed, overhead = self._policy.speed_km_h, self._policy.overhead_minutes
        by_mode = np.array(
            [
                [(speed[mode], overhead[mode]) if mode in modes else (0.0, np.inf) for mode in MODES]
                for modes in self._modes.values
            ]
        ).reshape(-1, len(MODES), 2)[self._modes.codes]
        left = self._limit[:, None] - by_mode[:, :, 1]
        with np.errstate(invalid="ignore"):
            by_mode = np.where(left >= 0, left * by_mode[:, :, 0] / 60, -1.0)
        if self._timetable and self._timetable.timed[self._limited_opportunity].all():
            # What the timetable brings near is added by ``in_reach``, but for the way all on foot.
            on_foot = np.minimum(self._limit, LONGEST_WALK / 60) * speed["walk"] / 60
            by_mode[:, MODES.index(TRANSIT)] = np.where(self._timetable.goes, on_foot, -1.0)
        km = by_mode.max(axis=1)
        return np.where(km >= 0, km / self._policy.circuity * _MARGIN + _MARGIN_KM, -1.0)

    def candidates(self, selected: BoolArray) -> Iterator[tuple[IntArray, IntArray]]:
        """Pairs of the selected students [n] that may be in reach.

        Yields
        ------
        student, opportunity
            Indices, in pieces; all of them together sorted by student, then opportunity.
        """
        sites = np.flatnonzero(self._limited_opportunity)
        half_angle = np.minimum(self._reach_km() / (2 * EARTH_RADIUS_KM), np.pi / 2)
        chord = np.where(self._limited_student & (half_angle >= 0), 2 * np.sin(half_angle), -1.0)
        reach = Reach(
            self._bases.on_sphere(np.arange(len(chord))),
            chord,
            self._limited_student,
            self._sites.on_sphere(sites),
            sites,
            len(self._limited_opportunity),
        )
        students = np.flatnonzero(selected)
        if self._timetable is None:
            yield from reach.candidates(students)
            return
        for rows in np.split(students, range(_STUDENTS_AT_ONCE, len(students), _STUDENTS_AT_ONCE)):
            yield self._with_timetable(self._timetable, reach, rows)

    def _with_timetable(
        self, timetable: ByTimetable, reach: Reach, students: IntArray
    ) -> tuple[IntArray, IntArray]:
        """Candidates in a straight line and those that the timetable adds, sorted."""
        near = np.zeros((len(students), len(self._limited_opportunity)), np.bool_)
        for student, opportunity in (*reach.candidates(students), timetable.in_reach(students, self._limit)):
            near[np.searchsorted(students, student), opportunity] = True
        row, opportunity = np.nonzero(near)
        return students[row], opportunity
