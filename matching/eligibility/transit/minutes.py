"""Minutes by the timetable, for pairs.

A leg is counted from leaving the place to the start of the window, or from its end to being home:
waits are part of it, as they are part of the student's day.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from matching.eligibility.places import Places
from matching.eligibility.transit.paths import LONGEST_WALK, Int16Array, stops_near
from matching.eligibility.transit.scan import NEVER
from matching.eligibility.transit.windows import Slot, Windows
from matching.problem import UNKNOWN, FloatArray, IntArray

NO_WAY = 2**31 - 1
"""Minutes of a leg for which there is no way, or none worth telling: more than any limit."""

TOLD_BEYOND = 30
"""Minutes by which a leg may pass the student's own limit and still be told ("72 minutes, at most 60")."""

_NO_WINDOW = -1


class Origins:
    """Places from which ways start, homes or schools, and the stops about them."""

    def __init__(self, windows: Windows, places: Places) -> None:
        self._windows = windows
        self.ways = stops_near(windows.pace, windows.feed, places, np.arange(len(places.known)))

    def minutes(
        self, slots: Sequence[Slot], place: IntArray, opportunity: IntArray, km: FloatArray
    ) -> IntArray:
        """Minutes of the longest leg, over some slots, between each place and the site of an opportunity.

        Parameters
        ----------
        place, opportunity
            [p] indices.
        km
            [p] kilometers between them in a straight line.

        Returns
        -------
        array
            [p] whole minutes, NO_WAY where there is no way within the horizon; UNKNOWN where the
            opportunity has a window in none of the slots.
        """
        seconds = self._longest(slots, place, opportunity).astype(np.int64)
        walk = self._windows.pace.seconds(km)
        # Whoever walks does so after every window: the longest leg is the least of both.
        seconds = np.where(walk <= LONGEST_WALK, np.minimum(seconds, walk), seconds).astype(np.int64)
        minutes = np.where(seconds <= self._windows.horizon, -(-seconds // 60), NO_WAY)
        found: IntArray = np.where(seconds == _NO_WINDOW, UNKNOWN, minutes)
        return found

    def _longest(self, slots: Sequence[Slot], place: IntArray, opportunity: IntArray) -> Int16Array:
        """[p] seconds of the longest leg by vehicle over some slots, _NO_WINDOW where in none."""
        longest = np.full(len(place), _NO_WINDOW, np.int16)
        if not len(place):
            return longest
        # Those of one place stand together, so that its row is made once for each slot.
        order = np.argsort(place, kind="stable")
        place, opportunity = place[order], opportunity[order]
        first = np.flatnonzero(np.r_[True, place[1:] != place[:-1]])
        ends = [*first[1:].tolist(), len(place)]
        parts = [slice(*ends) for ends in zip(first.tolist(), ends, strict=True)]
        for slot in slots:
            column = slot.column.take(opportunity)
            asked = np.maximum.reduceat(column, first) != UNKNOWN
            for one, part, some in zip(place[first].tolist(), parts, asked.tolist(), strict=True):
                if some:
                    here = longest[part]
                    np.maximum(here, self._row(slot, one).take(column[part]), out=here)
        found = np.empty_like(longest)
        found[order] = longest
        return found

    def _row(self, slot: Slot, place: int) -> Int16Array:
        """[sites + 1] seconds of the leg to every site of a slot, by vehicle; NEVER or more where not.

        Behind them stands _NO_WINDOW, which is what UNKNOWN takes.
        """
        stops, seconds = self.ways.of(place)
        ride = self._windows.ride(slot)
        found = np.full(ride.shape[1] + 1, NEVER, np.int16)
        found[-1] = _NO_WINDOW
        if len(stops):
            by_stop = ride.take(stops, axis=0)
            by_stop += seconds[:, None]
            by_stop.min(axis=0, out=found[:-1])
        return found

    def in_reach(self, places: IntArray, limits: IntArray) -> tuple[IntArray, IntArray]:
        """Pairs whose way home after the first window keeps within a limit, by vehicle.

        Whoever is in reach by the timetable alone is among them.

        Returns
        -------
        index, opportunity
            The index into ``places``, not sorted.
        """
        found = [(np.zeros(0, np.int64), np.zeros(0, np.int64))]
        for slot, opportunities in self._windows.first_back:
            if not len(opportunities):
                continue
            column = slot.column[opportunities]
            for row, (place, limit) in enumerate(zip(places.tolist(), limits.tolist(), strict=True)):
                seconds = self._row(slot, place).take(column)
                near = opportunities[seconds <= min(limit * 60, self._windows.horizon)]
                found.append((np.full(len(near), row), near))
        index, opportunity = (np.concatenate(part) for part in zip(*found, strict=True))
        return index, opportunity
