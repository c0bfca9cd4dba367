"""What a pair is worth: the parts of its utility, each between 0 and 1.

Sources of the interest part: Brown and Gore (1994) for C over letter codes, 3·X1 + 2·X2 + X3 with
X = 3 for the same letter, 2 for neighbors on the ring R-I-A-S-E-C, 1 for the next but one and 0
for opposites; Pearson's r over six scores as in doi 10.1177/1069072720909825, which found it the
best of the profile measures.

Everything is float64 and evaluated in the order given in the docstrings, so that anyone who
computes a pair by hand gets the same whole number.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching.pairs import PARTS, Eligible, Scored
from matching.problem import (
    RIASEC,
    UNKNOWN,
    UTILITY_SCALE,
    BoolArray,
    Codes,
    Column,
    FloatArray,
    IntArray,
    PairTable,
    Problem,
)

NEUTRAL = 0.5
LIFT = 0.5
"""Of what is missing to 1: how far teaching all that a student has to learn raises growth."""
LEAST_PREFERENCE = 0.05
STEPS = 10  # choices with a step of their own
LETTER_WEIGHTS = (3, 2, 1)

PREFERENCE, INTEREST, TRAVEL, GROWTH = range(len(PARTS))

# Pairs that are scored together: enough for whole-array work, little enough to stay in cache.
_PAIRS_AT_ONCE = 100_000


def score(problem: Problem, eligible: Eligible) -> Scored:
    """Ranks and utility of all eligible pairs.

    ``utility = floor(1,000,000 × (((wp·p + wi·i) + wt·t) + wg·g) ÷ (((wp + wi) + wt) + wg) + 0.5)``,
    evaluated from left to right. With eligible.csv the utility is the one given there.
    """
    worth = _worth_of(problem)
    rank = np.full(len(eligible), UNKNOWN)
    utility = np.empty(len(eligible), np.int64)
    for first in range(0, len(eligible), _PAIRS_AT_ONCE):
        some = slice(first, first + _PAIRS_AT_ONCE)
        student, opportunity = eligible.student[some], eligible.opportunity[some]
        rank[some] = worth.ranks(student, opportunity)
        if problem.eligible is None:
            parts = worth.parts(student, opportunity, eligible.minutes[some], rank[some])
            utility[some] = utilities(problem, parts)
        else:
            utility[some] = worth.given_utility(student, opportunity)
    return Scored(eligible, rank, utility)


def parts(problem: Problem, scored: Scored, rows: IntArray) -> FloatArray:
    """The parts of some pairs; they are not kept, for there would be four to each pair.

    Parameters
    ----------
    rows
        [k] indices of pairs, ascending.

    Returns
    -------
    array
        [k, 4] in the order of ``PARTS``, each 0..1; [k, 0] with eligible.csv.
    """
    if problem.eligible is not None:
        return np.empty((len(rows), 0))
    pairs = scored.pairs
    chosen = (column.take(rows) for column in (pairs.student, pairs.opportunity, pairs.minutes, scored.rank))
    return _worth_of(problem).parts(*chosen)


def known_parts(problem: Problem, student: IntArray, opportunity: IntArray, minutes: IntArray) -> BoolArray:
    """[p, 4] which parts of some pairs rest on something; the others count as the neutral half.

    Parameters
    ----------
    minutes
        [p] of the journey, UNKNOWN where it is not known.
    """
    return _worth_of(problem).known(student, opportunity, minutes)


def utilities(problem: Problem, parts: FloatArray) -> IntArray:
    """[p] whole utilities of [p, 4] parts."""
    weights = problem.policy.weights
    total = weights.preference * parts[:, PREFERENCE]
    total += weights.interest * parts[:, INTEREST]
    total += weights.travel * parts[:, TRAVEL]
    total += weights.growth * parts[:, GROWTH]
    shares = weights.preference + weights.interest + weights.travel + weights.growth
    whole: IntArray = np.floor(UTILITY_SCALE * total / shares + 0.5).astype(np.int64)
    return whole


class Profiles(NamedTuple):
    """The interests of n people, postings or occupations."""

    scores: FloatArray  # [n, 6] in the order R I A S E C, NaN where not given as scores
    letters: IntArray  # [n, 3] indices into "RIASEC", UNKNOWN-padded


class Interests:
    """How alike the interests of both sides are.

    With six scores on both sides ``(1 + r) / 2``; otherwise with letters on both sides C over as
    many letters as the shorter code has, divided by its maximum there; otherwise 0.5. Six equal
    scores say nothing and count as not given.

    ``r`` is the sum, in the order R I A S E C, of the products of both profiles, each reduced to
    deviations from its mean and divided by the root of their sum of squares; at most 1.
    """

    def __init__(self, students: Profiles, opportunities: Profiles) -> None:
        self._students, self._opportunities = _code(students.letters), _code(opportunities.letters)
        self._mine, self._theirs = _standardized(students.scores), _standardized(opportunities.scores)
        self._i_score, self._they_score = ~np.isnan(self._mine[0]), ~np.isnan(self._theirs[0])
        self._i_said, self._they_said = students.letters != UNKNOWN, opportunities.letters != UNKNOWN

    def known(self, student: IntArray, opportunity: IntArray) -> BoolArray:
        """[p] whether anything is known of both sides; where not, the part is the neutral half."""
        letters = (self._i_said[student] & self._they_said[opportunity]).any(axis=1)
        known: BoolArray = letters | (self._i_score.take(student) & self._they_score.take(opportunity))
        return known

    def parts(self, student: IntArray, opportunity: IntArray) -> FloatArray:
        """[p] the part ``interest``."""
        codes = self._students.take(student) * _CODES + self._opportunities.take(opportunity)
        found: FloatArray = _letters_table().ravel().take(codes)
        rows = np.flatnonzero(self._i_score.take(student) & self._they_score.take(opportunity))
        if len(rows):
            s, o = student.take(rows), opportunity.take(rows)
            r = np.zeros(len(rows))
            for a, b in zip(self._mine, self._theirs, strict=True):
                r += a.take(s) * b.take(o)
            found[rows] = (1 + np.clip(r, -1, 1)) / 2
        return found


def _standardized(scores: FloatArray) -> FloatArray:
    """[6, n] deviations from the mean over the root of their squares; NaN where flat or missing."""
    columns = np.ascontiguousarray(scores.T)
    mean = _sum(columns) / len(RIASEC)
    off = columns - mean
    length = np.sqrt(_sum(off * off))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(length > 0, off / length, np.nan)


def _sum(columns: FloatArray) -> FloatArray:
    """Sum of the six rows, in order (a library's sum may add in another)."""
    total = np.zeros(columns.shape[1])
    for column in columns:
        total = total + column
    return total


_LETTERS = len(RIASEC) + 1  # and none
_CODES = _LETTERS**3


def _code(letters: IntArray) -> IntArray:
    """[n] one number for three letters, none of them counting as 0."""
    digits = letters + 1
    code: IntArray = (digits[:, 0] * _LETTERS + digits[:, 1]) * _LETTERS + digits[:, 2]
    return code


@cache
def _letters_table() -> FloatArray:
    """[codes, codes] the part for every two letter codes."""
    digits = np.array(np.unravel_index(np.arange(_CODES), (_LETTERS,) * 3)) - 1
    total = np.zeros((_CODES, _CODES))
    most = np.zeros((_CODES, _CODES))
    for weight, letter in zip(LETTER_WEIGHTS, digits, strict=True):
        known = (letter[:, None] != UNKNOWN) & (letter[None, :] != UNKNOWN)
        apart = np.abs(letter[:, None] - letter[None, :])
        alike = 3 - np.minimum(apart, len(RIASEC) - apart)
        total += np.where(known, weight * alike, 0)
        most += np.where(known, weight * 3, 0)
    with np.errstate(invalid="ignore"):
        return np.where(most > 0, total / most, NEUTRAL)


def _masks(column: Column[Codes], codes: Sequence[str]) -> list[NDArray[np.uint64]]:
    """Of each row, which codes it holds: one word of bits for every 64 codes."""
    words = []
    for first in range(0, len(codes), 64):
        bit = {code: 1 << at for at, code in enumerate(codes[first : first + 64])}
        by_value = [sum(bit.get(code, 0) for code in held) for held in column.values]
        words.append(np.array(by_value, np.uint64)[column.codes])
    return words


class _Worth:
    """What the parts of one round rest on."""

    def __init__(self, problem: Problem) -> None:
        self._width = len(problem.opportunities)
        self._preferences, self._growth = problem.preferences, problem.growth
        self._ranked, self._grown = self._keys(problem.preferences), self._keys(problem.growth)
        students, opportunities = problem.students, problem.opportunities
        self._interests = Interests(
            Profiles(students.scores, students.letters), Profiles(opportunities.scores, opportunities.letters)
        )
        self._site_known = ~np.isnan(opportunities.growth)
        self._site_growth = np.where(np.isnan(opportunities.growth), NEUTRAL, opportunities.growth)
        self._to_learn, self._teaches = students.to_learn, opportunities.teaches
        self._reference = problem.policy.travel.reference_minutes
        self._unranked = np.full(len(problem.students), LEAST_PREFERENCE)
        self._unranked[problem.preferences.student] = 0.0
        self._given = problem.eligible
        self._listed = None if problem.eligible is None else self._keys(problem.eligible)

    def _keys(self, table: PairTable) -> IntArray:
        """One number a row, ascending."""
        return table.student * self._width + table.opportunity

    def ranks(self, student: IntArray, opportunity: IntArray) -> IntArray:
        """[p] the rank of each of some pairs (sorted), UNKNOWN where there is none."""
        rank = np.full(len(student), UNKNOWN)
        rows, found = self._locate(student, opportunity, self._ranked)
        rank[rows] = self._preferences.rank[found]
        return rank

    def given_utility(self, student: IntArray, opportunity: IntArray) -> IntArray:
        """[p] what eligible.csv says of some of its pairs."""
        assert self._given is not None and self._listed is not None
        rows = np.searchsorted(self._listed, student * self._width + opportunity)
        return self._given.utility[rows]

    def parts(
        self, student: IntArray, opportunity: IntArray, minutes: IntArray, rank: IntArray
    ) -> FloatArray:
        """[p, 4] the parts of some pairs (sorted)."""
        found = np.empty((len(student), len(PARTS)), order="F")
        found[:, PREFERENCE] = self._preference(student, rank)
        found[:, INTEREST] = self._interests.parts(student, opportunity)
        near = np.maximum(0.0, 1 - minutes / self._reference)
        found[:, TRAVEL] = np.where(minutes == UNKNOWN, NEUTRAL, near)
        found[:, GROWTH] = self._growth_part(student, opportunity)
        rows, given = self._locate(student, opportunity, self._grown)
        found[rows, GROWTH] = self._growth.value[given]
        return found

    def known(self, student: IntArray, opportunity: IntArray, minutes: IntArray) -> BoolArray:
        """[p, 4] of which parts of some pairs anything is known."""
        found = np.ones((len(student), len(PARTS)), dtype=np.bool_)
        found[:, INTEREST] = self._interests.known(student, opportunity)
        found[:, TRAVEL] = minutes != UNKNOWN
        found[:, GROWTH] = (
            np.isin(student * self._width + opportunity, self._grown)
            | self._site_known.take(opportunity)
            | (self._growth_part(student, opportunity) != NEUTRAL)
        )
        return found

    def _growth_part(self, student: IntArray, opportunity: IntArray) -> FloatArray:
        """The opportunity's growth g, or ``g + ((1 − g) × LIFT) × k ÷ n`` where it teaches k of n."""
        base = self._site_growth.take(opportunity)
        codes = sorted({code for learns in self._to_learn.values for code in learns})
        if not codes:
            return base
        mine, theirs = _masks(self._to_learn, codes), _masks(self._teaches, codes)
        taught, wanted = np.zeros(len(student)), np.zeros(len(student))
        for own, offered in zip(mine, theirs, strict=True):
            asked = own.take(student)
            taught += np.bitwise_count(asked & offered.take(opportunity))
            wanted += np.bitwise_count(asked)
        share = np.divide(taught, wanted, out=np.zeros(len(student)), where=wanted > 0)
        return base + (1 - base) * LIFT * share

    def _preference(self, student: IntArray, rank: IntArray) -> FloatArray:
        """Rank k: ``1 − (k − 1) / 10``, from the eleventh on 0.05; see the format for the rest."""
        part = self._unranked.take(student)
        rows = np.flatnonzero(rank != UNKNOWN)
        known = rank.take(rows)
        part[rows] = np.where(known <= STEPS, 1 - (known - 1) / STEPS, LEAST_PREFERENCE)
        return part

    def _locate(
        self, student: IntArray, opportunity: IntArray, listed: IntArray
    ) -> tuple[IntArray, IntArray]:
        """Which of some pairs (sorted) occur in a list of keys, and where they stand in it.

        The list is looked up in the pairs and not the other way: it is the shorter of the two.
        """
        if not len(student) or not len(listed):
            return np.empty(0, np.int64), np.empty(0, np.int64)
        pairs = student * self._width + opportunity
        first, last = np.searchsorted(listed, [pairs[0], pairs[-1] + 1])
        near = listed[first:last]
        place = np.searchsorted(pairs, near)
        found = np.flatnonzero(pairs[place] == near)
        return place[found], first + found


@lru_cache(maxsize=1)
def _worth_of(problem: Problem) -> _Worth:
    """What the parts rest on, kept for the next question about the same round."""
    return _Worth(problem)
