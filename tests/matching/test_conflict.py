"""When what is required cannot all hold: the smallest conflict, in words, and repairs that repair."""

from __future__ import annotations

import json
from itertools import combinations
from time import monotonic

import numpy as np
import pytest

from matching.conflict import Conflict, find_conflict
from matching.conflict.holds import holds
from matching.conflict.rules import Rule, all_rules, variant
from matching.eligibility import eligible_pairs
from matching.engines.mip import NothingFeasible
from matching.files import parse_round
from matching.fit import score
from matching.pairs import Scored
from matching.problem import Problem
from matching.solve import Infeasible, NothingYet, solve
from matching.verify import verify

Files = dict[str, bytes]
Rows = list[list[str]]


def a_round(students: str, opportunities: str, eligible: str, **files: str) -> Files:
    """A round of a few lines: ``|`` ends a row. Every eligible pair is worth 1."""
    pairs = "".join(f"{row},1|" for row in eligible.split("|") if row)
    columns = "opportunity_id,seats,min_students,employer_id,site_id,budget_id,cost"
    texts = {
        "students": f"student_id,school_id,groups,max_placements|{students}",
        "opportunities": f"{columns}|{opportunities}",
        "eligible": f"student_id,opportunity_id,utility|{pairs}",
        **files,
    }
    made = {f"{name}.csv": text.replace("|", "\n").encode() + b"\n" for name, text in texts.items()}
    return made | {"policy.toml": b'[objective]\ngoals = ["placed", "utility"]\n'}


LIMITS = "scope,id,min,max|"
PINS = "student_id,opportunity_id,decision|"
TWO = "S1,H1,g,|S2,H2,g,|S3,H2,,"
PLACES = "O1,2,,E1,W1,,|O2,1,,E1,W2,,"
COSTLY = "O1,2,,E1,W1,B,5"
COMPANIONS = "student_a,student_b,relation|"
BUDGETS = "budget_id,amount|"
ALL = "S1,O1|S1,O2|S2,O1|S2,O2|S3,O1|S3,O2"

CASES: dict[str, tuple[Files, list[str], str]] = {
    "pins and seats": (
        a_round(TWO, PLACES, ALL, pins=f"{PINS}S1,O2,require|S3,O2,require"),
        ["pin S1", "pin S3"],
        "Raise the seats of O2 from 1 to 2.",
    ),
    "a pin where there is no seat": (
        a_round(TWO, "O1,0,,,,,|O2,1,,,,,", ALL, pins=f"{PINS}S1,O1,require"),
        ["pin S1"],
        "Raise the seats of O1 from 0 to 1.",
    ),
    "a floor and too few seats": (
        a_round(TWO, "O1,1,,,,,", "S1,O1|S2,O1|S3,O1", limits=f"{LIMITS}school,H2,2,"),
        ["limit H2 min"],
        "Lower the smallest number of the school H2 (limits.csv:2) from 2 to 1.",
    ),
    "a floor and a ceiling": (
        a_round(TWO, PLACES, ALL, limits=f"{LIMITS}group,g,2,|employer,E1,,1|school,H1,,0"),
        ["limit E1 max", "limit g min"],
        "Raise the largest number of the employer E1 (limits.csv:3) from 1 to 2, and raise the largest "
        "number of the school H1 (limits.csv:4) from 0 to 1.",
    ),
    "a budget": (
        a_round(TWO, COSTLY, "S1,O1|S2,O1|S3,O1", limits=f"{LIMITS}site,W1,2,", budgets=f"{BUDGETS}B,9.5"),
        ["limit W1 min", "budget B"],
        "Raise the budget B from 9.5 to 10.",
    ),
    "students who go together": (
        a_round(TWO, PLACES, ALL, pins=f"{PINS}S1,O1,require|S2,O2,require",
                pairs=f"{COMPANIONS}S1,S2,together"),
        ["pin S2", "together S1 S2"],
        "Take out that S1 and S2 go together (pairs.csv:2).",
    ),
    "students who stay apart": (
        a_round(TWO, PLACES, ALL, pins=f"{PINS}S1,O1,require|S2,O1,require",
                pairs=f"{COMPANIONS}S2,S1,apart"),
        ["pin S1", "pin S2", "apart S1 S2"],
        "Withdraw the pin of S2 at O1 (pins.csv:3).",
    ),
    "a smallest group": (
        a_round(TWO, "O1,3,3,,,,", "S1,O1|S2,O1", limits=f"{LIMITS}school,H1,1,"),
        ["limit H1 min", "min_students O1"],
        "Lower min_students of O1 from 3 to 2.",
    ),
}  # fmt: skip


