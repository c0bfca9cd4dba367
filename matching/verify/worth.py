"""What one pair is worth, in plain code (the round format, "What a pair is worth")."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matching.problem import RIASEC, UNKNOWN, UTILITY_SCALE, Codes, Weights
from matching.verify.facts import Facts, Pair

LEAST_PREFERENCE = 0.05
NEUTRAL = 0.5
LETTER_WEIGHTS = (3, 2, 1)
"""Brown and Gore's C = 3 X1 + 2 X2 + X3."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The four parts of a utility, each 0 to 1."""

    preference: float
    interest: float
    travel: float
    growth: float


def preference_part(rank: int | None, ranked_something: bool) -> float:
    """A student's wish: ten choices in tenths, then 0.05."""
    if not ranked_something:
        return LEAST_PREFERENCE
    if rank is None:
        return 0.0
    return 1 - (rank - 1) / 10 if rank <= 10 else LEAST_PREFERENCE


def letters_part(a: Sequence[int], b: Sequence[int]) -> float:
    """Brown–Gore C over as many letters as the shorter code has, as a share of its maximum.

    Parameters
    ----------
    a, b
        Places in "RIASEC", padded with UNKNOWN. An empty code on either side is neutral.
    """
    known_a = [letter for letter in a if letter != UNKNOWN]
    known_b = [letter for letter in b if letter != UNKNOWN]
    ring = len(RIASEC)
    total, most = 0, 0
    for weight, x, y in zip(LETTER_WEIGHTS, known_a, known_b, strict=False):
        apart = abs(x - y)
        total += weight * (3 - min(apart, ring - apart))
        most += weight * 3
    return total / most if most else NEUTRAL


def _standard(scores: Sequence[float]) -> list[float]:
    """Deviations from the mean over the root of their squares, summed in the order R I A S E C.

    A float depends on the order of its sums, and a utility at a rounding edge on the float; the
    format says float64, and ``fit.py`` documents this order.
    """
    mean = sum_in_order(scores) / len(scores)
    off = [score - mean for score in scores]
    length = math.sqrt(sum_in_order([x * x for x in off]))
    return [x / length for x in off]


def sum_in_order(terms: Sequence[float]) -> float:
    """Left to right; the built-in sum compensates for rounding from Python 3.12 on."""
    total = 0.0
    for term in terms:
        total += term
    return total


def scores_part(a: Sequence[float], b: Sequence[float]) -> float:
    """(1 + Pearson's r) / 2 of two profiles of six scores, neither of them flat."""
    r = sum_in_order([x * y for x, y in zip(_standard(a), _standard(b), strict=True)])
    return (1 + max(-1.0, min(1.0, r))) / 2


def interest_part(facts: Facts, pair: Pair) -> float:
    """How alike the interests of both sides are; neutral where either has none."""
    student, opportunity = pair
    own, offer = facts.problem.students, facts.problem.opportunities
    a, b = own.scores[student].tolist(), offer.scores[opportunity].tolist()
    if not math.isnan(a[0]) and not math.isnan(b[0]):
        return scores_part(a, b)
    return letters_part(own.letters[student].tolist(), offer.letters[opportunity].tolist())


def travel_part(minutes: int, reference: float) -> float:
    if minutes == UNKNOWN:
        return NEUTRAL
    return max(0.0, 1 - minutes / reference)


def growth_part(facts: Facts, pair: Pair) -> float:
    """As given for the pair; else by the site's record and by what the student has to learn."""
    if pair in facts.growth:
        return facts.growth[pair]
    student, opportunity = pair
    own, offer = facts.problem.students, facts.problem.opportunities
    return lifted(float(offer.growth[opportunity]), own.to_learn[student], offer.teaches[opportunity])


def lifted(record: float, to_learn: Codes, teaches: Codes) -> float:
    """The record (NaN: none known), raised by half of what is missing to 1 where all is taught."""
    base = NEUTRAL if math.isnan(record) else record
    return base + (1 - base) * 0.5 * (len(to_learn & teaches) / len(to_learn)) if to_learn else base


def parts(facts: Facts, pair: Pair, minutes: int) -> Parts:
    """All parts of a pair whose travel takes ``minutes``."""
    return Parts(
        preference_part(facts.rank.get(pair), bool(facts.ranked_by.get(pair[0]))),
        interest_part(facts, pair),
        travel_part(minutes, facts.problem.policy.travel.reference_minutes),
        growth_part(facts, pair),
    )


def utility(weights: Weights, worth: Parts) -> int:
    """1,000,000 × Σ weight × part ÷ Σ weight, rounded half up."""
    total = (
        weights.preference * worth.preference
        + weights.interest * worth.interest
        + weights.travel * worth.travel
        + weights.growth * worth.growth
    )
    shares = weights.preference + weights.interest + weights.travel + weights.growth
    return math.floor(UTILITY_SCALE * total / shares + 0.5)
