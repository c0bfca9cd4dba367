"""Which two seats one student cannot hold at once: on some date their windows overlap, or the gap
between them is too short for the way from one site to the other; or the work of both together is
more than the law allows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matching.eligibility.joint_hours import JointHours
from matching.eligibility.travel import Travel
from matching.pairs import Eligible
from matching.problem import UNKNOWN, BoolArray, IntArray, Problem, Window

FOREVER = 10**9
COUPLES_AT_ONCE = 1_000_000
_NEVER = 10**6  # a gap that any way fits into: the two are never on one date


@dataclass(frozen=True, slots=True, eq=False)
class Clashes:
    """Pairs of pairs (indices into ``Eligible``, ``first < second``) of one student each."""

    student: IntArray
    first: IntArray
    second: IntArray

    def __len__(self) -> int:
        return len(self.student)


def clashes(problem: Problem, eligible: Eligible, capacity: IntArray) -> Clashes:
    """What students with more than one seat cannot hold together.

    Parameters
    ----------
    capacity
        [n] seats that each student may hold; only those with more than one are looked at.

    Returns
    -------
    Clashes
        Ascending by first, then second.
    """
    portions = _portions(eligible, capacity)
    # The law is asked of derived pairs alone.
    joint = JointHours(problem) if portions and problem.eligible is None else None
    parts = [_clashing(problem, eligible, joint, *_couples(eligible, rows)) for rows in portions]
    none = np.zeros(0, np.int64)
    first = np.concatenate([none, *(part[0] for part in parts)])
    second = np.concatenate([none, *(part[1] for part in parts)])
    return Clashes(eligible.student[first], first, second)


def _clashing(
    problem: Problem, eligible: Eligible, joint: JointHours | None, first: IntArray, second: IntArray
) -> tuple[IntArray, IntArray]:
    """Those of some couples that clash."""
    a, b = eligible.opportunity[first], eligible.opportunity[second]
    gap = _gaps(problem, a, b)
    student = eligible.student[first]
    rows = np.flatnonzero(gap < _NEVER)
    way = _minutes_between(problem, student[rows], a[rows], b[rows])
    clash = np.zeros(len(first), np.bool_)
    clash[rows] = (gap[rows] < 0) | (gap[rows] < way)
    rows = np.flatnonzero(~clash)
    if joint is not None:
        clash[rows] = joint.breaks(student[rows], a[rows], b[rows])
    return first[clash], second[clash]


def _portions(eligible: Eligible, capacity: IntArray) -> list[IntArray]:
    """The pairs of students who may hold two, a few students' at a time: their couples take room."""
    rows = np.flatnonzero(capacity[eligible.student] > 1)
    if not len(rows):
        return []
    student = eligible.student[rows]
    begin = np.flatnonzero(np.r_[True, np.diff(student) != 0])
    count = np.diff(np.r_[begin, len(rows)])
    portion = np.cumsum(count * (count - 1) // 2) // COUPLES_AT_ONCE
    return np.split(rows, begin[1:][np.diff(portion) != 0])


def _couples(eligible: Eligible, rows: IntArray) -> tuple[IntArray, IntArray]:
    """Every two pairs of each student, of some pairs."""
    begin = np.flatnonzero(np.r_[True, np.diff(eligible.student[rows]) != 0])
    count = np.diff(np.r_[begin, len(rows)])
    place = np.arange(len(rows)) - np.repeat(begin, count)
    after = np.repeat(count, count) - place - 1  # how many of the student's pairs follow
    first = np.repeat(rows, after)
    second = first + np.arange(len(first)) - np.repeat(np.cumsum(after) - after, after) + 1
    # A student's pairs are neighbours in the table, so places in it follow one another.
    return first, second


def _gaps(problem: Problem, a: IntArray, b: IntArray) -> IntArray:
    """Least minutes between windows of two opportunities on one date; negative where they overlap."""
    opportunities = problem.opportunities
    end = np.where(opportunities.end_date == UNKNOWN, FOREVER, opportunities.end_date)
    flexible = ~np.isnan(opportunities.flexible_hours)
    profile = np.column_stack((opportunities.schedule.codes, opportunities.start_date, end, flexible))
    distinct, of = np.unique(profile, axis=0, return_inverse=True)
    of = of.reshape(-1)
    plans = [
        () if flexible else _days(problem, opportunities.schedule.values[code], start, end)
        for code, start, end, flexible in distinct.tolist()
    ]
    keys, place = np.unique(of[a] * len(plans) + of[b], return_inverse=True)
    gaps = [_gap(plans[key // len(plans)], plans[key % len(plans)]) for key in keys.tolist()]
    return np.array(gaps, np.int64)[place.reshape(-1)] if len(a) else np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True)
class _Days:
    """A window, and on which dates it is: every seventh from the first to the last."""

    window: Window
    first: int
    last: int


def _days(problem: Problem, windows: tuple[Window, ...], start: int, end: int) -> tuple[_Days, ...]:
    """Weekly windows from start to end, lettered ones on their dates between, dated ones on theirs."""
    found: list[_Days] = []
    for window in windows:
        if window.weekly:
            # date.toordinal() 1 was a Monday
            first = max(start, 1)
            first += (window.day + 1 - first) % 7
            found.append(_Days(window, first, end))
        elif window.letter:
            dates = _lettered(problem, window.letter)
            inside = dates[(dates >= start) & (dates <= end)]
            found.extend(_Days(window, date, date) for date in inside.tolist())
        else:
            found.append(_Days(window, window.day, window.day))
    return tuple(found)


def _lettered(problem: Problem, letter: str) -> IntArray:
    column = problem.calendar.letter
    same = np.array([value == letter for value in column.values], np.bool_)
    found: IntArray = problem.calendar.dates[same[column.codes]] if len(same) else problem.calendar.dates[:0]
    return found


def _gap(some: tuple[_Days, ...], others: tuple[_Days, ...]) -> int:
    return min((_between(x, y) for x in some for y in others if _meet(x, y)), default=_NEVER)


def _meet(x: _Days, y: _Days) -> bool:
    """Whether both are on one date: their weekdays are equal and they reach a common one."""
    return (x.first - y.first) % 7 == 0 and max(x.first, y.first) <= min(x.last, y.last)


def _between(x: _Days, y: _Days) -> int:
    return max(x.window.start, y.window.start) - min(x.window.end, y.window.end)


def _minutes_between(problem: Problem, student: IntArray, a: IntArray, b: IntArray) -> IntArray:
    """The way between two sites; 0 where one is at school, remote or unknown, or the student is driven."""
    minutes = np.zeros(len(student), np.int64)
    if not len(student):
        return minutes
    opportunities = problem.opportunities
    at_site = np.array([place == "site" for place in opportunities.place.values], np.bool_)
    placed: BoolArray = at_site[opportunities.place.codes] & ~np.isnan(opportunities.latitude)
    driven = np.array(["transport" in needs for needs in problem.students.needs.values], np.bool_)
    rows = np.flatnonzero(placed[a] & placed[b] & ~driven[problem.students.needs.codes[student]])
    if len(rows):
        minutes[rows] = Travel(problem).between_sites(student[rows], a[rows], b[rows])
    return minutes
