"""The one door of the engine: a problem in, a proved and explained result out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import NamedTuple

import numpy as np

from matching.cluster import Cluster
from matching.components import Executor, solve_parts
from matching.conflict import Conflict, OutOfTime, find_conflict, overfull
from matching.constraints import Constraints, constraints
from matching.eligibility import eligible_pairs
from matching.engines.flow import CannotHold
from matching.engines.goal import Goal, Proof
from matching.engines.mip import NothingFeasible, NothingFound, Proved, solve_program
from matching.engines.network import UNPLACED, Network
from matching.engines.stable import deferred_acceptance
from matching.explain import tell
from matching.fit import parts, score
from matching.goals import weighted_goals
from matching.interrupts import ended_at_once
from matching.pairs import PARTS, Scored
from matching.phases import Phases
from matching.pins import find_pairs, required_pairs
from matching.previous import Previous
from matching.problem import UNKNOWN, FloatArray, IntArray, Problem
from matching.results import Result, summary, unplaced_row
from matching.said import said

METHODS = ("auto", "flow", "mip", "stable")


class NotSupported(Exception):
    """The method cannot keep to what the round asks, or a goal lacks what it compares with; says which."""


class Stopped(Exception):
    """Raised by a progress callback to end a solve; nothing has been written then."""


class NothingYet(Exception):
    """No result was found and nothing is known to prevent one: the time was up, or the solver erred."""


class Infeasible(Exception):
    """What is required cannot all hold; the message names the smallest conflict and its repairs."""

    def __init__(self, problem: Problem, conflict: Conflict, method: str, phases: Phases) -> None:
        super().__init__(conflict.message())
        self.conflict = conflict
        self._problem, self._method, self._phases = problem, method, phases

    def files(self) -> dict[str, bytes]:
        """The result folder of a round without a result: its summary alone."""
        outcome = self.conflict.record()
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

    def reached(self, proof: Proof | Proved) -> None:
        name = proof.goal.name if isinstance(proof, Proof) else proof.name
        self._tell("solve", name, proof.value, proof.bound)

    def _tell(self, phase: str, goal: str, value: int | None, bound: int | None) -> None:
        if self._callback:
            seconds = perf_counter() - self._started
            self._callback(Progress(phase, goal, value, bound, seconds))


def solve(
    problem: Problem,
    *,
    method: str = "auto",
    previous: Previous | None = None,
    progress: ProgressCallback | None = None,
    phases: Phases | None = None,
    cluster: Cluster | None = None,
) -> Result:
    """Find the best match of a round, goal by goal, and what explains and proves it.

    Parameters
    ----------
    method
        ``flow`` and ``mip`` optimise the goals of the policy, ``auto`` with whichever of the two
        the round needs; ``stable`` is student-proposing deferred acceptance, which reports them.
    previous
        Who held which seats before, for the goal ``fewest_changes``.
    progress
        Told of each phase as it begins and of each goal as it is proved. It may raise ``Stopped``.
    phases
        Where to add what the phases cost; holds what was measured before, such as reading.
    cluster
        Where the pairs of a large round are found and the parts of a network solved; by default
        that is done here, the parts on ``solver.workers`` processes where that pays.

    Raises
    ------
    NotSupported
        Where the method cannot keep to what the round asks, or a goal lacks what it compares with.
    RoundFaults
        Where a required pair is not eligible; names the rule.
    Infeasible
        Where required pins, seats, limits and the like cannot all hold.
    NothingYet
        Where the time limit passed without a result, or the solver found none and nothing is
        against one.
    """
    if method not in METHODS:
        raise ValueError(f"unknown method {method!r}: expected one of {', '.join(METHODS)}")
    if previous is None and "fewest_changes" in problem.policy.goals:
        raise NotSupported(
            said(
                "the goal fewest_changes compares with an earlier result: name it with --previous OUT, or "
                "take the goal out of policy.toml"
            )
        )
    report = _Reporter(progress, phases or Phases())
    with report.phase("pairs"):
        eligible = cluster.eligible_pairs(problem) if cluster else eligible_pairs(problem)
        required = required_pairs(problem, eligible)
        asked = constraints(problem, eligible)
        engine = _engine(problem, asked, method)
    with report.phase("utility"):
        scored = score(problem, eligible)
    question = _Question(problem, scored, asked, required, previous)
    with report.phase("solve"):
        solved = _answer(question, engine, report, cluster)
    if isinstance(solved, Conflict):
        raise Infeasible(problem, solved, engine, report.phases)
    with report.phase("explain"):
        proofs = [proof for proof in solved.proofs if isinstance(proof, Proof)]
        told = tell(problem, scored, solved.chosen, proofs, _network(question))
    return Result(
        problem=problem,
        scored=scored,
        method=engine,
        status=solved.status,
        chosen=solved.chosen,
        interest_fit=_interest_fit(problem, scored, solved.chosen),
        conditions=told.conditions,
        unplaced=tuple(unplaced_row(problem, why) for why in told.unplaced),
        goals=solved.goals,
        proofs=solved.proofs,
        previous=previous if "fewest_changes" in problem.policy.goals else None,
        explanations=told.lines,
        phases=report.phases,
    )


class _Question(NamedTuple):
    """What the engines are asked."""

    problem: Problem
    scored: Scored
    asked: Constraints
    required: IntArray
    previous: Previous | None


class _Solved(NamedTuple):
    """What an engine answers."""

    chosen: IntArray  # indices into Scored, ascending
    status: str
    goals: tuple[tuple[str, int], ...]
    proofs: tuple[Proof, ...] | tuple[Proved, ...]


def _answer(
    question: _Question, engine: str, report: _Reporter, executor: Executor | None
) -> _Solved | Conflict:
    """What the engine makes of a round, or why nothing can be made of it."""
    try:
        if overfull(question.problem):
            raise NothingFeasible(None)
        if engine == "stable":
            return _stable(question)
        if engine == "flow":
            return _by_flow(question, report, executor)
        return _by_mip(question, report)
    except (CannotHold, NothingFeasible):
        return _conflict(question)
    except NothingFound:
        raise _nothing_yet(question.problem) from None


def _conflict(question: _Question) -> Conflict:
    """What cannot all hold, after an engine said that something cannot."""
    try:
        conflict = find_conflict(question.problem, question.scored)
    except OutOfTime:
        raise _nothing_yet(question.problem) from None
    if conflict is None:
        # Its floating point alone said so: all rules can hold, by a choice that was looked at.
        raise NothingYet(
            "the solver says that nothing can hold, but no rules that conflict were found, so neither"
            " a result nor what prevents one is known; see whether numbers of very different size"
            " stand side by side in budgets.csv and limits.csv"
        )
    return conflict


def _nothing_yet(problem: Problem) -> NothingYet:
    return NothingYet(
        f"the {problem.policy.solver.time_limit_seconds:g} seconds of solver.time_limit_seconds passed"
        " without a result, and before it was known whether there is one; allow more in policy.toml"
    )


def _network(question: _Question) -> Network:
    pairs, problem = question.scored.pairs, question.problem
    seats, students = problem.opportunities.seats, len(problem.students)
    return Network(pairs.student, pairs.opportunity, seats, students, question.asked.limits)


def _by_flow(question: _Question, report: _Reporter, executor: Executor | None) -> _Solved:
    goals = weighted_goals(question.problem, question.scored, question.previous)
    workers = question.problem.policy.solver.workers
    with ended_at_once():
        seat, proofs = solve_parts(
            _network(question), goals, question.required, report.reached, workers=workers, executor=executor
        )
    values = tuple((proof.goal.name, proof.value) for proof in proofs)
    return _Solved(np.sort(seat[seat != UNPLACED]), "optimal", values, proofs)


def _by_mip(question: _Question, report: _Reporter) -> _Solved:
    found = solve_program(*question, reached=report.reached)
    values = tuple((proof.name, proof.value) for proof in found.proofs)
    return _Solved(found.chosen, found.status, values, found.proofs)


def _stable(question: _Question) -> _Solved:
    problem, scored = question.problem, question.scored
    preferences, pairs = problem.preferences, scored.pairs
    row = find_pairs(problem, preferences, pairs.student, pairs.opportunity)
    back = np.full(len(row), UNKNOWN, np.int64)
    back[row >= 0] = preferences.opportunity_rank[row[row >= 0]]
    seat = deferred_acceptance(_network(question), scored.rank, back, question.required)
    chosen = np.sort(seat[seat != UNPLACED])
    goals = weighted_goals(problem, scored, question.previous)
    return _Solved(chosen, "stable", tuple((goal.name, _worth(goal, chosen)) for goal in goals), ())


def _worth(goal: Goal, chosen: IntArray) -> int:
    """What a goal is worth where no limit asks for anything."""
    weight = goal.weight[chosen]
    if goal.worst:
        return int(weight.min(initial=weight[0])) if len(weight) else 0
    return goal.constant + int(weight.sum())


def _engine(problem: Problem, asked: Constraints, method: str) -> str:
    """Which engine solves the round.

    Raises
    ------
    NotSupported
        Where the method that was asked for cannot keep to what the round asks; names it.
    """
    if method == "stable":
        if against := _against_stable(problem):
            raise NotSupported(
                said("--method stable knows seats and ranks alone, and {against}; use auto", against=against)
            )
        return method
    against = asked.against_network
    if method == "flow" and against:
        raise NotSupported(
            said(
                "--method flow solves networks alone, and this round is none: {against}; use auto",
                against=against,
            )
        )
    return "mip" if against or method == "mip" else "flow"


def _against_stable(problem: Problem) -> str:
    """What deferred acceptance cannot keep to, in words; "" where there is nothing."""
    students, opportunities, schools = problem.students, problem.opportunities, problem.schools
    for table, name in (
        (problem.limits, "limits.csv"),
        (problem.companions, "pairs.csv"),
        (problem.budgets, "budgets.csv"),
    ):
        if len(table):
            return said("the round has {file}", file=name)
    for ids, values, least, where in (
        (students.ids, students.max_placements, 2, "students.csv: max_placements"),
        (opportunities.ids, opportunities.min_students, 2, "opportunities.csv: min_students"),
        (schools.ids, schools.van_seats, 0, "schools.csv: van_seats"),
    ):
        if (rows := np.flatnonzero(values >= least)).size:
            return said(
                "{column} of {name} is {value}",
                column=where,
                name=ids[int(rows[0])],
                value=values[int(rows[0])],
            )
    return ""


def _interest_fit(problem: Problem, scored: Scored, chosen: IntArray) -> FloatArray:
    if problem.eligible is not None:
        return np.full(len(chosen), np.nan)
    fit: FloatArray = parts(problem, scored, chosen)[:, PARTS.index("interest")]
    return fit


__all__ = [
    "METHODS",
    "Conflict",
    "Infeasible",
    "NotSupported",
    "NothingYet",
    "Progress",
    "ProgressCallback",
    "Stopped",
    "solve",
]
