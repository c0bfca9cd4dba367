"""What each local rule keeps out, and what relaxing it would bring. Never the law, never a need."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from matching.advise.again import Outcome, Round
from matching.hypothetical import column_of
from matching.problem import UNKNOWN, Codes, Column, Opportunities, Problem, Students

MORE_MINUTES = 10
"""By how much the limits of travel are relaxed."""


def relaxed_rules(now: Round, result: Outcome) -> Iterator[dict[str, Any]]:
    """Each local rule that keeps a pair out by itself, verified by solving without it.

    Yields
    ------
    dict
        ``rule``; ``pairs`` that it alone excludes; ``unplaced`` students who would have a pair
        more; ``students`` more that are certain to be placed, which may be none, and the
        ``utility`` more, None where it is not certain.
    """
    if now.problem.eligible is not None:
        return
    relaxed = []
    for rule, relax in RELAXED.items():
        changed = relax(now.problem)
        then = None if changed is None else Round.of(changed)
        pairs = len(then.scored.pairs) - len(now.scored.pairs) if then else 0
        if then and pairs > 0:
            relaxed.append((_reached(now, then, result), pairs, rule, then))
    # A network is solved so soon that every rule has its turn.
    tries = len(relaxed) if now.is_network else now.tries
    for reached, pairs, rule, then in sorted(relaxed, key=lambda one: -one[0])[:tries]:
        after = then.tried()
        students = after.students_above(result) if after else None
        if after is None or students is None or students < 0:
            continue
        yield {
            "rule": rule,
            "pairs": pairs,
            "unplaced": reached,
            "students": students,
            "utility": after.utility_above(result),
        }


def _reached(now: Round, then: Round, result: Outcome) -> int:
    n = len(now.problem.students)
    before, after = (np.bincount(one.scored.pairs.student, minlength=n) for one in (now, then))
    return int(((after > before) & ~result.placed).sum())


Relax = Callable[[Problem], Problem | None]


def _students(problem: Problem, **columns: Any) -> Problem:
    return replace(problem, students=replace(problem.students, **columns))


def _work(problem: Problem, **columns: Any) -> Problem:
    return replace(problem, opportunities=replace(problem.opportunities, **columns))


def _further(problem: Problem) -> Problem:
    return _students(problem, max_travel_minutes=problem.students.max_travel_minutes + MORE_MINUTES)


def _unranked(problem: Problem) -> Problem | None:
    if problem.policy.unranked == "always" or not len(problem.preferences):
        return None
    return replace(problem, policy=replace(problem.policy, unranked="always"))


def _either_pay(problem: Problem) -> Problem | None:
    students: Students = problem.students
    if set(students.pay.values) <= {"either"}:
        return None
    return _students(problem, pay=column_of(["either"] * len(students)))


def _no_minimum(name: str) -> Relax:
    def relax(problem: Problem) -> Problem | None:
        least = getattr(problem.opportunities, name)
        return _work(problem, **{name: np.full_like(least, UNKNOWN)}) if (least != UNKNOWN).any() else None

    return relax


def _nothing_asked(name: str) -> Relax:
    def relax(problem: Problem) -> Problem | None:
        work: Opportunities = problem.opportunities
        asked: Column[Codes] = getattr(work, name)
        nothing: Codes = frozenset()
        return _work(problem, **{name: column_of([nothing] * len(work))}) if any(asked.values) else None

    return relax


RELAXED: dict[str, Relax] = {
    "travel": _further,
    "unranked": _unranked,
    "pay": _either_pay,
    "min_age": _no_minimum("min_age"),
    "min_grade": _no_minimum("min_grade"),
    "open_to": _nothing_asked("open_to"),
    "requires_credentials": _nothing_asked("requires_credentials"),
    "requires_courses": _nothing_asked("requires_courses"),
    "requires_languages": _nothing_asked("requires_languages"),
}
