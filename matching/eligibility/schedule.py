"""Whether the student's time holds the schedule.

Distinct schedules meet distinct availabilities: windows against windows, in arrays. Only for the
combinations that occur, where there are too many to look at all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from matching.eligibility.codes import fits_in_table, groups, look_up
from matching.eligibility.details import Details, one_by_one
from matching.eligibility.labor_law import LaborLaw
from matching.eligibility.occurrences import Occurrences, Place
from matching.eligibility.plans import Plan
from matching.eligibility.school_year import letter_days
from matching.eligibility.stretches import SHORTEST_STRETCH, Stretch, Stretches, common, join
from matching.problem import UNKNOWN, BoolArray, IntArray, Problem, Window, Windows

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

    def by_owner(self) -> dict[int, Stretches]:
        """Joined stretches of each."""
        found: dict[int, list[Stretch]] = {}
        columns = (self.owner.tolist(), self.start.tolist(), self.end.tolist())
        for owner, start, end in zip(*columns, strict=True):
            found.setdefault(owner, []).append((start, end))
        return {owner: join(stretches) for owner, stretches in found.items()}


class Availabilities:
    """All distinct availabilities of a round, day by day."""

    def __init__(self, values: Sequence[Windows | None]) -> None:
        self._count = len(values)
        windows = [_ALWAYS if value is None else value for value in values]
        owner = np.repeat(np.arange(len(windows)), [len(value) for value in windows])
        flat = np.array(list(chain.from_iterable(windows)), np.int64).reshape(-1, 3)
        self._by_day = {int(day): self._of(owner, flat, flat[:, 0] == day) for day in np.unique(flat[:, 0])}
        self._joined: dict[tuple[Place, ...], _Free] = {}

    @property
    def days(self) -> Iterable[int]:
        """Days of week, letters and dates that occur."""
        return self._by_day

    @staticmethod
    def _of(owner: IntArray, flat: IntArray, rows: BoolArray) -> _Free:
        return _Free(owner[rows], flat[rows, 1], flat[rows, 2])

    def _on(self, place: Place) -> _Free:
        """Windows of all the days that hold at a place."""
        found = [self._by_day[day] for day in place if day in self._by_day]
        empty = np.empty(0, np.int64)
        return _Free(
            np.concatenate([empty, *(free.owner for free in found)]),
            np.concatenate([empty, *(free.start for free in found)]),
            np.concatenate([empty, *(free.end for free in found)]),
        )

    def holding(self, place: Place, start: int, end: int) -> BoolArray:
        """[values] whether a stretch lies wholly inside one window of each."""
        free = self._on(place)
        inside = (free.start <= start) & (free.end >= end)
        holds = np.zeros(self._count, np.bool_)
        holds[free.owner[inside]] = True
        return holds

    def common_minutes(self, places: tuple[Place, ...], stretch: Stretch) -> IntArray:
        """[values] minutes in common at every place, in stretches of two hours or more."""
        if places not in self._joined:
            self._joined[places] = self._everywhere(places)
        free = self._joined[places]
        shared = np.minimum(free.end, stretch[1]) - np.maximum(free.start, stretch[0])
        long = shared >= SHORTEST_STRETCH
        minutes = np.zeros(self._count, np.int64)
        np.add.at(minutes, free.owner[long], shared[long])
        return minutes

    def _everywhere(self, places: tuple[Place, ...]) -> _Free:
        """Joined time that is free at all of some places."""
        if len(places) == 1:
            return self._on(places[0]).joined()
        by_place = [self._on(place).by_owner() for place in places]
        rows: list[tuple[int, int, int]] = []
        for owner in sorted(set.intersection(*(set(found) for found in by_place)) if by_place else ()):
            free = by_place[0][owner]
            for found in by_place[1:]:
                free = common(free, found[owner])
            rows += [(owner, start, end) for start, end in free]
        table = np.array(rows, np.int64).reshape(-1, 3)
        return _Free(table[:, 0], table[:, 1], table[:, 2])


class Schedule:
    """The reason ``schedule``.

    Without flexible hours every occurrence of every window must lie inside one window of the
    student's time: of its weekday, of its letter, or for work of one date of that date. With them,
    the stretches of two hours or more that the schedule, the student's time and (for those to whom
    they apply) the hours rules of the law have in common must add up.
    """

    reason = "schedule"

    def __init__(self, problem: Problem, law: LaborLaw) -> None:
        self._available = problem.students.available
        self._schedule = problem.opportunities.schedule
        self._needed = law.needed
        some = np.array([bool(windows) for windows in self._schedule.values], np.bool_)
        self._flexible = ~np.isnan(self._needed) & some[self._schedule.codes]
        self._law = law
        self._free = Availabilities(self._available.values)
        self._occurrences = Occurrences(letter_days(problem.calendar), self._free.days)
        self._term, self._terms = self._time_tables(problem)
        self._missing: dict[tuple[int, int], list[list[int]]] = {}
        self._fixed_table: BoolArray | None = None
        self._held: dict[tuple[Place, int, int], BoolArray] = {}
        self._common: dict[tuple[tuple[Place, ...], Stretch], IntArray] = {}
        self._plan_minutes: dict[tuple[Plan, int, int], IntArray] = {}

    def _time_tables(self, problem: Problem) -> tuple[IntArray, list[tuple[int, int, int]]]:
        """[m] which schedule and dates each opportunity has; dates count where letters do."""
        table = problem.opportunities
        lettered = any(window.letter for windows in self._schedule.values for window in windows)
        if not lettered and not self._occurrences.by_dates:
            return self._schedule.codes, [(code, 0, 0) for code in range(len(self._schedule.values))]
        keys = np.column_stack([self._schedule.codes, table.start_date, table.end_date])
        found, term = np.unique(keys, axis=0, return_inverse=True)
        return term.ravel(), [(code, start, end) for code, start, end in found.tolist()]

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
        term = int(self._term[opportunity])
        if (value, term) not in self._missing:
            missed = (w for w in self._schedule[opportunity] if not self._held_by(w, term)[value])
            self._missing[value, term] = [[w.day, w.start, w.end] for w in missed]
        return [{"windows": self._missing[value, term]}]

    def _fixed_clash(self, student: IntArray, opportunity: IntArray) -> BoolArray:
        terms, values = len(self._terms), len(self._available.values)
        t, a = self._term.take(opportunity), self._available.codes.take(student)
        if fits_in_table(terms, values):
            if self._fixed_table is None:
                rows = [self._clash_of(term) for term in range(terms)]
                self._fixed_table = np.array(rows, np.bool_).reshape(terms, values)
            return look_up(self._fixed_table, t, a)
        clashes = np.empty(len(t), np.bool_)
        for term, places in groups(t):
            clashes[places] = self._clash_of(term).take(a[places])
        return clashes

    def _clash_of(self, term: int) -> BoolArray:
        """[availabilities] whether one of the windows does not fit."""
        fits = np.ones(len(self._available.values), np.bool_)
        for window in self._schedule.values[self._terms[term][0]]:
            fits &= self._held_by(window, term)
        return ~fits

    def _places(self, day: int, term: int) -> tuple[Place, ...]:
        _, start, end = self._terms[term]
        return self._occurrences.places(day, start, None if end == UNKNOWN else end)

    def _held_by(self, window: Window, term: int) -> BoolArray:
        """[availabilities] whether every occurrence of a window fits."""
        holds = np.ones(len(self._available.values), np.bool_)
        for place in self._places(window.day, term):
            key = (place, window.start, window.end)
            if key not in self._held:
                self._held[key] = self._free.holding(*key)
            holds &= self._held[key]
        return holds

    def possible_minutes(self, student: IntArray, opportunity: IntArray) -> IntArray:
        """Minutes a week that can be worked, of pairs with flexible hours."""
        value = self._available.codes.take(student)
        minutes = np.zeros(len(student), np.int64)
        for plan, one, rows in self._law.plans(student, opportunity):
            minutes[rows] = self._minutes_of(plan, int(self._term[one])).take(value[rows])
        return minutes

    def _minutes_of(self, plan: Plan, term: int) -> IntArray:
        """[availabilities] minutes that each leaves of a plan."""
        key = (plan, *self._terms[term][1:])
        if key not in self._plan_minutes:
            found = plan.minutes(lambda day, stretches: self._shared(self._places(day, term), stretches))
            self._plan_minutes[key] = np.broadcast_to(found, len(self._available.values))
        return self._plan_minutes[key]

    def _shared(self, places: tuple[Place, ...], stretches: Stretches) -> IntArray:
        minutes = np.zeros(len(self._available.values), np.int64)
        for stretch in stretches if places else ():
            if (places, stretch) not in self._common:
                self._common[places, stretch] = self._free.common_minutes(places, stretch)
            minutes += self._common[places, stretch]
        return minutes
