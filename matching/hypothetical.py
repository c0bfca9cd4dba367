"""Rounds that are like another one: some of its students alone, with other answers, with more work.

What is eligible is asked of these as of any round, so a question "what if" is answered by the same
rules. They are thrown away after the answer: their digest is that of the round they came from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

import numpy as np

from matching.problem import (
    UNKNOWN,
    Codes,
    Column,
    EligiblePairs,
    Growth,
    IntArray,
    Opportunities,
    PairTable,
    Pins,
    Preferences,
    Problem,
    Students,
    Windows,
    no_companions,
)

Table = TypeVar("Table", Students, Opportunities)
T = TypeVar("T")


def taken(table: Table, rows: IntArray) -> Table:
    """Some rows of a table, in the order given; one may come several times."""
    chosen: dict[str, Any] = {}
    for one in fields(table):
        value = getattr(table, one.name)
        if isinstance(value, Column):
            chosen[one.name] = _taken_column(value, rows)
        elif isinstance(value, tuple):
            chosen[one.name] = tuple(value[row] for row in rows.tolist())
        else:
            chosen[one.name] = value[rows]
    return type(table)(**chosen)


def _taken_column(column: Column[T], rows: IntArray) -> Column[T]:
    kinds, codes = np.unique(column.codes[rows], return_inverse=True)
    return Column(codes, tuple(column.values[kind] for kind in kinds.tolist()))


def column_of(values: Sequence[T]) -> Column[T]:
    """A column of these values, row by row."""
    distinct = list(dict.fromkeys(values))
    position = {value: code for code, value in enumerate(distinct)}
    return Column(np.array([position[value] for value in values], np.int64), tuple(distinct))


def with_students(problem: Problem, rows: IntArray) -> Problem:
    """The round of some students alone.

    Parameters
    ----------
    rows
        [k] indices of students, in any order; one may come several times, as copies. The
        students of the new round are in this order.
    """
    groups = _rows_by_student(len(problem.students), rows)
    given = problem.eligible
    return replace(
        problem,
        students=taken(problem.students, rows),
        preferences=_of_students(problem.preferences, *groups),
        refusals=_of_students(problem.refusals, *groups),
        pins=_of_students(problem.pins, *groups),
        growth=_of_students(problem.growth, *groups),
        eligible=None if given is None else _of_students(given, *groups),
        companions=no_companions(),
    )


Pairs = TypeVar("Pairs", PairTable, Preferences, Pins, Growth, EligiblePairs)


def _rows_by_student(count: int, rows: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Where the copies of each student stand: their number, the first, and all in one row."""
    copies = np.bincount(rows, minlength=count)
    return copies, np.cumsum(copies) - copies, np.argsort(rows, kind="stable")


def _of_students(table: Pairs, copies: IntArray, first: IntArray, places: IntArray) -> Pairs:
    """The rows of a table about these students, under their new indices, sorted again."""
    count = copies[table.student]
    old = np.repeat(np.arange(len(table)), count)
    within = np.arange(len(old)) - np.repeat(np.cumsum(count) - count, count)
    student = places[first[table.student[old]] + within]
    order = np.lexsort((table.opportunity[old], student))
    columns = {one.name: getattr(table, one.name)[old][order] for one in fields(table)}
    return type(table)(**{**columns, "student": student[order]})


def with_opportunities(problem: Problem, opportunities: Opportunities) -> Problem:
    """The round of other opportunities alone; lists of pairs, which name the old ones, are empty."""
    nothing, no_marks = np.zeros(0, np.int64), np.zeros(0, np.bool_)
    return replace(
        problem,
        opportunities=opportunities,
        preferences=Preferences(nothing, nothing, nothing, nothing),
        refusals=PairTable(nothing, nothing),
        pins=Pins(nothing, nothing, no_marks, nothing),
        growth=Growth(nothing, nothing, np.zeros(0)),
        eligible=None,
    )


def with_more_work(problem: Problem, more: Opportunities) -> Problem:
    """The round with opportunities added behind its own."""
    return replace(problem, opportunities=_joined(problem.opportunities, more))


