"""Every pair of the round, counted again: which are eligible, and why the others are not.

The optimum's proof is only as good as the set of pairs that it speaks of, so the set is made
anew by another technique than the solver's: a dense sweep over blocks of students × all
opportunities, in which distance is an inner product of unit vectors, and plain rules looked up
by distinct profile for the pairs that are left.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from matching.pairs import REASONS
from matching.problem import BoolArray, FloatArray, IntArray, PairTable
from matching.verify import rules
from matching.verify.facts import Facts
from matching.verify.profiles import Profiles
from matching.verify.travel import EARTH_RADIUS_KM

BLOCK = 2_000_000
"""Pairs whose rules are looked up together."""

PANEL = 200_000
"""Pairs whose distances are made together: 1.6 MB, which stays in the processor's cache."""

COSINE_MARGIN = 1e-12
"""Far above the rounding of an inner product; who slips through is measured exactly later."""


@dataclass(frozen=True, slots=True, eq=False)
class Census:
    """All pairs of a round.

    Attributes
    ----------
    student, opportunity, utility
        The p eligible pairs, sorted by student, then opportunity.
    excluded
        [n, 12] pairs of each student by the first reason (in the order of ``REASONS``) against them.
    considered
        Students × opportunities, or the rows of eligible.csv.
    """

    student: IntArray
    opportunity: IntArray
    utility: IntArray
    excluded: IntArray
    considered: int


def take_census(facts: Facts, profiles: Profiles) -> Census:
    """Count and price every pair of the round."""
    if facts.problem.eligible is not None:
        return _listed(facts)
    n, m = len(facts.problem.students), len(facts.problem.opportunities)
    excluded = np.zeros((n, len(REASONS)), dtype=np.int64)
    blocks: list[tuple[IntArray, IntArray, IntArray]] = []
    if m:
        sweep = _Sweep(facts, profiles)
        blocks = [sweep.block(rows, excluded) for rows in _blocks(range(n), m, BLOCK)]
    student, opportunity, utility = (
        np.concatenate([block[part] for block in blocks] or [np.zeros(0, dtype=np.int64)])
        for part in range(3)
    )
    return Census(student, opportunity, utility, excluded, n * m)


