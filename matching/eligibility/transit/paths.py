"""Ways on foot: from a place to the stops about it, and from stop to stop between two rides."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.eligibility.places import EARTH_RADIUS_KM, Places, great_circle_km
from matching.eligibility.transit.timetable import IMPOSSIBLE, Feed
from matching.problem import FloatArray, IntArray, TravelPolicy

LONGEST_WALK = 15 * 60
"""Seconds on foot to the first stop, from the last one, or all the way: about three quarters of a
mile, the farther end of what planners count as the catchment of a stop."""

LONGEST_CHANGE_WALK = 5 * 60
"""Seconds on foot between two stops where one changes; transfers.txt may name ways beyond it."""

CHANGE = 60
"""Seconds that a change takes besides the walk, where transfers.txt does not say."""

LONGEST_CHANGE = 3600
"""Seconds of the longest change that is looked at."""


# The tree only picks candidates, so its radius may be too large but never too small.
_MARGIN, _MARGIN_KM = 1 + 1e-9, 1e-3

Int16Array = NDArray[np.int16]


@dataclass(frozen=True, slots=True, eq=False)
class Ways:
    """For each of some places or stops, the stops that one walks to; rows as in a CSR matrix."""

    first: IntArray  # [rows + 1]
    stop: IntArray
    seconds: Int16Array

    def of(self, row: int) -> tuple[IntArray, Int16Array]:
        part = slice(int(self.first[row]), int(self.first[row + 1]))
        return self.stop[part], self.seconds[part]


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast one walks: of the policy, road over straight distance and speed."""

    circuity: float
    km_h: float

    @classmethod
    def of(cls, policy: TravelPolicy) -> Pace:
        return cls(policy.circuity, policy.speed_km_h["walk"])

    def seconds(self, km: FloatArray) -> FloatArray:
        """``km × circuity ÷ speed``, rounded up to whole seconds."""
        found: FloatArray = np.ceil(km * self.circuity / self.km_h * 3600)
        return found

    def reach_km(self, seconds: int) -> float:
        """Kilometers in a straight line that so many seconds carry, with a margin for rounding."""
        return seconds / 3600 * self.km_h / self.circuity * _MARGIN + _MARGIN_KM


def _within(
    pace: Pace, a: Places, rows: IntArray, b: Places, seconds: int
) -> tuple[IntArray, IntArray, IntArray]:
    """All (index into ``rows``, index into ``b``) at most so many seconds apart, and the seconds."""
    # Here and not above: reading a round does not need it.
    from scipy.spatial import cKDTree

    empty = np.zeros(0, np.int64)
    columns = np.arange(len(b.known))
    if not len(rows) or not len(columns):
        return empty, empty, empty
    chord = 2 * np.sin(min(pace.reach_km(seconds) / (2 * EARTH_RADIUS_KM), np.pi / 2))
    trees = cKDTree(a.on_sphere(rows)), cKDTree(b.on_sphere(columns))
    near = trees[0].sparse_distance_matrix(trees[1], float(chord), output_type="ndarray")
    i, j = near["i"].astype(np.int64), near["j"].astype(np.int64)
    walk = pace.seconds(great_circle_km(a, rows[i], b, j))
    kept = np.flatnonzero(walk <= seconds)
    kept = kept[np.lexsort((j[kept], i[kept]))]
    return i[kept], j[kept], walk[kept].astype(np.int64)


def stops_near(pace: Pace, feed: Feed, places: Places, rows: IntArray) -> Ways:
    """The stops within ``LONGEST_WALK`` of each of some places; none about one that is unknown."""
    stops = Places(feed.stops.latitude, feed.stops.longitude)
    known = np.flatnonzero(places.known[rows])
    row, stop, seconds = _within(pace, places, rows[known], stops, LONGEST_WALK)
    return _ways(len(rows), known[row], stop, seconds)


def changes(pace: Pace, feed: Feed) -> tuple[Ways, Ways]:
    """Changes between two rides: to each stop from where one gets off, and from each to the others.

    A change takes what transfers.txt says; elsewhere the walk (at most ``LONGEST_CHANGE_WALK``,
    within a station of any length) and ``CHANGE``. A timed or recommended transfer between two
    stops that has no time of its own may be longer than that walk.
    """
    stops = Places(feed.stops.latitude, feed.stops.longitude)
    count = len(feed.stops)
    a, b, walk = _within(pace, stops, np.arange(count), stops, LONGEST_CHANGE_WALK)
    found = dict(zip(zip(a.tolist(), b.tolist(), strict=True), (walk + CHANGE).tolist(), strict=True))
    stations: dict[int, list[int]] = {}
    for stop, station in enumerate(feed.stops.station.tolist()):
        if station >= 0:
            stations.setdefault(station, []).append(stop)
    joined = {(i, j) for members in stations.values() for i in members for j in members if i != j}
    table = feed.transfers
    for i, j, seconds in zip(table.first.tolist(), table.then.tolist(), table.seconds.tolist(), strict=True):
        joined.discard((i, j))
        found.pop((i, j), None)
        if seconds != IMPOSSIBLE:
            found[i, j] = seconds
    missing = np.array(sorted(joined - found.keys()), np.int64).reshape(-1, 2)
    apart = pace.seconds(great_circle_km(stops, missing[:, 0], stops, missing[:, 1]))
    found |= {(i, j): int(w) + CHANGE for (i, j), w in zip(missing.tolist(), apart.tolist(), strict=True)}
    keys = sorted(key for key, seconds in found.items() if seconds <= LONGEST_CHANGE)
    pairs = np.array(keys, np.int64).reshape(-1, 2)
    times = np.array([found[key] for key in keys], np.int64)
    order = np.lexsort((pairs[:, 0], pairs[:, 1]))
    to = _ways(count, pairs[order, 1], pairs[order, 0], times[order])
    return to, _ways(count, pairs[:, 0], pairs[:, 1], times)


def _ways(rows: int, row: IntArray, stop: IntArray, seconds: IntArray) -> Ways:
    first = np.searchsorted(row, np.arange(rows + 1)).astype(np.int64)
    return Ways(first, stop, seconds.astype(np.int16))
