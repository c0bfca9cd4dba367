"""Side constraints as arrays: what binds, what makes a round more than a network, what clashes."""

from __future__ import annotations

import sys
from itertools import product

import numpy as np
import pytest

from matching.constraints import Constraints, constraints, sites
from matching.eligibility import clashes, eligible_pairs
from matching.files import parse_round, write_table
from matching.problem import Problem
from matching.verify.facts import Facts
from matching.verify.sides import Sides
from tests.matching.rounds import Files, listed_round
from tests.matching.sided_rounds import sided_round

PAIRS = [(f"s{i}", f"o{j}", 10) for i in range(4) for j in range(3)]


def round_of(**tables: bytes) -> Files:
    files = listed_round({"o0": 2, "o1": 2, "o2": 1}, PAIRS)
    files["students.csv"] = (
        b"student_id,school_id,groups,programs\ns0,k0,g0;g1,p0\ns1,k0,g0,p0\ns2,k1,g1,p1\ns3,k1,,p1\n"
    )
    files["opportunities.csv"] = (
        b"opportunity_id,seats,employer_id,site_id,kind\n"
        b"o0,2,e0,t0,internship\no1,2,e0,t1,job_shadow\no2,1,e1,,internship\n"
    )
    files |= {f"{name}.csv": text for name, text in tables.items()}
    return files


def asked(files: Files) -> Constraints:
    problem = parse_round(files)
    return constraints(problem, eligible_pairs(problem))


def test_a_pure_round_is_a_network() -> None:
    found = asked(round_of())
    assert found.is_network and found.against_network == ""
    assert not found.limits and not found.budgets and not found.companions and not len(found.clashes)


def test_nested_limits_stay_a_network_and_crossing_ones_do_not() -> None:
    nested = asked(round_of(limits=b"scope,id,min,max\nemployer,e0,,2\nsite,t0,,1\nschool,k0,1,\n"))
    assert nested.is_network
    assert [limit.members.tolist() for limit in nested.limits] == [[0, 1], [0, 1], [0]]
    crossing = asked(round_of(limits=b"scope,id,min,max\ngroup,g0,1,\ngroup,g1,1,\n"))
    assert crossing.against_network == "limits.csv: group g0 and group g1 overlap"


def test_a_floor_is_soft_exactly_where_floors_is_a_goal() -> None:
    text = b"scope,id,min,max\ngroup,g0,1,\nschool,k0,1,\n"
    assert [limit.soft for limit in asked(round_of(limits=text)).limits] == [True, False]
    hard = round_of(limits=text)
    hard["policy.toml"] = b'[objective]\ngoals = ["placed"]\n'
    assert [limit.soft for limit in asked(hard).limits] == [False, False]


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        ({"pairs": b"student_a,student_b,relation\ns0,s1,together\n"}, "pairs.csv: s0 and s1 together"),
        ({"pairs": b"student_a,student_b,relation\ns0,s1,apart\n"}, "pairs.csv: s0 and s1 apart"),
    ],
)
def test_what_breaks_a_network_is_named(tables: dict[str, bytes], words: str) -> None:
    assert asked(round_of(**tables)).against_network == words


def test_several_seats_cohorts_and_budgets_break_a_network() -> None:
    files = round_of()
    files["students.csv"] = b"student_id,max_placements\ns0,1\ns1,2\ns2,1\ns3,1\n"
    assert asked(files).against_network == "students.csv: max_placements of s1 is more than 1"
    files = round_of()
    files["opportunities.csv"] = b"opportunity_id,seats,min_students\no0,2,2\no1,2,1\no2,1,0\n"
    assert asked(files).against_network == "opportunities.csv: min_students of o0 is more than 1"
    files = round_of(budgets=b"budget_id,amount\nb,9.9999\n")
    files["opportunities.csv"] = b"opportunity_id,seats,budget_id,cost\no0,2,b,2.5\no1,2,b,2.5\no2,1,,3\n"
    found = asked(files)
    assert found.against_network == "budgets.csv: the budget b"
    assert found.budgets[0].amount == 99_999 and found.budgets[0].cost.tolist() == [25_000, 25_000]


def test_what_cannot_bind_is_left_out() -> None:
    files = round_of(
        limits=b"scope,id,min,max\nemployer,e0,,4\nschool,k0,,2\n",
        budgets=b"budget_id,amount\nb,10\n",
    )
    files["opportunities.csv"] = (
        b"opportunity_id,seats,employer_id,budget_id,cost,min_students\n"
        b"o0,2,e0,b,2.5,1\no1,2,e0,b,2.5,0\no2,1,,,3,0\n"
    )
    found = asked(files)
    assert found.is_network and not found.limits and not found.budgets


def test_an_opportunity_without_a_site_is_a_site_of_its_own() -> None:
    files = round_of()
    files["opportunities.csv"] = b"opportunity_id,seats,site_id\no0,1,t\no1,1,t\no2,1,\no3,1,\n"
    problem = parse_round(files)
    site, sides = sites(problem), Sides(Facts(problem))
    for one, other in product(range(4), range(4)):
        same = one == other or {one, other} == {0, 1}
        assert bool(site[one] == site[other]) is same is sides.same_site(one, other)


