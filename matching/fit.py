"""What a pair is worth: the parts of its utility, each between 0 and 1.

Sources of the interest part: Brown and Gore (1994) for C over letter codes, 3·X1 + 2·X2 + X3 with
X = 3 for the same letter, 2 for neighbors on the ring R-I-A-S-E-C, 1 for the next but one and 0
for opposites; Pearson's r over six scores as in doi 10.1177/1069072720909825, which found it the
best of the profile measures.

Everything is float64 and evaluated in the order given in the docstrings, so that anyone who
computes a pair by hand gets the same whole number.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from matching.pairs import PARTS, Eligible, Scored
from matching.problem import (
    RIASEC,
    UNKNOWN,
    UTILITY_SCALE,
    FloatArray,
    IntArray,
    Opportunities,
    Problem,
    Students,
)

NEUTRAL = 0.5
LEAST_PREFERENCE = 0.05
STEPS = 10  # choices with a step of their own
LETTER_WEIGHTS = (3, 2, 1)

PREFERENCE, INTEREST, TRAVEL, GROWTH = range(len(PARTS))


def score(problem: Problem, eligible: Eligible) -> Scored:
    """Ranks, parts and utility of all eligible pairs.

    ``utility = floor(1,000,000 × (((wp·p + wi·i) + wt·t) + wg·g) ÷ (((wp + wi) + wt) + wg) + 0.5)``,
    evaluated from left to right. With eligible.csv the utility is the one given there.

    Returns
    -------
    Scored
        ``parts`` is [p, 4] in the order of ``PARTS``, or [p, 0] with eligible.csv.
    """
    rank = _ranks(problem, eligible)
    if problem.eligible is not None:
        given = problem.eligible
        rows = np.searchsorted(
            _keys(problem, given.student, given.opportunity), _pair_keys(problem, eligible)
        )
        return Scored(eligible, rank, np.empty((len(eligible), 0)), given.utility[rows])
    parts = np.empty((len(eligible), len(PARTS)))
    parts[:, PREFERENCE] = _preference(problem, eligible, rank)
    parts[:, INTEREST] = interest(
        problem.students, problem.opportunities, eligible.student, eligible.opportunity
    )
    parts[:, TRAVEL] = _travel(problem, eligible.minutes)
    parts[:, GROWTH] = _growth(problem, eligible)
    return Scored(eligible, rank, parts, utilities(problem, parts))


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


def interest(
    students: Students, opportunities: Opportunities, student: IntArray, opportunity: IntArray
) -> FloatArray:
    """[p] how alike the interests of both sides are.

    With six scores on both sides ``(1 + r) / 2``; otherwise with letters on both sides C over as
    many letters as the shorter code has, divided by its maximum there; otherwise 0.5. Six equal
    scores say nothing and count as not given.

    ``r`` is the sum, in the order R I A S E C, of the products of both profiles, each reduced to
    deviations from its mean and divided by the root of their sum of squares; at most 1.
    """
    found = (
        _letters_table()
        .ravel()
        .take(_code(students.letters).take(student) * _CODES + _code(opportunities.letters).take(opportunity))
    )
    mine, theirs = _standardized(students.scores), _standardized(opportunities.scores)
    both = ~np.isnan(mine[0]).take(student) & ~np.isnan(theirs[0]).take(opportunity)
    rows = np.flatnonzero(both)
    if len(rows):
        s, o = student.take(rows), opportunity.take(rows)
        r = np.zeros(len(rows))
        for a, b in zip(mine, theirs, strict=True):
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


def _preference(problem: Problem, eligible: Eligible, rank: IntArray) -> FloatArray:
    """Rank k: ``1 − (k − 1) / 10``, from the eleventh on 0.05; see the format for the rest."""
    steps = np.where(rank <= STEPS, 1 - (rank - 1) / STEPS, LEAST_PREFERENCE)
    ranks_something = np.zeros(len(problem.students), np.bool_)
    ranks_something[problem.preferences.student] = True
    unranked = np.where(ranks_something.take(eligible.student), 0.0, LEAST_PREFERENCE)
    return np.where(rank == UNKNOWN, unranked, steps)


def _travel(problem: Problem, minutes: IntArray) -> FloatArray:
    """``1 − minutes / reference``, at least 0; neutral where travel is not considered."""
    near = np.maximum(0.0, 1 - minutes / problem.policy.travel.reference_minutes)
    return np.where(minutes == UNKNOWN, NEUTRAL, near)


def _growth(problem: Problem, eligible: Eligible) -> FloatArray:
    part = np.full(len(eligible), NEUTRAL)
    given = problem.growth
    rows, found = _locate(problem, eligible, given.student, given.opportunity)
    part[rows] = given.value[found]
    return part


def _ranks(problem: Problem, eligible: Eligible) -> IntArray:
    rank = np.full(len(eligible), UNKNOWN)
    given = problem.preferences
    rows, found = _locate(problem, eligible, given.student, given.opportunity)
    rank[rows] = given.rank[found]
    return rank


def _locate(
    problem: Problem, eligible: Eligible, student: IntArray, opportunity: IntArray
) -> tuple[IntArray, IntArray]:
    """Rows of the eligible pairs that occur in a list of pairs, and where they stand in it.

    The list is looked up in the pairs and not the other way: it is the shorter of the two.
    """
    pairs, listed = _pair_keys(problem, eligible), _keys(problem, student, opportunity)
    if not len(pairs):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    place = np.minimum(np.searchsorted(pairs, listed), len(pairs) - 1)
    found = np.flatnonzero(pairs[place] == listed)
    return place[found], found


def _pair_keys(problem: Problem, eligible: Eligible) -> IntArray:
    return _keys(problem, eligible.student, eligible.opportunity)


def _keys(problem: Problem, student: IntArray, opportunity: IntArray) -> IntArray:
    return student * len(problem.opportunities) + opportunity
