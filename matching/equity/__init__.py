"""Who was placed, where and how: by group, before publishing, and beside other results.

A group's rate under four fifths of the highest in its category is a prompt to look, not a verdict
(29 CFR 1607.4(D)). Figures of small groups are left out, and so are those from which they could be
worked out: see ``suppression``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from matching.eligibility import eligible_pairs
from matching.equity.floors import FloorCost, floor_costs
from matching.equity.outcomes import Outcomes, read_outcomes
from matching.equity.suppression import LEAST_SMALLEST, MOST_SMALLEST, SMALLEST, hidden_groups, pooled_rows
from matching.problem import UNKNOWN, BoolArray, FloatArray, IntArray, Problem

__all__ = [
    "LEAST_SMALLEST",
    "MOST_SMALLEST",
    "SMALLEST",
    "Equity",
    "FloorCost",
    "Outcomes",
    "categories_of",
    "equity",
    "floor_costs",
    "read_outcomes",
]

FOUR_FIFTHS = 0.8
SCHOOL, SEX = "school", "sex"
NO_GROUP = ""
"""The identifier of those who are in no group of a category."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of a group in one result; None where nothing can be said, or is not to be."""

    rate: float | None  # share of the students who are placed
    first_choices: float | None  # share of the placed who have a seat of rank 1
    rank: float | None  # mean over the placed with a ranked seat
    utility: float | None  # mean over the placed
    minutes: float | None  # mean over the placed whose way is known
    paid: float | None  # share of the placed
    representation: float | None  # share of all placed over share of all eligible
    look: bool  # the rate is under four fifths of the highest in the category


@dataclass(frozen=True, slots=True)
class Group:
    """A group in all results; ``students`` is None and there are no figures where it is left out."""

    id: str
    students: int | None
    results: tuple[Figures, ...]


@dataclass(frozen=True, slots=True)
class Clusters:
    """Placed students by cluster and sex in one result.

    ``counts`` has a row for each of ``rows`` (clusters, several of them where they were taken
    together) and a column for each of ``sexes``.
    """

    sexes: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Equity:
    """The figures of one result, and of others beside it."""

    smallest: int
    total: Group
    categories: dict[str, tuple[Group, ...]]
    clusters: tuple[Clusters | None, ...]

    def record(self) -> dict[str, Any]:
        """The figures for JSON."""
        return asdict(self)


def equity(problem: Problem, results: Sequence[Outcomes], smallest: int = SMALLEST) -> Equity:
    """Figures by group of results of one round, side by side.

    A category is what stands before the colon in a group (``sex:f``); a group without one is a
    category of its own. Schools are a category too.

    Parameters
    ----------
    smallest
        A group of fewer students shows nothing; 3 to 30.

    Raises
    ------
    ValueError
        ``smallest`` is out of range.
    """
    if not LEAST_SMALLEST <= smallest <= MOST_SMALLEST:
        raise ValueError(f"the smallest group is {LEAST_SMALLEST} to {MOST_SMALLEST} students")
    n = len(problem.students)
    eligible = np.zeros(n, np.bool_)
    eligible[eligible_pairs(problem).student] = True
    everyone = np.ones(n, np.bool_)
    members = _categories(problem)
    sets = [np.array(list(of.values())) for of in members.values()]
    hidden = hidden_groups(sets, everyone, [eligible, *(one.placed for one in results)], smallest)
    means = [_shown_means(sets, _means(one, eligible), hidden, smallest) for one in results]
    total = Group("", None, ())
    if n >= smallest:
        figures = [
            _figures(one, everyone, eligible, shown.total) for one, shown in zip(results, means, strict=True)
        ]
        total = Group("", n, tuple(figures))
    categories = {
        category: _groups(
            members[category], hidden[place], results, [shown.groups[place] for shown in means], eligible
        )
        for place, category in enumerate(members)
    }
    shown = [group.id for group in categories.get(SEX, ()) if group.students is not None and group.id]
    clusters = tuple(_clusters(problem, one, shown, smallest) for one in results)
    return Equity(smallest, total, categories, clusters)


def _categories(problem: Problem) -> dict[str, dict[str, BoolArray]]:
    """[n] members of each group, by category; with those who are in none of it."""
    groups, schools = problem.students.groups, problem.students.school_id
    return categories_of(groups.values, groups.codes, schools.values, schools.codes)


def categories_of(
    groups: Sequence[Collection[str]], group_of: IntArray, schools: Sequence[str], school_of: IntArray
) -> dict[str, dict[str, BoolArray]]:
    """[n] members of each group, by category; with those who are in none of it.

    Parameters
    ----------
    groups, group_of
        The sets of groups that there are, and [n] which of them a student has.
    schools, school_of
        The schools, and [n] which of them a student is at; "" is none.
    """
    found: dict[str, dict[str, BoolArray]] = {}
    for name in sorted(set().union(*groups)):
        members = np.array([name in codes for codes in groups], np.bool_)[group_of]
        found.setdefault(name.split(":")[0], {})[name] = members
    named = {name: school_of == code for code, name in enumerate(schools) if name}
    if named:
        found[SCHOOL] = dict(sorted(named.items()))
    for members_of in found.values():
        rest = ~np.logical_or.reduce(list(members_of.values()))
        if rest.any():
            members_of[NO_GROUP] = rest
    return dict(sorted(found.items()))


