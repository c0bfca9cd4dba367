"""A network in parts: split by the round alone, and as good put together as solved whole."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context, parent_process

import numpy as np
import pytest

from matching import components
from matching.components import Part, Solved, pays, solve_part, solve_parts, split_network
from matching.constraints import LimitSet
from matching.engines.flow import CannotHold, Goal, Proof, goal_by_goal
from matching.engines.network import UNPLACED, Network
from matching.problem import IntArray

NOBODY = np.empty(0, np.int64)


def regions(seed: int, count: int, students: int = 12, opportunities: int = 5) -> Network:
    """Regions that share no pair, their students and opportunities mixed; some of each stay alone."""
    rng = np.random.default_rng(seed)
    n, m = count * students, count * opportunities
    region = rng.permutation(n) % count, rng.permutation(m) % count
    together = region[0][:, None] == region[1][None, :]
    student, opportunity = np.nonzero(together & (rng.random((n, m)) < 0.5))
    return Network(student, opportunity, rng.integers(0, 3, m), n)


def two_goals(network: Network, seed: int = 0) -> list[Goal]:
    utility = np.random.default_rng(seed).integers(0, 1000, len(network.student))
    return [
        Goal("placed", np.ones(len(network.student), np.int64), constant=5),
        Goal("utility", utility),
    ]


def limit(members: list[int], *, of_students: bool, low: int = 0, high: int = 1000) -> LimitSet:
    scope = "school" if of_students else "employer"
    return LimitSet(scope, str(members[0]), low, high, False, of_students, np.array(members))


def is_proof(network: Network, proof: Proof, pairs: IntArray) -> bool:
    """Whether no pair is worth more than its prices and they add up to the value."""
    p, q = proof.prices.students, proof.prices.opportunities
    weight = proof.goal.weight[pairs]
    covered = p[network.student[pairs]] + q[network.opportunity[pairs]] >= weight
    total = proof.goal.constant + int(p.sum() + (network.seats * q).sum())
    return bool(covered.all()) and total == proof.value == proof.bound


@pytest.fixture
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(components, "_PAIRS_TOGETHER", 1)


@pytest.mark.usefixtures("_small_parts")
@pytest.mark.parametrize("seed", range(20))
def test_parts_reach_what_the_whole_reaches_and_prove_it(seed: int) -> None:
    network = regions(seed, 4)
    goals = two_goals(network, seed)
    required = NOBODY
    for pair in np.random.default_rng(seed).permutation(len(network.student)).tolist():
        if network.seats[network.opportunity[pair]]:
            required = np.array([pair])
            break
    assert len(split_network(network)) >= 4
    seat, proofs = solve_parts(network, goals, required)
    whole = goal_by_goal(network, goals, required)[1]
    assert [(p.value, p.bound) for p in proofs] == [(p.value, p.bound) for p in whole]
    chosen = seat[seat != UNPLACED]
    assert np.isin(required, chosen).all()
    assert (network.student[chosen] == np.flatnonzero(seat != UNPLACED)).all()
    assert (np.bincount(network.opportunity[chosen], minlength=len(network.seats)) <= network.seats).all()
    for proof in proofs:
        assert int(proof.goal.weight[chosen].sum()) + proof.goal.constant == proof.value
    free = np.flatnonzero(network.student != network.student[required[0]])
    assert is_proof(network, proofs[0], free)


@pytest.mark.usefixtures("_small_parts")
def test_a_split_names_every_pair_once_and_joins_what_a_limit_joins() -> None:
    network = regions(3, 4)
    split = split_network(network)
    assert sorted(np.concatenate(split.pairs).tolist()) == list(range(len(network.student)))
    for students, opportunities, pairs in zip(split.students, split.opportunities, split.pairs, strict=True):
        assert set(network.student[pairs].tolist()) == set(students.tolist())
        assert set(network.opportunity[pairs].tolist()) == set(opportunities.tolist())
    first = [int(students[0]) for students in split.students]
    across = Network(
        network.student,
        network.opportunity,
        network.seats,
        network.students,
        (limit(sorted(first), of_students=True, high=2),),
    )
    joined = split_network(across)
    assert len(split) >= 4
    assert len(joined) == len(split) - len(first) + 1
    assert [index for each in joined.limits for index in each] == [0]


@pytest.mark.usefixtures("_small_parts")
def test_limits_hold_and_are_priced_in_their_part() -> None:
    network = regions(5, 3)
    split = split_network(network)
    limits = [
        limit(students.tolist(), of_students=True, high=1 + index)
        for index, students in enumerate(split.students)
        if len(students) > 2
    ]
    limits.append(limit(split.opportunities[0].tolist(), of_students=False, high=1))
    limited = Network(network.student, network.opportunity, network.seats, network.students, tuple(limits))
    assert len(split_network(limited)) == len(split)
    goals = two_goals(limited)
    seat, proofs = solve_parts(limited, goals, NOBODY)
    whole = goal_by_goal(limited, goals, NOBODY)[1]
    assert [(p.value, p.bound) for p in proofs] == [(p.value, p.bound) for p in whole]
    assert proofs[0].value == proofs[0].bound
    placed = seat != UNPLACED
    for one in limits:
        members = (
            placed[one.members]
            if one.of_students
            else np.isin(network.opportunity[seat[placed]], one.members)
        )
        assert members.sum() <= one.high
    assert (proofs[0].prices.rows != 0).any()


@pytest.mark.usefixtures("_small_parts")
def test_the_part_that_cannot_hold_proves_it_of_the_whole() -> None:
    network = regions(7, 3)
    students = split_network(network).students[1]
    asks = limit(students.tolist(), of_students=True, low=len(students))
    seats = np.minimum(network.seats, 1)
    limited = Network(network.student, network.opportunity, seats, network.students, (asks,))
    with pytest.raises(CannotHold) as raised:
        solve_parts(limited, two_goals(limited), NOBODY)
    prices = raised.value.prices
    assert len(prices.students) == network.students
    assert set(np.flatnonzero(prices.students).tolist()) <= set(students.tolist())
    assert (prices.rows != 0).all()


def test_small_components_are_joined_and_the_lonely_left_out() -> None:
    network = regions(1, 4)
    alone = Network(network.student, network.opportunity, np.append(network.seats, 3), network.students + 2)
    split = split_network(alone)
    assert len(split) == 1
    assert alone.students - 1 not in split.students[0]
    assert len(alone.seats) - 1 not in split.opportunities[0]
    assert len(split_network(Network(NOBODY, NOBODY, np.array([2]), 3))) == 0
    seat, proofs = solve_parts(Network(NOBODY, NOBODY, np.array([2]), 3), [Goal("placed", NOBODY)], NOBODY)
    assert (seat == UNPLACED).all()
    assert proofs[0].value == 0


@pytest.mark.usefixtures("_small_parts")
def test_who_solves_the_parts_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    network = regions(11, 3)
    goals = two_goals(network)
    told: list[str] = []
    results = [solve_parts(network, goals, NOBODY, lambda proof: told.append(proof.goal.name))]
    with ThreadPoolExecutor(3) as threads:
        results.append(solve_parts(network, goals, NOBODY, executor=threads))
    monkeypatch.setattr(components, "_PAIRS_TO_SPARE", 1)
    assert pays(split_network(network), 2)
    assert not pays(split_network(network), 1)
    results.append(solve_parts(network, goals, NOBODY, workers=2))
    assert told == ["placed", "utility"]
    for seat, proofs in results[1:]:
        assert np.array_equal(seat, results[0][0])
        for ours, other in zip(results[0][1], proofs, strict=True):
            assert (ours.value, ours.bound) == (other.value, other.bound)
            assert np.array_equal(ours.prices.students, other.prices.students)
            assert np.array_equal(ours.prices.opportunities, other.prices.opportunities)


def _dies_in_a_child(part: Part) -> Solved:
    if parent_process() is not None:
        os._exit(9)
    return solve_part(part)


@pytest.mark.usefixtures("_small_parts")
def test_a_process_that_dies_costs_no_result(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(components, "_PAIRS_TO_SPARE", 1)
    network = regions(5, 3)
    goals = two_goals(network)
    here, _ = solve_parts(network, goals, NOBODY)
    monkeypatch.setattr(components, "solve_part", _dies_in_a_child)
    seat, proofs = solve_parts(network, goals, NOBODY, workers=2)
    assert "a process died" in caplog.text
    assert seat.tolist() == here.tolist()
    assert all(proof.value == proof.bound for proof in proofs)


def test_a_part_is_solved_in_any_process() -> None:
    part = components.Part(regions(2, 1), tuple(two_goals(regions(2, 1))), NOBODY)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        away = pool.submit(solve_part, part).result()
    here = solve_part(part)
    assert np.array_equal(here.seat, away.seat)
    assert all(len(proof.goal.weight) == 0 for proof in away.proofs)
    assert [proof.value for proof in here.proofs] == [proof.value for proof in away.proofs]