def _joined(first: Opportunities, second: Opportunities) -> Opportunities:
    columns: dict[str, Any] = {}
    for one in fields(first):
        a, b = getattr(first, one.name), getattr(second, one.name)
        if isinstance(a, Column):
            columns[one.name] = column_of([a[i] for i in range(len(a))] + [b[i] for i in range(len(b))])
        elif isinstance(a, tuple):
            columns[one.name] = a + b
        else:
            columns[one.name] = np.concatenate([a, b])
    return Opportunities(**columns)


@dataclass(frozen=True, slots=True)
class Answers:
    """What a student could have answered otherwise; None: as they did."""

    max_travel_minutes: int | None = None
    travel_modes: Codes | None = None
    available: Windows | None = None
    always_available: bool = False
    pay: str | None = None
    open_to_others: bool | None = None
    ranks: int | None = None  # one opportunity more, behind those that are ranked
    accepts: int | None = None  # an opportunity that was refused


def with_answers(problem: Problem, rows: IntArray, answers: Sequence[Answers]) -> Problem:
    """The round in which some students, one answer each, had answered otherwise."""
    students = problem.students
    changed = replace(
        students,
        max_travel_minutes=_set(students.max_travel_minutes, rows, [a.max_travel_minutes for a in answers]),
        open_to_others=_set(students.open_to_others, rows, [a.open_to_others for a in answers]),
        travel_modes=_set_column(students.travel_modes, rows, [a.travel_modes for a in answers]),
        pay=_set_column(students.pay, rows, [a.pay for a in answers]),
        available=_set_available(students.available, rows, answers),
    )
    ranked = [(row, a.ranks) for row, a in zip(rows.tolist(), answers, strict=True) if a.ranks is not None]
    accepted = [(row, a.accepts) for row, a in zip(rows.tolist(), answers, strict=True)]
    width = len(problem.opportunities)
    dropped = np.array([row * width + o for row, o in accepted if o is not None], np.int64)
    refusals = problem.refusals
    kept = ~np.isin(refusals.student * width + refusals.opportunity, dropped)
    return replace(
        problem,
        students=changed,
        preferences=_ranking_more(problem.preferences, ranked),
        refusals=PairTable(refusals.student[kept], refusals.opportunity[kept]),
    )


def _set(column: Any, rows: IntArray, values: Sequence[Any]) -> Any:
    changed = column.copy()
    for row, value in zip(rows.tolist(), values, strict=True):
        if value is not None:
            changed[row] = value
    return changed


def _set_column(column: Column[T], rows: IntArray, values: Sequence[T | None]) -> Column[T]:
    position = {value: code for code, value in enumerate(column.values)}
    codes = column.codes.copy()
    for row, value in zip(rows.tolist(), values, strict=True):
        if value is not None:
            codes[row] = position.setdefault(value, len(position))
    return Column(codes, tuple(position))


def _set_available(
    column: Column[Windows | None], rows: IntArray, answers: Sequence[Answers]
) -> Column[Windows | None]:
    position = {value: code for code, value in enumerate(column.values)}
    codes = column.codes.copy()
    for row, one in zip(rows.tolist(), answers, strict=True):
        if one.available is not None or one.always_available:
            value = None if one.always_available else one.available
            codes[row] = position.setdefault(value, len(position))
    return Column(codes, tuple(position))


def _ranking_more(table: Preferences, more: Sequence[tuple[int, int]]) -> Preferences:
    if not more:
        return table
    student = np.array([s for s, _ in more], np.int64)
    opportunity = np.array([o for _, o in more], np.int64)
    last = [int(table.rank[table.student == s].max(initial=0)) for s, _ in more]
    columns = (
        np.concatenate([table.student, student]),
        np.concatenate([table.opportunity, opportunity]),
        np.concatenate([table.rank, np.array(last, np.int64) + 1]),
        np.concatenate([table.opportunity_rank, np.full(len(more), UNKNOWN)]),
    )
    order = np.lexsort((columns[1], columns[0]))
    return Preferences(*(column[order] for column in columns))
