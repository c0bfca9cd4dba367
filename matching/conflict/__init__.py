"""Why everything that is required cannot hold at once, and what would repair the round."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any

import numpy as np

from matching.conflict.oracle import Oracle, OutOfTime
from matching.conflict.repair import Changes, repairs
from matching.conflict.rules import Change, Rule, all_rules
from matching.conflict.smallest import minimal, smallest
from matching.engines.highs.process import Process
from matching.pairs import Scored
from matching.problem import Problem

__all__ = ["Change", "Conflict", "OutOfTime", "Rule", "find_conflict", "overfull"]


@dataclass(frozen=True, slots=True, eq=False)
class Conflict:
    """Rules that cannot all hold, and what would repair the round.

    Attributes
    ----------
    rules
        Without any one of them the others can hold, in the order of files and rows.
    is_smallest
        Whether no set of fewer rules conflicts; otherwise none was found.
    repairs
        Changes that together let everything hold, each verified; the cheapest first.
    repairs_complete
        Whether a repair was looked for from every rule of the conflict and every crowded
        opportunity, and all that were found are here.
    proof
        ``prices`` or ``cases``, and ``scale``, for ``rules`` with seats and ``max_placements``;
        None where only the solver says so.
    """

    problem: Problem
    rules: tuple[Rule, ...]
    is_smallest: bool
    repairs: tuple[Changes, ...]
    repairs_complete: bool
    proof: Mapping[str, Any] | None

    def message(self) -> str:
        """The conflict and its repairs in plain words."""
        from matching.conflict.words import message

        return message(self)

    def record(self) -> dict[str, Any]:
        """The same in identifiers and numbers, for summary.json."""
        from matching.conflict.words import record

        return record(self)


def find_conflict(problem: Problem, scored: Scored, deadline: float | None = None) -> Conflict | None:
    """The smallest set of rules that cannot all hold; None where they can.

    Parameters
    ----------
    deadline
        A time of ``time.monotonic()``; by default ``solver.time_limit_seconds`` from now. A
        conflict is minimal then, but perhaps not smallest, and repairs may be missing.

    Raises
    ------
    OutOfTime
        Where it passed before it was known whether all can hold.
    """
    if deadline is None:
        deadline = monotonic() + problem.policy.solver.time_limit_seconds
    with Process(deadline) as process:
        return _find(Oracle(problem, scored, process))


def _find(oracle: Oracle) -> Conflict | None:
    problem, rules = oracle.problem, all_rules(oracle.problem)
    known = minimal(oracle, rules)
    if known is None:
        return None
    found, is_smallest = smallest(oracle, rules, known)
    try:
        proof = oracle.ask(found).proof
    except OutOfTime:
        proof = None
    crowded = _crowded(problem, found, proof)
    changes, complete = repairs(oracle, rules, found, crowded)
    return Conflict(problem, found, is_smallest, changes, complete, proof)


def overfull(problem: Problem) -> bool:
    """Whether pins require more seats of an opportunity than it has."""
    pinned = problem.pins.opportunity[problem.pins.require]
    seats = problem.opportunities.seats
    return bool((np.bincount(pinned, minlength=len(seats)) > seats).any())


def _crowded(problem: Problem, rules: tuple[Rule, ...], proof: Mapping[str, Any] | None) -> list[Rule]:
    """Opportunities whose seats may be what a conflict is about: those of its pins, then of its proof."""
    pinned = [int(problem.pins.opportunity[rule.row]) for rule in rules if rule.kind == "pin"]
    named = (proof or {}).get("prices", {}).get("opportunities", {})
    at = {name: row for row, name in enumerate(problem.opportunities.ids)}
    return [Rule("seats", row) for row in dict.fromkeys([*pinned, *(at[name] for name in sorted(named))])]
