"""Closed placements as arrays."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from matching.learning.mixed import FloatArray, IntArray

LEAST_CLOSED = 50
"""Of closed placements: under that nothing is said of what went with what."""

_SHARES = {"growth": 0.4, "completed": 0.3, "hours_kept": 0.15, "rating": 0.15}
"""Of each measure in what a site did for a student; of those that are known."""


@dataclass(frozen=True, slots=True)
class History:
    """One row a closed placement. Unknown is NaN, an unknown rater -1.

    Attributes
    ----------
    round
        [n] which round it came from, 0, 1, …
    site
        [n] where it was, 0 ≤ site < ``sites``.
    rater
        [n] who rated the student, -1 ≤ rater < ``raters``.
    growth
        [n] last less first rating on the same items, in points of the scale from 1 to 5.
    completed
        [n] 1 where it was completed, 0 where it ended before.
    hours_kept
        [n] hours worked over hours agreed, 0 to 1.
    rating
        [n] the student's of the site, 1 to 5.
    preference, interest
        [n] parts of the pair's utility when it was matched, 0 to 1.
    minutes
        [n] of travel one way when it was matched.
    """

    round: IntArray
    site: IntArray
    rater: IntArray
    growth: FloatArray
    completed: FloatArray
    hours_kept: FloatArray
    rating: FloatArray
    preference: FloatArray
    interest: FloatArray
    minutes: FloatArray
    sites: int
    raters: int

    def __post_init__(self) -> None:
        lengths = {len(getattr(self, each.name)) for each in fields(self) if each.type.endswith("Array")}
        if len(lengths) > 1:
            raise ValueError(f"the columns of a history have several lengths: {sorted(lengths)}")

    def __len__(self) -> int:
        return len(self.site)

    def outcome(self) -> FloatArray:
        """[n] what each placement came to, 0 to 1: the mean of what is known of it, by its share.

        Growth counts from two points lost to two points gained; NaN where nothing is known.
        """
        measures = {
            "growth": np.clip((self.growth + 2) / 4, 0, 1),
            "completed": self.completed,
            "hours_kept": np.clip(self.hours_kept, 0, 1),
            "rating": (self.rating - 1) / 4,
        }
        total, share = np.zeros(len(self)), np.zeros(len(self))
        for name, values in measures.items():
            known = ~np.isnan(values)
            total[known] += _SHARES[name] * values[known]
            share[known] += _SHARES[name]
        share[share == 0] = np.nan
        return total / share

    def rounds(self, rows: IntArray) -> FloatArray:
        """[k, rounds] one column a round that has any of these rows: what a round's year does to all."""
        names = np.unique(self.round[rows])
        columns: FloatArray = np.equal.outer(self.round[rows], names).astype(float)
        return columns
