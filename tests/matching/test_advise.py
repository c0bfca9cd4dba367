"""Advice: verified by solving, in words in both languages, and no home or name in it."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from matching.advise import advise
from matching.advise.again import Round
from matching.advise.areas import SMALLEST_AREA, areas_of
from matching.advise.rules import RELAXED, relaxed_rules
from matching.advise.seats import worth_of_seats
from matching.advise.words import advice_lines, advice_parts
from matching.engines.mip import Proved
from matching.files import parse_round
from matching.messages import LANGUAGES, catalogue
from matching.problem import Problem
from matching.results import Result
from matching.solve import Infeasible, NothingYet, solve
from tests.matching.profiles import BORN, START, table
from tests.matching.test_counterfactual import GOALS, tight_round


def town(count: int = 24, limits: bytes = b"", **cells: str) -> Problem:
    """Twelve students in each of two places 100 km apart; all the work is in the first."""
    students = [
        {
            "student_id": f"person-{i:02}",
            "birth_date": BORN,
            "latitude": "30.012" if i % 2 else "31.012",
            "longitude": "-90.013",
            "available": "Tue 15:00-18:00",
        }
        for i in range(count)
    ]
    work = {"start_date": START, "latitude": "30.013", "longitude": "-90.013", "schedule": "Tue 15:30-17:30"}
    files = {
        "students.csv": table(students),
        "opportunities.csv": table(
            [
                {**work, "opportunity_id": "clinic", "seats": "4", "cluster": "Healthcare", **cells},
                {**work, "opportunity_id": "shop", "seats": "4", "cluster": "Retail"},
            ]
        ),
    }
    if limits:
        files["limits.csv"] = limits
    return parse_round(files)


@pytest.mark.parametrize("seed", range(12))
def test_what_one_more_seat_is_worth_is_what_solving_with_it_brings(seed: int) -> None:
    problem = tight_round(seed, GOALS)
    now = Round.of(problem)
    result = now.solved()
    worth = worth_of_seats(now, result)
    for o in range(len(problem.opportunities)):
        seats = problem.opportunities.seats.copy()
        seats[o] += 1
        then = now.with_seats(seats).solved()
        warm = now.with_seats(seats).tried(result)
        assert warm and (warm.goals, warm.count) == (then.goals, then.count)
        gained = [b - a for (_, a), (_, b) in zip(result.goals, then.goals, strict=True)]
        assert gained == worth[:, o].tolist()


def test_work_is_recruited_where_the_unplaced_live_when_they_have_time() -> None:
    advice = advise(town())
    assert advice.placed == 8
    (first, *_) = advice.recruit
    assert (first["latitude"], first["longitude"]) == (31.025, -90.025)
    assert first["windows"] == [[1, 930, 1050]]
    assert first["students"] == first["seats"] == 10
    assert first["cluster"] in ("Healthcare", "Retail")
    assert [one["opportunity_id"] for one in advice.seats] == ["clinic", "shop"]
    assert all(one["students"] == 1 for one in advice.seats)


def test_a_place_is_named_only_where_ten_live() -> None:
    for count, named in ((2 * SMALLEST_AREA, True), (2 * SMALLEST_AREA - 2, False)):
        problem = town(count)
        areas = areas_of(problem, np.arange(count))
        assert bool(areas) is named
        assert bool(advise(problem).recruit) is named
        for area in areas:
            assert area.latitude not in problem.students.latitude


def test_each_rule_is_relaxed_by_itself() -> None:
    problem = town(min_grade="11", requires_courses="BIO", min_age="18")
    # Two rules stand in the way of the clinic at once, so neither alone opens it.
    assert not [one for one in advise(problem).rules if one["students"]]
    problem = town(min_grade="11")
    rules = {one["rule"]: one for one in advise(problem).rules}
    assert rules["min_grade"]["students"] == 4
    assert rules["min_grade"]["pairs"] == 12
    assert rules["min_grade"]["unplaced"] == 8
    assert advise(problem).excluded["grade"] == 12


def test_what_is_said_of_a_rule_is_what_solving_without_it_finds() -> None:
    compared = gained = 0
    for seed in range(8):
        now = Round.of(tight_round(seed, GOALS))
        result = now.solved()
        for one in relaxed_rules(now, result):
            relaxed = RELAXED[one["rule"]](now.problem)
            assert relaxed is not None
            again = solve(relaxed)
            assert again.status == "optimal"
            assert one["students"] == again.placed - result.count
            assert one["utility"] == dict(again.goals)["utility"] - result.utility
            compared += 1
            gained += one["students"] > 0
    assert compared > 10 and gained


@pytest.mark.parametrize("language", LANGUAGES)
def test_advice_in_words_names_no_student(language: str) -> None:
    problem = town(min_students="0")
    record = json.loads(json.dumps(advise(problem).record()))
    lines = advice_lines(record, language, {"clinic": "Riverside Clinic"})
    written = "\n".join(lines)
    assert "Riverside Clinic" in written and "person-" not in written and "{" not in written
    assert all(f"advise_rule_{rule}" in catalogue(language)["sentences"] for rule in RELAXED)


def test_a_round_with_side_constraints_has_advice_too() -> None:
    problem = town(min_students="2")
    assert solve(problem).method == "mip"
    advice = advise(problem)
    assert advice.placed == 8
    assert advice.seats and all(one["students"] == 1 for one in advice.seats)


def test_seats_of_one_name_are_told_apart() -> None:
    one = {"opportunity_id": "O1", "seats": 1, "students": 1, "utility": 0}
    advice = {"seats": [one], "recruit": [], "rules": [], "excluded": {}}
    for other, said in (("Clinic aide", "Clinic aide (O1)"), ("Shop aide", "Clinic aide ")):
        assert said in advice_parts(advice, "en", {"O1": "Clinic aide", "O2": other})["seats"][0]


@pytest.mark.usefixtures("solver_at_hand")
def test_a_what_if_without_an_answer_is_no_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = town(min_students="2")
    asked: list[float] = []

    def in_time(changed: Problem) -> Result:
        asked.append(changed.policy.solver.time_limit_seconds)
        if len(asked) > 1:
            raise NothingYet
        return solve(changed)

    monkeypatch.setattr("matching.advise.again.solve", in_time)
    advice = advise(problem)
    assert advice.placed == 8
    assert advice.seats == advice.recruit == advice.rules == []
    # The round as it is has the time that it has; what would be if has less.
    assert asked[0] == problem.policy.solver.time_limit_seconds > asked[1]


@pytest.mark.usefixtures("solver_at_hand")
@pytest.mark.parametrize(("bound", "told"), [(8, True), (9, False)])
def test_of_unproved_results_only_what_their_bounds_prove_is_told(
    bound: int, told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = town(min_students="2")

    def unproved(changed: Problem) -> Result:
        result = solve(changed)
        placed, *others = result.proofs
        assert isinstance(placed, Proved)
        return replace(
            result, status="feasible", proofs=(replace(placed, bound=max(bound, placed.bound)), *others)
        )

    monkeypatch.setattr("matching.advise.again.solve", unproved)
    advice = advise(problem)
    assert not advice.proved
    # One more seat has nine placed: more than eight at most before, and no more than nine.
    assert [one["students"] for one in advice.seats] == ([1, 1] if told else [])
    assert all(one["utility"] is None for one in advice.seats)
    lines = advice_lines(advice.record(), "en", {})
    assert lines[1] == catalogue("en")["sentences"]["advise_unproved"]


def test_advice_on_a_round_that_cannot_hold_names_what_conflicts() -> None:
    problem = town(limits=b"scope,id,min,max\nkind,internship,9,\n", kind="internship")
    with pytest.raises(Infeasible, match="internship"):
        advise(problem)
