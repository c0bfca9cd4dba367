"""Hours that the law allows below an age, against the work of two seats of one student together.

How the two are read stands at the head of ``labor_rules/us.toml`` (SEVERAL SEATS). Two schedules
are judged once for all students of one school year under the same rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from matching.eligibility.codes import groups
from matching.eligibility.hours import Breach, Judge, week_breaches
from matching.eligibility.labor_law import LaborLaw
from matching.eligibility.stretches import DAY, NEVER, Stretches, join, sunday_of
from matching.eligibility.work import DayWork, Timetable, Work, day_work
from matching.problem import BoolArray, IntArray, Problem

_ADDS_UP = ("day_hours", "week_hours", "week_days", "rest")


class JointHours:
    """Rules about hours against couples of seats of a round whose pairs are derived.

    Arrays are over pairs or couples [p] of indices of students and opportunities.
    """

    def __init__(self, problem: Problem) -> None:
        self._law = LaborLaw(problem)
        self._start = problem.opportunities.start_date
        self._program = problem.opportunities.labor_program
        self._first: dict[tuple[int, int, int], dict[int, int]] = {}
        self._judges: dict[tuple[int, str, bool], Judge] = {}

    def asked(self, student: IntArray, opportunity: IntArray) -> BoolArray:
        """[p] whether any rule of hours is asked of a pair."""
        found = np.zeros(len(student), np.bool_)
        for under_age, kinds in self._ages():
            rows = self._law.hours_rows(under_age, student, opportunity)
            found[rows] |= kinds[self._law.hours.setting[student[rows]]]
        return found

    def _ages(self) -> Iterator[tuple[int, BoolArray]]:
        """Each age, and by setting whether a rule that excludes has it."""
        settings = int(self._law.hours.setting.max(initial=-1)) + 1
        for age in self._law.under_ages:
            rules = [self._law.hours.rules_of(setting) for setting in range(settings)]
            yield (
                age,
                np.array(
                    [any(r.under_age == age and not r.condition for r in own) for own in rules], np.bool_
                ),
            )

    def breaks(self, student: IntArray, a: IntArray, b: IntArray) -> BoolArray:
        """[p] whether a student would break a rule by the work of both seats."""
        found = np.zeros(len(student), np.bool_)
        rows = np.flatnonzero(self.asked(student, a) & self.asked(student, b))
        if not len(rows):
            return found
        hours = self._law.hours
        one, other = hours.profiles.take(a[rows]), hours.profiles.take(b[rows])
        width = int(hours.profiles.max()) + 1
        low, high = np.minimum(one, other), np.maximum(one, other)
        keys = (hours.setting.take(student[rows]) * width + low) * width + high
        for key, places in groups(keys):
            setting, couple = divmod(int(key), width * width)
            first = self._first_breaches(setting, *divmod(couple, width))
            for under_age, day in first.items():
                here = rows[places]
                found[here] |= self._protected(under_age, student[here], a[here], b[here]) > day
        return found

    def _protected(self, under_age: int, student: IntArray, a: IntArray, b: IntArray) -> IntArray:
        """[p] the first date on which the rules of an age spare each; -NEVER where they are not asked."""
        ends = self._law.birthdays.reached(under_age).take(student)
        young = np.maximum(self._start.take(a), self._start.take(b)) < ends
        return np.where(young & (ends != NEVER), ends, -NEVER)

    def _first_breaches(self, setting: int, one: int, other: int) -> dict[int, int]:
        """By age, the first date on which two profiles together break a rule of it."""
        key = (setting, one, other)
        if key not in self._first:
            seats = [self._law.hours.example(profile) for profile in (one, other)]
            programs = list(dict.fromkeys(self._program[seat] for seat in seats))
            works = [self._law.hours.work_told(seat) for seat in seats]
            first: dict[int, int] = {}
            for program in programs:
                judge = self._judge(setting, program, len(programs) == 1)
                for breach in _together(judge, works):
                    age = breach.rule.under_age
                    first[age] = min(breach.day, first.get(age, NEVER))
            self._first[key] = first
        return self._first[key]

    def _judge(self, setting: int, program: str, same: bool) -> Judge:
        key = (setting, program, same)
        if key not in self._judges:
            rules = [rule.for_program(program) for rule in self._law.hours.rules_of(setting)]
            asked = [rule for rule in rules if rule.kind in _ADDS_UP or (same and rule.cycle)]
            self._judges[key] = Judge(asked, self._law.hours.year(setting))
        return self._judges[key]


class _Both:
    """The work of two seats, date by date."""

    def __init__(self, works: Sequence[Work], judge: Judge) -> None:
        letters = judge.year.letters
        self.tables = [Timetable(work.schedule, letters, work.start, work.last) for work in works]

    def on(self, day: int) -> DayWork:
        return day_work(join([stretch for table in self.tables for stretch in table.on(day).hours]))

    def spans(self, day: int) -> Stretches:
        midnight = day * DAY
        return tuple((midnight + a, midnight + b) for a, b in self.on(day).hours)


def _together(judge: Judge, works: Sequence[Work]) -> Iterator[Breach]:
    """Breaches of two seats, of each rule at least the first."""
    if not judge.rules:
        return
    both = _Both(works, judge)
    first_week = sunday_of(min(work.start for work in works))
    for sunday in _weeks(judge, works, both, first_week):
        yield from week_breaches(sunday, both, judge.rules, judge.year, first_week)
        yield from _stated(judge, works, both, sunday)


def _weeks(judge: Judge, works: Sequence[Work], both: _Both, first_week: int) -> list[int]:
    """Weeks that both run in, of those that lie wholly within both the first of each kind."""
    begin, last = max(work.start for work in works), min(work.last for work in works)
    weeks = {sunday_of(day + n) for table in both.tables for day in table.dated for n in (0, 1)}
    seen: set[tuple[int, ...]] = set()
    for sunday in range(sunday_of(begin), sunday_of(last + 1) + 1, 7):
        kind = judge.week_kind(sunday, first_week)
        inside = begin < sunday and sunday + 6 <= last
        if not inside or kind not in seen:
            weeks.add(sunday)
        if inside:
            seen.add(kind)
    return sorted(weeks)


def _stated(judge: Judge, works: Sequence[Work], both: _Both, sunday: int) -> Iterator[Breach]:
    """Weeks in which both run, by the larger of what is stated of each and what is worked."""
    day = max(sunday, *(work.start for work in works))
    if day > min(sunday + 6, *(work.last for work in works)):
        return
    stated = [
        work.posted if work.posted > table.weekly_minutes else 0.0
        for work, table in zip(works, both.tables, strict=True)
    ]
    if not any(stated):
        return
    worked = [sum(table.on(sunday + n).minutes for n in range(7)) for table in both.tables]
    found = sum(map(max, stated, worked))
    scopes = ("any", "school" if judge.year.school_week(sunday) else "other")
    for rule in judge.rules:
        if rule.kind == "week_hours" and rule.scope in scopes and found > rule.limit and rule.holds(day):
            yield Breach(day, rule, round(found), rule.limit)


def seat_limits(problem: Problem, student: IntArray, opportunity: IntArray) -> IntArray:
    """[n] how many seats each student may hold at once: ``max_placements``, or two under hours rules.

    Parameters
    ----------
    student, opportunity
        [p] the eligible pairs. Who has three or more of which a rule of hours is asked may hold two,
        because only two seats are judged together.
    """
    most = problem.students.max_placements
    rows = np.flatnonzero(most[student] > 2)
    if problem.eligible is not None or not len(rows):
        return most
    asked = rows[JointHours(problem).asked(student[rows], opportunity[rows])]
    many = np.bincount(student[asked], minlength=len(most)) > 2
    return np.where(many, np.minimum(most, 2), most)
