"""Whether the student's time holds the schedule.

Distinct schedules meet distinct availabilities: windows against windows, in arrays. Only for the
combinations that occur, where there are too many to look at all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from matching.eligibility.codes import fits_in_table, look_up
from matching.eligibility.details import Details, one_by_one
from matching.eligibility.hours import NEVER, SHORTEST_STRETCH, Plan, open_plan, weekday_of
from matching.eligibility.labor_law import LaborLaw
from matching.problem import BoolArray, IntArray, Problem, Window, Windows

_ALWAYS: Windows = tuple(Window(day, 0, 24 * 60) for day in range(7))
_DAY = 24 * 60 + 1  # apart enough that stretches of two days never touch


@dataclass(frozen=True, slots=True, eq=False)
class _Free:
    """Windows of all distinct availabilities of one day: whose, from, to."""

    owner: IntArray
    start: IntArray
    end: IntArray

    def joined(self) -> _Free:
        """The same time, windows that touch or overlap made one."""
        if not len(self.owner):
            return self
        order = np.lexsort((self.start, self.owner))
        base = self.owner[order] * _DAY
        start, end = base + self.start[order], base + self.end[order]
        reached = np.maximum.accumulate(end)
        first = np.flatnonzero(np.r_[True, start[1:] > reached[:-1]])
        last = np.r_[first[1:], len(start)] - 1
        base = base[first]
        return _Free(self.owner[order][first], start[first] - base, reached[last] - base)


class Availabilities:
    """All distinct availabilities of a round, day by day."""

    def __init__(self, values: Sequence[Windows | None]) -> None:
        self._count = len(values)
        windows = [_ALWAYS if value is None else value for value in values]
        owner = np.repeat(np.arange(len(windows)), [len(value) for value in windows])
        flat = np.array(list(chain.from_iterable(windows)), np.int64).reshape(-1, 3)
        self._by_day = {int(day): self._of(owner, flat, flat[:, 0] == day) for day in np.unique(flat[:, 0])}
        self._joined: dict[int, _Free] = {}

    @staticmethod
    def _of(owner: IntArray, flat: IntArray, rows: BoolArray) -> _Free:
        return _Free(owner[rows], flat[rows, 1], flat[rows, 2])

    def _on(self, day: int) -> _Free:
        """Windows of a weekday, or of a date and its weekday."""
        days = [day] if day < 7 else [day, weekday_of(day)]
        found = [self._by_day[d] for d in days if d in self._by_day]
        empty = np.empty(0, np.int64)
        return _Free(
            np.concatenate([empty, *(free.owner for free in found)]),
            np.concatenate([empty, *(free.start for free in found)]),
            np.concatenate([empty, *(free.end for free in found)]),
        )

    def holding(self, window: Window) -> BoolArray:
        """[values] whether the window lies wholly inside one window of each."""
        free = self._on(window.day)
        inside = (free.start <= window.start) & (free.end >= window.end)
        holds = np.zeros(self._count, np.bool_)
        holds[free.owner[inside]] = True
        return holds

    def common_minutes(self, window: Window) -> IntArray:
        """[values] minutes in common, in stretches of two hours or more."""
        if window.day not in self._joined:
            self._joined[window.day] = self._on(window.day).joined()
        free = self._joined[window.day]
        shared = np.minimum(free.end, window.end) - np.maximum(free.start, window.start)
        long = shared >= SHORTEST_STRETCH
        minutes = np.zeros(self._count, np.int64)
        np.add.at(minutes, free.owner[long], shared[long])
        return minutes


class Schedule:
    """The reason ``schedule``.

    Without flexible hours every window must lie inside one window of the student's time. With
    them, the stretches of two hours or more that the schedule, the student's time and (for those
    to whom they apply) the hours rules of the law have in common must add up.
    """

    reason = "schedule"

    def __init__(self, problem: Problem, law: LaborLaw) -> None:
        self._available = problem.students.available
        self._schedule = problem.opportunities.schedule
        self._needed = problem.opportunities.flexible_hours * 60
        some = np.array([bool(windows) for windows in self._schedule.values], np.bool_)
        self._flexible = ~np.isnan(self._needed) & some[self._schedule.codes]
        self._law = law
        self._free = Availabilities(self._available.values)
        self._fixed_table: BoolArray | None = None
        self._held: dict[Window, BoolArray] = {}
        self._common: dict[Window, IntArray] = {}
        self._plan_minutes: dict[Plan, IntArray] = {}

    def fails(self, student: IntArray, opportunity: IntArray) -> BoolArray:
        clashes = self._fixed_clash(student, opportunity)
        rows = np.flatnonzero(self._flexible.take(opportunity))
        if len(rows):  # for these, not every window need fit
            s, o = student.take(rows), opportunity.take(rows)
            clashes[rows] = self.possible_minutes(s, o) < self._needed.take(o)
        return clashes

    def details(self, student: IntArray, opportunity: IntArray) -> list[Details]:
        """The windows that do not fit, or the minutes in common and those needed."""
        found = one_by_one(self._missed, student, opportunity)
        rows = np.flatnonzero(self._flexible.take(opportunity))
        s, o = student[rows], opportunity[rows]
        possible, needed = self.possible_minutes(s, o).tolist(), self._needed[o].tolist()
        for row, minutes, enough in zip(rows.tolist(), possible, needed, strict=True):
            found[row] = [{"minutes": minutes, "needed": round(enough)}]
        return found

    def _missed(self, student: int, opportunity: int) -> Details:
        value = int(self._available.codes[student])
        missed = [w for w in self._schedule[opportunity] if not self._held_by(w)[value]]
        return [{"windows": [[w.day, w.start, w.end] for w in missed]}]

    def _fixed_clash(self, student: IntArray, opportunity: IntArray) -> BoolArray:
        schedules, values = self._schedule.values, self._available.values
        s, a = self._schedule.codes.take(opportunity), self._available.codes.take(student)
        if fits_in_table(len(schedules), len(values)):
            if self._fixed_table is None:
                rows = [self._clash_of(windows) for windows in schedules]
                self._fixed_table = np.array(rows, np.bool_).reshape(len(schedules), len(values))
            return look_up(self._fixed_table, s, a)
        clashes = np.empty(len(s), np.bool_)
        for value in np.unique(s).tolist():
            rows_of = np.flatnonzero(s == value)
            clashes[rows_of] = self._clash_of(schedules[value]).take(a[rows_of])
        return clashes

    def _clash_of(self, windows: Windows) -> BoolArray:
        """[availabilities] whether one of the windows does not fit."""
        fits = np.ones(len(self._available.values), np.bool_)
        for window in windows:
            fits &= self._held_by(window)
        return ~fits

    def _held_by(self, window: Window) -> BoolArray:
        if window not in self._held:
            self._held[window] = self._free.holding(window)
        return self._held[window]

    def possible_minutes(self, student: IntArray, opportunity: IntArray) -> IntArray:
        """Minutes a week that can be worked, of pairs with flexible hours."""
        value = self._available.codes.take(student)
        schedule = self._schedule.codes.take(opportunity)
        minutes = _by_group(schedule, self._open_minutes, value)
        for law in self._law.files:
            rows = self._law.hours_rows(law, student, opportunity)
            if not len(rows):
                continue
            s, o = student.take(rows), opportunity.take(rows)
            lesson = self._law.lessons.take(s)
            ends = self._law.birthdays.reached(law.rules.hours.under_age).take(s)
            key = law.profile.take(o) * (int(lesson.max()) + 1) + lesson
            lawful = minutes[rows]
            for one in np.unique(key):
                group = np.flatnonzero(key == one)
                first = group[0]
                for day, plan in law.plans(int(lesson[first]), int(o[first])):
                    under = group[ends[group] > day]
                    lawful[under] = self._minutes_of(plan).take(value[rows[under]])
            minutes[rows] = np.minimum(minutes[rows], lawful)
        return minutes

    def _open_minutes(self, schedule: int) -> IntArray:
        return self._minutes_of(open_plan(self._schedule.values[schedule]))

    def _minutes_of(self, plan: Plan) -> IntArray:
        """[availabilities] minutes that each leaves of a plan."""
        if plan not in self._plan_minutes:
            self._plan_minutes[plan] = self._count(plan)
        return self._plan_minutes[plan]

    def _count(self, plan: Plan) -> IntArray:
        none = np.zeros(len(self._available.values), np.int64)
        capped, free, gains = none.copy(), none.copy(), [none]
        for day in plan.days:
            found = self._shared(day.day, day.stretches)
            if day.cap == NEVER:
                free += found
                continue
            counted = np.minimum(found, day.cap)
            capped += counted
            opened = np.minimum(self._shared(day.day, day.open_stretches), day.open_cap)
            gains.append(np.maximum(0, opened - counted))
        if plan.open_days:
            capped += np.sort(np.array(gains), axis=0)[-plan.open_days :].sum(axis=0)
        return np.minimum(capped, plan.week) + free

    def _shared(self, day: int, stretches: Iterable[tuple[int, int]]) -> IntArray:
        minutes = np.zeros(len(self._available.values), np.int64)
        for start, end in stretches:
            window = Window(day, start, end)
            if window not in self._common:
                self._common[window] = self._free.common_minutes(window)
            minutes += self._common[window]
        return minutes


def _by_group(group: IntArray, values_of: Callable[[int], IntArray], index: IntArray) -> IntArray:
    """``values_of(group[i])[index[i]]`` for every i."""
    found = np.empty(len(group), np.int64)
    for value in np.unique(group).tolist():
        rows = np.flatnonzero(group == value)
        found[rows] = values_of(value).take(index[rows])
    return found
