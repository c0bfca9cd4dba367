"""The table of pairs, its counts and its utilities, against the format done the slow way."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from benchmarks.towns import make_round
from matching import fit
from matching.eligibility import codes, conditions, eligible_pairs, excluded_by_student, reach, reasons
from matching.eligibility.table import rules_of
from matching.files import parse_round
from matching.fit import score
from matching.pairs import REASONS
from matching.problem import UNKNOWN
from tests.matching import oracle
from tests.matching.profiles import one_pair, random_round
from tests.matching.rounds import listed_round

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("seed", range(25))
def test_pairs_counts_and_worth_are_those_of_the_slow_way(seed: int) -> None:
    files = random_round(seed)
    world, problem = oracle.read(files), parse_round(files)
    judged = {
        (s, o): oracle.judge(world, (s, o)) for s in problem.students.ids for o in problem.opportunities.ids
    }
    eligible = eligible_pairs(problem)
    scored = score(problem, eligible)
    found = {
        (problem.students.ids[s], problem.opportunities.ids[o]): (minutes, utility, rank)
        for s, o, minutes, utility, rank in zip(
            eligible.student.tolist(),
            eligible.opportunity.tolist(),
            eligible.minutes.tolist(),
            scored.utility.tolist(),
            scored.rank.tolist(),
            strict=True,
        )
    }
    expected = {
        pair: tuple(UNKNOWN if v is None else v for v in (one.minutes, one.utility, one.rank))
        for pair, one in judged.items()
        if not one.reasons
    }
    assert found == expected
    assert list(found) == sorted(found)
    first = Counter(one.reasons[0] for one in judged.values() if one.reasons)
    assert eligible.excluded == {reason: first[reason] for reason in REASONS}
    assert eligible.considered == len(judged) == len(eligible) + sum(eligible.excluded.values())


@pytest.mark.parametrize("seed", range(25, 45))
def test_all_reasons_and_conditions_of_any_pair_are_those_of_the_slow_way(seed: int) -> None:
    files = random_round(seed)
    world, problem = oracle.read(files), parse_round(files)
    n, m = len(problem.students), len(problem.opportunities)
    student, opportunity = np.repeat(np.arange(n), m), np.tile(np.arange(m), n)
    found = reasons(problem, student, opportunity)
    arranged = conditions(problem, student, opportunity)
    by_student = [Counter[str]() for _ in range(n)]
    for s, o, why, kept in zip(student.tolist(), opportunity.tolist(), found, arranged, strict=True):
        one = oracle.judge(world, (problem.students.ids[s], problem.opportunities.ids[o]))
        assert tuple(dict.fromkeys(reason.code for reason in why)) == one.reasons
        if not one.reasons:
            assert kept == one.conditions
        else:
            by_student[s][one.reasons[0]] += 1
    some = np.arange(0, n, 2)
    counts = excluded_by_student(problem, some)
    assert counts.T.tolist() == [[by_student[s][r] for r in REASONS] for s in some.tolist()]


def test_every_reason_turns_up_in_the_random_rounds() -> None:
    seen: Counter[str] = Counter()
    for seed in range(60):
        seen.update(eligible_pairs(parse_round(random_round(seed))).excluded)
    assert all(seen[reason] for reason in REASONS)


def test_the_rows_of_a_list_are_the_pairs_less_what_is_forbidden_or_refused() -> None:
    files = listed_round(
        {"a": 1, "b": 1},
        [("s1", "a", 5), ("s1", "b", 6), ("s2", "a", 7), ("s2", "b", 8)],
        pins=[("s1", "a", "forbid")],
    )
    files["refusals.csv"] = b"student_id,opportunity_id\ns1,a\ns2,b\n"
    problem = parse_round(files)
    eligible = eligible_pairs(problem)
    assert list(zip(eligible.student.tolist(), eligible.opportunity.tolist(), strict=True)) == [
        (0, 1),
        (1, 0),
    ]
    assert score(problem, eligible).utility.tolist() == [6, 7]
    assert eligible.considered == 4
    assert {reason: n for reason, n in eligible.excluded.items() if n} == {"forbidden": 1, "refused": 1}
    assert conditions(problem, eligible.student, eligible.opportunity) == [(), ()]


def test_a_round_without_pairs_has_an_empty_table() -> None:
    problem = one_pair({"birth_date": ""})
    eligible = eligible_pairs(problem)
    assert len(eligible) == 0
    assert eligible.excluded["labor_law"] == 1
    assert score(problem, eligible).utility.tolist() == []


def test_small_pieces_and_no_tables_give_the_same_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = parse_round(make_round(120, 40, seed=3))
    whole = eligible_pairs(problem)
    worth = score(problem, whole)
    rules_of.cache_clear()
    monkeypatch.setattr(reach, "_FEW", 0)
    monkeypatch.setattr(reach, "_PAIRS_AT_ONCE", 7)
    monkeypatch.setattr(reach, "_UNCOUNTED_AT_MOST", 60)
    monkeypatch.setattr(fit, "_PAIRS_AT_ONCE", 11)
    monkeypatch.setattr(codes, "_LARGEST_TABLE", 0)
    pieces = eligible_pairs(problem)
    rules_of.cache_clear()
    assert len(whole) > 500
    for name in ("student", "opportunity", "minutes", "travel_unknown"):
        assert np.array_equal(getattr(whole, name), getattr(pieces, name)), name
    assert whole.excluded == pieces.excluded
    in_pieces = score(problem, pieces)
    assert np.array_equal(worth.utility, in_pieces.utility)
    assert np.array_equal(worth.rank, in_pieces.rank)


@pytest.mark.parametrize("few", [0, 1_000_000], ids=["by the tree", "without a tree"])
def test_no_pair_within_the_limit_is_missed(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every pair looked at, against those that are near enough."""
    monkeypatch.setattr(reach, "_FEW", few)
    problem = parse_round(make_round(400, 100, seed=5))
    n, m = len(problem.students), len(problem.opportunities)
    student, opportunity = np.repeat(np.arange(n), m), np.tile(np.arange(m), n)
    against = reasons(problem, student, opportunity)
    expected = [row for row, why in enumerate(against) if not why]
    eligible = eligible_pairs(problem)
    assert (eligible.student * m + eligible.opportunity).tolist() == expected
    too_far = sum(why[0].code == "travel" for why in against if why)
    assert eligible.excluded["travel"] == too_far > n


def test_a_small_round_is_solved_without_loading_scipy() -> None:
    """It takes longer to load than all the rest."""
    program = """
import sys
from benchmarks.towns import make_round
from matching.files import parse_round
from matching.solve import solve
assert solve(parse_round(make_round(30, 10, seed=3))).placed
sys.exit(any(name.partition(".")[0] == "scipy" for name in sys.modules))
"""
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0
