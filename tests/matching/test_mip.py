"""Rounds with side constraints against a brute force over every choice of seats, and verified."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from time import monotonic

import numpy as np
import pytest

from matching.constraints import constraints
from matching.eligibility import eligible_pairs
from matching.engines.highs.process import Process
from matching.engines.mip import NothingFeasible, Outcome, feasible, solve_program
from matching.engines.mip.relax import charged
from matching.files import parse_round
from matching.fit import score
from matching.pins import required_pairs
from matching.problem import Problem
from matching.program import Program, Weight
from matching.solve import solve
from matching.verify import verify
from tests.matching import oracle_whole
from tests.matching.oracle_round import read
from tests.matching.rounds import listed_round
from tests.matching.sided_rounds import GOALS, earlier_result, sided_round

ALONE = ("limits", "cohorts", "budgets", "companions", "several", "vans")
MIXED = (
    ("limits", "cohorts", "budgets"),
    ("limits", "companions", "cohorts", "pins"),
    ("several", "clashes", "limits"),
    ("several", "companions", "budgets", "pins"),
    ("vans", "limits", "several", "clashes"),
    ("limits", "cohorts", "budgets", "companions", "several", "clashes", "pins"),
)
SEEDS = range(5)


@pytest.fixture(scope="module")
def process() -> Iterator[Process]:
    """One child for all rounds: its start is what costs."""
    with Process() as child:
        yield child


def outcome(
    problem: Problem, process: Process, previous: dict[str, tuple[str, ...]] | None
) -> Outcome | None:
    eligible = eligible_pairs(problem)
    scored = score(problem, eligible)
    required = required_pairs(problem, eligible)
    asked = constraints(problem, eligible)
    try:
        return solve_program(problem, scored, asked, required, previous, process=process)
    except NothingFeasible as error:
        assert error.proof is not None
        with pytest.raises(NothingFeasible):
            feasible(problem, scored, asked, required, process=process)
        return None


def check(files: dict[str, bytes], process: Process, seed: int) -> None:
    problem, world = parse_round(files), read(files)
    previous = earlier_result(seed) if "fewest_changes" in problem.policy.goals else None
    before = {name: frozenset(held) for name, held in previous.items()} if previous is not None else None
    want = oracle_whole.answer(world, before)
    found = outcome(problem, process, previous)
    if found is None:
        assert want.goals is None
        return
    pairs = eligible_pairs(problem)
    seats: dict[str, set[str]] = {}
    for pair in found.chosen.tolist():
        student = problem.students.ids[int(pairs.student[pair])]
        seats.setdefault(student, set()).add(problem.opportunities.ids[int(pairs.opportunity[pair])])
    held = {student: frozenset(places) for student, places in seats.items()}
    values = tuple(proof.value for proof in found.proofs)
    assert values == want.goals == oracle_whole.goals(world, want.eligible, held, before)
    assert oracle_whole.Rules(world, want.eligible).kept_by(held)
    assert found.status == "optimal"
    assert all(proof.bound == proof.value for proof in found.proofs)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", ALONE)
def test_each_kind_alone(kind: str, seed: int, process: Process) -> None:
    check(sided_round(seed, [kind]), process, seed)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kinds", MIXED, ids="+".join)
def test_kinds_mixed(kinds: tuple[str, ...], seed: int, process: Process) -> None:
    check(sided_round(100 + seed, kinds), process, seed)


@pytest.mark.parametrize("seed", range(8))
def test_every_goal_in_any_order(seed: int, process: Process) -> None:
    order = np.random.default_rng(seed).permutation(GOALS).tolist()
    check(sided_round(200 + seed, ["cohorts", "several", "budgets"], goals=order), process, seed)


def test_a_pure_round_reaches_what_the_network_reaches(process: Process) -> None:
    check(sided_round(1, []), process, 1)


def test_equal_rounds_give_equal_outcomes(process: Process) -> None:
    problem = parse_round(sided_round(4, ["cohorts", "limits", "budgets"]))
    one, other = outcome(problem, process, {}), outcome(problem, process, {})
    assert one is not None and other is not None
    assert one.chosen.tolist() == other.chosen.tolist()
    assert [proof.record for proof in one.proofs] == [proof.record for proof in other.proofs]


def test_a_gap_that_whole_seats_close_is_proved_by_cases(process: Process) -> None:
    """Of two seats at 6 a budget of 11 holds both in part, and one as a whole."""
    files = listed_round({"o1": 1, "o2": 1}, [("s1", "o1", 5), ("s2", "o2", 5)], goals=["placed"])
    files["opportunities.csv"] = b"opportunity_id,seats,budget_id,cost\no1,1,b,6\no2,1,b,6\n"
    files["budgets.csv"] = b"budget_id,amount\nb,11\n"
    found = outcome(parse_round(files), process, None)
    assert found is not None and found.status == "optimal"
    (proof,) = found.proofs
    assert (proof.value, proof.bound) == (1, 1)
    assert "cases" in proof.record


def test_a_gap_without_cases_stays_a_gap(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matching.engines.mip.optimum.MOST_NODES", 1)
    names = [f"s{i}" for i in range(6)]
    files = listed_round({"o": 6}, [(name, "o", 10) for name in names], goals=["utility"])
    files["opportunities.csv"] = b"opportunity_id,seats,min_students,employer_id\no,6,5,e\n"
    files["limits.csv"] = b"scope,id,min,max\nemployer,e,,4\n"
    found = outcome(parse_round(files), process, None)
    assert found is not None and found.status == "feasible"
    assert (found.proofs[0].value, found.proofs[0].bound) == (0, 40)


def test_large_rounds_by_networks_claim_no_more_than_is_true(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same round both ways: networks with multipliers never claim more, and find what is near."""
    for seed in range(3):
        files = sided_round(seed, ["cohorts", "budgets"], students=10, opportunities=5)
        files["policy.toml"] = b'[objective]\ngoals = ["placed", "utility"]\n'
        problem = parse_round(files)
        exact = outcome(problem, process, None)
        with monkeypatch.context() as patched:
            patched.setattr("matching.engines.mip.goals.LARGE_PAIRS", 10)
            found = outcome(problem, process, None)
        assert exact is not None and found is not None and exact.status == "optimal"
        assert found.proofs[0].value == exact.proofs[0].value <= found.proofs[0].bound
        assert found.proofs[1].value <= exact.proofs[1].value <= found.proofs[1].bound
        assert found.proofs[1].value >= 0.8 * exact.proofs[1].value


