"""A posting tried out before it is offered: whom the law lets do it, and how many students could.

Both go by the one door: a round folder that holds this opportunity alone, read by the engine.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from time import monotonic
from typing import Any

import numpy as np
from flask import current_app

from matching.files import Fault, parse_round
from matching.problem import UNKNOWN, Problem
from wbl.opportunities.answers import STEPS, Answers, dates_of, text_cells
from wbl.rounds.columns import OPPORTUNITY_COLUMNS, number_cell
from wbl.rounds.models import Round
from wbl.rounds.policy import PolicyDocument, policy_toml
from wbl.rounds.snapshot import TrialStudents, nobody, trial_files, trial_students

NAME = "POSTING"
STEP_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "about": ("title", "kind", "cluster", "soc_code", "riasec", "employment"),
    "tasks": ("hazards", "drives", "labor_program"),
    "when": ("schedule", "flexible_hours", "hours_per_week", "start_date", "end_date"),
    "where": ("place", "latitude", "longitude"),
    "seats": ("seats", "min_students", "open_to"),
    "pay": ("paid", "hourly_wage", "budget_id", "cost"),
    "access": ("provides", "arranges", "cannot"),
    "requires": (
        "min_age",
        "min_grade",
        "requires_credentials",
        "requires_courses",
        "requires_languages",
    ),
}
"""In which step what a cell of opportunities.csv holds is answered."""
MOST_ROUNDS = 8
"""Of so many rounds at most a process keeps the students, a megabyte for 10,000 of them."""
_read: dict[int, tuple[float, TrialStudents]] = {}

FEW = 10
"""Fewer than so many students are never counted out."""


def cells_of(answers: Answers, place: tuple[float | None, float | None] = (None, None)) -> dict[str, str]:
    """The answers as a row of opportunities.csv."""
    first, last = dates_of(answers)
    at_site = answers.get("place", "site") == "site"
    return {
        **dict.fromkeys(OPPORTUNITY_COLUMNS, ""),
        **text_cells(answers),
        "title": answers.get("title", ""),
        "seats": str(answers.get("seats", 1)),
        "latitude": number_cell(place[0]) if at_site else "",
        "longitude": number_cell(place[1]) if at_site else "",
        "start_date": first.isoformat() if first else "",
        "end_date": last.isoformat() if last else "",
    }


def problem_of(
    placement_round: Round, cells: Mapping[str, str], students: TrialStudents | None = None
) -> Problem:
    """The round with this opportunity alone, and with these students or nobody.

    Raises
    ------
    RoundFaults
        Where a cell cannot be read: each fault says which and why.
    """
    files = trial_files(placement_round, {NAME: dict(cells)}, students or nobody())
    policy = _policy(placement_round.policy)
    return parse_round({**files, "policy.toml": policy_toml(policy, placement_round.starts_on)})


def _policy(policy: PolicyDocument) -> PolicyDocument:
    """Straight lines instead of a timetable, which takes seconds; and nothing hangs on ranks."""
    timetable = ("provider", "feed", "date")
    travel = {key: value for key, value in policy.get("travel", {}).items() if key not in timetable}
    pairs: dict[str, Any] = {**policy.get("pairs", {}), "unranked": "always"}
    return {**policy, "travel": travel, "pairs": pairs}


def steps_at_fault(faults: Iterable[Fault]) -> list[str]:
    """The steps of a posting in which faults can be mended; none where the round itself is at fault."""
    columns = {fault.column for fault in faults if fault.file == "opportunities.csv"}
    return [step for step in STEPS if columns & set(STEP_COLUMNS.get(step, ()))]


def eligible_students(
    placement_round: Round, answers: Answers, place: tuple[float | None, float | None]
) -> tuple[int, int]:
    """How many students of a round could do this, and how many there are.

    What students need, refused or ranked plays no part: nothing of it can be told from the number. Students
    are those of the last minute (``COUNT_SECONDS``): somebody who writes a posting asks after every answer,
    and to read thousands of students takes longer than to judge them.

    Raises
    ------
    RoundFaults
        Where the answers make no valid line of a round.
    """
    from matching.eligibility import eligible_pairs

    problem = problem_of(placement_round, cells_of(answers, place), _students(placement_round))
    found = eligible_pairs(replace(problem, eligible=None))
    return len(np.unique(found.student)), len(problem.students)


def _students(placement_round: Round) -> TrialStudents:
    """Those of the round, not older than ``COUNT_SECONDS``."""
    read_at, students = _read.get(placement_round.id, (-math.inf, None))
    if students is None or monotonic() - read_at >= current_app.config["COUNT_SECONDS"]:
        read_at, students = monotonic(), trial_students(placement_round)
        if len(_read) >= MOST_ROUNDS:
            _read.clear()
        _read[placement_round.id] = (read_at, students)
    return students


def rounded(count: int) -> int:
    """Down to tens; 0 stands for "fewer than ten"."""
    return count // FEW * FEW


def first_day(problem: Problem) -> date:
    """When the opportunity begins, for the law."""
    start = int(problem.opportunities.start_date[0])
    if start == UNKNOWN:
        raise ValueError("a round always has a first day")
    return date.fromordinal(start)
