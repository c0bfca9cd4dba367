"""Both legs of pairs whose students go by transit, over all windows of the opportunity."""

from __future__ import annotations

import numpy as np

from matching.eligibility.places import Places
from matching.eligibility.transit.itinerary import Route, Step
from matching.eligibility.transit.minutes import TOLD_BEYOND, Origins
from matching.eligibility.transit.paths import LONGEST_WALK
from matching.eligibility.transit.scan import NEVER
from matching.eligibility.transit.timetable import Feed
from matching.eligibility.transit.windows import Slot, windows_of
from matching.problem import UNKNOWN, BoolArray, FloatArray, IntArray, Problem

Straight = tuple[IntArray, FloatArray]
"""[p] minutes by the student's other modes (``NO_WAY`` without any), and kilometers."""


class ByTimetable:
    """The legs of a round's pairs by the timetable, or by a quicker mode in a straight line.

    Parameters
    ----------
    goes
        [n] students who go by transit and whose travel counts.
    bases
        [n] homes, or the school where the home is unknown.
    school
        [n] index into ``schools``, UNKNOWN where there is none or its place is unknown.
    """

    def __init__(
        self, problem: Problem, feed: Feed, goes: BoolArray, bases: Places, schools: Places, school: IntArray
    ) -> None:
        self.goes, self._school = goes, school
        longest = int(problem.students.max_travel_minutes[goes].max()) + TOLD_BEYOND
        self._windows = windows_of(problem, feed, longest)
        self._homes, self._schools = Origins(self._windows, bases), Origins(self._windows, schools)
        self.pace = self._windows.pace

    @property
    def timed(self) -> BoolArray:
        """[m] opportunities at a site with windows: to others the timetable says nothing."""
        return self._windows.timed

    def answers(self, student: IntArray, opportunity: IntArray) -> BoolArray:
        """[p] whether the timetable decides over the mode ``transit`` of a pair."""
        return self.goes.take(student) & self.timed.take(opportunity)

    def legs(
        self, student: IntArray, opportunity: IntArray, home: Straight, school: Straight
    ) -> tuple[IntArray, IntArray, BoolArray]:
        """Minutes there and back, and whether the longer way there starts at the school.

        Parameters
        ----------
        home, school
            In a straight line from either; of schools only where the student's is known.
        """
        windows = self._windows
        back = np.minimum(home[0], self._homes.minutes(windows.back, student, opportunity, home[1]))
        from_home = [slot for slot in windows.there if not slot.from_school]
        there = np.minimum(home[0], self._homes.minutes(from_home, student, opportunity, home[1]))
        at_school = np.zeros(len(student), np.bool_)
        from_school = [slot for slot in windows.there if slot.from_school]
        own = self._school.take(student)
        for rows, origins, place, straight in (
            (np.flatnonzero(own == UNKNOWN), self._homes, student, home),
            (np.flatnonzero(own != UNKNOWN), self._schools, own, school),
        ):
            if from_school and len(rows):
                km = straight[1].take(rows)
                leg = origins.minutes(from_school, place.take(rows), opportunity.take(rows), km)
                leg = np.minimum(straight[0].take(rows), leg)
                # Of equal ways the one from school is named.
                longer = rows[(leg != UNKNOWN) & (leg >= there[rows])]
                at_school[longer] = origins is self._schools
                there[rows] = np.maximum(there[rows], leg)
        return there, back, at_school

    def in_reach(self, students: IntArray, limits: IntArray) -> tuple[IntArray, IntArray]:
        """Pairs that the timetable may bring within reach, in no order."""
        rows = students[self.goes[students]]
        index, opportunity = self._homes.in_reach(rows, limits[rows])
        return rows[index], opportunity

    def steps_there(
        self, student: IntArray, opportunity: IntArray, legs: IntArray, from_school: BoolArray, km: FloatArray
    ) -> list[list[Step]]:
        """The walks and rides of each longer way there.

        Parameters
        ----------
        legs
            [p] minutes of the way there, as :meth:`legs` gave them, where the timetable decides.
        km
            [p] from its start, school or home, in a straight line.
        """
        found: list[list[Step]] = [[] for _ in range(len(student))]
        own = self._school.take(student)
        for slot in self._windows.there:
            at_school = (own != UNKNOWN) & slot.from_school
            open_rows = np.flatnonzero(at_school == from_school)
            for origins, place in ((self._homes, student), (self._schools, own)):
                rows = open_rows[from_school[open_rows] == (origins is self._schools)]
                self._tell(found, slot, origins, rows, place, opportunity, legs, km)
        return found

    def steps_back(
        self, student: IntArray, opportunity: IntArray, legs: IntArray, km: FloatArray
    ) -> list[list[Step]]:
        """The walks and rides of each longer way home, in the order in which they are made."""
        found: list[list[Step]] = [[] for _ in range(len(student))]
        for slot in self._windows.back:
            rows = np.arange(len(student))
            self._tell(found, slot, self._homes, rows, student, opportunity, legs, km)
        return found

    def _tell(
        self,
        found: list[list[Step]],
        slot: Slot,
        origins: Origins,
        rows: IntArray,
        place: IntArray,
        opportunity: IntArray,
        legs: IntArray,
        km: FloatArray,
    ) -> None:
        """Fill in the ways of those rows whose leg this slot decides, unless another one did."""
        rows = rows[slot.column.take(opportunity.take(rows)) != UNKNOWN]
        rows = rows[[not found[row] for row in rows.tolist()]]
        minutes = origins.minutes((slot,), place.take(rows), opportunity.take(rows), km.take(rows))
        rows = rows[minutes == legs.take(rows)]
        if not len(rows):
            return
        sites, column = np.unique(self._windows.sites(opportunity.take(rows)), return_inverse=True)
        route = Route(self._windows, slot.clock, sites)
        walks = self.pace.seconds(km.take(rows)).tolist()
        for row, site, walk in zip(rows.tolist(), column.tolist(), walks, strict=True):
            stops, seconds = origins.ways.of(int(place[row]))
            found[row] = route.steps(site, stops, seconds, walk if walk <= LONGEST_WALK else NEVER)
