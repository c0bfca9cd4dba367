"""What a solve leaves: typed arrays for the application, and the five files of the round format."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from platform import python_version
from typing import Any

import numpy as np

import matching
from matching.certificate import certificate
from matching.engines.flow import Proof
from matching.files import format_windows, write_table
from matching.pairs import REASONS, Scored
from matching.phases import Phases
from matching.problem import UNKNOWN, FloatArray, IntArray, Policy, Problem

RESULT_FILES = (
    "placements.csv",
    "unplaced.csv",
    "explanations.jsonl",
    "summary.json",
    "certificate.json",
)

PLACEMENT_COLUMNS = (
    "student_id",
    "opportunity_id",
    "utility",
    "rank",
    "travel_minutes",
    "interest_fit",
    "conditions",
)
UNPLACED_COLUMNS = ("student_id", "reason", "detail")


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A student without a seat: index, reason code, and the counts behind it."""

    student: int
    reason: str
    detail: str


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """A finished solve. The arrays are over the k placed students, in the order of identifiers."""

    problem: Problem
    scored: Scored
    method: str  # flow | stable
    status: str  # optimal | stable
    student: IntArray  # [k] index into Problem.students
    opportunity: IntArray  # [k] index into Problem.opportunities
    utility: IntArray
    rank: IntArray  # UNKNOWN where unranked
    minutes: IntArray  # UNKNOWN where travel is not considered
    interest_fit: FloatArray  # 0..1, NaN with eligible.csv
    conditions: tuple[tuple[str, ...], ...]  # [k], each sorted
    unplaced: tuple[Unplaced, ...]
    goals: tuple[tuple[str, int], ...]  # name and value, in the order of the policy
    proofs: tuple[Proof, ...]  # one a goal; empty where the goals are reported only
    explanations: bytes  # explanations.jsonl
    phases: Phases

    @property
    def placed(self) -> int:
        return len(self.student)

    @property
    def total_utility(self) -> int:
        return int(self.utility.sum())

    def files(self) -> dict[str, bytes]:
        """The files of the result by name, complete."""
        with self.phases.measure("write"):
            files = {
                "placements.csv": self._placements(),
                "unplaced.csv": self._unplaced(),
                "explanations.jsonl": self.explanations,
                "certificate.json": certificate(self.problem, self.method, self.goals, self.proofs),
            }
        # Last, because it holds what the others took.
        files["summary.json"] = self._summary()
        return files

    def _placements(self) -> bytes:
        students, opportunities = self.problem.students.ids, self.problem.opportunities.ids
        listed = self.problem.eligible is not None
        nothing = [""] * self.placed
        columns = (
            [students[i] for i in self.student.tolist()],
            [opportunities[i] for i in self.opportunity.tolist()],
            [str(value) for value in self.utility.tolist()],
            _numbers(self.rank),
            nothing if listed else _numbers(self.minutes),
            nothing if listed else [f"{fit:.4f}" for fit in self.interest_fit.tolist()],
            nothing if listed else [";".join(codes) for codes in self.conditions],
        )
        return write_table(PLACEMENT_COLUMNS, zip(*columns, strict=True))

    def _unplaced(self) -> bytes:
        ids = self.problem.students.ids
        rows = ((ids[row.student], row.reason, row.detail) for row in self.unplaced)
        return write_table(UNPLACED_COLUMNS, rows)

    def _summary(self) -> bytes:
        pairs = self.scored.pairs
        nothing_proved: list[int | None] = [None] * len(self.goals)
        bounds = [proof.bound for proof in self.proofs] or nothing_proved
        goals = [
            {"name": name, "value": value, "bound": bound}
            for (name, value), bound in zip(self.goals, bounds, strict=True)
        ]
        return summary(
            self.problem,
            self.status,
            self.method,
            self.phases,
            {
                "placed": self.placed,
                "total_utility": self.total_utility,
                "goals": goals,
                "pairs": {
                    "considered": pairs.considered,
                    "eligible": len(pairs),
                    "excluded": pairs.excluded,
                },
            },
        )


def unplaced_row(problem: Problem, student: int, why: Mapping[str, Any]) -> Unplaced:
    """A row of unplaced.csv from the ``unplaced`` part of a student's explanation."""
    if why["reason"] == "seats_taken":
        return Unplaced(student, "seats_taken", f"eligible:{why['eligible']}")
    excluded = why.get("excluded", {})
    counts = [f"{reason}:{excluded[reason]}" for reason in REASONS if excluded.get(reason)]
    if problem.eligible is not None and not counts:
        counts = ["not_listed"]
    return Unplaced(student, why["reason"], ";".join(counts))


def summary(problem: Problem, status: str, method: str, phases: Phases, outcome: Mapping[str, Any]) -> bytes:
    """summary.json: what came out (``outcome``) and what it came from."""
    document = {
        "format": 1,
        "status": status,
        "method": method,
        **outcome,
        "input_digest": problem.digest,
        "seed": problem.policy.solver.seed,
        "policy": policy_record(problem.policy),
        "versions": {
            "matching": matching.__version__,
            "python": python_version(),
            "numpy": np.__version__,
            "ortools": version("ortools"),
        },
        "seconds": phases.seconds,
        "peak_memory_mib": phases.peak_mib,
    }
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()


def policy_record(policy: Policy) -> dict[str, Any]:
    """The policy in full, defaults included, in the words of policy.toml."""
    record = asdict(policy)
    record["on_date"] = policy.on_date.isoformat() if policy.on_date else None
    record["objective"] = {"goals": list(record.pop("goals"))}
    record["pairs"] = {"unranked": record.pop("unranked")}
    record["law"]["school_hours"] = format_windows(policy.law.school_hours)
    return record


def _numbers(values: IntArray) -> list[str]:
    return ["" if value == UNKNOWN else str(value) for value in values.tolist()]