def named(problem: Problem, rule: Rule) -> str:
    """A rule in a word or two."""
    if rule.kind == "pin":
        return f"pin {problem.students.ids[int(problem.pins.student[rule.row])]}"
    if rule.kind == "limit":
        return f"limit {problem.limits.ids[rule.row]} {rule.bound}"
    if rule.kind == "budget":
        return f"budget {problem.budgets.ids[rule.row]}"
    if rule.kind == "min_students":
        return f"min_students {problem.opportunities.ids[rule.row]}"
    table, ids = problem.companions, problem.students.ids
    return f"{rule.kind} {ids[int(table.first[rule.row])]} {ids[int(table.second[rule.row])]}"


@pytest.mark.usefixtures("solver_at_hand")
@pytest.mark.parametrize("case", CASES)
def test_names_the_smallest_conflict_and_a_repair(case: str) -> None:
    files, rules, repair = CASES[case]
    problem = parse_round(files)
    with pytest.raises(Infeasible) as raised:
        solve(problem)
    conflict = raised.value.conflict
    assert sorted(named(problem, rule) for rule in conflict.rules) == sorted(rules)
    assert conflict.is_smallest
    assert conflict.repairs_complete
    assert f"  {repair}" in str(raised.value).split("\n")
    assert [str(one) for one in verify(problem, raised.value.files())] == []
    check_repairs(problem, conflict)


def test_repairs_are_limited_by_a_count_and_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    files, _, _ = CASES["pins and seats"]
    problem = parse_round(files)
    monkeypatch.setattr("matching.conflict.repair.MOST_QUESTIONS", 1)
    with pytest.raises(Infeasible) as raised:
        solve(problem)
    conflict = raised.value.conflict
    assert len(conflict.repairs) == 1 and not conflict.repairs_complete
    assert str(raised.value).endswith("\nNot every possible repair was looked at.")
    written = raised.value.files()
    assert json.loads(written["summary.json"])["repairs_complete"] is False
    assert [str(one) for one in verify(problem, written)] == []


