"""What one pair is worth, in plain code (the round format, "What a pair is worth")."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matching.problem import RIASEC, UNKNOWN, UTILITY_SCALE, Weights
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


def scores_part(a: Sequence[float], b: Sequence[float]) -> float:
    """(1 + Pearson's r) / 2 of two profiles of six scores, neither of them flat."""
    mean_a, mean_b = math.fsum(a) / len(a), math.fsum(b) / len(b)
    off_a, off_b = [x - mean_a for x in a], [y - mean_b for y in b]
    both = math.fsum(x * y for x, y in zip(off_a, off_b, strict=True))
    spread = math.fsum(x * x for x in off_a) * math.fsum(y * y for y in off_b)
    return (1 + both / math.sqrt(spread)) / 2


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


def parts(facts: Facts, pair: Pair, minutes: int) -> Parts:
    """All parts of a pair whose travel takes ``minutes``."""
    return Parts(
        preference_part(facts.rank.get(pair), bool(facts.ranked_by.get(pair[0]))),
        interest_part(facts, pair),
        travel_part(minutes, facts.problem.policy.travel.reference_minutes),
        facts.growth.get(pair, NEUTRAL),
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
