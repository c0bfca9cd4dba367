"""Which sites lie within a distance of which homes, in pieces that fit in memory.

A k-d tree over the points of the unit sphere picks candidates by straight distance; whether a pair
is in reach is decided elsewhere, by whole minutes. Where there are few pairs all are looked at:
loading scipy takes longer than that.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from matching.problem import BoolArray, FloatArray, IntArray

# Pairs that are looked at together: enough for whole-array work, little enough to stay in cache.
_PAIRS_AT_ONCE = 250_000
# How many students have so many pairs is learned from the last ones, beginning with so few.
_STUDENTS_AT_FIRST = 256
# Students who would have more pairs than this together, if everybody suddenly reached everything,
# are counted first; with fewer a wrong guess costs a gigabyte at worst.
_UNCOUNTED_AT_MOST = 60_000_000
# Up to so many pairs of a student and an opportunity need no tree: 25 MB for a tenth of a second.
_FEW = 1_000_000
# Radii within this factor of one another share one query of the tree.
_RADIUS_CLASS = 1.15


class Reach:
    """Sites within a chord of each student's home.

    Parameters
    ----------
    homes
        [n, 3] points of the unit sphere; NaN where unknown.
    chord
        [n] how far a student reaches through the sphere, in its radii; negative where nowhere.
    limited
        [n] whether distance limits the student at all; the others reach everything.
    sites
        [k, 3] points of the unit sphere.
    opportunities
        [k] the opportunity at each site. Those of the ``count`` opportunities that are not named
        are in everybody's reach.
    """

    def __init__(
        self,
        homes: FloatArray,
        chord: FloatArray,
        limited: BoolArray,
        sites: FloatArray,
        opportunities: IntArray,
        count: int,
    ) -> None:
        self._homes, self._chord, self._limited = homes, chord, limited
        self._opportunities, self._everything = opportunities, np.arange(count)
        self._unlimited = np.setdiff1d(self._everything, opportunities)
        self._sites, self._few = sites, len(homes) * count <= _FEW
        if not self._few:
            # Here and not above: small rounds, and whoever needs the law's data alone, need no scipy.
            from scipy.spatial import cKDTree

            self._make_tree, self._tree = cKDTree, cKDTree(sites)

    def candidates(self, students: IntArray) -> Iterator[tuple[IntArray, IntArray]]:
        """Pairs of some students (ascending) that may be in reach.

        Yields
        ------
        student, opportunity
            Indices, in pieces; all of them together sorted by student, then opportunity.
        """
        first, size = 0, _STUDENTS_AT_FIRST
        while first < len(students):
            block = students[first : first + size]
            if len(block) * len(self._everything) > _UNCOUNTED_AT_MOST:
                together = np.cumsum(self._counts(block))
                block = block[: max(1, int(np.searchsorted(together, 4 * _PAIRS_AT_ONCE, side="right")))]
            student, opportunity = self._near(block)
            yield student, opportunity
            first += len(block)
            # Never more than twice as many: the next students may live where work is denser.
            size = max(1, min(len(block) * _PAIRS_AT_ONCE // max(1, len(student)), 2 * len(block)))

    def _counts(self, students: IntArray) -> IntArray:
        """[len(students)] how many pairs each has."""
        counts = np.where(self._limited[students], len(self._unlimited), len(self._everything))
        rows = np.flatnonzero(self._chord[students] > 0)
        near = students[rows]
        counts[rows] += self._tree.query_ball_point(self._homes[near], self._chord[near], return_length=True)
        return counts

    def _near(self, students: IntArray) -> tuple[IntArray, IntArray]:
        limited = self._limited[students]
        bound, free = students[limited], students[~limited]
        found = [
            (np.repeat(bound, len(self._unlimited)), np.tile(self._unlimited, len(bound))),
            (np.repeat(free, len(self._everything)), np.tile(self._everything, len(free))),
        ]
        rows = students[self._chord[students] > 0]
        radius_class = np.ceil(np.log(self._chord[rows]) / np.log(_RADIUS_CLASS))
        for value in np.unique(radius_class):
            found.append(self._within(rows[radius_class == value]))
        student, opportunity = (np.concatenate(part) for part in zip(*found, strict=True))
        if self._few:
            order = np.lexsort((opportunity, student))
            return student[order], opportunity[order]
        return _sorted_pairs(student, opportunity, len(self._everything))

    def _within(self, members: IntArray) -> tuple[IntArray, IntArray]:
        chord = self._chord[members]
        if self._few:
            straight = np.linalg.norm(self._homes[members, None] - self._sites, axis=2)
            rows, columns = np.nonzero(straight <= chord[:, None])
            return members.take(rows), self._opportunities.take(columns)
        homes = self._make_tree(self._homes[members])
        pairs = homes.sparse_distance_matrix(self._tree, float(chord.max()), output_type="ndarray")
        rows, columns = pairs["i"], pairs["j"]
        near = np.flatnonzero(pairs["v"] <= chord.take(rows))
        return members.take(rows.take(near)), self._opportunities.take(columns.take(near))


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