@pytest.mark.parametrize("seed", range(6))
def test_large_rounds_of_several_seats_reach_the_same(
    seed: int, process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = parse_round(sided_round(seed, ["several", "clashes", "pins"], students=8, opportunities=5))
    exact = outcome(problem, process, earlier_result(seed))
    monkeypatch.setattr("matching.engines.mip.goals.LARGE_PAIRS", 5)
    found = outcome(problem, process, earlier_result(seed))
    assert (exact is None) == (found is None)
    if exact is not None and found is not None:
        assert found.status == exact.status == "optimal"
        assert [proof.value for proof in found.proofs] == [proof.value for proof in exact.proofs]


def test_impossible_cases_of_many_pairs_are_closed_by_a_charge(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("matching.engines.mip.cases.MANY_COLUMNS", 0)
    asked: list[int] = []

    def counted(program: Program, weight: Weight, row: int) -> tuple[Program, Weight]:
        asked.append(row)
        return charged(program, weight, row)

    monkeypatch.setattr("matching.engines.mip.relax.charged", counted)
    for seed in range(300, 330):
        check(sided_round(seed, ["limits", "cohorts"]), process, seed)
    assert len(asked) >= 3


def test_without_time_for_a_relaxation_seats_and_a_bound_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matching.engines.mip.goals.LARGE_PAIRS", 5)
    files = sided_round(1, ["several", "clashes"], students=8, opportunities=5)
    files["policy.toml"] = b'[objective]\ngoals = ["placed", "utility"]\n'
    problem = parse_round(files)
    with Process() as slow:
        exact = outcome(problem, slow, None)
    with Process(monotonic()) as late:
        found = outcome(problem, late, None)
    assert exact is not None and found is not None and found.status == "feasible"
    for told, true in zip(found.proofs, exact.proofs, strict=True):
        assert told.value <= true.value <= told.bound
    assert found.proofs[0].closed and found.proofs[1].bound <= 1.5 * exact.proofs[1].value


def test_too_few_for_a_cohort_is_proved_by_prices_alone() -> None:
    """Two students who like what runs with three: no case need be looked into to see that it does not."""
    files = listed_round(
        {"o": 3, "p": 1}, [("s1", "o", 9), ("s2", "o", 9), ("s2", "p", 1)], goals=["utility"]
    )
    files["opportunities.csv"] = b"opportunity_id,seats,min_students\no,3,3\np,1,\n"
    problem = parse_round(files)
    result = solve(problem)
    written = result.files()
    (goal,) = json.loads(written["certificate.json"])["goals"]
    assert result.status == "optimal" and (goal["value"], goal["bound"]) == (1, 1)
    assert {row[0] for row in goal["prices"]["rows"]} == {"runs"}
    assert verify(problem, written) == []
    # Where two are enough nothing of this holds.
    files["opportunities.csv"] = b"opportunity_id,seats,min_students\no,3,2\np,1,\n"
    fewer = replace(parse_round(files), digest=problem.digest)
    assert any("bound" in str(violation) for violation in verify(fewer, written))
