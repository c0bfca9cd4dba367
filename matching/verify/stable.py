"""A stable result: only pairs that both sides ranked, and none that would rather be together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from matching.verify.census import Census
from matching.verify.facts import Facts, Pair
from matching.verify.outputs import PLACEMENTS
from matching.verify.violations import Report

Liking = tuple[int, int]
"""Rank, then the index: identifiers are sorted, so that ties break by identifier."""


def check_stable(facts: Facts, census: Census, pairs: Sequence[Pair], report: Report) -> None:
    """Report placed pairs without both ranks, and every pair that blocks.

    A required pin takes its student and one seat out of the market before anything else, so that
    pair needs no ranks, cannot be left, and gives way to nobody.
    """
    pinned = {(student, o) for student, required in facts.required.items() for o in required}
    seat: dict[int, int] = dict(pairs)
    hosts: dict[int, list[int]] = defaultdict(list)
    for student, opportunity in pairs:
        hosts[opportunity].append(student)
        if (student, opportunity) not in pinned and not _both_rank(facts, (student, opportunity)):
            report.add(
                PLACEMENTS,
                f"{facts.pair((student, opportunity))}: a stable result places only where "
                "both sides ranked each other",
            )
    worst = {o: _worst(facts, o, students, pinned) for o, students in hosts.items()}
    seats = facts.problem.opportunities.seats.tolist()
    for pair in zip(census.student.tolist(), census.opportunity.tolist(), strict=True):
        student, opportunity = pair
        if student in facts.required or seat.get(student) == opportunity:
            continue
        if not _both_rank(facts, pair) or not _student_prefers(facts, pair, seat.get(student)):
            continue
        if len(hosts[opportunity]) < seats[opportunity]:
            report.add(
                PLACEMENTS,
                f"{facts.pair(pair)} blocks: the student prefers it and a seat is free",
            )
            continue
        weakest = worst.get(opportunity)
        if weakest is not None and (facts.opportunity_rank[pair], student) < weakest:
            report.add(
                PLACEMENTS,
                f"{facts.pair(pair)} blocks: the student prefers it and it prefers the student "
                f"to {facts.student(weakest[1])}",
            )


def _both_rank(facts: Facts, pair: Pair) -> bool:
    return pair in facts.rank and pair in facts.opportunity_rank


def _worst(facts: Facts, opportunity: int, students: list[int], pinned: set[Pair]) -> Liking | None:
    """The least liked student there who could give way, or None."""
    likings = [
        (facts.opportunity_rank[student, opportunity], student)
        for student in students
        if (student, opportunity) not in pinned and _both_rank(facts, (student, opportunity))
    ]
    return max(likings, default=None)


def _student_prefers(facts: Facts, pair: Pair, current: int | None) -> bool:
    student, opportunity = pair
    if current is None or (student, current) not in facts.rank:
        return True
    return (facts.rank[pair], opportunity) < (facts.rank[student, current], current)
