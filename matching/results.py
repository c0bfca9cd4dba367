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
from matching.engines.goal import Proof
from matching.engines.mip.outcome import Proved
from matching.explain import WhyNot
from matching.files import format_windows, write_table
from matching.pairs import REASONS, Scored
from matching.phases import Phases
from matching.previous import Previous
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
    """A finished solve. The arrays are over the k seats given, in the order of identifiers."""

    problem: Problem
    scored: Scored
    method: str  # flow | mip | stable
    status: str  # optimal | feasible | stable
    chosen: IntArray  # [k] indices into ``scored``, ascending; a student may have several
    interest_fit: FloatArray  # [k] 0..1, NaN with eligible.csv
    conditions: tuple[tuple[str, ...], ...]  # [k], each sorted
    unplaced: tuple[Unplaced, ...]
    goals: tuple[tuple[str, int], ...]  # name and value, in the order of the policy
    proofs: tuple[Proof, ...] | tuple[Proved, ...]  # one a goal; none where goals are reported only
    previous: Previous | None  # where a goal compares with it
    explanations: bytes  # explanations.jsonl
    phases: Phases

    @property
    def student(self) -> IntArray:
        """[k] index into ``Problem.students``."""
        return self.scored.pairs.student[self.chosen]

    @property
    def opportunity(self) -> IntArray:
        """[k] index into ``Problem.opportunities``."""
        return self.scored.pairs.opportunity[self.chosen]

    @property
    def utility(self) -> IntArray:
        """[k]."""
        return self.scored.utility[self.chosen]

    @property
    def rank(self) -> IntArray:
        """[k] UNKNOWN where unranked."""
        return self.scored.rank[self.chosen]

    @property
    def minutes(self) -> IntArray:
        """[k] UNKNOWN where travel is not considered."""
        return self.scored.pairs.minutes[self.chosen]

    @property
    def placed(self) -> int:
        """Students with at least one seat."""
        return len(np.unique(self.student))

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
                "certificate.json": certificate(
                    self.problem, self.method, self.goals, self.proofs, self.previous
                ),
            }
        # Last, because it holds what the others took.
        files["summary.json"] = self._summary()
        return files

    def _placements(self) -> bytes:
        students, opportunities = self.problem.students.ids, self.problem.opportunities.ids
        listed = self.problem.eligible is not None
        nothing = [""] * len(self.chosen)
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

    @property
    def bounds(self) -> tuple[int | None, ...]:
        """What each goal cannot exceed; None where nothing is proved."""
        return tuple(proof.bound for proof in self.proofs) or (None,) * len(self.goals)

    def _summary(self) -> bytes:
        pairs = self.scored.pairs
        goals = [
            {"name": name, "value": value, "bound": bound}
            for (name, value), bound in zip(self.goals, self.bounds, strict=True)
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


def unplaced_row(problem: Problem, why: WhyNot) -> Unplaced:
    """A row of unplaced.csv."""
    if why.reason != "no_eligible_pair":
        return Unplaced(why.student, why.reason, f"eligible:{why.eligible}")
    counts = [f"{reason}:{why.excluded[reason]}" for reason in REASONS if why.excluded.get(reason)]
    if problem.eligible is not None and not counts:
        counts = ["not_listed"]
    return Unplaced(why.student, why.reason, ";".join(counts))


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
    record["law"]["overlays"] = list(policy.law.overlays)
    service_date = record["travel"].pop("service_date")
    record["travel"]["date"] = service_date.isoformat() if service_date else None
    return record


def _numbers(values: IntArray) -> list[str]:
    return ["" if value == UNKNOWN else str(value) for value in values.tolist()]
