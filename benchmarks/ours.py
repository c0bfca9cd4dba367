"""Our own engine, measured from arrays in memory and from files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.instances import Instance
from matching.eligibility import eligible_pairs
from matching.eligibility.labor_rules import hazard_codes
from matching.engines import ahead, flow
from matching.engines.network import UNPLACED
from matching.engines.stable import deferred_acceptance
from matching.files import parse_round, read_folder, write_folder
from matching.fit import score
from matching.goals import weighted_goals
from matching.phases import Phases
from matching.results import Result
from matching.solve import solve
from matching.verify import verify

_PINS = 5
# What a result rests on; explaining it and writing it down come after.
TO_PROOFS = ("pairs", "utility", "solve")
_PROOFS = ((flow, "recover"), (flow, "of_cut"), (ahead, "recover"))
Record = dict[str, Any]


@dataclass
class _Clock:
    """Seconds spent inside some functions."""

    seconds: float = 0.0

    def around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **kwargs: Any) -> Any:
            started = perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                self.seconds += perf_counter() - started

        return timed


@contextmanager
def _proofs_on(clock: _Clock) -> Iterator[None]:
    """Count the time in which the flow engine works out prices."""
    kept = [(module, name, getattr(module, name)) for module, name in _PROOFS]
    for module, name, function in kept:
        setattr(module, name, clock.around(function))
    try:
        yield
    finally:
        for module, name, function in kept:
            setattr(module, name, function)


def in_memory(instance: Instance) -> Record:
    """Arrays in memory to eligible pairs to a result with its proofs, and the proofs alone."""
    _load()
    problem, phases, clock = instance.problem(), Phases(), _Clock()
    with _proofs_on(clock):
        result = solve(problem, phases=phases)
    spent = {phase: phases.seconds[phase] for phase in TO_PROOFS}
    proved = all(proof.value == proof.bound for proof in result.proofs)
    return _outcome(result) | {
        "seconds": sum(spent.values()),
        "phases": spent,
        "proofs": clock.seconds,
        "finished": result.status == "optimal" and proved,
        "pairs": len(result.scored.pairs),
    }


def from_files(instance: Instance) -> Record:
    """CSV files to result files; the result is verified, off the clock."""
    _load()
    with TemporaryDirectory(dir=instance.at) as scratch:
        out = Path(scratch, "out")
        started = perf_counter()
        phases = Phases()
        with phases.measure("read"):
            problem = parse_round(read_folder(instance.folder))
        result = solve(problem, phases=phases)
        files = result.files()
        with phases.measure("save"):
            write_folder(out, files)
        seconds = perf_counter() - started
        peak = max(phases.peak_mib.values())
        outcome, spent = _outcome(result), dict(phases.seconds)
        del result, files, problem
        started = perf_counter()
        problem = parse_round(read_folder(instance.folder))
        violations = verify(problem, read_folder(out))
        checked = perf_counter() - started
    if violations:
        raise SystemExit(f"{len(violations)} violations, the first: {violations[0]}")
    return outcome | {"seconds": seconds, "phases": spent, "verify": checked, "peak_mib": peak}


def with_sides(instance: Instance, limit: float) -> Record:
    """The round with caps, overlapping floors and cohorts, stopped after ``limit`` seconds of solving."""
    _load()
    problem, phases = instance.problem(), Phases()
    solver = replace(problem.policy.solver, time_limit_seconds=limit)
    problem = replace(problem, policy=replace(problem.policy, solver=solver))
    started = perf_counter()
    result = solve(problem, phases=phases)
    files = result.files()
    violations = verify(problem, files)
    # What is missing to a floor is a handful of students: a share of it says nothing.
    bounds = {proof[0]: proof[1:] for proof in _bounds(result)}
    gaps = {name: (bound - value) / max(1, value) for name, (value, bound) in bounds.items() if value > 0}
    return _outcome(result) | {
        "seconds": sum(phases.seconds[phase] for phase in TO_PROOFS),
        "whole": perf_counter() - started,
        "gap": max(gaps.values(), default=0.0),
        "goals": bounds,
        "finished": not violations,
        "violations": [str(violation) for violation in violations[:3]],
    }


def _bounds(result: Result) -> list[tuple[str, int, int]]:
    return [
        (name, value, proof.bound) for (name, value), proof in zip(result.goals, result.proofs, strict=True)
    ]


def stable(instance: Instance) -> Record:
    """Student-proposing deferred acceptance where every eligible pair is ranked on both sides."""
    _load()
    arrays = ranked(instance)
    network, _ = instance.network()
    nobody = np.empty(0, np.int64)
    started = perf_counter()
    seat = deferred_acceptance(network, arrays["rank"], arrays["back"], nobody)
    seconds = perf_counter() - started
    return {"seconds": seconds, "placed": int((seat != UNPLACED).sum()), "pairs": len(seat)}


def again(instance: Instance) -> Record:
    """One more required pair, solved again from what came before, beside a solve from nothing.

    Of several pins, each for another student, the seconds of all together.
    """
    problem = instance.problem()
    scored = score(problem, eligible_pairs(problem))
    network, _ = instance.network()
    goals = weighted_goals(problem, scored)
    nobody = np.empty(0, np.int64)
    seat, proofs = flow.goal_by_goal(network, goals, nobody)
    held = np.where(seat == UNPLACED, UNPLACED, network.opportunity[seat])
    free = np.flatnonzero(~np.isin(np.arange(len(network.student)), seat))
    pins = np.random.default_rng(1).choice(free[network.seats[network.opportunity[free]] > 0], _PINS)
    spent, anew = 0.0, 0.0
    for pin in pins.tolist():
        required = np.array([pin])
        started = perf_counter()
        _, found = flow.goal_by_goal(network, goals, required, warm=flow.Warm(held, proofs))
        middle = perf_counter()
        _, expected = flow.goal_by_goal(network, goals, required)
        anew += perf_counter() - middle
        spent += middle - started
        if [proof.value for proof in found] != [proof.value for proof in expected]:
            raise RuntimeError("solved again, a goal has another value")
    return {"seconds": spent, "anew": anew, "pins": _PINS}


def ranked(instance: Instance) -> dict[str, Any]:
    """The pairs with ranks on both sides: by utility, and by lot."""
    network, utility = instance.network()
    rng = np.random.default_rng(1)
    return {
        "student": network.student,
        "opportunity": network.opportunity,
        "seats": network.seats,
        "rank": _ranks(network.student, -utility),
        "back": _ranks(network.opportunity, rng.permutation(len(utility))),
    }


def _ranks(owner: np.ndarray[Any, Any], badness: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """1 for the least bad of each owner's, 2 for the next."""
    order = np.lexsort((badness, owner))
    ends = np.cumsum(np.bincount(owner))
    starts = ends - np.bincount(owner)
    rank = np.empty(len(owner), np.int64)
    rank[order] = 1 + np.arange(len(owner)) - starts[owner[order]]
    return rank


def _outcome(result: Result) -> Record:
    return {"placed": result.placed, "utility": result.total_utility}


def _load() -> None:
    """Imports are set aside, and the law's own files: they cost the same for any size.

    Reading a round reads the law; a round from a pickle would meet it within the phase ``pairs``.
    """
    import ortools.graph.python.max_flow
    import ortools.graph.python.min_cost_flow  # noqa: F401
    import scipy.sparse.csgraph
    import scipy.spatial  # noqa: F401

    hazard_codes()
