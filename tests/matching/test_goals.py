"""What each goal of a policy weighs."""

from __future__ import annotations

import pytest

from matching.eligibility import eligible_pairs
from matching.engines.goal import Goal
from matching.files import parse_round
from matching.fit import score
from matching.goals import weighted_goals
from matching.previous import Previous
from tests.matching.rounds import listed_round


def made(*goals: str, previous: Previous | None = None) -> tuple[Goal, ...]:
    """The goals of four students with six pairs."""
    pairs = [("s0", "o0", 0), ("s0", "o1", 100), ("s1", "o0", 200), ("s1", "o2", 300)]
    pairs += [("s2", "o2", 400), ("s3", "o1", 500)]
    ranks = [("s0", "o0", 1, 1), ("s0", "o1", 2, 1), ("s1", "o2", 1, 1), ("s3", "o1", 1, 1)]
    files = listed_round(
        {"o0": 1, "o1": 1, "o2": 1},
        pairs,
        priority={"s1": 3, "s2": 1, "s3": 2},
        preferences=ranks,
        goals=goals,
    )
    problem = parse_round(files)
    return weighted_goals(problem, score(problem, eligible_pairs(problem)), previous)


def test_goals_come_in_the_order_of_the_policy() -> None:
    names = ("first_choices", "utility", "floors", "worst_utility", "priority", "placed")
    goals = made(*names)
    assert tuple(goal.name for goal in goals) == names
    weights = {goal.name: goal.weight.tolist() for goal in goals}
    assert weights["first_choices"] == [1, 0, 0, 1, 0, 1]
    assert weights["utility"] == weights["worst_utility"] == [0, 100, 200, 300, 400, 500]
    assert weights["priority"] == [0, 0, 3, 3, 1, 2]
    assert (weights["placed"], weights["floors"]) == ([1] * 6, [0] * 6)
    assert [(goal.missing, goal.worst) for goal in goals if goal.missing or goal.worst] == [
        (-1, False),
        (0, True),
    ]


def test_fewest_changes_counts_students_whose_seats_differ() -> None:
    # s1 held two seats, s2 one that the round does not have any more, s3 none, s9 is not of the round.
    previous = {"s0": ("o1",), "s1": ("o0", "o2"), "s2": ("o9",), "s9": ("o0",)}
    (goal,) = made("fewest_changes", previous=previous)
    assert goal.weight.tolist() == [0, 1, 0, 0, 0, -1]
    assert goal.constant == -3
    # s0 as before and a first seat for s3: s1, s2 and s3 differ.
    assert goal.constant + int(goal.weight[[1, 5]].sum()) == -3


def test_fewest_changes_needs_something_to_compare_with() -> None:
    with pytest.raises(ValueError, match="previous result"):
        made("fewest_changes")
