"""The solver's process: it ends when it must, and what it was asked in vain is asked anew."""

from __future__ import annotations

import os
import signal
from time import monotonic

import numpy as np
import pytest

from matching.constraints import constraints
from matching.eligibility import eligible_pairs
from matching.engines.highs import process as process_module
from matching.engines.highs.process import ChildDied, Process, TimeIsUp
from matching.engines.highs.request import Request
from matching.engines.mip import NothingFound, solve_program
from matching.files import parse_round
from matching.fit import score
from tests.matching.sided_rounds import sided_round


def small_request() -> Request:
    """``max x + 2y`` with ``x + y <= 1``."""
    return Request(
        cost=np.array([1.0, 2.0]),
        lo=np.zeros(2),
        hi=np.ones(2),
        low=np.array([-np.inf]),
        high=np.array([1.0]),
        row=np.array([0, 0]),
        column=np.array([0, 1]),
        coefficient=np.ones(2),
    )


def hard_request(size: int = 60, rows: int = 40) -> Request:
    """A market split: hopeless for branch and bound."""
    rng = np.random.default_rng(1)
    weights = rng.integers(0, 100, (rows, size)).astype(float)
    half = np.floor(weights.sum(axis=1) / 2)
    return Request(
        cost=np.ones(size),
        lo=np.zeros(size),
        hi=np.ones(size),
        low=half,
        high=half,
        row=np.repeat(np.arange(rows), size),
        column=np.tile(np.arange(size), rows),
        coefficient=weights.reshape(-1),
        whole=np.ones(size, np.bool_),
    )


def test_duals_are_of_the_sign_that_a_maximum_has() -> None:
    with Process() as child:
        answer = child.ask(small_request())
    assert answer.status == "optimal"
    assert answer.x.tolist() == [0.0, 1.0]
    assert answer.duals.tolist() == [2.0]


def test_a_child_that_overruns_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_module, "GRACE_SECONDS", -0.5)  # overdue before its own limit ends it
    with Process() as child:
        child.ask(small_request())
        child.deadline = monotonic() + 1.0
        assert child._child is not None
        number, begun = child._child.pid, monotonic()
        with pytest.raises(TimeIsUp):
            child.ask(hard_request(rows=4))
        assert monotonic() - begun < 5
        with pytest.raises(ProcessLookupError):
            os.kill(number, 0)


def test_leaving_ends_the_child() -> None:
    with Process() as child:
        child.ask(small_request())
        assert child._child is not None
        number = child._child.pid
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)


def test_a_fault_of_a_request_is_raised_here() -> None:
    request = small_request()
    request.low[0] = 2.0  # above what it may be at most
    with Process() as child, pytest.raises(RuntimeError, match="bound"):
        child.ask(request)


def test_without_time_nothing_is_claimed() -> None:
    problem = parse_round(sided_round(4, ["cohorts"]))
    eligible = eligible_pairs(problem)
    scored = score(problem, eligible)
    with pytest.raises(NothingFound):
        solve_program(
            problem,
            scored,
            constraints(problem, eligible),
            np.zeros(0, np.int64),
            deadline=monotonic() - 1,
        )


def test_a_child_that_dies_is_asked_again_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with Process() as child:
        child.ask(small_request())
        assert child._child is not None
        os.kill(child._child.pid, signal.SIGKILL)
        child._child.wait()
        assert child.ask(small_request()).status == "optimal"
        assert not child.overdue
    monkeypatch.setattr(process_module.sys, "executable", "/bin/false")
    with Process() as child, pytest.raises(ChildDied, match="ended twice before it answered"):
        child.ask(small_request())
    assert not child.overdue
