"""Which pairs may be matched, and the reason where not."""

from __future__ import annotations

from typing import Any

import numpy as np

from matching.eligibility.clashes import Clashes, clashes
from matching.eligibility.joint_hours import seat_limits
from matching.eligibility.law_check import Answer, Finding, Job, Law, Person, Plans, check
from matching.eligibility.table import Reason, listed_counts, listed_pairs, rules_of
from matching.eligibility.transit.itinerary import Step
from matching.eligibility.travel import Legs
from matching.eligibility.van import van_only
from matching.pairs import Eligible
from matching.problem import UNKNOWN, IntArray, Problem

__all__ = [
    "Answer",
    "Clashes",
    "Finding",
    "Job",
    "Law",
    "Person",
    "Plans",
    "Reason",
    "check",
    "clashes",
    "conditions",
    "eligible_pairs",
    "excluded_by_student",
    "legs",
    "own_rules",
    "reasons",
    "seat_limits",
    "steps",
    "van_only",
]


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
        ``arrange:CODE``, ``agreement:HOn``, ``permit``, ``law:CODE`` (what another rule asks for) and
        ``travel_unknown``, sorted; empty tuples with
        eligible.csv, for which no profile is read.
    """
    return rules_of(problem).conditions(student, opportunity)


def own_rules(problem: Problem) -> dict[str, dict[str, Any]]:
    """``citation, words, jurisdiction`` of a district's own rules by code; words are by language."""
    return rules_of(problem).law.own if problem.overlays else {}


def excluded_by_student(problem: Problem, students: IntArray) -> IntArray:
    """Pairs of some students by the first reason that excludes them.

    Returns
    -------
    array
        [12, len(students)] counts in the order of ``REASONS``; with eligible.csv of its rows.
    """
    if problem.eligible is not None:
        return listed_counts(problem, problem.eligible)[:, students]
    return rules_of(problem).excluded_by_student(students)


def legs(problem: Problem, student: IntArray, opportunity: IntArray) -> tuple[Legs, list[str]]:
    """Both legs of some pairs, and the mode of the way there ("" where not considered)."""
    travel = rules_of(problem).travel
    found = travel.legs(student, opportunity)
    modes = [""] * len(student)
    rows = np.flatnonzero(found.back != UNKNOWN)
    names = travel.modes(student[rows], opportunity[rows], found.of(rows))
    for row, name in zip(rows.tolist(), names, strict=True):
        modes[row] = name
    return found, modes


def steps(
    problem: Problem, student: IntArray, opportunity: IntArray
) -> tuple[list[list[Step]], list[list[Step]]]:
    """The way by the timetable of some pairs, there and back, walk by walk and ride by ride.

    Returns
    -------
    there, back
        For each pair the steps of the longest leg over all windows, in the order in which they
        are made: walks ``mode, minutes, at`` and rides ``mode, line, at, from_stop, to_stop,
        minutes``, where ``at`` is in minutes after midnight. No steps where a mode in a straight
        line takes no longer, or travel is not considered.
    """
    travel = rules_of(problem).travel
    return travel.steps(student, opportunity, travel.legs(student, opportunity))
