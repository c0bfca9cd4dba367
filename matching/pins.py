"""Required pins: each has to be eligible, and all of them have to fit into the seats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from matching.eligibility import Reason, reasons
from matching.files import Fault, RoundFaults
from matching.messages import label
from matching.pairs import Eligible
from matching.problem import IntArray, PairTable, Problem


@dataclass(frozen=True, slots=True)
class Overfull:
    """An opportunity (by index) that pins require for more students than it has seats."""

    opportunity: int
    seats: int
    required: int


@dataclass(frozen=True, slots=True)
class Conflict:
    """Required pins that cannot all hold.

    Attributes
    ----------
    pins
        Rows of ``Problem.pins``: a smallest set of which one has to go.
    overfull
        Everything that has to be mended, the opportunity of ``pins`` first.
    """

    pins: tuple[int, ...]
    overfull: tuple[Overfull, ...]

    def message(self, problem: Problem) -> str:
        """Name the pins, and what would repair them."""
        table, ids = problem.pins, problem.opportunities.ids
        worst = self.overfull[0]
        lines = [
            f"The required pins cannot all hold: opportunity {ids[worst.opportunity]} has"
            f" {_seats(worst.seats)}, and these {len(self.pins)} pins ask for it:"
            if len(self.pins) > 1
            else f"A required pin cannot hold: opportunity {ids[worst.opportunity]} has no seat."
        ]
        for pin in self.pins:
            student = problem.students.ids[int(table.student[pin])]
            lines.append(f"  pins.csv:{int(table.line[pin])}: student {student}")
        for full in self.overfull:
            extra = full.required - full.seats
            lines.append(
                f"To repair: give {ids[full.opportunity]} {_seats(full.required)} instead of"
                f" {full.seats}, or withdraw {extra} of its {full.required} required"
                f" {'pin' if full.required == 1 else 'pins'}."
            )
        return "\n".join(lines)

    def record(self, problem: Problem) -> dict[str, Any]:
        """The same in identifiers and numbers, for summary.json."""
        table = problem.pins
        students, opportunities = problem.students.ids, problem.opportunities.ids
        return {
            "conflict": [
                {
                    "file": "pins.csv",
                    "line": int(table.line[pin]),
                    "student_id": students[int(table.student[pin])],
                    "opportunity_id": opportunities[int(table.opportunity[pin])],
                    "decision": "require",
                }
                for pin in self.pins
            ],
            "repair": [
                {
                    "opportunity_id": opportunities[full.opportunity],
                    "seats": full.seats,
                    "required": full.required,
                    "add_seats": full.required - full.seats,
                    "or_withdraw_pins": full.required - full.seats,
                }
                for full in self.overfull
            ],
        }


def find_conflict(problem: Problem) -> Conflict | None:
    """The smallest set of required pins that cannot all hold, or None."""
    rows = np.flatnonzero(problem.pins.require)
    seats = problem.opportunities.seats
    wanted = np.bincount(problem.pins.opportunity[rows], minlength=len(seats))
    full = np.flatnonzero(wanted > seats)
    if not len(full):
        return None
    full = full[np.argsort(seats[full], kind="stable")]
    smallest = rows[problem.pins.opportunity[rows] == full[0]][: int(seats[full[0]]) + 1]
    overfull = (Overfull(int(o), int(seats[o]), int(wanted[o])) for o in full)
    return Conflict(tuple(smallest.tolist()), tuple(overfull))


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
        pair = (
            f"student {problem.students.ids[int(problem.pins.student[pin])]} at"
            f" {problem.opportunities.ids[int(problem.pins.opportunity[pin])]}"
        )
        why = "; ".join(_in_words(reason) for reason in failing) or "not in eligible.csv"
        message = f"the required pair is not eligible: {pair}: {why}; mend that or take the pin out"
        faults.append(Fault("pins.csv", int(problem.pins.line[pin]), "decision", message))
    return sorted(faults, key=lambda fault: fault.line)


def _in_words(reason: Reason) -> str:
    """The reason's label; where law decides, with the rule and its citation."""
    words = label("en", reason.code)
    rule = reason.detail.get("rule")
    return f"{words}: {label('en', rule)}" if rule else words


def _seats(number: int) -> str:
    return "1 seat" if number == 1 else f"{number} seats"
