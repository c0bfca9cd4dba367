"""Small rounds as files, for tests of whole solves."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from matching.files import parse_round, write_table
from matching.problem import Problem
from matching.solve import solve

Files = dict[str, bytes]
Row = tuple[str, str, str]


def listed_round(
    seats: Mapping[str, int],
    pairs: Sequence[tuple[str, str, int]],
    *,
    priority: Mapping[str, int] | None = None,
    pins: Sequence[Row] = (),
    preferences: Sequence[tuple[str, str, int, int]] = (),
    goals: Sequence[str] = (),
    unlisted: Sequence[str] = (),
) -> Files:
    """A round with eligible.csv. Students are those of ``pairs`` and of ``unlisted``."""
    students = sorted({student for student, _, _ in pairs} | set(unlisted))
    files = {
        "students.csv": write_table(
            ["student_id", "priority"],
            ([student, str((priority or {}).get(student, 0))] for student in students),
        ),
        "opportunities.csv": write_table(
            ["opportunity_id", "seats"], ([name, str(number)] for name, number in seats.items())
        ),
        "eligible.csv": write_table(
            ["student_id", "opportunity_id", "utility"],
            ([student, opportunity, str(worth)] for student, opportunity, worth in pairs),
        ),
        "pins.csv": write_table(
            ["student_id", "opportunity_id", "decision", "reason"],
            ([*pin, "as agreed"] for pin in pins),
        ),
        "preferences.csv": write_table(
            ["student_id", "opportunity_id", "rank", "opportunity_rank"],
            ([a, b, str(rank), str(back)] for a, b, rank, back in preferences),
        ),
    }
    if goals:
        files["policy.toml"] = f"[objective]\ngoals = {json.dumps(list(goals))}\n".encode()
    return files


def random_listed_round(seed: int, students: int = 30, opportunities: int = 12) -> Files:
    """A dense enough round with ties, priorities, a few pins and ranks on both sides."""
    rng = np.random.default_rng(seed)
    names = [f"s{i:02}" for i in range(students)]
    places = [f"o{i:02}" for i in range(opportunities)]
    pairs = [
        (names[s], places[o], int(rng.integers(0, 6)) * 1000)
        for s, o in np.argwhere(rng.random((students, opportunities)) < 0.3).tolist()
    ]
    seats = {place: int(rng.integers(0, 4)) for place in places}
    ranked = [
        (student, place, int(rng.integers(1, 4)), int(rng.integers(1, 9)))
        for student, place, _ in pairs
        if rng.random() < 0.7
    ]
    required = next((s, o, "require") for s, o, _ in pairs if seats[o] > 0)
    forbidden = next((s, o, "forbid") for s, o, _ in reversed(pairs))
    return listed_round(
        seats,
        pairs,
        priority={name: int(rng.integers(0, 3)) for name in names},
        pins=[required, forbidden],
        preferences=ranked,
    )


def solved(files: Files, method: str = "auto") -> tuple[Problem, Files]:
    """The problem and the files of its result."""
    problem = parse_round(files)
    return problem, solve(problem, method=method).files()


def placements(files: Files) -> dict[str, str]:
    """Opportunity by student."""
    rows = files["placements.csv"].decode().splitlines()[1:]
    return {row.split(",")[0]: row.split(",")[1] for row in rows}


def summary_of(files: Files) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files["summary.json"])
    return found


def goal_values(files: Files) -> dict[str, int]:
    return {goal["name"]: goal["value"] for goal in summary_of(files)["goals"]}
