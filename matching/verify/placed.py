"""Placed pairs, one by one in plain code, and the students without a seat."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from matching.pairs import REASONS
from matching.problem import UNKNOWN
from matching.verify import rules, worth
from matching.verify.census import Census
from matching.verify.facts import Facts, Pair
from matching.verify.outputs import PLACEMENTS, UNPLACED, Placement, Unplaced, shown
from matching.verify.violations import Report

LAST_DIGIT = 1e-12
"""Two ways to sum a correlation differ by less; a fit this close to a rounding edge may go either way."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What a placed pair really is; ``parts`` are None with eligible.csv."""

    examined: rules.Examined
    parts: worth.Parts | None
    utility: int

    @classmethod
    def of(cls, facts: Facts, pair: Pair) -> Truth:
        examined = rules.examine(facts, pair)
        if facts.listed is not None:
            return cls(examined, None, facts.listed.get(pair, UNKNOWN))
        parts = worth.parts(facts, pair, examined.way.longer)
        return cls(examined, parts, worth.utility(facts.problem.policy.weights, parts))


def check_placements(facts: Facts, placements: Sequence[Placement], report: Report) -> dict[Pair, Truth]:
    """Recheck every row by itself, and that they are sorted.

    Returns what was recomputed for each placed pair.
    """
    truths: dict[Pair, Truth] = {}
    _check_order(facts, placements, report)
    for row in placements:
        truths[row.pair] = truth = Truth.of(facts, row.pair)
        _check_pair(facts, row, truth, report)
    return truths


def _check_order(facts: Facts, placements: Sequence[Placement], report: Report) -> None:
    for before, row in pairwise(placements):
        if row.pair < before.pair:
            report.add(
                PLACEMENTS,
                f"the rows are not sorted: {facts.pair(row.pair)} comes after {facts.pair(before.pair)}",
            )
            break


def _check_pair(facts: Facts, row: Placement, truth: Truth, report: Report) -> None:
    pair, name = row.pair, facts.pair(row.pair)
    if truth.examined.against:
        report.add(PLACEMENTS, f"{name} is not eligible: {', '.join(truth.examined.against)}")
    _same(report, name, "utility", row.utility, truth.utility)
    _same(report, name, "rank", row.rank, facts.rank.get(pair, UNKNOWN))
    _same(report, name, "travel_minutes", row.minutes, truth.examined.way.longer)
    fits = [""]
    if truth.parts is not None:
        nudges = (0.0, -LAST_DIGIT, LAST_DIGIT)
        fits = [f"{truth.parts.interest + nudge:.4f}" for nudge in nudges]
    if row.interest_fit not in fits:
        _same_text(report, name, "interest_fit", row.interest_fit, fits[0])
    _same_text(report, name, "conditions", row.conditions, ";".join(truth.examined.conditions))


def _same(report: Report, name: str, column: str, found: int, expected: int) -> None:
    if found != expected:
        said = ("none" if value == UNKNOWN else str(value) for value in (found, expected))
        report.add(PLACEMENTS, "{}: {} is {}, recomputed {}".format(name, column, *said))


def _same_text(report: Report, name: str, column: str, found: str, expected: str) -> None:
    if found != expected:
        report.add(PLACEMENTS, f"{name}: {column} is {shown(found)}, recomputed {shown(expected)}")


def unplaced_truth(
    facts: Facts, census: Census, pairs: Sequence[Pair], students: Sequence[int]
) -> list[tuple[str, str]]:
    """Reason and detail for each of some students without a seat.

    Parameters
    ----------
    pairs
        All placed pairs.
    """
    held = Counter(opportunity for _, opportunity in set(pairs))
    begin = np.searchsorted(census.student, np.arange(len(facts.problem.students) + 1)).tolist()
    listed: Counter[int] = Counter()
    if facts.problem.eligible is not None:
        listed.update(facts.problem.eligible.student.tolist())
    found = []
    for student in students:
        at = census.opportunity[begin[student] : begin[student + 1]].tolist()
        if at:
            found.append((_why_none(facts, held, at), f"eligible:{len(at)}"))
            continue
        counts = zip(REASONS, census.excluded[student].tolist(), strict=True)
        detail = ";".join(f"{reason}:{count}" for reason, count in counts if count)
        if facts.listed is not None and not listed[student]:
            detail = "not_listed"
        found.append(("no_eligible_pair", detail))
    return found


def _why_none(facts: Facts, held: Mapping[int, int], eligible: Sequence[int]) -> str:
    """Why a student has no seat at any of some eligible opportunities: the mildest obstacle."""
    offer = facts.problem.opportunities
    free = [o for o in eligible if held.get(o, 0) < offer.seats[o]]
    if not free:
        return "seats_taken"
    closed = all(offer.min_students[o] > 1 and not held.get(o) for o in free)
    return "opportunity_not_opened" if closed else "side_constraint"


def check_unplaced(
    facts: Facts, census: Census, pairs: Sequence[Pair], rows: Sequence[Unplaced], report: Report
) -> None:
    """Every student without a seat stands in unplaced.csv once, for the right reason."""
    placed = {student for student, _ in pairs}
    order = [row.student for row in rows]
    if order != sorted(order):
        report.add(UNPLACED, "the rows are not sorted by student_id")
    for student, count in Counter(order).items():
        if count > 1:
            report.add(UNPLACED, f"student {facts.student(student)} stands here {count} times")
        if student in placed:
            report.add(UNPLACED, f"student {facts.student(student)} has a seat in {PLACEMENTS}")
    for student in sorted(set(range(len(facts.problem.students))) - placed - set(order)):
        report.add(
            UNPLACED,
            f"student {facts.student(student)} has no seat in {PLACEMENTS} and is missing here",
        )
    for row, (reason, detail) in zip(rows, unplaced_truth(facts, census, pairs, order), strict=True):
        name = f"student {facts.student(row.student)}"
        if row.student in placed:
            continue
        if row.reason != reason:
            report.add(UNPLACED, f"{name}: reason is {shown(row.reason)}, recomputed {reason}")
        if row.detail != detail:
            report.add(UNPLACED, f"{name}: detail is {shown(row.detail)}, recomputed {shown(detail)}")
