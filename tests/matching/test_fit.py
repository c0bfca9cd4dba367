"""Parts and utilities worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from matching.eligibility import eligible_pairs
from matching.fit import parts, score, utilities
from matching.pairs import PARTS
from matching.problem import Problem
from tests.matching.profiles import one_pair


def part(problem: Problem, name: str) -> float:
    scored = score(problem, eligible_pairs(problem))
    return float(parts(problem, scored, np.arange(1))[0, PARTS.index(name)])


def ranked(rank: int) -> list[dict[str, str]]:
    return [{"student_id": "s", "opportunity_id": "o", "rank": str(rank)}]


@pytest.mark.parametrize(("rank", "value"), [(1, 1.0), (2, 0.9), (5, 0.6), (10, 0.1), (11, 0.05), (40, 0.05)])
def test_preference_falls_by_a_tenth_a_rank(rank: int, value: float) -> None:
    assert part(one_pair(preferences=ranked(rank)), "preference") == pytest.approx(value, abs=1e-12)


def test_who_ranked_nothing_has_a_little_of_everything() -> None:
    assert part(one_pair(), "preference") == 0.05


@pytest.mark.parametrize(
    ("mine", "theirs", "value"),
    [
        # C = 3·X1 + 2·X2 + X3 of 18; X: same 3, neighbors 2, next but one 1, opposite 0.
        ("SEC", "SEC", 18 / 18),
        ("RIA", "SEC", 0 / 18),
        ("SEC", "ECS", (3 * 2 + 2 * 2 + 1 * 1) / 18),
        ("RIA", "CRI", (3 * 2 + 2 * 2 + 1 * 2) / 18),  # the ring closes from C to R
        ("SEC", "AIR", (3 * 2 + 2 * 0 + 1 * 2) / 18),
        ("SE", "SEC", 15 / 15),
        ("S", "AIR", 6 / 9),
        ("SEC", "R", 0 / 9),
        ("", "SEC", 0.5),
        ("SEC", "", 0.5),
    ],
)
def test_letters(mine: str, theirs: str, value: float) -> None:
    assert part(one_pair({"riasec": mine}, {"riasec": theirs}), "interest") == pytest.approx(value)


@pytest.mark.parametrize(
    ("mine", "theirs", "value"),
    [
        ("1;2;3;4;5;6", "2;4;6;8;10;12", 1.0),
        ("1;2;3;4;5;6", "6;5;4;3;2;1", 0.0),
        # Deviations (-2.5, -1.5, -.5, .5, 1.5, 2.5) and (5, -1, -1, -1, -1, -1): products sum to
        # -15, squares to 17.5 and 30.
        ("1;2;3;4;5;6", "6;0;0;0;0;0", (1 - 15 / math.sqrt(17.5 * 30)) / 2),
        ("0;40;0;40;0;40", "40;40;0;0;40;40", 0.5),  # r = 0
    ],
)
def test_scores_are_compared_by_pearsons_r(mine: str, theirs: str, value: float) -> None:
    assert part(one_pair({"riasec": mine}, {"riasec": theirs}), "interest") == pytest.approx(value)


def test_scores_against_letters_give_their_three_highest_letters() -> None:
    # Highest are C (9), then R and I (7, in the order of RIASEC).
    scores = {"riasec": "7;7;1;7;2;9"}
    assert part(one_pair(scores, {"riasec": "CRI"}), "interest") == 1.0


@pytest.mark.parametrize("other", ["SEC", "1;2;3;4;5;6", ""])
def test_six_equal_scores_say_nothing(other: str) -> None:
    assert part(one_pair({"riasec": "9;9;9;9;9;9"}, {"riasec": other}), "interest") == 0.5


@pytest.mark.parametrize(("reference", "value"), [("90", 1 - 10 / 90), ("10", 0.0), ("4", 0.0)])
def test_travel(reference: str, value: float) -> None:
    here = {"latitude": "30", "longitude": "-90"}
    problem = one_pair(
        {**here, "travel_modes": "transit"},
        {**here, "place": "site"},
        f"[travel]\nreference_minutes = {reference}",
    )
    assert part(problem, "travel") == pytest.approx(value, abs=1e-12)


def test_travel_and_growth_are_neutral_where_nothing_is_known() -> None:
    assert part(one_pair(), "travel") == 0.5
    assert part(one_pair(), "growth") == 0.5


@pytest.mark.parametrize(
    ("to_learn", "teaches", "record", "value"),
    [
        ("", "teamwork", "0.8", 0.8),
        ("teamwork;safety", "", "", 0.5),
        ("teamwork;safety", "safety;tools", "", 0.5 + 0.5 * 0.5 * 1 / 2),
        ("teamwork;safety", "safety;teamwork", "0.8", 0.8 + 0.2 * 0.5),
        (";".join(f"c{n}" for n in range(100)), "c3;c99;other", "0", 0.5 * 2 / 100),
    ],
)
def test_growth_comes_of_the_record_and_of_what_is_taught(
    to_learn: str, teaches: str, record: str, value: float
) -> None:
    problem = one_pair({"to_learn": to_learn}, {"teaches": teaches, "growth": record})
    assert part(problem, "growth") == pytest.approx(value, abs=1e-12)


def test_growth_is_what_the_file_says() -> None:
    growth = [{"student_id": "s", "opportunity_id": "o", "value": "0.125"}]
    assert part(one_pair(growth=growth), "growth") == 0.125
    taught = one_pair({"to_learn": "tools"}, {"teaches": "tools", "growth": "1"}, growth=growth)
    assert part(taught, "growth") == 0.125


def test_utility_is_the_weighted_mean_in_millionths() -> None:
    # 40 × 0.9 + 25 × 0.5 + 20 × 0.5 + 15 × 0.5 = 66 of 100.
    problem = one_pair(preferences=ranked(2))
    assert score(problem, eligible_pairs(problem)).utility.tolist() == [660_000]
    # (3 × 0.9 + 1 × 0.5) / 4 = 0.8
    weights = "[weights]\npreference = 3\ninterest = 1\ntravel = 0\ngrowth = 0"
    problem = one_pair(policy=weights, preferences=ranked(2))
    assert score(problem, eligible_pairs(problem)).utility.tolist() == [800_000]


def test_half_a_millionth_is_rounded_up() -> None:
    problem = one_pair(policy="[weights]\npreference = 1\ninterest = 0\ntravel = 0\ngrowth = 0")
    value = np.array([[0.5000006, 0, 0, 0], [0.4999994, 0, 0, 0], [1, 0, 0, 0], [0, 1, 1, 1]])
    assert utilities(problem, value).tolist() == [500_001, 499_999, 1_000_000, 0]
    half = np.array([[0.5, 0, 0, 0]]) / 1_000_000
    assert utilities(problem, half * 5).tolist() == [3]  # 2.5
