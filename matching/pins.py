"""Required pins: each has to be eligible."""

from __future__ import annotations

import numpy as np

from matching.eligibility import Reason, reasons
from matching.files import Fault, RoundFaults
from matching.messages import label
from matching.pairs import Eligible
from matching.problem import IntArray, PairTable, Problem
from matching.said import Label, row, said


def required_pairs(problem: Problem, eligible: Eligible) -> IntArray:
    """The indices in ``eligible`` of the pairs that pins require.

    Raises
    ------
    RoundFaults
        One fault for each required pair that is not eligible, naming every rule against it.
    """
    rows = np.flatnonzero(problem.pins.require)
    found = find_pairs(problem, eligible, problem.pins.student[rows], problem.pins.opportunity[rows])
    missing = rows[found < 0]
    if len(missing):
        raise RoundFaults(_not_eligible(problem, missing))
    return found


def find_pairs(
    problem: Problem, table: Eligible | PairTable, student: IntArray, opportunity: IntArray
) -> IntArray:
    """Where pairs lie in a table that is sorted by student, then opportunity; -1 where not."""
    if not len(table.student):
        return np.full(len(student), -1, np.int64)
    width = len(problem.opportunities)
    keys = table.student * width + table.opportunity
    wanted = student * width + opportunity
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[place] == wanted, place, -1)


def _not_eligible(problem: Problem, pins: IntArray) -> list[Fault]:
    student, opportunity = problem.pins.student[pins], problem.pins.opportunity[pins]
    against = reasons(problem, student, opportunity)
    faults = []
    for pin, failing in zip(pins.tolist(), against, strict=True):
        why = row([_in_words(reason) for reason in failing], "; ") if failing else said("not in eligible.csv")
        message = said(
            "the required pair is not eligible: student {student} at {opportunity}: {why}; mend that or take "
            "the pin out",
            student=problem.students.ids[int(problem.pins.student[pin])],
            opportunity=problem.opportunities.ids[int(problem.pins.opportunity[pin])],
            why=why,
        )
        faults.append(Fault("pins.csv", int(problem.pins.line[pin]), "decision", message))
    return sorted(faults, key=lambda fault: fault.line)


def _in_words(reason: Reason) -> str:
    """The reason's label; where law decides, with the rule and its citation."""
    words = _label(reason.code)
    rule = reason.detail.get("rule")
    return row([words, _label(rule)], ": ") if rule else words


def _label(code: str) -> Label:
    return Label(label("en", code), code)
