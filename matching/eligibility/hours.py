"""Hours and times of day that the law allows below an age, against a schedule.

How the rules are read stands at the head of ``labor_rules/us.toml``. A schedule is judged once
per distinct combination of schedule, dates, program and school hours: the answer is the *first
date on which it would be unlawful*, and a pair is unlawful where the student is still under the
age on that date. That is exact, because later birthdays only add dates to judge.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from matching.eligibility.labor_rules import HoursLimits, labor_day
from matching.problem import UNKNOWN, Windows

NEVER = 10_000_000  # an ordinal after every date
SHORTEST_STRETCH = 120  # minutes; the format's two hours

Stretch = tuple[int, int]  # start and end, minutes after midnight

# Hours a week are decimals; so many minutes are no more than the noise of their product with 60.
_ROUNDING = 1e-6

# Nobody works under 14, so whoever is under the age on the first day has reached it long before.
_HORIZON_DAYS = 4 * 366


class Breach(NamedTuple):
    """A date on which a rule is broken, with what was found and what is allowed.

    ``found`` and ``limit`` are minutes: of work, or after midnight for times of day.
    """

    day: int
    code: str
    found: int
    limit: int


@dataclass(frozen=True, slots=True)
class Work:
    """When work is done.

    Attributes
    ----------
    schedule
        Weekly and dated windows.
    start, end
        Ordinals; ``end`` is UNKNOWN where not given.
    posted
        Minutes a week as the posting says, 0 where not given.
    """

    schedule: Windows
    start: int
    end: int
    posted: float

    @property
    def last(self) -> int:
        """The last date of the weekly windows that can concern somebody under the age."""
        horizon = self.start + _HORIZON_DAYS
        return horizon if self.end == UNKNOWN else min(self.end, horizon)

    @property
    def last_judged(self) -> int:
        """No date after this one is looked at."""
        return max([self.last, *(window.day for window in self.schedule)])


def join(stretches: Iterable[Stretch]) -> tuple[Stretch, ...]:
    """Union of stretches: sorted, joined where they touch or overlap."""
    joined: list[Stretch] = []
    for start, end in sorted(stretches):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)


def total(stretches: Iterable[Stretch]) -> int:
    """Minutes in all."""
    return sum(end - start for start, end in stretches)


def weekday_of(day: int) -> int:
    """0 (Monday) to 6 of an ordinal: day 1 of the calendar was a Monday."""
    return (day + 6) % 7


Lessons = Mapping[int, tuple[Stretch, ...]]
"""School hours by weekday; a school day is one that is in it."""


class Calendar:
    """What is worked on a date: weekly windows from ``start`` to ``last``, and dated ones."""

    def __init__(self, work: Work) -> None:
        windows = work.schedule
        self._weekly = by_day(tuple(window for window in windows if window.weekly))
        self.dated = by_day(tuple(window for window in windows if not window.weekly))
        self._start, self._last = work.start, work.last

    @property
    def weekly_minutes(self) -> int:
        return sum(total(stretches) for stretches in self._weekly.values())

    def on(self, day: int) -> tuple[Stretch, ...]:
        weekly: tuple[Stretch, ...] = ()
        if self._start <= day <= self._last:
            weekly = self._weekly.get(weekday_of(day), ())
        return join([*weekly, *self.dated[day]]) if day in self.dated else weekly


def breaches(work: Work, limits: HoursLimits, lessons: Lessons, until: int = NEVER) -> Iterator[Breach]:
    """Breaches in order of date, up to ``until``, for somebody under the age on every date.

    Parameters
    ----------
    work
        A schedule without flexible hours.
    limits
        Limits of the jurisdiction and program.
    lessons
        School hours; empty while school is not in session.
    until
        The last date under the age (ordinal).

    Yields
    ------
    Breach
        For dates that stand for all others: a weekly schedule breaks a rule in its first two
        weeks, in the first week after the summer, or in a week with something dated in it.
    """
    calendar = Calendar(work)
    if work.posted > calendar.weekly_minutes + _ROUNDING and work.start <= until:
        code, limit = _week_limit(limits, lessons)
        if work.posted > limit:
            yield Breach(work.start, code, round(work.posted), limit)
    for day in _dates_to_judge(work, calendar, limits):
        if day > until:
            return
        if calendar.on(day):
            yield from _day_breaches(day, calendar, lessons, limits)
            yield from _week_breaches(day, calendar, lessons, limits)


def _dates_to_judge(work: Work, calendar: Calendar, limits: HoursLimits) -> list[int]:
    last = work.last
    days = set(range(work.start, min(last, work.start + 13) + 1))
    for year in range(date.fromordinal(work.start).year, date.fromordinal(last).year + 1):
        autumn = labor_day(year).toordinal() + 1
        days.update(range(max(autumn, work.start), min(last, autumn + 6) + 1))
    for dated in calendar.dated:
        first = _week_start(dated, limits)
        days.update(day for day in range(first, first + 7) if work.start <= day <= last)
    return sorted(days.union(calendar.dated))


def _week_start(day: int, limits: HoursLimits) -> int:
    return day - (weekday_of(day) - limits.week_starts) % 7


def _latest(day: int, limits: HoursLimits) -> int:
    return limits.summer_latest if limits.in_summer(date.fromordinal(day)) else limits.latest


def _week_limit(limits: HoursLimits, lessons: Lessons) -> tuple[str, int]:
    if lessons:
        return "HOURS-SCHOOL-WEEK", limits.school_week
    return "HOURS-WEEK", limits.other_week


def _meet(left: Iterable[Stretch], right: Sequence[Stretch]) -> bool:
    return any(a < d and c < b for a, b in left for c, d in right)


def _day_breaches(day: int, calendar: Calendar, lessons: Lessons, limits: HoursLimits) -> Iterator[Breach]:
    hours, school = calendar.on(day), lessons.get(weekday_of(day), ())
    minutes = total(hours)
    in_school = _meet(hours, school)
    by_program = in_school and limits.during_school_days > 0
    if in_school and not limits.during_school and not by_program:
        yield Breach(day, "HOURS-SCHOOL", hours[0][0], school[-1][1])
    if school:
        limit = limits.during_school_day if by_program else limits.school_day
        if minutes > limit:
            yield Breach(day, "HOURS-SCHOOL-DAY", minutes, limit)
    elif minutes > limits.other_day:
        yield Breach(day, "HOURS-DAY", minutes, limits.other_day)
    if hours[0][0] < limits.earliest:
        yield Breach(day, "HOURS-EARLY", hours[0][0], limits.earliest)
    latest = _latest(day, limits)
    if hours[-1][1] > latest:
        yield Breach(day, "HOURS-LATE", hours[-1][1], latest)


def _week_breaches(day: int, calendar: Calendar, lessons: Lessons, limits: HoursLimits) -> Iterator[Breach]:
    """The week's sum up to this date: what is over the limit is over it from this date on."""
    so_far = range(_week_start(day, limits), day + 1)
    code, limit = _week_limit(limits, lessons)
    minutes = sum(total(calendar.on(d)) for d in so_far)
    if minutes > limit:
        yield Breach(day, code, minutes, limit)
    if limits.during_school_days:
        school = lessons.get(weekday_of(day), ())
        touched = [_meet(calendar.on(d), lessons.get(weekday_of(d), ())) for d in so_far]
        if touched[-1] and sum(touched) > limits.during_school_days:
            yield Breach(day, "HOURS-SCHOOL", calendar.on(day)[0][0], school[-1][1])