@dataclass(frozen=True, slots=True)
class _Behind:
    """Whom a mean is about, and which of them say as much by being none or all."""

    students: BoolArray
    parts: tuple[BoolArray, ...] = ()


@dataclass(frozen=True, slots=True)
class _Shown:
    """The names of the means that are shown: of all, and of each group by category."""

    total: frozenset[str]
    groups: list[list[frozenset[str]]]


def _means(one: Outcomes, eligible: BoolArray) -> dict[str, _Behind]:
    placed = one.placed
    return {
        "first_choices": _Behind(placed, (one.rank == 1,)),
        "rank": _Behind(placed & ~np.isnan(one.rank)),
        "utility": _Behind(placed),
        "minutes": _Behind(placed & ~np.isnan(one.minutes)),
        "paid": _Behind(placed, (one.paid,)),
        "representation": _Behind(eligible, (placed,)),
    }


def _shown_means(
    sets: Sequence[BoolArray], means: Mapping[str, _Behind], hidden: Sequence[BoolArray], smallest: int
) -> _Shown:
    """Each mean is shown where there are enough students behind it, and none of few can be worked out."""
    enough = {name: behind for name, behind in means.items() if behind.students.sum() >= smallest}
    out = {
        name: hidden_groups(sets, behind.students, behind.parts, smallest, hidden)
        for name, behind in enough.items()
    }
    return _Shown(
        frozenset(enough),
        [
            [
                frozenset(name for name, left_out in out.items() if not left_out[category][group])
                for group in range(len(groups))
            ]
            for category, groups in enumerate(sets)
        ],
    )


def _groups(
    members: Mapping[str, BoolArray],
    hidden: BoolArray,
    results: Sequence[Outcomes],
    means: Sequence[Sequence[frozenset[str]]],
    eligible: BoolArray,
) -> tuple[Group, ...]:
    """The groups of a category; ``means`` says for each result and group which means are shown."""
    rows: list[list[Figures]] = [[] for _ in members]
    for one, shown in zip(results, means, strict=True):
        rates = [float(one.placed[group].mean()) for group in members.values()]
        best = max((rate for rate, left_out in zip(rates, hidden, strict=True) if not left_out), default=0.0)
        for row, group, left_out, names in zip(rows, members.values(), hidden, shown, strict=True):
            if not left_out:
                row.append(_figures(one, group, eligible, names, best))
    return tuple(
        Group(name, None, ()) if left_out else Group(name, int(group.sum()), tuple(row))
        for (name, group), left_out, row in zip(members.items(), hidden, rows, strict=True)
    )


def _figures(
    one: Outcomes, group: BoolArray, eligible: BoolArray, shown: frozenset[str], best: float = 0.0
) -> Figures:
    placed = group & one.placed
    rate = float(one.placed[group].mean()) if group.any() else None
    ours, all_placed = int((group & eligible).sum()), int(one.placed.sum())
    share = int(placed.sum()) / all_placed if all_placed else None
    means = {
        "first_choices": float((one.rank[placed] == 1).mean()) if placed.any() else None,
        "rank": _mean(one.rank[placed]),
        "utility": _mean(one.utility[placed]),
        "minutes": _mean(one.minutes[placed]),
        "paid": float(one.paid[placed].mean()) if placed.any() else None,
        "representation": None if share is None or not ours else share * int(eligible.sum()) / ours,
    }
    return Figures(
        rate=rate,
        look=rate is not None and rate < FOUR_FIFTHS * best,
        **{name: value if name in shown else None for name, value in means.items()},
    )


def _mean(values: FloatArray) -> float | None:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else None


def _clusters(problem: Problem, one: Outcomes, sexes: Sequence[str], smallest: int) -> Clusters | None:
    """Clusters by sex; None where it cannot be shown, or there is nothing to show."""
    column = problem.opportunities.cluster
    named = [code for code, name in enumerate(column.values) if name]
    if len(sexes) < 2 or not named:
        return None
    groups = problem.students.groups
    where = np.where(one.opportunity == UNKNOWN, UNKNOWN, column.codes[one.opportunity])
    table = np.zeros((len(named), len(sexes)), np.int64)
    for place, sex in enumerate(sexes):
        members = np.array([sex in codes for codes in groups.values], np.bool_)[groups.codes]
        table[:, place] = [int((members & (where == code)).sum()) for code in named]
    rows = pooled_rows(table, smallest)
    if not rows:
        return None
    names = [column.values[code] for code in named]
    return Clusters(
        tuple(sexes),
        tuple(tuple(names[row] for row in some) for some in rows),
        tuple(tuple(table[some].sum(axis=0).tolist()) for some in rows),
    )