def test_neither_a_result_nor_a_conflict_is_said_in_plain_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the numbers of a solver are off: it alone says that a round is impossible."""

    def impossible(*_: object, **__: object) -> None:
        raise NothingFeasible(None)

    monkeypatch.setattr("matching.solve.solve_program", impossible)
    problem = parse_round(a_round(TWO, COSTLY, "S1,O1|S2,O1|S3,O1", budgets=f"{BUDGETS}B,10"))
    with pytest.raises(NothingYet, match="neither a result nor what prevents one"):
        solve(problem, method="mip")


def check_repairs(problem: Problem, conflict: Conflict) -> None:
    """Each repair is one, and none of it could be less by one."""
    rules = all_rules(problem)
    assert conflict.repairs
    for repair in conflict.repairs:
        repaired = variant(problem, rules, repair)
        result = solve(repaired)
        assert result.status == "optimal"
        for change in repair:
            without = [other for other in repair if other is not change]
            with pytest.raises(Infeasible):
                solve(variant(problem, rules, without))


def test_the_record_names_place_and_numbers() -> None:
    files, _, _ = CASES["a budget"]
    with pytest.raises(Infeasible) as raised:
        solve(parse_round(files))
    summary = json.loads(raised.value.files()["summary.json"])
    assert summary["status"] == "infeasible"
    assert summary["smallest"] is True
    site = {"scope": "site", "id": "W1", "bound": "min", "value": 2}
    assert summary["conflict"] == [
        {"kind": "limit", **site, "file": "limits.csv", "line": 2},
        {"kind": "budget", "budget_id": "B", "value": 9.5, "file": "budgets.csv"},
    ]
    assert [{"kind": "budget", "budget_id": "B", "from": 9.5, "to": 10.0}] in summary["repair"]
    assert set(summary["proof"]) & {"prices", "cases"}


def test_a_soft_floor_never_conflicts() -> None:
    files, _, _ = CASES["a floor and a ceiling"]
    softer = files | {"policy.toml": b'[objective]\ngoals = ["placed", "floors"]\n'}
    assert solve(parse_round(softer)).status == "optimal"


def test_what_holds_has_no_conflict() -> None:
    problem = parse_round(a_round(TWO, PLACES, ALL, limits=f"{LIMITS}school,H2,1,2"))
    assert find_conflict(problem, score(problem, eligible_pairs(problem))) is None


def random_round(seed: int) -> Files:
    """A tiny round with many rules, most often too many."""
    rng = np.random.default_rng(seed)
    students = [f"S{i}" for i in range(4)]
    places = [f"O{i}" for i in range(3)]
    pairs = [f"{s},{o}" for s in students for o in places if rng.random() < 0.6] or ["S0,O0"]
    rows = [f"{s},H{rng.integers(2)},g{rng.integers(2)},{rng.integers(1, 3)}" for s in students]
    opportunities = [
        f"{o},{rng.integers(0, 3)},{rng.integers(0, 3)},E{rng.integers(2)},,B,{rng.integers(0, 3)}"
        for o in places
    ]
    owners: dict[str, str] = {}
    for index in rng.permutation(len(pairs))[:2].tolist():
        owners.setdefault(pairs[index].split(",")[0], pairs[index])
    asked = [("school,H0,{},", rows), ("school,H1,,{}", rows), ("group,g0,{},", rows)]
    asked.append(("employer,E0,{},", opportunities))
    limits = [
        text.format(rng.integers(0, 3)) for text, of in asked if f",{text.split(',')[1]}," in "|".join(of)
    ]
    return a_round(
        "|".join(rows),
        "|".join(opportunities),
        "|".join(pairs),
        pins=PINS + "|".join(f"{pin},require" for pin in owners.values()),
        limits=LIMITS + "|".join(limits),
        budgets=f"budget_id,amount|B,{rng.integers(0, 4)}",
        pairs="student_a,student_b,relation|S0,S1,together|S2,S3,apart",
    )


def met_by_choices(problem: Problem, scored: Scored) -> set[frozenset[Rule]]:
    """The rules that each choice of pairs keeps to, for every choice within seats and placements."""
    pairs, rules = scored.pairs, all_rules(problem)
    found = set()
    for number in range(2 ** len(pairs)):
        chosen = np.flatnonzero([number >> place & 1 for place in range(len(pairs))])
        students = np.bincount(pairs.student[chosen], minlength=len(problem.students))
        filled = np.bincount(pairs.opportunity[chosen], minlength=len(problem.opportunities))
        if (students <= problem.students.max_placements).all() and (
            filled <= problem.opportunities.seats
        ).all():
            found.add(frozenset(rule for rule in rules if holds(problem, scored, rule, chosen)))
    return found


@pytest.mark.usefixtures("solver_at_hand")
@pytest.mark.parametrize("seed", range(6))
def test_no_smaller_set_conflicts_than_the_one_named(seed: int) -> None:
    problem = parse_round(random_round(seed))
    scored = score(problem, eligible_pairs(problem))
    met = met_by_choices(problem, scored)
    rules = all_rules(problem)
    conflict = find_conflict(problem, scored, monotonic() + 60)
    if conflict is None:
        assert frozenset(rules) in met
        return
    assert not any(set(conflict.rules) <= kept for kept in met)
    assert conflict.is_smallest
    for fewer in combinations(rules, len(conflict.rules) - 1):
        assert any(set(fewer) <= kept for kept in met), f"{fewer} conflict already"


def test_a_smallest_conflict_names_no_rule_that_its_proof_does_without() -> None:
    problem = parse_round(
        a_round(
            "a,,,|b,,,",
            "x,1,,city,,,|y,1,,farm,,,",
            "a,x|b,y",
            pins=f"{PINS}a,x,require|b,y,require",
            limits=f"{LIMITS}employer,city,,0",
        )
    )
    with pytest.raises(Infeasible) as raised:
        solve(problem)
    files = raised.value.files()
    assert verify(problem, files) == []
    summary = json.loads(files["summary.json"])
    more = {"kind": "pin", "student_id": "b", "opportunity_id": "y", "file": "pins.csv", "line": 3}
    summary["conflict"].append(more)
    found = verify(problem, {"summary.json": json.dumps(summary).encode() + b"\n"})
    assert [one.message for one in found] == ["the conflict is not smallest: it is one without pin b y, too"]
