"""The way of one pair: which walks and rides the minutes of a leg are made of.

It is read out of a scan for the sites in question: from the stop at which the best way begins, each
ride is the one whose moment the scan noted there, and each walk the one that ends it.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np

from matching.eligibility.transit.paths import Int16Array
from matching.eligibility.transit.scan import Clock
from matching.eligibility.transit.windows import Windows
from matching.problem import IntArray

Step = dict[str, Any]
"""A walk (``mode, minutes, at``) or a ride (also ``line, from_stop, to_stop``).

``at`` is when it begins, in minutes after the midnight of the window's date (which may be negative,
or pass 24 hours); ``minutes`` are rounded up, seconds of ``at`` left out.
"""


class Route:
    """Ways between some sites and any stops, on one clock."""

    def __init__(self, windows: Windows, clock: Clock, sites: IntArray) -> None:
        self._clock, self._feed = clock, windows.feed
        self._hops = windows.timetable.hops(clock, windows.horizon)
        self._reach = windows.reach(clock, sites)
        self._walks = windows.walks_of(sites)
        # From where one is, inward: the other direction than the scan's.
        self._changes = windows.changes[0 if clock.back else 1]
        self._at_far: dict[tuple[int, int], list[int]] = defaultdict(list)
        self._of_run: dict[int, list[int]] = defaultdict(list)
        keys = zip(self._hops.far.tolist(), self._hops.far_at.tolist(), self._hops.run.tolist(), strict=True)
        for hop, (far, far_at, run) in enumerate(keys):
            self._of_run[run].append(hop)
            if self._hops.far_opens[hop]:
                self._at_far[far, far_at].append(hop)

    def steps(self, site: int, stops: IntArray, seconds: Int16Array, direct: float) -> list[Step]:
        """The quickest way from a place, in the order in which it is made.

        Parameters
        ----------
        site
            Place among the sites.
        stops, seconds
            The stops about the place and the walks to them.
        direct
            Seconds of the way on foot to the site, NEVER where it is too far.
        """
        ride, foot = self._reach.ride[:, site], self._reach.foot[:, site]
        total = ride[stops].astype(np.int64) + seconds
        best = int(total.argmin()) if len(total) else -1
        if best < 0 or direct <= total[best]:
            return [self._walk(round(direct), 0)]
        stop, at = int(stops[best]), int(ride[stops[best]])
        found = [self._walk(at + int(seconds[best]), at)]
        walks = dict(zip(*(part.tolist() for part in self._walks.of(site)), strict=True))
        while True:
            first, last = self._ride(stop, at, foot)
            found.append(self._ridden(first, last))
            stop = int(self._hops.near[last])
            moment, left = int(self._hops.near_at[last]), int(foot[stop])
            if walks.get(stop) == left:
                # On the way there one walks on at once; on the way back as soon as one may.
                found.append(self._walk(left if self._clock.back else moment, 0, left))
                break
            stop, at, change = self._change(stop, left, ride)
            if change:
                found.append(self._walk(moment if not self._clock.back else at + change, 0, change))
        found = [step for step in found if step["mode"] != "walk" or step["minutes"]]
        return found[::-1] if self._clock.back else found

    def _ride(self, stop: int, at: int, foot: Int16Array) -> tuple[int, int]:
        """The first and the last hop, inward, of a ride that the scan noted at a stop."""
        for hop in self._at_far[stop, at]:
            hops = self._of_run[int(self._hops.run[hop])]
            inward = hops[: hops.index(hop) + 1]
            ends = [
                one
                for one in reversed(inward)
                if self._hops.near_opens[one] and foot[self._hops.near[one]] <= self._hops.near_at[one]
            ]
            if ends:
                return hop, min(ends, key=lambda one: int(foot[self._hops.near[one]]))
        raise AssertionError("the scan noted a ride that no trip makes")

    def _change(self, stop: int, left: int, ride: Int16Array) -> tuple[int, int, int]:
        """The next stop inward, the moment of the ride there, and the seconds of the walk to it."""
        others, seconds = self._changes.of(stop)
        fits = np.flatnonzero(ride[others].astype(np.int64) + seconds == left)
        # Where one may stay at the stop, one does.
        best = int(min(fits.tolist(), key=lambda row: (int(others[row]) != stop, row)))
        other = int(others[best])
        return other, int(ride[other]), 0 if other == stop else int(seconds[best])

    def _walk(self, outer: int, inner: int, seconds: int | None = None) -> Step:
        """A walk between two moments of the clock, or from the outer one for some seconds."""
        length = outer - inner if seconds is None else seconds
        begins = inner if self._clock.back and seconds is None else outer
        if self._clock.back and seconds is not None:
            begins = outer - seconds
        return {"mode": "walk", "minutes": -(-length // 60), "at": self._minute(begins)}

    def _ridden(self, first: int, last: int) -> Step:
        """The ride from hop ``first`` inward to hop ``last``."""
        hops, line = self._hops, self._feed.lines[int(self._hops.line[first])]
        far, near = int(hops.far[first]), int(hops.near[last])
        far_at, near_at = int(hops.far_at[first]), int(hops.near_at[last])
        names = self._feed.stops.names
        begins, ends = (near, far) if self._clock.back else (far, near)
        return {
            "mode": line.mode,
            "line": line.name,
            "at": self._minute(near_at if self._clock.back else far_at),
            "from_stop": names[begins],
            "to_stop": names[ends],
            "minutes": -(-(far_at - near_at) // 60),
        }

    def _minute(self, moment: int) -> int:
        """Minutes after midnight of a moment of the clock."""
        seconds = moment if self._clock.back else -moment
        return self._clock.time + seconds // 60
