"""What a goal is to an engine, and what proves it."""

from __future__ import annotations

from dataclasses import dataclass

from matching.engines.prices import Prices
from matching.problem import IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Goal:
    """Something to be as large as can be.

    That is ``constant`` + the sum of ``weight`` over the chosen pairs + ``missing`` for each unit
    that is missing to a floor; or, for a goal of the worst, the smallest ``weight`` among the
    chosen pairs, 0 without any.
    """

    name: str
    weight: IntArray  # [p] of any sign; 0 or more for a goal of the worst
    constant: int = 0
    missing: int = 0  # at most 0
    worst: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Proof:
    """What a goal reached, and the prices that show that it cannot be more.

    For a goal of the worst they show that no pair above ``bound`` can be held where every pair
    that is not is given up (with weight 1 on each pair above, fewer than 1 can be chosen).
    """

    goal: Goal
    value: int
    bound: int
    prices: Prices