# --- schedules -----------------------------------------------------------------------------------

_COLUMNS = ["opportunity_id", "seats", "schedule", "start_date", "end_date", "latitude", "longitude", "place"]


def two(first: list[str], second: list[str], modes: str = "walk", needs: str = "") -> Problem:
    """One student who may hold two, and two opportunities: schedule, start, end, latitude, place."""
    offers = [
        [name, "1", schedule, start, end, latitude, "-90.0" if latitude else "", place or "site"]
        for name, (schedule, start, end, latitude, place) in (("o0", first), ("o1", second))
    ]
    files = {
        "students.csv": write_table(
            ["student_id", "max_placements", "travel_modes", "needs"], [["s", "2", modes, needs]]
        ),
        "opportunities.csv": write_table(_COLUMNS, offers),
        "eligible.csv": b"student_id,opportunity_id,utility\ns,o0,1\ns,o1,1\n",
        "policy.toml": b"on_date = 2027-01-11\n",
        "calendar.csv": b"date,in_session,day_letter\n2027-01-11,yes,A\n2027-01-12,yes,B\n2027-01-18,yes,B\n",
    }
    return parse_round(files)


def clash(problem: Problem) -> bool:
    """Whether the student cannot hold both; ``verify`` finds the same, in code of its own."""
    eligible = eligible_pairs(problem)
    found = len(clashes(problem, eligible, constraints(problem, eligible).capacity)) == 1
    assert Sides(Facts(problem)).clash(0, 0, 1) == found
    return found


# 0.01 degrees of latitude are 1.112 km, by road 1.4455 km, on foot 18.07 minutes: 19.
@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (["Mon 09:00-11:00", "", "", "", ""], ["Mon 10:00-12:00", "", "", "", ""], True),
        (["Mon 09:00-11:00", "", "", "", ""], ["Mon 11:00-12:00", "", "", "", ""], False),
        (["Mon 09:00-11:00", "", "", "", ""], ["Tue 10:00-12:00", "", "", "", ""], False),
        (["", "", "", "", ""], ["Mon 10:00-12:00", "", "", "", ""], False),
        # the way between the sites
        (["Mon 09:00-11:00", "", "", "30.00", ""], ["Mon 11:18-12:00", "", "", "30.01", ""], True),
        (["Mon 09:00-11:00", "", "", "30.00", ""], ["Mon 11:19-12:00", "", "", "30.01", ""], False),
        (["Mon 09:00-11:00", "", "", "30.00", "remote"], ["Mon 11:00-12:00", "", "", "30.01", ""], False),
        # the dates between start and end
        (
            ["Mon 09:00-11:00", "2027-01-11", "2027-01-17", "", ""],
            ["Mon 09:00-11:00", "2027-01-18", "", "", ""],
            False,
        ),
        (
            ["Mon 09:00-11:00", "2027-01-11", "2027-01-18", "", ""],
            ["Mon 09:00-11:00", "2027-01-18", "", "", ""],
            True,
        ),
        # windows of one date, and of a day letter
        (["2027-01-18 09:00-11:00", "", "", "", ""], ["Mon 10:00-12:00", "", "", "", ""], True),
        (["2027-01-19 09:00-11:00", "", "", "", ""], ["Mon 10:00-12:00", "", "", "", ""], False),
        (["B 09:00-11:00", "", "", "", ""], ["Mon 10:00-12:00", "", "", "", ""], True),
        (["B 09:00-11:00", "", "2027-01-17", "", ""], ["Mon 10:00-12:00", "", "", "", ""], False),
        (["A 09:00-11:00", "", "", "", ""], ["B 10:00-12:00", "", "", "", ""], False),
    ],
)
def test_clashes(first: list[str], second: list[str], expected: bool) -> None:
    assert clash(two(first, second)) is expected


def test_flexible_hours_clash_with_nothing_and_the_driven_need_no_time() -> None:
    far = ["Mon 09:00-11:00", "", "", "30.00", ""], ["Mon 11:00-12:00", "", "", "30.05", ""]
    assert clash(two(*far))
    assert not clash(two(*far, needs="transport"))
    problem = two(["Mon 09:00-11:00", "", "", "", ""], ["Mon 09:00-11:00", "", "", "", ""])
    problem.opportunities.flexible_hours[1] = 2.0
    assert not clash(problem)


def test_clashes_are_the_same_a_few_students_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = parse_round(sided_round(3, ("several", "clashes"), students=30, opportunities=8))
    eligible = eligible_pairs(problem)
    capacity = constraints(problem, eligible).capacity
    whole = clashes(problem, eligible, capacity)
    assert len(np.unique(whole.student)) > 3
    module = sys.modules["matching.eligibility.clashes"]
    monkeypatch.setattr(module, "COUPLES_AT_ONCE", 1)
    few = clashes(problem, eligible, capacity)
    assert np.array_equal(few.first, whole.first) and np.array_equal(few.second, whole.second)
    assert np.array_equal(few.student, whole.student)
