"""The profiler's own items: thirty everyday activities, five to each RIASEC letter."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from matching.problem import RIASEC

TABLES = Path(__file__).parent / "tables"
MOST = 4
"""The highest answer: 0 (would hate it) to 4 (would love it)."""
HIGHEST = 40
"""The highest score of a letter, as the round format writes interests."""


@dataclass(frozen=True, slots=True)
class Activity:
    """One item. ``code`` stays what it is, so that answers given long ago still mean the same."""

    code: str
    letter: str
    en: str
    es: str

    def said(self, language: str) -> str:
        return self.es if language == "es" else self.en


@cache
def activities() -> tuple[Activity, ...]:
    """Every item in the order in which it is asked: no two of a letter follow each other."""
    with (TABLES / "activities.csv").open(encoding="utf-8", newline="") as file:
        return tuple(Activity(**row) for row in csv.DictReader(file))


def scores_of(answers: Mapping[str, int]) -> list[int]:
    """Six scores from 0 to 40 in the order R I A S E C, from an answer to every item.

    Raises
    ------
    KeyError
        Where an item is not answered.
    """
    totals = dict.fromkeys(RIASEC, 0)
    counts = dict.fromkeys(RIASEC, 0)
    for item in activities():
        totals[item.letter] += answers[item.code]
        counts[item.letter] += 1
    return [round(HIGHEST * totals[letter] / (counts[letter] * MOST)) for letter in RIASEC]


def first_open(answers: Mapping[str, int]) -> int | None:
    """The number (from 1) of the first item that is not answered; None where all are."""
    for number, item in enumerate(activities(), start=1):
        if item.code not in answers:
            return number
    return None


def cell_of(scores: Sequence[float]) -> str:
    """Scores as a cell of the round format; equal ones say nothing and give ""."""
    if len(set(scores)) == 1:
        return ""
    return ";".join(f"{score:g}" for score in scores)
