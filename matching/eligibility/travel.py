"""How long the way takes (``straight_line``), and which pairs can be in reach at all.

A k-d tree over the sites picks candidates by straight distance with a margin; whether a pair is in
reach is then decided by whole minutes, computed the same way for every pair.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from matching.eligibility.details import Details
from matching.problem import MODES, UNKNOWN, BoolArray, FloatArray, IntArray, Problem

EARTH_RADIUS_KM = 6371.0088
LATEST_START_FROM_SCHOOL = 17 * 60

# Pairs that are looked at together: enough for whole-array work, little enough to stay in cache.
_PAIRS_AT_ONCE = 500_000
# Radii within this factor of one another share one query of the tree.
_RADIUS_CLASS = 1.3
# The tree only picks candidates, so its radius may be too large but never too small.
_MARGIN = 1 + 1e-9
_MARGIN_KM = 1e-3


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


class _Places:
    """Points on the globe, with what the haversine formula and the tree need of them."""

    def __init__(self, latitude: FloatArray, longitude: FloatArray) -> None:
        self.known: BoolArray = ~np.isnan(latitude)
        self.latitude = np.radians(latitude)
        self.longitude = np.radians(longitude)
        self.cosine = np.cos(self.latitude)

    def on_sphere(self, rows: IntArray) -> FloatArray:
        """[len(rows), 3] points of the unit sphere."""
        cosine, longitude = self.cosine[rows], self.longitude[rows]
        return np.column_stack(
            (cosine * np.cos(longitude), cosine * np.sin(longitude), np.sin(self.latitude[rows]))
        )


def great_circle_km(a: _Places, i: IntArray, b: _Places, j: IntArray) -> FloatArray:
    """Haversine distance of ``a[i]`` and ``b[j]``.

    ``h = sin²(Δlat/2) + cos·cos·sin²(Δlon/2)``, ``km = 2·R·arcsin(min(1, √h))``, evaluated from
    left to right in float64.
    """
    north = np.sin((b.latitude.take(j) - a.latitude.take(i)) / 2)
    east = np.sin((b.longitude.take(j) - a.longitude.take(i)) / 2)
    h = north * north + a.cosine.take(i) * b.cosine.take(j) * east * east
    km: FloatArray = 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(1.0, np.sqrt(h)))
    return km


class Travel:
    """Travel of the pairs of one round."""

    reason = "travel"

    def __init__(self, problem: Problem) -> None:
        students, opportunities, schools = problem.students, problem.opportunities, problem.schools
        self._policy = problem.policy.travel
        self._limit = students.max_travel_minutes
        self._modes = students.travel_modes
        self._sites = _Places(opportunities.latitude, opportunities.longitude)

        self._schools = _Places(schools.latitude, schools.longitude)
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

        in_session = problem.policy.law.in_session
        windows = opportunities.schedule
        ways = [
            [in_session and w.weekday < 5 and w.start <= LATEST_START_FROM_SCHOOL for w in schedule]
            for schedule in windows.values
        ]
        self._any_from_school = np.array([any(way) for way in ways], np.bool_)[windows.codes]
        self._all_from_school = np.array([bool(way) and all(way) for way in ways], np.bool_)[windows.codes]

    def _home_or_school(self, problem: Problem) -> _Places:
        latitude = problem.students.latitude.copy()
        longitude = problem.students.longitude.copy()
        stands_in = np.isnan(latitude) & self._school_known
        latitude[stands_in] = problem.schools.latitude[self._school[stands_in]]
        longitude[stands_in] = problem.schools.longitude[self._school[stands_in]]
        return _Places(latitude, longitude)

    def unknown(self, student: IntArray, opportunity: IntArray) -> BoolArray:
        """Whether travel is not considered *because a place is unknown*."""
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
        home = self._minutes(s, great_circle_km(self._bases, s, self._sites, o))
        way_there = home.copy()
        school_way = self._any_from_school.take(o) & self._school_known.take(s)
        rows = np.flatnonzero(school_way)
        if len(rows):
            si, oi = s.take(rows), o.take(rows)
            km = great_circle_km(self._schools, self._school.take(si), self._sites, oi)
            by_school = self._minutes(si, km)
            by_home = home.take(rows)
            only = self._all_from_school.take(oi)
            way_there[rows] = np.where(only, by_school, np.maximum(by_school, by_home))
            school_way[rows] = only | (by_school >= by_home)
        there[asked], back[asked], from_school[asked] = way_there, home, school_way
        return Legs(there, back, from_school)

    def fails(self, student: IntArray, opportunity: IntArray) -> BoolArray:
        """Whether a leg takes longer than the student travels."""
        return self.too_long(student, self.legs(student, opportunity).minutes)

    def too_long(self, student: IntArray, minutes: IntArray) -> BoolArray:
        return minutes > self._limit.take(student)

    def details(self, student: IntArray, opportunity: IntArray) -> list[Details]:
        """Minutes of the longer leg, and the student's limit."""
        minutes = self.legs(student, opportunity).minutes.tolist()
        limits = self._limit.take(student).tolist()
        return [[{"minutes": m, "limit": limit}] for m, limit in zip(minutes, limits, strict=True)]

    def modes(self, student: IntArray, opportunity: IntArray, from_school: BoolArray) -> list[str]:
        """The quickest of the student's modes on the way there; of equals the first of MODES.

        For pairs of which travel is considered.
        """
        km = great_circle_km(self._bases, student, self._sites, opportunity)
        rows = np.flatnonzero(from_school)
        if len(rows):
            school = self._school.take(student[rows])
            km[rows] = great_circle_km(self._schools, school, self._sites, opportunity[rows])
        quickest = self._by_mode(student, km).argmin(axis=0)
        return [MODES[mode] for mode in quickest.tolist()]

    def _considered(self, student: IntArray, opportunity: IntArray) -> BoolArray:
        limited = self._limited_student.take(student)
        return limited & self._limited_opportunity.take(opportunity)

    def _by_mode(self, student: IntArray, km: FloatArray) -> FloatArray:
        """[modes, p] ``km × circuity ÷ speed × 60 + overhead``; infinite without the mode."""
        road = km * self._policy.circuity
        found = np.full((len(MODES), len(km)), np.inf)
        value = self._modes.codes.take(student)
        for row, mode in enumerate(MODES):
            has = np.array([mode in modes for modes in self._modes.values], np.bool_)
            if has.any():
                minutes = road / self._policy.speed_km_h[mode] * 60
                minutes += self._policy.overhead_minutes[mode]
                found[row] = np.where(has.take(value), minutes, np.inf)
        return found

    def _minutes(self, student: IntArray, km: FloatArray) -> IntArray:
        """Least over the modes, rounded up."""
        whole: IntArray = np.ceil(self._by_mode(student, km).min(axis=0)).astype(np.int64)
        return whole

    def _reach_km(self) -> FloatArray:
        """[n] kilometers within which a student's limit can hold; negative where none."""
        speed, overhead = self._policy.speed_km_h, self._policy.overhead_minutes
        by_mode = np.array(
            [
                [(speed[mode], overhead[mode]) if mode in modes else (0.0, np.inf) for mode in MODES]
                for modes in self._modes.values
            ]
        ).reshape(-1, len(MODES), 2)[self._modes.codes]
        left = self._limit[:, None] - by_mode[:, :, 1]
        with np.errstate(invalid="ignore"):
            km = np.where(left >= 0, left * by_mode[:, :, 0] / 60, -1.0).max(axis=1)
        return np.where(km >= 0, km / self._policy.circuity * _MARGIN + _MARGIN_KM, -1.0)

    def candidates(self, selected: BoolArray) -> Iterator[tuple[IntArray, IntArray]]:
        """Pairs of the selected students [n] that may be in reach.

        Yields
        ------
        student, opportunity
            Indices, in pieces; all of them together sorted by student, then opportunity.
        """
        limited = np.flatnonzero(self._limited_opportunity)
        unlimited = np.flatnonzero(~self._limited_opportunity)
        everything = np.arange(len(self._limited_opportunity))
        half_angle = np.minimum(self._reach_km() / (2 * EARTH_RADIUS_KM), np.pi / 2)
        chord = np.where(half_angle >= 0, 2 * np.sin(half_angle), -1.0)
        chord[~(self._limited_student & selected)] = -1.0
        search = _Search(self._bases, self._sites, limited, chord)
        near = search.counts() + len(unlimited)
        for rows in _pieces(np.where(self._limited_student, near, len(everything)), selected):
            free = rows[~self._limited_student[rows]]
            bound = rows[self._limited_student[rows]]
            near_s, near_o = search.near(bound)
            yield _sorted_pairs(
                np.concatenate((near_s, np.repeat(bound, len(unlimited)), np.repeat(free, len(everything)))),
                np.concatenate((near_o, np.tile(unlimited, len(bound)), np.tile(everything, len(free)))),
                len(everything),
            )


