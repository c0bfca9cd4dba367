"""Figures by group: what they are, and that nobody can be worked out from them."""

from __future__ import annotations

import itertools
import json
import random
from dataclasses import replace

import numpy as np
import pytest

from matching.equity import Equity, Outcomes, equity, floor_costs, read_outcomes
from matching.equity.suppression import hidden_groups, pooled_rows
from matching.equity.words import equity_lines
from matching.files import parse_round
from matching.messages import LANGUAGES
from matching.problem import Problem
from matching.results import Result
from matching.solve import solve
from tests.matching.profiles import BORN, START, table


def round_of(groups: list[str], seats: int, **files: bytes) -> Problem:
    """A student for each cell of groups; half of the seats are paid and in construction."""
    work = {"start_date": START, "place": "remote"}
    return parse_round(
        {
            "students.csv": table(
                [
                    {"student_id": f"s{i:03}", "birth_date": BORN, "groups": cell, "school_id": f"h{i % 2}"}
                    for i, cell in enumerate(groups)
                ]
            ),
            "opportunities.csv": table(
                [
                    {
                        **work,
                        "opportunity_id": "a",
                        "seats": str(seats // 2),
                        "paid": "yes",
                        "cluster": "Construction",
                    },
                    {
                        **work,
                        "opportunity_id": "b",
                        "seats": str(seats - seats // 2),
                        "paid": "no",
                        "cluster": "Health",
                    },
                ]
            ),
            **{f"{name}.csv": data for name, data in files.items()},
        }
    )


def outcomes_of(problem: Problem, placed: set[int], *, by_turns: bool = False) -> Outcomes:
    """Outcomes in which the first half of the placed, or every other, have the first opportunity."""
    rows = sorted(placed)
    n = len(problem.students)
    has = np.isin(np.arange(n), rows)
    seat = np.full(n, -1)
    seat[rows] = [i % 2 if by_turns else i * 2 >= len(rows) for i in range(len(rows))]
    nothing = np.full(n, np.nan)
    return Outcomes(has, np.where(has, 500_000.0, np.nan), nothing, nothing, seat == 0, seat)


def test_figures_of_a_result_that_was_solved() -> None:
    problem = round_of(["sex:f"] * 15 + ["sex:m"] * 15, 20)
    files = solve(problem).files()
    found = equity(problem, [read_outcomes(problem, files)])
    assert found.total.students == 30
    assert found.total.results[0].rate == pytest.approx(20 / 30)
    assert found.total.results[0].paid == pytest.approx(0.5)
    f, m = found.categories["sex"]
    assert (f.id, f.students, m.id, m.students) == ("sex:f", 15, "sex:m", 15)
    rates = [group.results[0].rate for group in (f, m)]
    assert sum(rate * 15 for rate in rates if rate is not None) == pytest.approx(20)
    assert [group.results[0].look for group in (f, m)] == [rate < 0.8 * max(rates) for rate in rates]
    assert f.results[0].representation == pytest.approx((rates[0] * 15 / 20) / 0.5)
    assert set(found.categories) == {"sex", "school"}


def test_the_four_fifths_prompt_is_on_the_boundary() -> None:
    problem = round_of(["a:x"] * 20 + ["a:y"] * 20, 30)
    for fewer, looks in ((16, False), (15, True)):
        placed = set(range(20)) | set(range(20, 20 + fewer))
        x, y = equity(problem, [outcomes_of(problem, placed)]).categories["a"]
        assert (x.results[0].look, y.results[0].look) == (False, looks)


def test_clusters_by_sex_take_small_fields_together() -> None:
    problem = round_of(["sex:f", "sex:m"] * 40, 80)
    (clusters,) = equity(problem, [outcomes_of(problem, set(range(80)))]).clusters
    assert clusters is not None
    assert clusters.rows == (("Construction",), ("Health",))
    assert clusters.counts == ((20, 20), (20, 20))
    placed = set(range(0, 80, 2)) | set(range(1, 30, 2))  # 40 girls, 15 boys: 14 boys in one field
    (clusters,) = equity(problem, [outcomes_of(problem, placed)], 20).clusters
    assert clusters is None
    assert pooled_rows(np.array([[30, 12], [40, 4], [25, 25]])) == [[2], [0, 1]]
    assert pooled_rows(np.array([[30, 0], [0, 20]])) == [[0], [1]]
    assert pooled_rows(np.array([[3, 30]])) == []


def test_the_smallest_group_is_three_to_thirty() -> None:
    problem = round_of(["sex:f"] * 5, 5)
    one = outcomes_of(problem, {0, 1, 2})
    for smallest in (2, 31):
        with pytest.raises(ValueError, match="3 to 30"):
            equity(problem, [one], smallest)
    assert equity(problem, [one], 3).total.students == 5
    assert equity(problem, [one], 10).total.students is None


def attack(found: Equity, result: int) -> dict[str, set[tuple[int, int]]]:
    """Every number of students and of placed that each group left out could have, given the rest."""
    possible: dict[str, set[tuple[int, int]]] = {}
    total = found.total
    if total.students is None:
        return {}
    placed = round((total.results[result].rate or 0) * total.students)
    for category, groups in found.categories.items():
        hidden = [group.id for group in groups if group.students is None]
        students_left, placed_left = total.students, placed
        for group in groups:
            if group.students is not None:
                students_left -= group.students
                placed_left -= round((group.results[result].rate or 0) * group.students)
        names = [f"{category}/{name}" for name in hidden]
        possible |= {name: set() for name in names}
        for sizes in shares(students_left, len(hidden), 1):
            for parts in shares(placed_left, len(hidden), 0):
                if all(part <= size for part, size in zip(parts, sizes, strict=True)):
                    for name, size, part in zip(names, sizes, parts, strict=True):
                        possible[name].add((size, part))
    return possible


def shares(amount: int, count: int, least: int) -> list[tuple[int, ...]]:
    """All ways to share an amount out among so many."""
    if count == 0:
        return []
    if count == 1:
        return [(amount,)] if amount >= least else []
    return [
        (first, *rest)
        for first in range(least, amount - least * (count - 1) + 1)
        for rest in shares(amount - first, count - 1, least)
    ]


@pytest.mark.parametrize("seed", range(150))
def test_no_group_that_is_left_out_can_be_worked_out(seed: int) -> None:
    rng = random.Random(seed)
    smallest = rng.choice([3, 4, 5])
    names = [f"g:{letter}" for letter in "abcd"[: rng.randint(2, 4)]] + [""]
    cells = [rng.choice(names[: rng.randint(1, len(names))]) for _ in range(rng.randint(4, 16))]
    problem = round_of(cells, 10)
    results = [
        outcomes_of(problem, {i for i in range(len(cells)) if rng.random() < rng.choice([0.2, 0.5, 0.9])})
        for _ in range(rng.choice([1, 2]))
    ]
    found = equity(problem, results, smallest)
    sizes = {name: cells.count(name) for name in set(cells)}
    for group in found.categories.get("g", ()):
        assert group.students is None or group.students == sizes[group.id] >= smallest
    for place, result in enumerate(results):
        # Where nobody or everybody is placed, the total says so of each.
        telling = 0 < int(result.placed.sum()) < len(cells)
        for name, possible in attack(found, place).items():
            hidden = [g for g in found.categories[name.split("/")[0]] if g.students is None]
            everything = len(hidden) == len(found.categories[name.split("/")[0]])
            if everything:
                continue  # the total alone is shown
            assert max(size for size, _ in possible) >= smallest, name
            assert len({size for size, _ in possible}) > 1, name
            if telling:
                assert len({part for _, part in possible}) > 1, name


def hidden_of(*sizes: int, placed: tuple[int, ...] = ()) -> list[bool]:
    """Which of some groups without a common student are left out."""
    group = np.repeat(np.arange(len(sizes)), sizes)
    sets = group == np.arange(len(sizes))[:, None]
    part = np.concatenate([np.arange(size) < of for size, of in zip(sizes, placed or sizes, strict=True)])
    (hidden,) = hidden_groups([sets], np.ones(len(group), np.bool_), [part])
    return list(hidden.tolist())


def test_a_single_small_group_takes_the_next_with_it() -> None:
    assert hidden_of(4, 12, 30) == [True, True, False]
    assert hidden_of(12, 11) == [False, False]
    # Together they hold three, so each could only hold one or two.
    assert hidden_of(1, 2, 12, 30) == [True, True, True, False]
    # None of the two is placed, and it would show.
    assert hidden_of(4, 12, 13, 30, placed=(0, 0, 5, 20)) == [True, True, True, False]


def test_groups_left_out_that_hold_the_same_students_count_once() -> None:
    problem = round_of(["race:a;race:b"] * 6 + ["race:w"] * 40, 40)
    groups = equity(problem, [outcomes_of(problem, set(range(3, 30)))]).categories["race"]
    assert [group.students for group in groups] == [None, None, None]  # total - w is those six


def test_who_is_in_two_groups_cannot_be_worked_out_from_both() -> None:
    problem = round_of(["race:a"] * 20 + ["race:a;race:b"] * 4 + ["race:b"] * 15, 30)
    a, b = equity(problem, [outcomes_of(problem, set(range(3, 30)))]).categories["race"]
    assert (a.students, b.students) == (24, None)  # a + b - total is four
    problem = round_of(["race:a"] * 20 + ["race:a;race:b"] * 4 + ["race:b"] * 15 + ["race:c"] * 12, 30)
    found = equity(problem, [outcomes_of(problem, set(range(3, 30)))]).categories["race"]
    assert [group.students for group in found].count(None) >= 1


def test_a_group_left_out_does_not_stand_elsewhere() -> None:
    groups = ["race:a;school2:y"] * 4 + ["race:b;school2:x"] * 20 + ["race:c;school2:y"] * 36
    problem = round_of(groups, 40)
    found = equity(problem, [outcomes_of(problem, set(range(2, 42)))]).categories
    shown = {one.id: one.students for name in ("race", "school2") for one in found[name] if one.students}
    # x is race:b: with race:c it would give race:a away; and y is race:c but for those four.
    assert shown == {"race:c": 36}


@pytest.mark.parametrize("seed", range(40))
def test_nobody_is_worked_out_where_groups_overlap(seed: int) -> None:
    """Every world that agrees with what is shown: no few students have the same number in each."""
    rng = random.Random(seed)
    smallest = rng.choice([3, 4])
    names = ["g:a", "g:b", "g:c"]
    weights = [rng.random() ** 3 for _ in range(8)]
    kinds = rng.choices(range(8), weights, k=rng.randint(6, 11))
    cells = [";".join(name for bit, name in enumerate(names) if kind >> bit & 1) for kind in kinds]
    problem = round_of(cells, 10)
    found = equity(problem, [outcomes_of(problem, set(range(0, len(cells), 2)))], smallest)
    groups = found.categories.get("g", ())
    if all(group.students is None for group in groups):
        return
    worlds = np.array(shares(len(cells), 8, 0))
    holds = {name: [kind for kind in range(8) if kind >> bit & 1] for bit, name in enumerate(names)} | {
        "": [0]
    }
    known = {group.id for group in groups}
    for name in holds:
        size = worlds[:, holds[name]].sum(axis=1)
        shown = next((group.students for group in groups if group.id == name), 0)
        worlds = worlds[(size == shown) if shown is not None else size > 0]
    assert known and len(worlds)
    for some in range(1, 256):
        size = worlds[:, [kind for kind in range(8) if some >> kind & 1]].sum(axis=1)
        assert size.min() != size.max() or size[0] == 0 or size[0] >= smallest, (cells, some)


def test_means_of_few_placed_are_left_out() -> None:
    problem = round_of(["a:x"] * 20 + ["a:y"] * 20 + ["a:z"] * 20, 60)
    placed = set(range(4)) | set(range(20, 32)) | set(range(40, 60))
    x, y, z = equity(problem, [outcomes_of(problem, placed, by_turns=True)]).categories["a"]
    assert x.results[0].rate == 0.2 and x.results[0].utility is None
    assert y.results[0].utility is None  # it would give the other's away
    assert z.results[0].utility == 500_000
    # Where all of the others have paid work, the third would give that away.
    assert equity(problem, [outcomes_of(problem, placed)]).categories["a"][2].results[0].paid is None


def test_a_mean_needs_enough_students_behind_it() -> None:
    problem = round_of(["sex:f"] * 15 + ["sex:m"] * 15, 30)
    everything = equity(problem, [outcomes_of(problem, {7})])
    groups = [everything.total, *everything.categories["sex"]]
    assert [group.results[0].rate for group in groups] == pytest.approx([1 / 30, 1 / 15, 0])
    for group in groups:
        one = group.results[0]
        assert (one.utility, one.paid, one.first_choices, one.rank, one.minutes) == (None,) * 5
    # All are placed, one by a rank, and the ways of nine are known.
    placed = outcomes_of(problem, set(range(30)), by_turns=True)
    rank, minutes = np.full(30, np.nan), np.full(30, np.nan)
    rank[3], minutes[:9] = 7, 20
    shown = equity(problem, [replace(placed, rank=rank, minutes=minutes)])
    for group in (shown.total, *shown.categories["sex"]):
        one = group.results[0]
        assert (one.rank, one.minutes, one.utility) == (None, None, 500_000)
    # Ten of the girls' ways are known, and one boy's: with everyone's mean it would be his.
    minutes[:10], minutes[20] = 20, 55
    shown = equity(problem, [replace(placed, minutes=minutes)])
    assert shown.total.results[0].minutes == pytest.approx(255 / 11)
    assert [group.results[0].minutes for group in shown.categories["sex"]] == [None, None]


def test_a_round_too_small_for_any_figure_says_why() -> None:
    problem = round_of(["sex:f"] * 2, 2)
    figures = equity(problem, [outcomes_of(problem, {0, 1})]).record()
    assert equity_lines(figures, [], "en")[0] == "Everyone: left out"
    for language, said in (("en", "fewer than 10 students"), ("es", "menos de 10 estudiantes")):
        assert any(said in line for line in equity_lines(figures, [], language))


def test_results_stand_side_by_side_in_words() -> None:
    problem = round_of(["sex:f"] * 20 + ["sex:m"] * 20 + ["sex:x"] * 2, 20)
    results = [outcomes_of(problem, set(range(20))), outcomes_of(problem, set(range(10, 30)))]
    figures = json.loads(json.dumps(equity(problem, results).record()))
    for language in LANGUAGES:
        lines = equity_lines(figures, [], language)
        assert not any("{" in line or "s0" in line for line in lines)
    lines = equity_lines(figures, [], "en")
    assert lines[0].startswith("Everyone: 42 students, 48 % placed")
    assert lines[1].startswith("Other result 1: Everyone: 42 students")
    assert "  sex:x: left out" in lines
    assert any(line.startswith("Groups of fewer than 10 students") for line in lines)


def round_with_a_floor(seats: int = 1, **cells: str) -> Problem:
    """A floor for ``p``'s group; ``q`` likes the work."""
    work = {"start_date": START, "place": "remote", "opportunity_id": "a", "seats": str(seats), **cells}
    return parse_round(
        {
            "students.csv": table(
                [
                    {"student_id": "p", "birth_date": BORN, "groups": "rural"},
                    {"student_id": "q", "birth_date": BORN},
                ]
            ),
            "opportunities.csv": table([work]),
            "preferences.csv": table([{"student_id": "q", "opportunity_id": "a", "rank": "1"}]),
            "limits.csv": b"scope,id,min,max\ngroup,rural,1,\n",
        }
    )


def test_what_a_floor_costs_is_what_solving_without_it_finds() -> None:
    (cost,) = floor_costs(round_with_a_floor())
    assert (cost.scope, cost.id, cost.floor, cost.students) == ("group", "rural", 1, 0)
    assert cost.utility == 400_000 * 95 // 100
    assert (
        "rural"
        in equity_lines(
            {"total": {"students": None}, "categories": {}, "clusters": [], "smallest": 10}, [cost], "en"
        )[-2]
    )


@pytest.mark.usefixtures("solver_at_hand")
def test_what_a_floor_costs_is_not_known_where_solving_without_it_proves_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A time limit's results differ by chance."""

    def in_time(problem: Problem) -> Result:
        result = solve(problem)
        return result if (problem.limits.low > 0).any() else replace(result, status="feasible")

    monkeypatch.setattr("matching.advise.again.solve", in_time)
    (cost,) = floor_costs(round_with_a_floor(2, min_students="2"))
    assert (cost.students, cost.utility) == (None, None)
    nothing = {"total": {"students": None}, "categories": {}, "clusters": [], "smallest": 10}
    for language in LANGUAGES:
        said = equity_lines(nothing, [cost], language)[-2]
        assert "rural" in said and "None" not in said


def test_all_ways_to_share() -> None:
    assert sorted(shares(3, 2, 1)) == [(1, 2), (2, 1)]
    assert len(list(itertools.chain(shares(4, 3, 0)))) == 15
