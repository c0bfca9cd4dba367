"""The table of eligible pairs: what eligibility hands to fit, and both to the engines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matching.problem import BoolArray, IntArray

REASONS = (
    "forbidden",
    "refused",
    "not_ranked",
    "reserved",
    "travel",
    "grade",
    "age",
    "labor_law",
    "schedule",
    "accommodation",
    "pay",
    "requirement",
)
"""Why a pair is excluded, in the order in which the first that fails is counted."""

PARTS = ("preference", "interest", "travel", "growth")


@dataclass(frozen=True, slots=True, eq=False)
class Eligible:
    """The p eligible pairs of a round, sorted by student, then opportunity, and the rest in counts.

    ``considered == len(student) + sum(excluded.values())``.
    """

    student: IntArray  # [p] index into Problem.students
    opportunity: IntArray  # [p] index into Problem.opportunities
    minutes: IntArray  # [p] travel minutes, UNKNOWN where travel is not considered
    travel_unknown: BoolArray  # [p] not considered *because a place is unknown* (a condition)
    considered: int
    excluded: dict[str, int]  # every reason of REASONS in that order, zeros included

    def __len__(self) -> int:
        return len(self.student)


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """Eligible pairs with what each is worth; ``fit.parts`` says what that is made of."""

    pairs: Eligible
    rank: IntArray  # [p] UNKNOWN where unranked
    utility: IntArray  # [p] 0..1,000,000


def among(keys: IntArray, table: IntArray) -> BoolArray:
    """Whether each key is in an ascending table (which may be long, where the keys are few)."""
    if not len(table):
        return np.zeros(len(keys), np.bool_)
    place = np.minimum(np.searchsorted(table, keys), len(table) - 1)
    found: BoolArray = table[place] == keys
    return found