class _Search:
    """Sites within a chord of each student's home."""

    def __init__(self, homes: _Places, sites: _Places, opportunities: IntArray, chord: FloatArray) -> None:
        # Here and not above: files.py loads this package for the law's data alone.
        from scipy.spatial import cKDTree

        self._homes, self._opportunities, self._chord = homes, opportunities, chord
        self._make_tree = cKDTree
        self._tree = cKDTree(sites.on_sphere(opportunities)) if len(opportunities) else None

    def counts(self) -> IntArray:
        """[n] how many sites are near each student; 0 where nothing is searched."""
        counts = np.zeros(len(self._chord), np.int64)
        rows = np.flatnonzero(self._chord >= 0)
        if self._tree is not None and len(rows):
            counts[rows] = self._tree.query_ball_point(
                self._homes.on_sphere(rows), self._chord[rows], return_length=True
            )
        return counts

    def near(self, students: IntArray) -> tuple[IntArray, IntArray]:
        """Pairs within reach of these students, in no order."""
        rows = students[self._chord[students] >= 0]
        found = [(np.empty(0, np.int64), np.empty(0, np.int64))]
        if self._tree is not None and len(rows):
            chord = self._chord[rows]
            radius_class = np.ceil(np.log(chord) / np.log(_RADIUS_CLASS))
            for value in np.unique(radius_class):
                members = rows[radius_class == value]
                found.append(self._within(members))
        return np.concatenate([s for s, _ in found]), np.concatenate([o for _, o in found])

    def _within(self, members: IntArray) -> tuple[IntArray, IntArray]:
        chord = self._chord[members]
        homes = self._make_tree(self._homes.on_sphere(members))
        assert self._tree is not None
        pairs = homes.sparse_distance_matrix(self._tree, float(chord.max()), output_type="ndarray")
        kept = pairs["v"] <= chord.take(pairs["i"])
        return members[pairs["i"][kept]], self._opportunities[pairs["j"][kept]]


def _pieces(counts: IntArray, selected: BoolArray) -> Iterator[IntArray]:
    """Consecutive students that have about as many candidates together as fit at once."""
    rows = np.flatnonzero(selected)
    if len(rows):
        piece = np.cumsum(counts[rows]) // _PAIRS_AT_ONCE
        yield from np.split(rows, np.flatnonzero(np.diff(piece)) + 1)


def _sorted_pairs(student: IntArray, opportunity: IntArray, columns: int) -> tuple[IntArray, IntArray]:
    """Sort pairs by student, then opportunity, by counting (twice as fast as comparing)."""
    from scipy.sparse import coo_matrix

    first = int(student.min()) if len(student) else 0
    rows = (int(student.max()) - first + 1) if len(student) else 0
    marks = np.ones(len(student), np.int8)
    pairs = coo_matrix((marks, (student - first, opportunity)), (rows, columns))
    pairs.has_canonical_format = True  # there are no duplicates to look for
    by_row = pairs.tocsc().tocsr()
    counts = np.diff(by_row.indptr)
    students = np.repeat(np.arange(first, first + rows), counts)
    return students, by_row.indices.astype(np.int64)
