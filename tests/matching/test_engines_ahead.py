"""The count and the goal after it by one solve: the same values as by two, and where it gives way."""

from __future__ import annotations

import numpy as np
import pytest

from matching.engines import flow
from matching.engines.ahead import solve_ahead
from matching.engines.flow import Goal, goal_by_goal
from matching.engines.network import Network, first_face
from matching.engines.prices import NotOptimal, _Bids, recover
from matching.engines.worst import everybody
from matching.problem import IntArray
from tests.matching.test_engines import assert_proved, random_goals, random_network, random_required

NOBODY = np.zeros(0, np.int64)


def chain(length: int) -> tuple[Network, list[Goal]]:
    """Each student wants what the next to come needs: all are placed only if nobody gets it.

    Student k has opportunity k (weight 10) and k + 1 (weight 0); one more has opportunity 0 alone.
    """
    each = np.arange(length)
    student = np.append(np.repeat(each, 2), length)
    opportunity = np.append(np.stack([each, each + 1], axis=1).ravel(), 0)
    network = Network(student, opportunity, np.ones(length + 1, np.int64), length + 1)
    weight = np.append(np.tile([10, 0], length), 0)
    return network, [Goal("placed", np.ones_like(student)), Goal("utility", weight)]


@pytest.mark.parametrize("order", [("placed", "utility"), ("placed", "priority", "utility")], ids="-".join)
def test_one_solve_reaches_what_two_reach(order: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    ahead = 0
    for seed in range(120):
        rng = np.random.default_rng(seed)
        network = random_network(rng, int(rng.integers(1, 30)), int(rng.integers(1, 12)))
        goals = random_goals(rng, network, order)
        required = random_required(rng, network)
        ahead += solve_ahead(network, first_face(network, required), goals) is not None
        seat, proofs = goal_by_goal(network, goals, required)
        with monkeypatch.context() as apart:
            apart.setattr(flow, "solve_ahead", lambda *_: None)
            _, expected = goal_by_goal(network, goals, required)
        assert [proof.value for proof in proofs] == [proof.value for proof in expected]
        assert_proved(network, required, seat, proofs)
        # The smallest cut is the same whichever of the largest choices it is found from.
        assert proofs[0].prices.students.tolist() == expected[0].prices.students.tolist()
        assert proofs[0].prices.opportunities.tolist() == expected[0].prices.opportunities.tolist()
    assert ahead > 60


def test_goals_that_leave_no_choice_are_passed_over() -> None:
    network, (count, utility) = chain(1)
    same = Goal("priority", np.full(3, 5))
    floors = Goal("floors", np.zeros(3, np.int64), missing=-1)
    goals = [count, same, floors, utility]
    ahead = solve_ahead(network, first_face(network, NOBODY), goals)
    assert ahead is not None and ahead.later is utility
    seat, proofs = goal_by_goal(network, goals, NOBODY)
    assert [proof.value for proof in proofs] == [2, 10, 0, 0]
    assert_proved(network, NOBODY, seat, proofs)


@pytest.mark.parametrize("length", [2, 30])
def test_where_one_more_seat_costs_too_much_the_count_is_still_the_largest(length: int) -> None:
    network, goals = chain(length)
    assert solve_ahead(network, first_face(network, NOBODY), goals) is None
    seat, proofs = goal_by_goal(network, goals, NOBODY)
    assert [(proof.value, proof.bound) for proof in proofs] == [(length + 1, length + 1), (0, 0)]
    assert_proved(network, NOBODY, seat, proofs)


def test_seats_that_are_too_few_are_seen_before_prices_have_gone_round(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After a look at each student on the way to a free seat, not one for each node there is."""
    network, (count, _) = chain(60)
    # All but the last have what they like; a thousand opportunities take no part.
    network = Network(network.student, network.opportunity, np.ones(1061, np.int64), network.students)
    looks = []
    raise_to = _Bids.raise_to
    monkeypatch.setattr(_Bids, "raise_to", lambda *given: (looks.append(1), raise_to(*given)))
    with pytest.raises(NotOptimal):
        recover(network, first_face(network, NOBODY), count.weight, np.append(2 * np.arange(60), -1))
    assert len(looks) <= 65


def test_no_solve_ahead_of_what_it_would_not_be_right_for() -> None:
    network, (count, utility) = chain(1)
    face = first_face(network, NOBODY)
    weight: IntArray = utility.weight
    assert solve_ahead(network, face, [count, utility]) is not None
    for goals in (
        [],
        [count],
        [utility, count],
        [count, Goal("priority", np.full(3, 5))],
        [count, Goal("fewest_changes", np.array([10, 1, -1]))],
        [count, Goal("worst_utility", weight, worst=True), utility],
        [Goal("worst_utility", np.ones(3, np.int64), worst=True), utility],
    ):
        assert solve_ahead(network, face, goals) is None
    limited = Network(network.student, network.opportunity, network.seats, 2, (everybody(2),))
    assert solve_ahead(limited, first_face(limited, NOBODY), [count, utility]) is None
