"""Which pairs may be matched, and the reason where not."""

from __future__ import annotations

from matching.eligibility.table import Reason, listed_pairs, rules_of
from matching.pairs import Eligible
from matching.problem import IntArray, Problem

__all__ = ["Reason", "conditions", "eligible_pairs", "reasons"]


def eligible_pairs(problem: Problem) -> Eligible:
    """All pairs that may be matched.

    With eligible.csv its rows are the pairs, less what pins forbid and students refuse; otherwise
    every rule of the format ("What makes a pair eligible") is applied to all students and
    opportunities.

    Returns
    -------
    Eligible
        Pairs sorted by student, then opportunity, and counts of the others by the first reason
        that excludes them.
    """
    if problem.eligible is not None:
        return listed_pairs(problem, problem.eligible)
    return rules_of(problem).eligible()


def reasons(problem: Problem, student: IntArray, opportunity: IntArray) -> list[list[Reason]]:
    """Everything that speaks against each of some pairs.

    Parameters
    ----------
    student, opportunity
        [p] indices; any pairs, eligible or not.

    Returns
    -------
    list of list of Reason
        For each pair, in the order of ``REASONS``, every rule of law and every missing item for
        itself; empty for an eligible pair. With eligible.csv only ``forbidden`` and ``refused``
        are asked.
    """
    return rules_of(problem).reasons(student, opportunity)


def conditions(problem: Problem, student: IntArray, opportunity: IntArray) -> list[tuple[str, ...]]:
    """What must be arranged before each of some pairs starts.

    Returns
    -------
    list of tuple of str
        ``arrange:CODE``, ``agreement:HOn`` and ``travel_unknown``, sorted; empty tuples with
        eligible.csv, for which no profile is read.
    """
    return rules_of(problem).conditions(student, opportunity)
