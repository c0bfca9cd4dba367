"""Where one more seat, more work or one relaxed rule would place more students.

All of it is verified by solving the round again with the change. It counts students and names
none; areas are so coarse that no home can be told from them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from matching.advise.again import Round
from matching.advise.recruit import where_to_recruit
from matching.advise.rules import relaxed_rules
from matching.advise.seats import most_wanted_seats
from matching.problem import Problem

__all__ = ["Advice", "advise"]

LOCAL = ("forbidden", "not_ranked", "reserved", "travel", "grade", "age", "schedule", "pay", "requirement")
"""Reasons that a district, an employer or a student could change; no law, and nothing that is private."""

PHASES = ("solve", "seats", "recruit", "rules")
Told = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Advice:
    """Advice on a round, as codes and numbers; best first in each part."""

    students: int
    placed: int
    seats: list[dict[str, Any]]  # see most_wanted_seats
    recruit: list[dict[str, Any]]  # see where_to_recruit
    rules: list[dict[str, Any]]  # see relaxed_rules
    excluded: dict[str, int]  # pairs by the first reason that excludes them, of LOCAL
    proved: bool  # the result is a best one; else there may be more to gain than is certain

    def record(self) -> dict[str, Any]:
        """The advice for JSON."""
        return asdict(self)


def advise(problem: Problem, told: Told | None = None) -> Advice:
    """What would place more students.

    Parameters
    ----------
    told
        Called with each of PHASES as it begins.

    Raises
    ------
    Infeasible, NothingYet
        As for ``solve``.
    """
    tell = told or (lambda phase: None)
    tell("solve")
    now = Round.of(problem)
    result = now.solved()
    tell("seats")
    seats = list(most_wanted_seats(now, result))
    tell("recruit")
    recruit = list(where_to_recruit(now, result))
    tell("rules")
    rules = sorted(relaxed_rules(now, result), key=lambda one: (-one["students"], -(one["utility"] or 0)))
    counts = now.scored.pairs.excluded
    excluded = {reason: counts[reason] for reason in LOCAL if counts[reason]}
    return Advice(len(problem.students), result.count, seats, recruit, rules, excluded, result.optimal)
