"""What a student needs and a site can or cannot do."""

from __future__ import annotations

import numpy as np

from matching.eligibility.codes import look_up, overlap
from matching.eligibility.details import Details, one_by_one
from matching.problem import BoolArray, IntArray, Problem

TRANSPORT = "transport"
"""The need that the district itself meets by driving the student."""


class Accommodation:
    """A pair is excluded where a need is among what the site cannot do."""

    reason = "accommodation"

    def __init__(self, problem: Problem) -> None:
        self._needs, self._cannot = problem.students.needs, problem.opportunities.cannot
        self._provides = problem.opportunities.provides
        self._table = overlap(self._needs.values, self._cannot.values)

    def fails(self, student: IntArray, opportunity: IntArray) -> BoolArray:
        if not self._table.any():
            return np.zeros(len(student), np.bool_)
        needs, cannot = self._needs.codes, self._cannot.codes
        return look_up(self._table, needs.take(student), cannot.take(opportunity))

    def details(self, student: IntArray, opportunity: IntArray) -> list[Details]:
        """Each need that is not possible there."""
        return one_by_one(self._detail, student, opportunity)

    def _detail(self, student: int, opportunity: int) -> Details:
        impossible = self._needs[student] & self._cannot[opportunity]
        return [{"need": code} for code in sorted(impossible)]

    def to_arrange(self, student: IntArray, opportunity: IntArray) -> list[tuple[str, ...]]:
        """For each pair, the needs that are not at hand, other than transport."""
        width = len(self._provides.values)
        keys = self._needs.codes.take(student) * width + self._provides.codes.take(opportunity)
        kinds, kind = np.unique(keys, return_inverse=True)
        missing = [
            tuple(sorted(self._needs.values[n] - self._provides.values[p] - {TRANSPORT}))
            for n, p in zip((kinds // width).tolist(), (kinds % width).tolist(), strict=True)
        ]
        return [missing[i] for i in kind.tolist()]
