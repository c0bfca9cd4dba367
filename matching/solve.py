"""The one door of the engine: a problem in, a proved and explained result out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import NamedTuple

import numpy as np

from matching.eligibility import eligible_pairs
from matching.engines.flow import Proof, goal_by_goal
from matching.engines.network import UNPLACED, Network
from matching.engines.stable import deferred_acceptance
from matching.explain import explanations
from matching.fit import score
from matching.goals import weighted_goals
from matching.pairs import PARTS, Scored
from matching.phases import Phases
from matching.pins import Conflict, find_conflict, find_pairs, required_pairs
from matching.problem import UNKNOWN, FloatArray, IntArray, Problem
from matching.results import Result, Unplaced, summary, unplaced_row

METHODS = ("auto", "flow", "mip", "stable")


class NotSupported(Exception):
    """The round asks for something that this version cannot do yet; the message says what."""


class Stopped(Exception):
    """Raised by a progress callback to end a solve; nothing has been written then."""


class Infeasible(Exception):
    """The required pins cannot all hold; the message names the smallest set and its repair."""

    def __init__(self, problem: Problem, conflict: Conflict, method: str, phases: Phases) -> None:
        super().__init__(conflict.message(problem))
        self.conflict = conflict
        self._problem, self._method, self._phases = problem, method, phases

    def files(self) -> dict[str, bytes]:
        """The result folder of a round without a result: its summary alone."""
        outcome = self.conflict.record(self._problem)
        text = summary(self._problem, "infeasible", self._method, self._phases, outcome)
        return {"summary.json": text}


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a solve is.

    Attributes
    ----------
    phase
        ``pairs``, ``utility``, ``solve`` or ``explain``.
    goal
        The goal that was just proved, "" before the first.
    value, bound
        Of that goal; None before the first.
    seconds
        Since the solve began.
    """

    phase: str
    goal: str
    value: int | None
    bound: int | None
    seconds: float


ProgressCallback = Callable[[Progress], None]


class _Reporter:
    """Times the phases and tells the callback of each."""

    def __init__(self, callback: ProgressCallback | None, phases: Phases) -> None:
        self._callback = callback
        self._started = perf_counter()
        self.phases = phases

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        self._tell(name, "", None, None)
        with self.phases.measure(name):
            yield

    def reached(self, proof: Proof) -> None:
        self._tell("solve", proof.goal.name, proof.value, proof.bound)

    def _tell(self, phase: str, goal: str, value: int | None, bound: int | None) -> None:
        if self._callback:
            seconds = perf_counter() - self._started
            self._callback(Progress(phase, goal, value, bound, seconds))


def solve(
    problem: Problem,
    *,
    method: str = "auto",
    progress: ProgressCallback | None = None,
    phases: Phases | None = None,
) -> Result:
    """Find the best match of a round, goal by goal, and what explains and proves it.

    Parameters
    ----------
    method
        ``auto`` and ``flow`` optimise the goals of the policy; ``stable`` is student-proposing
        deferred acceptance, which reports them.
    progress
        Told of each phase as it begins and of each goal as it is proved. It may raise ``Stopped``.
    phases
        Where to add what the phases cost; holds what was measured before, such as reading.

    Raises
    ------
    NotSupported
        For ``mip``.
    RoundFaults
        Where a required pair is not eligible; names the rule.
    Infeasible
        Where the required pins need more seats than there are.
    """
    if method not in METHODS:
        raise ValueError(f"unknown method {method!r}: expected one of {', '.join(METHODS)}")
    if method == "mip":
        raise NotSupported("--method mip is not supported yet; use auto, flow or stable")
    engine = "stable" if method == "stable" else "flow"
    report = _Reporter(progress, phases or Phases())
    with report.phase("pairs"):
        eligible = eligible_pairs(problem)
        required = required_pairs(problem, eligible)
        conflict = find_conflict(problem)
    if conflict:
        raise Infeasible(problem, conflict, engine, report.phases)
    with report.phase("utility"):
        scored = score(problem, eligible)
    goals = weighted_goals(problem, scored)
    network = Network(
        eligible.student, eligible.opportunity, problem.opportunities.seats, len(problem.students)
    )
    proofs: tuple[Proof, ...] = ()
    with report.phase("solve"):
        if engine == "stable":
            seat = _stable_seats(problem, scored, network, required)
        else:
            seat, proofs = goal_by_goal(network, goals, required, report.reached)
    chosen = seat[seat != UNPLACED]
    with report.phase("explain"):
        told = _explain(problem, scored, seat)
    return Result(
        problem=problem,
        scored=scored,
        method=engine,
        status="stable" if engine == "stable" else "optimal",
        student=eligible.student[chosen],
        opportunity=eligible.opportunity[chosen],
        utility=scored.utility[chosen],
        rank=scored.rank[chosen],
        minutes=eligible.minutes[chosen],
        interest_fit=_interest_fit(scored, chosen),
        conditions=told.conditions,
        unplaced=told.unplaced,
        goals=tuple((goal.name, int(goal.weight[chosen].sum())) for goal in goals),
        proofs=proofs,
        explanations=told.lines,
        phases=report.phases,
    )


def _stable_seats(problem: Problem, scored: Scored, network: Network, required: IntArray) -> IntArray:
    preferences = problem.preferences
    row = find_pairs(problem, preferences, network.student, network.opportunity)
    back = np.full(len(row), UNKNOWN, np.int64)
    back[row >= 0] = preferences.opportunity_rank[row[row >= 0]]
    return deferred_acceptance(network, scored.rank, back, required)


class _Told(NamedTuple):
    """The explanations, and the parts of them that stand in the tables too."""

    lines: bytes  # explanations.jsonl
    conditions: tuple[tuple[str, ...], ...]  # one a placed student
    unplaced: tuple[Unplaced, ...]


def _explain(problem: Problem, scored: Scored, seat: IntArray) -> _Told:
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    lines: list[str] = []
    conditions: list[tuple[str, ...]] = []
    unplaced: list[Unplaced] = []
    for student, record in enumerate(explanations(problem, scored, seat)):
        lines.append(encode(record))
        if seat[student] == UNPLACED:
            unplaced.append(unplaced_row(problem, student, record["unplaced"]))
        else:
            conditions.append(tuple(record["placed"][0]["conditions"]))
    lines.append("")
    return _Told("\n".join(lines).encode(), tuple(conditions), tuple(unplaced))


def _interest_fit(scored: Scored, chosen: IntArray) -> FloatArray:
    if scored.parts.shape[1] == 0:
        return np.full(len(chosen), np.nan)
    fit: FloatArray = scored.parts[chosen, PARTS.index("interest")]
    return fit


__all__ = [
    "METHODS",
    "Conflict",
    "Infeasible",
    "NotSupported",
    "Progress",
    "ProgressCallback",
    "Stopped",
    "solve",
]