@dataclass(frozen=True, slots=True)
class PlanDay:
    """One day of a :class:`Plan`.

    Attributes
    ----------
    day
        Day of week, or ordinal of a date.
    stretches, cap
        Joined stretches that may be worked, and the minutes that count; NEVER where the law sets
        no limit on that day.
    open_stretches, open_cap
        The same where a program opens school hours on so many days a week; else as above.
    """

    day: int
    stretches: tuple[Stretch, ...]
    cap: int = NEVER
    open_stretches: tuple[Stretch, ...] = ()
    open_cap: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """When flexible hours can be worked, and what of it the law lets count.

    Attributes
    ----------
    week
        Minutes that count over all days with a cap together.
    open_days
        On so many days the open stretches count instead, where they give more.
    """

    days: tuple[PlanDay, ...]
    week: int = NEVER
    open_days: int = 0

    def minutes(self) -> int:
        """What the plan gives to somebody who is free at any time."""
        capped = free = 0
        gains = []
        for day in self.days:
            found = long_minutes(day.stretches)
            if day.cap == NEVER:
                free += found
                continue
            counted = min(found, day.cap)
            capped += counted
            gains.append(max(0, min(long_minutes(day.open_stretches), day.open_cap) - counted))
        capped += sum(sorted(gains, reverse=True)[: self.open_days])
        return min(capped, self.week) + free


