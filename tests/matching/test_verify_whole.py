"""Whole results on random small rounds: ``verify`` judges any seats and any prices as the oracle does."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matching.files import RoundFaults, parse_round
from matching.problem import Problem
from matching.verify import verify
from matching.verify.cases import prove
from matching.verify.census import take_census
from matching.verify.facts import Facts
from matching.verify.goals import Objectives
from matching.verify.profiles import Profiles
from matching.verify.program import NotChecked, Program
from matching.verify.rows import Rows
from matching.verify.sides import Sides
from tests.matching import oracle, oracle_whole
from tests.matching.handmade import result_of
from tests.matching.oracle_round import Round
from tests.matching.strategies_whole import Whole, whole_rounds

pytestmark = pytest.mark.slow

quickly = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def parsed(whole: Whole) -> Problem | None:
    """None for a round at fault (a required pair that the law excludes, say)."""
    try:
        return parse_round(whole.files)
    except RoundFaults:
        return None


@pytest.mark.slow
@quickly
@given(whole_rounds(), st.data())
def test_any_seats_are_judged_as_the_oracle_does(whole: Whole, data: st.DataObject) -> None:
    problem, world = parsed(whole), oracle.read(whole.files)
    if problem is None:
        return
    eligible = {pair: judged for pair, judged in oracle.judge_all(world).items() if not judged.reasons}
    pairs = sorted(eligible)
    picked = [pair for pair in pairs if data.draw(st.integers(0, 2)) == 0]
    seats = seats_of(picked)
    values = oracle_whole.goals(world, eligible, seats, whole.previous)
    rules = oracle_whole.Rules(world, eligible)
    lawful = seats in list(rules.choices()) and rules.kept_by(seats)
    files = result_of(problem, picked, values, whole.held_before)
    found = [violation for violation in verify(problem, files) if violation.file != "placements.csv"]
    assert found == []
    assert (verify(problem, files) == []) == lawful


def seats_of(pairs: list[tuple[str, str]]) -> dict[str, frozenset[str]]:
    seats: dict[str, frozenset[str]] = {}
    for student, opportunity in pairs:
        seats[student] = seats.get(student, frozenset()) | {opportunity}
    return seats


def row_names(world: Round) -> list[tuple[str, ...]]:
    """Names of every row that a round may have, and of many that it has not."""
    students, offers = sorted(world.students), sorted(world.opportunities)
    sites = {oracle.cell(row, "site_id") or name for name, row in world.opportunities.items()}
    limits = [(row["scope"], row["id"]) for row in world.limits]
    limits += [("van", school) for school in world.schools]
    names = [(kind, *limit) for kind in ("limit", "floor") for limit in limits]
    names += [("budget", name) for name in world.budgets] + [("van", name) for name in world.schools]
    for one, other in world.companions:
        a, b = sorted((one, other))
        names += [("together", a, b, o) for o in offers] + [("apart", a, b, site) for site in sites]
        names += [("apart", a, b, o, p) for o in offers for p in offers]
    for student in students:
        names += [(kind, student) for kind in ("holds", "first")]
        names += [(kind, student, o) for kind in ("counts", "same") for o in offers]
        names += [("clash", student, o, p) for o in offers for p in offers]
        names += [("holds", *limit, student) for limit in limits]
        names += [("counts", *limit, student, o) for limit in limits for o in offers]
    return names


def some_prices(draw: Any, world: Round, rows: list[tuple[str, ...]]) -> dict[str, Any]:
    """Any prices whatever, also absurd ones."""
    price = st.one_of(st.integers(-3, 3), st.integers(-1_000_000, 1_000_000)).filter(bool)
    found: dict[str, Any] = {
        "students": draw(st.dictionaries(st.sampled_from(sorted(world.students)), price, max_size=4)),
        "opportunities": draw(
            st.dictionaries(st.sampled_from(sorted(world.opportunities)), price, max_size=4)
        ),
    }
    chosen = sorted(draw(st.lists(st.sampled_from(rows), unique=True, max_size=8))) if rows else []
    if chosen:
        found["rows"] = [[*name, draw(price)] for name in chosen]
    return found


def some_proof(draw: Any, world: Round, rows: list[tuple[str, ...]]) -> dict[str, Any]:
    """Prices, or a tree of cases with any prices at its leaves."""
    splits = [("opportunity", o) for o in world.opportunities] + [("student", s) for s in world.students]
    splits += [name for name in rows if name[0] in ("limit", "floor", "van", "budget")]

    def tree(depth: int) -> dict[str, Any]:
        if depth == 0 or draw(st.booleans()):
            return {"prices": some_prices(draw, world, rows)}
        split, at = draw(st.sampled_from(splits)), draw(st.integers(0, 2))
        return {"split": list(split), "at": at, "below": tree(depth - 1), "above": tree(depth - 1)}

    proof = tree(2)
    scale = draw(st.sampled_from((1, 1, 2, 7)))
    return ({"scale": scale} if scale > 1 else {}) | (proof if "prices" in proof else {"cases": proof})


@pytest.mark.slow
@quickly
@given(whole_rounds(), st.data())
def test_no_prices_prove_less_than_what_can_be_reached(whole: Whole, data: st.DataObject) -> None:
    """Prices are never trusted: whatever they are, the bound is one."""
    problem, world = parsed(whole), oracle.read(whole.files)
    best = oracle_whole.answer(world, whole.previous).goals if problem else None
    if problem is None or best is None:
        return
    facts, sides = Facts(problem), Sides(Facts(problem))
    profiles = Profiles(facts)
    previous = {facts.student_index[name]: held for name, held in (whole.previous or {}).items()}
    rows = Rows(facts, profiles, take_census(facts, profiles), sides, previous)
    required = [(student, o) for student, pins in facts.required.items() for o in pins]
    program, objectives = Program(rows, required), Objectives(rows)
    names = [name for name in row_names(world) if rows.find(name)]
    for goal, value in zip(problem.policy.goals, best, strict=True):
        if goal == "worst_utility":
            program.close_pairs(rows.census.utility < value)
            continue
        objective = objectives.of(goal)
        record = some_proof(data.draw, world, names)
        try:
            assert prove(program, objective, record).bound >= value, (goal, record)
        except NotChecked as fault:
            assert "has no bound" in str(fault), fault
        program.keep_goal(goal, objective, value)
        names.append(("goal", goal))


@pytest.mark.slow
@quickly
@given(whole_rounds(), st.data())
def test_the_rows_allow_exactly_what_is_lawful(whole: Whole, data: st.DataObject) -> None:
    problem, world = parsed(whole), oracle.read(whole.files)
    if problem is None:
        return
    eligible = {pair: judged for pair, judged in oracle.judge_all(world).items() if not judged.reasons}
    picked = [pair for pair in sorted(eligible) if data.draw(st.integers(0, 2)) == 0]
    seats, rules = seats_of(picked), oracle_whole.Rules(world, eligible)
    lawful = seats in list(rules.choices()) and rules.kept_by(seats)
    facts = Facts(problem)
    sides, profiles = Sides(facts), Profiles(facts)
    previous = {facts.student_index[name]: held for name, held in (whole.previous or {}).items()}
    rows = Rows(facts, profiles, take_census(facts, profiles), sides, previous)
    required = [(student, o) for student, pins in facts.required.items() for o in pins]
    broken = rows_broken(Program(rows, required), row_names(world), seats)
    # What a smallest group asks is no row.
    if lawful or rules.cohorts_kept(seats):
        assert (not broken) == lawful, broken


def rows_broken(
    program: Program, names: list[tuple[str, ...]], seats: dict[str, frozenset[str]]
) -> list[tuple[str, ...]]:
    """Names of rows (and pairs) outside their bounds, the other columns being what the seats make them."""
    rows, facts = program.rows, program.rows.facts
    x = [
        int(facts.opportunity(o) in seats.get(facts.student(s), ()))
        for s, o in zip(rows.census.student.tolist(), rows.census.opportunity.tolist(), strict=True)
    ]

    def column(name: tuple[str, ...]) -> int:
        kind, *rest = name
        held = seats.get(rest[-1], frozenset())
        if kind == "placed":
            return int(bool(held))
        if kind == "first":
            s = facts.student_index[rest[0]]
            return int(any(facts.rank.get((s, facts.opportunity_index[o])) == 1 for o in held))
        if kind == "same":
            return int(held == rows.previous[facts.student_index[rest[0]]])
        if kind == "counted":
            counted = rows.find(("holds", *rest))
            assert counted is not None
            return int(any(x[place] for place in counted.pairs.tolist()))
        limit = rows.find(("floor", *rest))
        assert kind == "missing" and limit is not None and limit.low is not None
        counted_now = sum(x[place] for place in limit.pairs.tolist())
        counted_now += sum(column(other) for other in limit.others if other != name)
        return max(0, limit.low - counted_now)

    def activity(name: tuple[str, ...]) -> int:
        if name[0] in ("student", "opportunity"):
            return sum(name[1] in (s, o) for s, held in seats.items() for o in held)
        if name[0] == "pair":
            return int(name[2] in seats.get(name[1], ()))
        row = rows.find(name)
        assert row is not None
        total = sum(factor * x[place] for place, factor in zip(row.pairs, row.factors, strict=True))
        return total + sum(factor * column(other) for other, factor in row.others.items())

    every = [("student", name) for name in facts.problem.students.ids]
    every += [("opportunity", name) for name in facts.problem.opportunities.ids]
    every += [
        ("pair", facts.student(s), facts.opportunity(o))
        for s, o in zip(rows.census.student.tolist(), rows.census.opportunity.tolist(), strict=True)
    ]
    found = []
    for name in [*every, *filter(rows.find, names)]:
        bounds = program.bounds(name)
        assert bounds is not None
        low, high = bounds
        now = activity(name)
        if (low is not None and now < low) or (high is not None and now > high):
            found.append(name)
    return found