def _blocks(rows: range, columns: int, size: int) -> Iterator[range]:
    """Consecutive rows that make about ``size`` pairs at a time."""
    step = max(1, size // columns)
    for first in range(rows.start, rows.stop, step):
        yield range(first, min(rows.stop, first + step))


def _listed(facts: Facts) -> Census:
    listed = facts.problem.eligible
    assert listed is not None
    excluded = np.zeros((len(facts.problem.students), len(REASONS)), dtype=np.int64)
    keep = np.ones(len(listed), dtype=bool)
    pairs = zip(listed.student.tolist(), listed.opportunity.tolist(), strict=True)
    for row, pair in enumerate(pairs):
        for reason in rules.LISTED_REASONS:
            if pair in (facts.forbidden if reason == "forbidden" else facts.refused):
                excluded[pair[0], REASONS.index(reason)] += 1
                keep[row] = False
                break
    return Census(
        listed.student[keep],
        listed.opportunity[keep],
        listed.utility[keep],
        excluded,
        len(listed),
    )


class _Sweep:
    """Blocks of students against all opportunities."""

    def __init__(self, facts: Facts, profiles: Profiles) -> None:
        self.profiles = profiles
        problem = facts.problem
        own, pins = problem.students, problem.pins
        forbids = np.flatnonzero(~pins.require)
        self.forbidden = PairTable(pins.student[forbids], pins.opportunity[forbids])
        self.refused = problem.refusals
        self.ranked = problem.preferences
        may_stray = np.array([not rules.not_ranked_closes(problem.policy.unranked, bool(x)) for x in (0, 1)])
        self.closed = profiles.ranks_something & ~may_stray[own.open_to_others.astype(np.int64)]
        self.opportunities = len(problem.opportunities)
        self.longest = own.max_travel_minutes
        self.limited = any(problem.opportunities.open_to.values)
        self.home = _unit(profiles.base, profiles.travels)
        self.site = np.ascontiguousarray(_unit(profiles.site, profiles.visited).T)
        self.always_near = ~profiles.visited
        self.least_cosine = np.where(profiles.travels, _least_cosine(facts), -2.0)
        if problem.feed is not None:
            self.least_cosine[profiles.rides] = -2.0  # a timetable may bring anything near

    def block(self, rows: range, excluded: IntArray) -> tuple[IntArray, IntArray, IntArray]:
        """The eligible pairs of some students and their utility; the others are counted into ``excluded``."""
        alive = np.ones((len(rows), self.opportunities), dtype=bool)
        left = np.full(len(rows), self.opportunities, dtype=np.int64)

        def count(reason: str) -> None:
            nonlocal left
            now = np.count_nonzero(alive, axis=1)
            excluded[rows.start : rows.stop, REASONS.index(reason)] = left - now
            left = now

        for reason, table in (("forbidden", self.forbidden), ("refused", self.refused)):
            row, column = _within(table, rows)
            if len(row):
                alive[row, column] = False
                count(reason)
        closed = self.closed[rows.start : rows.stop]
        if closed.any():
            ranked = np.zeros_like(alive)
            ranked[_within(self.ranked, rows)] = True
            ranked[~closed] = True
            alive &= ranked
            count("not_ranked")
        if self.limited:
            alive &= self._open(rows)
            count("reserved")
        alive &= self._near(rows)
        student, opportunity = divmod(np.flatnonzero(alive), self.opportunities)
        student += rows.start
        minutes = self.profiles.minutes(student, opportunity)
        for reason in REASONS[REASONS.index("travel") :]:
            if reason == "travel":
                fails = minutes > self.longest[student]
            else:
                fails = self.profiles.fails(reason, student, opportunity)
            keep = np.flatnonzero(~fails)
            if len(keep) < len(student):
                student, opportunity, minutes = student[keep], opportunity[keep], minutes[keep]
            now = np.bincount(student - rows.start, minlength=len(rows))
            excluded[rows.start : rows.stop, REASONS.index(reason)] = left - now
            left = now
        return student, opportunity, self.profiles.utility(student, opportunity, minutes)

    def _open(self, rows: range) -> BoolArray:
        """Whether each opportunity is open to the students of a block."""
        belongs, codes = self.profiles.belongs, self.profiles.open_to.codes
        groups, place = np.unique(belongs.codes[rows.start : rows.stop], return_inverse=True)
        doors = len(self.profiles.open_to.values)
        group, door = np.divmod(np.arange(len(groups) * doors), doors)
        closed = self.profiles.closed(groups[group], door).reshape(len(groups), doors) > 0
        by_group: BoolArray = ~closed[:, codes]
        return by_group[place]

    def _near(self, rows: range) -> BoolArray:
        """Whether each site may be within reach from home; exact minutes come later."""
        near = np.empty((len(rows), self.opportunities), dtype=bool)
        for panel in _blocks(rows, self.opportunities, PANEL):
            part = slice(panel.start, panel.stop)
            cosine = self.home[part] @ self.site
            own = slice(panel.start - rows.start, panel.stop - rows.start)
            np.greater_equal(cosine, self.least_cosine[part, None], out=near[own])
        near |= self.always_near
        return near


def _within(table: PairTable, rows: range) -> tuple[IntArray, IntArray]:
    """The pairs of a table (sorted by student) that fall in a block, as row and column in it."""
    first, last = np.searchsorted(table.student, [rows.start, rows.stop])
    return table.student[first:last] - rows.start, table.opportunity[first:last]


def _unit(place: FloatArray, known: BoolArray) -> FloatArray:
    """[k, 3] unit vectors of places in radians, zero where it does not matter."""
    latitude, longitude = place
    vectors = np.stack(
        [
            np.cos(latitude) * np.cos(longitude),
            np.cos(latitude) * np.sin(longitude),
            np.sin(latitude),
        ],
        axis=1,
    )
    return np.where(known[:, None], vectors, 0.0)


def _least_cosine(facts: Facts) -> FloatArray:
    """[n] the cosine of the widest angle that the student can travel home within the limit."""
    own, policy = facts.problem.students, facts.problem.policy.travel
    reach = np.full(len(own), -np.inf)
    for mode, speed in policy.speed_km_h.items():
        rides = np.array([mode in modes for modes in own.travel_modes.values], dtype=bool)
        moving = own.max_travel_minutes - policy.overhead_minutes[mode]
        by_mode = np.where(moving >= 0, moving / 60 * speed / policy.circuity, -np.inf)
        reach = np.where(rides[own.travel_modes.codes], np.maximum(reach, by_mode), reach)
    angle = reach / EARTH_RADIUS_KM
    cosine = np.cos(np.clip(angle, 0, np.pi)) - COSINE_MARGIN
    return np.where(angle < 0, 2.0, np.where(angle >= np.pi, -2.0, cosine))