def open_plan(schedule: Windows) -> Plan:
    """The plan of somebody to whom no hours rule applies."""
    return Plan(tuple(PlanDay(day, stretches) for day, stretches in by_day(schedule).items()))


def lawful_plans(work: Work, limits: HoursLimits, lessons: Lessons) -> list[tuple[int, Plan]]:
    """Plans under the hours rules, by the dates from which each is in force.

    Returns
    -------
    list of (day, Plan)
        Ascending, beginning with the open plan on the first day. A student's plan is that of the
        last entry on whose ``day`` they are still under the age.
    """
    days = by_day(work.schedule)
    turning = {day: _turning_days(day, work, limits) for day in days}
    week = _week_limit(limits, lessons)[1]
    plans = [(work.start, open_plan(work.schedule))]
    for moment in sorted({t for both in turning.values() for t in both if t != NEVER}):
        plan_days = []
        for day, stretches in days.items():
            capped_from, winter_from = turning[day]
            if moment < capped_from:
                plan_days.append(PlanDay(day, stretches))
                continue
            latest = limits.latest if moment >= winter_from else limits.summer_latest
            taught = lessons.get(day if day < 7 else weekday_of(day), ())
            plan_days.append(_capped_day(day, _clip(stretches, limits.earliest, latest), taught, limits))
        plans.append((moment, Plan(tuple(plan_days), week, limits.during_school_days)))
    return plans


def _capped_day(
    day: int, allowed: tuple[Stretch, ...], taught: tuple[Stretch, ...], limits: HoursLimits
) -> PlanDay:
    cap = limits.school_day if taught else limits.other_day
    if limits.during_school or not taught:
        return PlanDay(day, allowed, cap)
    return PlanDay(day, _without(allowed, taught), cap, allowed, limits.during_school_day)


def _turning_days(day: int, work: Work, limits: HoursLimits) -> tuple[int, int]:
    """First date of this day that is judged at all, and first that lies outside the summer."""
    if day >= 7:
        return day, NEVER if limits.in_summer(date.fromordinal(day)) else day
    first = work.start + (day - weekday_of(work.start)) % 7
    if first > work.last:
        return NEVER, NEVER
    winter = first
    while winter <= work.last and limits.in_summer(date.fromordinal(winter)):
        winter += 7
    return first, winter if winter <= work.last else NEVER


def by_day(windows: Windows) -> dict[int, tuple[Stretch, ...]]:
    """Joined stretches of each day of week or date that occurs."""
    found: dict[int, list[Stretch]] = {}
    for window in sorted(windows):
        found.setdefault(window.day, []).append((window.start, window.end))
    return {day: join(stretches) for day, stretches in found.items()}


def long_minutes(stretches: Iterable[Stretch]) -> int:
    """Minutes of the stretches of two hours or more."""
    return sum(end - start for start, end in stretches if end - start >= SHORTEST_STRETCH)


def _clip(stretches: tuple[Stretch, ...], earliest: int, latest: int) -> tuple[Stretch, ...]:
    cut = ((max(a, earliest), min(b, latest)) for a, b in stretches)
    return tuple((a, b) for a, b in cut if a < b)


def _without(stretches: tuple[Stretch, ...], taken: tuple[Stretch, ...]) -> tuple[Stretch, ...]:
    left = list(stretches)
    for start, end in taken:
        pieces = [piece for a, b in left for piece in ((a, min(b, start)), (max(a, end), b))]
        left = [(a, b) for a, b in pieces if a < b]
    return tuple(left)
