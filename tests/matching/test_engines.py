"""The engines on small networks, against every possible choice."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import pytest

from matching.engines import flow, likely
from matching.engines.flow import Goal, Proof, goal_by_goal
from matching.engines.network import Network, first_face
from matching.engines.prices import NotOptimal, recover
from matching.engines.stable import deferred_acceptance
from matching.problem import UNKNOWN, IntArray

ORDERS = [
    order
    for length in (1, 2, 3)
    for order in itertools.permutations(("placed", "priority", "utility"), length)
]


def random_network(rng: np.random.Generator, students: int, opportunities: int) -> Network:
    """Some students without pairs, some opportunities without seats."""
    listed = rng.random((students, opportunities)) < rng.choice([0.3, 0.6, 0.9])
    student, opportunity = np.nonzero(listed)
    seats = rng.integers(0, 3, opportunities)
    return Network(student, opportunity, seats, students)


def random_goals(rng: np.random.Generator, network: Network, order: tuple[str, ...]) -> list[Goal]:
    count = len(network.student)
    weights = {
        "placed": np.ones(count, np.int64),
        "priority": rng.integers(0, 3, network.students)[network.student],
        "utility": rng.integers(0, int(rng.choice([2, 4, 1000])), count),
    }
    return [Goal(name, weights[name]) for name in order]


def random_required(rng: np.random.Generator, network: Network) -> IntArray:
    """Up to two pairs of different students that fit into the seats."""
    left = network.seats.copy()
    required: dict[int, int] = {}
    for pair in rng.permutation(len(network.student))[: rng.integers(0, 3)].tolist():
        student, opportunity = int(network.student[pair]), int(network.opportunity[pair])
        if student not in required and left[opportunity] > 0:
            left[opportunity] -= 1
            required[student] = pair
    return np.array(sorted(required.values()), np.int64)


def every_choice(network: Network, required: IntArray) -> Iterator[list[int]]:
    """All ways to give each student one of their pairs or none, with the required ones."""
    options = [[-1, *np.flatnonzero(network.student == s).tolist()] for s in range(network.students)]
    for pair in required.tolist():
        options[network.student[pair]] = [pair]
    for choice in itertools.product(*options):
        chosen = [pair for pair in choice if pair >= 0]
        taken = np.bincount(network.opportunity[chosen], minlength=len(network.seats))
        if (taken <= network.seats).all():
            yield chosen


def values(goals: list[Goal], chosen: list[int]) -> tuple[int, ...]:
    return tuple(int(goal.weight[chosen].sum()) for goal in goals)


def assert_proved(network: Network, required: IntArray, seat: IntArray, proofs: tuple[Proof, ...]) -> None:
    """The certificate's rules, pair by pair and without any of the engine's code."""
    chosen = [pair for pair in seat.tolist() if pair >= 0]
    pinned = {int(network.student[pair]): pair for pair in required.tolist()}
    face = [
        pair for pair in range(len(network.student)) if pinned.get(int(network.student[pair]), pair) == pair
    ]
    tight_students, tight_opportunities = set(pinned), set[int]()
    assert set(chosen) <= set(face)
    for proof in proofs:
        p, q = proof.prices.students.tolist(), proof.prices.opportunities.tolist()
        cost = {pair: p[network.student[pair]] + q[network.opportunity[pair]] for pair in face}
        weight = proof.goal.weight.tolist()
        assert all(cost[pair] >= weight[pair] for pair in face)
        assert all(p[s] >= 0 or s in tight_students for s in range(network.students))
        assert all(q[o] >= 0 or o in tight_opportunities for o in range(len(q)))
        bound = sum(p) + sum(int(network.seats[o]) * q[o] for o in range(len(q)))
        assert proof.value == proof.bound == bound == sum(weight[pair] for pair in chosen)
        face = [pair for pair in face if cost[pair] == weight[pair]]
        tight_students |= {s for s in range(network.students) if p[s] != 0}
        tight_opportunities |= {o for o in range(len(q)) if q[o] != 0}
        assert set(chosen) <= set(face)
    placed = {int(network.student[pair]) for pair in chosen}
    assert tight_students <= placed
    taken = np.bincount(network.opportunity[chosen], minlength=len(network.seats))
    assert all(taken[o] == network.seats[o] for o in tight_opportunities)


@pytest.mark.parametrize("order", ORDERS, ids="-".join)
def test_each_goal_is_the_best_that_the_goals_before_it_allow(order: tuple[str, ...]) -> None:
    for seed in range(25):
        rng = np.random.default_rng(seed)
        network = random_network(rng, 5, 4)
        goals = random_goals(rng, network, order)
        required = random_required(rng, network)
        seat, proofs = goal_by_goal(network, goals, required)
        chosen = [pair for pair in seat.tolist() if pair >= 0]
        taken = np.bincount(network.opportunity[chosen], minlength=len(network.seats))
        assert (taken <= network.seats).all()
        assert set(required.tolist()) <= set(chosen)
        best = max(values(goals, choice) for choice in every_choice(network, required))
        assert values(goals, chosen) == tuple(proof.value for proof in proofs) == best
        assert_proved(network, required, seat, proofs)


@pytest.mark.parametrize("order", ORDERS, ids="-".join)
def test_larger_networks_are_proved(order: tuple[str, ...]) -> None:
    for seed in range(3):
        rng = np.random.default_rng(seed)
        network = random_network(rng, 80, 25)
        goals = random_goals(rng, network, order)
        required = random_required(rng, network)
        seat, proofs = goal_by_goal(network, goals, required)
        assert_proved(network, required, seat, proofs)


def test_sifting_reaches_the_optimum_from_a_few_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    """With so few pairs to begin with that others have to be added, and each order of goals."""
    monkeypatch.setattr(likely, "BEST", 1)
    monkeypatch.setattr(likely, "SPREAD", 1)
    for seed, order in enumerate(ORDERS):
        rng = np.random.default_rng(seed)
        network = random_network(rng, 40, 15)
        goals = random_goals(rng, network, order)
        required = random_required(rng, network)
        _, whole = goal_by_goal(network, goals, required)
        with monkeypatch.context() as small:
            small.setattr(flow, "SIFT_FROM", 0)
            seat, proofs = goal_by_goal(network, goals, required)
        assert [proof.value for proof in proofs] == [proof.value for proof in whole]
        assert_proved(network, required, seat, proofs)


def test_no_pairs_at_all() -> None:
    nothing = np.zeros(0, np.int64)
    network = Network(nothing, nothing, np.array([2, 0]), 3)
    goals = [Goal("placed", nothing), Goal("utility", nothing)]
    seat, proofs = goal_by_goal(network, goals, nothing)
    assert seat.tolist() == [-1, -1, -1]
    assert [(proof.value, proof.bound) for proof in proofs] == [(0, 0), (0, 0)]


def test_equal_priorities_are_proved_from_the_count_without_a_solve() -> None:
    rng = np.random.default_rng(3)
    network = random_network(rng, 20, 6)
    count = len(network.student)
    goals = [Goal("placed", np.ones(count, np.int64)), Goal("priority", np.full(count, 7))]
    required = np.zeros(0, np.int64)
    seat, proofs = goal_by_goal(network, goals, required)
    assert proofs[1].value == 7 * proofs[0].value
    assert_proved(network, required, seat, proofs)


def test_prices_are_refused_to_a_choice_that_is_not_the_best() -> None:
    network = Network(np.array([0, 0, 1]), np.array([0, 1, 0]), np.array([1, 1]), 2)
    required = np.zeros(0, np.int64)
    face = first_face(network, required)
    count = np.ones(3, np.int64)
    recover(network, face, count, np.array([1, 2]))
    with pytest.raises(NotOptimal):
        recover(network, face, count, np.array([0, -1]))


def test_proofs_are_reported_as_they_are_found() -> None:
    network = Network(np.array([0]), np.array([0]), np.array([1]), 1)
    goals = [Goal("placed", np.array([1])), Goal("utility", np.array([9]))]
    seen: list[tuple[str, int]] = []
    goal_by_goal(
        network,
        goals,
        np.zeros(0, np.int64),
        lambda proof: seen.append((proof.goal.name, proof.bound)),
    )
    assert seen == [("placed", 1), ("utility", 9)]


def blocking_pairs(
    network: Network, rank: IntArray, back: IntArray, seat: IntArray, required: IntArray
) -> list[int]:
    """Pairs whose two sides would both rather have one another; a required seat is not theirs."""
    pinned = set(required.tolist())
    held = [pair for pair in seat.tolist() if pair >= 0]
    found = []
    for pair in range(len(rank)):
        if UNKNOWN in (rank[pair], back[pair]):
            continue
        student, opportunity = int(network.student[pair]), int(network.opportunity[pair])
        mine = int(seat[student])
        if mine in pinned:
            continue
        wants = mine < 0 or (rank[pair], opportunity) < (rank[mine], network.opportunity[mine])
        others = [other for other in held if network.opportunity[other] == opportunity]
        has_room = len(others) < network.seats[opportunity]
        prefers = any(
            other not in pinned and (back[pair], student) < (back[other], network.student[other])
            for other in others
        )
        if wants and (has_room or prefers):
            found.append(pair)
    return found


def test_deferred_acceptance_leaves_no_blocking_pair() -> None:
    for seed in range(60):
        rng = np.random.default_rng(seed)
        network = random_network(rng, 12, 5)
        count = len(network.student)
        rank = rng.integers(1, 5, count)
        back = rng.integers(1, 6, count)
        rank[rng.random(count) < 0.2] = UNKNOWN
        back[rng.random(count) < 0.2] = UNKNOWN
        required = random_required(rng, network)
        seat = deferred_acceptance(network, rank, back, required)
        chosen = seat[seat >= 0]
        taken = np.bincount(network.opportunity[chosen], minlength=len(network.seats))
        assert (taken <= network.seats).all()
        assert set(required.tolist()) <= set(chosen.tolist())
        others = np.setdiff1d(chosen, required)
        assert (rank[others] != UNKNOWN).all() and (back[others] != UNKNOWN).all()
        assert blocking_pairs(network, rank, back, seat, required) == []


def test_students_propose_so_they_get_the_better_of_two_stable_results() -> None:
    # Each student likes the opportunity that likes them least.
    network = Network(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), np.array([1, 1]), 2)
    rank, back = np.array([1, 2, 2, 1]), np.array([2, 1, 1, 2])
    assert deferred_acceptance(network, rank, back, np.zeros(0, np.int64)).tolist() == [0, 3]


def test_ties_break_by_identifier_on_both_sides() -> None:
    network = Network(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), np.array([1, 1]), 2)
    ones = np.ones(4, np.int64)
    assert deferred_acceptance(network, ones, ones, np.zeros(0, np.int64)).tolist() == [0, 3]


def test_a_required_pair_keeps_its_seat_from_a_better_ranked_student() -> None:
    network = Network(np.array([0, 1]), np.array([0, 0]), np.array([1]), 2)
    rank, back = np.array([1, UNKNOWN]), np.array([1, UNKNOWN])
    assert deferred_acceptance(network, rank, back, np.array([1])).tolist() == [-1, 1]
