"""How far each group comes: what the numbers are, and that none that is left out can be worked out."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest

from matching.equity import categories_of
from matching.equity.stages import StageGroup, Stages, stages

Members = dict[str, dict[str, np.ndarray]]


def world(
    cells: list[str], far: list[int], schools: list[str] | None = None
) -> tuple[Members, list[np.ndarray]]:
    """``cells``: groups of each student, joined by ";"; ``far``: the last stage that each reached."""
    sets = sorted(set(cells))
    named = schools or [""] * len(cells)
    names = sorted(set(named))
    members = categories_of(
        [tuple(code for code in cell.split(";") if code) for cell in sets],
        np.array([sets.index(cell) for cell in cells]),
        names,
        np.array([names.index(name) for name in named]),
    )
    return members, [np.array(far) >= stage for stage in range(max(far) + 1)]


def test_numbers_pay_and_hours() -> None:
    cells = ["g:a"] * 20 + ["g:b"] * 20
    far = [2] * 16 + [0] * 4 + [2] * 10 + [1] * 10
    members, reached = world(cells, far)
    paid = np.array([at % 2 == 0 for at in range(40)])
    hours = np.array([10.0] * 20 + [4.0] * 20)
    found = stages(members, reached, paid=paid, hours=hours, of=2)
    assert found.total == StageGroup("", (40, 36, 26), 0.5, (16 * 10 + 10 * 4) / 26, (False,) * 3)
    a, b = found.categories["g"]
    assert (a.reached, b.reached) == ((20, 16, 16), (20, 20, 10))
    assert (a.paid, a.hours) == (0.5, 10)
    # 10 of 20 is under four fifths of 16 of 20; 16 of 20 is no less than four fifths of 20 of 20.
    assert (a.look, b.look) == ((False, False, False), (False, False, True))


def test_a_number_of_few_is_left_out_with_the_next_one_and_from_then_on() -> None:
    cells = ["g:a"] * 30 + ["g:b"] * 30 + ["g:c"] * 30
    far = [2] * 4 + [1] * 26 + [2] * 15 + [1] * 15 + [2] * 30
    members, reached = world(cells, far)
    a, b, c = stages(members, reached).categories["g"]
    assert (a.reached, b.reached, c.reached) == ((30, 30, None), (30, 30, None), (30, 30, 30))
    assert (a.paid, a.look) == (None, (False,) * 3)


def test_none_at_all_is_no_number_of_few() -> None:
    members, reached = world(["g:a"] * 20 + ["g:b"] * 20, [0] * 20 + [1] * 20)
    a, b = stages(members, reached).categories["g"]
    assert (a.reached, b.reached) == ((20, 0), (20, 20))
    assert a.look == (False, True)


def test_a_total_of_few_leaves_everything_out() -> None:
    members, reached = world(["g:a"] * 20 + ["g:b"] * 20, [1] * 3 + [0] * 37)
    found = stages(members, reached)
    assert found.total.reached == (40, None)
    assert all(one.reached[1] is None for one in found.categories["g"])
    assert found.shows("g", "g:a", 0)
    assert not found.shows("g", "g:a", 1)
    assert not found.shows("", "", 1)
    assert not found.shows("g", "g:a", 7)
    assert not found.shows("h", "", 0)


def test_what_is_asked_has_to_make_sense() -> None:
    members, reached = world(["g:a"] * 20, [1] * 20)
    with pytest.raises(ValueError, match="3 to 30"):
        stages(members, reached, smallest=2)
    with pytest.raises(ValueError, match="the one before"):
        stages(members, [~reached[1], reached[1]])


def possible(found: Stages, category: str) -> dict[tuple[str, int], set[int]]:
    """Every value that each number left out could have: all tables of whole numbers that agree with the
    totals and with what is shown, in which nobody reaches a stage without the one before."""
    groups = found.categories[category]
    totals = found.total.reached
    rows = []
    for stage, total in enumerate(totals):
        assert total is not None
        known = [one.reached[stage] for one in groups]
        left = total - sum(count for count in known if count is not None)
        rows.append(np.array(list(_filled(known, left))))
    # A row of one stage belongs to a table if rows of all others do: from the first on, and back.
    for at in range(1, len(rows)):
        rows[at] = rows[at][_below(rows[at - 1], rows[at]).any(axis=0)]
    for at in range(len(rows) - 2, -1, -1):
        rows[at] = rows[at][_below(rows[at], rows[at + 1]).any(axis=1)]
    return {
        (one.id, stage): set(rows[stage][:, place].tolist())
        for stage in range(len(totals))
        for place, one in enumerate(groups)
        if one.reached[stage] is None
    }


def _below(earlier: np.ndarray, later: np.ndarray) -> np.ndarray:
    """[earlier, later] whether no group has more at the later stage."""
    return np.asarray((later[None, :, :] <= earlier[:, None, :]).all(axis=2))


def _filled(known: list[int | None], left: int) -> list[tuple[int, ...]]:
    """All ways to share ``left`` out among those that are not known."""
    holes = [at for at, count in enumerate(known) if count is None]
    if not holes:
        return [tuple(count or 0 for count in known)] if left == 0 else []
    found = []
    for cut in itertools.product(range(left + 1), repeat=len(holes) - 1):
        if sum(cut) <= left:
            row = [count or 0 for count in known]
            for at, value in zip(holes, (*cut, left - sum(cut)), strict=True):
                row[at] = value
            found.append(tuple(row))
    return found


def _comes(rng: random.Random, pull: float) -> int:
    return 0 if rng.random() >= pull else 1 if rng.random() >= pull else 2


@pytest.mark.parametrize("seed", range(250))
def test_no_number_that_is_left_out_can_be_worked_out(seed: int) -> None:
    """Against an attacker who knows the totals, and tries every table that could be behind the page."""
    rng = random.Random(seed)
    smallest = rng.choice([3, 4, 5])
    names = [f"g:{letter}" for letter in "abc"[: rng.randint(2, 3)]] + rng.choice([[], [""]])
    n = rng.randint(6, 18)
    cells = [rng.choice(names) for _ in range(n)]
    pull = {name: rng.choice([0.2, 0.5, 0.8, 1.0]) for name in names}
    far = [_comes(rng, pull[cell]) for cell in cells]
    members, reached = world(cells, far)
    if "g" not in members:
        return
    found = stages(members, reached, smallest=smallest)
    truth = {
        (one.id, stage): int((members["g"][one.id] & who).sum())
        for one in found.categories["g"]
        for stage, who in enumerate(reached)
    }
    for one in found.categories["g"]:
        for stage, count in enumerate(one.reached):
            if count is not None:
                assert count == truth[one.id, stage]
                assert count == 0 or count >= smallest
    if None in found.total.reached:
        shown = [at for at, total in enumerate(found.total.reached) if total is not None]
        assert all(
            one.reached[at] is None for one in found.categories["g"] for at in range(len(shown), len(reached))
        )
        return
    for key, values in possible(found, "g").items():
        assert truth[key] in values
        assert len(values) > 1, (key, truth[key], found)


Table = tuple[tuple[int, ...], ...]
"""[groups][stages] how many of a group reached each stage."""


def page_of(table: Table, smallest: int) -> Stages:
    cells = [f"g:{letter}" for letter, row in zip("abc", table, strict=False) for _one in range(row[0])]
    far = [sum(at < count for count in row) - 1 for row in table for at in range(row[0])]
    members, _reached = world(cells, far)
    return stages(members, [np.array(far) >= at for at in range(len(table[0]))], smallest=smallest)


def tables(known: list[tuple[int | None, ...]], totals: tuple[int, ...]) -> list[Table]:
    """Every table that agrees with what is shown, in which no group has more at a later stage."""
    if not known:
        return [()] if not any(totals) else []
    found = []
    choices = [
        range(left + 1) if count is None else [count] for count, left in zip(known[0], totals, strict=True)
    ]
    for row in itertools.product(*choices):
        left = tuple(total - count for total, count in zip(totals, row, strict=True))
        if min(left) >= 0 and all(before >= after for before, after in itertools.pairwise(row)):
            found += [(row, *others) for others in tables(known[1:], left)]
    return found


def told(table: Table, smallest: int) -> list[tuple[int, int, int]]:
    """Numbers of few that the page gives away to whoever subtracts, and knows that something is left out
    only where there is a number of few: group, stage, number."""
    found = page_of(table, smallest)
    totals = tuple(count for count in found.total.reached if count is not None)
    if len(totals) < len(found.total.reached):
        return []
    known = [one.reached for one in found.categories["g"]]
    out = [(at, stage) for at, row in enumerate(known) for stage, count in enumerate(row) if count is None]
    could = [one for one in tables(known, totals) if any(0 < one[at][stage] < smallest for at, stage in out)]
    assert not out or table in could
    return [
        (at, stage, table[at][stage])
        for at, stage in out
        if 0 < table[at][stage] < smallest and len({one[at][stage] for one in could}) == 1
    ]


def test_who_stopped_elsewhere_does_not_say_how_few_are_left() -> None:
    # 12, then 9 in all: were only the five of b known to have stopped, 9 less at most 7 of a leaves 2.
    table = ((7, 7), (5, 2))
    assert told(table, 3) == []
    a, b = page_of(table, 3).categories["g"]
    assert (a.reached, b.reached) == ((None, None), (None, None))
    # Where another group can be left out at that stage alone, the stage before stays.
    a, b, c = page_of(((8, 7), (6, 6), (4, 3)), 4).categories["g"]
    assert (a.reached, b.reached, c.reached) == ((8, None), (6, None), (4, None))


@pytest.mark.parametrize("seed", range(150))
def test_no_number_of_few_follows_from_the_stages_before(seed: int) -> None:
    rng = random.Random(seed)
    # All tables that fit are walked through: of three groups and three stages only of small numbers.
    stage_count, group_count, most = rng.choice([(2, 2, 9), (2, 3, 9), (3, 2, 9), (3, 3, 5)])

    def row() -> tuple[int, ...]:
        first = rng.randint(1, most)
        later = [max(0, first - rng.choice([0, 1, 2, 9])) for _stage in range(stage_count - 1)]
        return (first, *sorted(later, reverse=True))

    table = tuple(row() for _group in range(group_count))
    assert told(table, rng.choice([3, 4])) == [], table
