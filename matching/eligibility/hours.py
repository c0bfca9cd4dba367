"""Hours and times of day that the law allows below an age, against a schedule.

How the rules are read stands at the head of ``labor_rules/us.toml``. A schedule is judged once
per distinct combination of schedule, dates, program and school hours: the answer is the *first
date on which it would be unlawful*, and a pair is unlawful where the student is still under the
age on that date. That is exact, because later birthdays only add dates to judge.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from matching.eligibility.labor_rules import HoursLimits
from matching.problem import UNKNOWN, Windows

NEVER = 10_000_000  # an ordinal after every date
SHORTEST_STRETCH = 120  # minutes; the format's two hours

Stretch = tuple[int, int]  # start and end, minutes after midnight

# Whoever is under 16 on the first day is 16 within two years of turning 14; three are enough.
_OPEN_END_DAYS = 3 * 366


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
    hours_per_week
        Minutes a week as posted, 0 where not given.
    """

    schedule: Windows
    start: int
    end: int
    hours_per_week: int

    @property
    def last(self) -> int:
        return self.start + _OPEN_END_DAYS if self.end == UNKNOWN else self.end


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


class Calendar:
    """What happens on a date: weekly windows within ``start``..``last``, and dated ones."""

    def __init__(self, windows: Windows, start: int, last: int) -> None:
        self._weekly: dict[int, list[Stretch]] = {}
        self.dated: dict[int, list[Stretch]] = {}
        for window in windows:
            by_day = self._weekly if window.weekly else self.dated
            by_day.setdefault(window.day, []).append((window.start, window.end))
        self._joined = {day: join(stretches) for day, stretches in self._weekly.items()}
        self._start, self._last = start, last

    @property
    def weekly_minutes(self) -> int:
        return sum(total(stretches) for stretches in self._joined.values())

    def on(self, day: int) -> tuple[Stretch, ...]:
        weekday = weekday_of(day)
        in_term = self._start <= day <= self._last
        if day in self.dated:
            weekly = self._weekly.get(weekday, []) if in_term else []
            return join([*weekly, *self.dated[day]])
        return self._joined.get(weekday, ()) if in_term else ()


def breaches(work: Work, limits: HoursLimits, school: Windows, until: int = NEVER) -> Iterator[Breach]:
    """Breaches in order of date, up to ``until``, for somebody under the age on every date.

    Parameters
    ----------
    work
        A schedule without flexible hours.
    limits
        Limits of the jurisdiction and program.
    school
        School hours; empty while school is not in session.
    until
        The last date under the age (ordinal).

    Yields
    ------
    Breach
        For dates that stand for all others: a weekly schedule breaks a rule in its first two
        weeks, in the first week after the summer, or in a week with something dated in it.
    """
    calendar = Calendar(work.schedule, work.start, work.last)
    lessons = Calendar(school, 0, NEVER)
    posted = work.hours_per_week
    if posted > calendar.weekly_minutes and work.start <= until:
        kept = lessons.weekly_minutes > 0
        limit = limits.school_week if kept else limits.other_week
        if posted > limit:
            yield Breach(work.start, "HOURS-SCHOOL-WEEK" if kept else "HOURS-WEEK", posted, limit)
    for day in _dates_to_judge(work, calendar, lessons, limits):
        if day > until:
            return
        if calendar.on(day):
            yield from _day_breaches(day, calendar, lessons, limits)
            yield from _week_breaches(day, calendar, lessons, limits)


def _dates_to_judge(
    work: Work, calendar: Calendar, lessons: Calendar, limits: HoursLimits
) -> list[int]:
    last = work.last
    days = set(range(work.start, min(last, work.start + 13) + 1))
    first_year = date.fromordinal(work.start).year
    for year in range(first_year, date.fromordinal(last).year + 1):
        autumn = _first_autumn_day(year, limits)
        days.update(range(max(autumn, work.start), min(last, autumn + 6) + 1))
    for dated in (*calendar.dated, *lessons.dated):
        sunday = _week_start(dated, limits)
        days.update(d for d in range(sunday, sunday + 7) if work.start <= d <= last)
    days.update(calendar.dated)
    return sorted(days)


def _first_autumn_day(year: int, limits: HoursLimits) -> int:
    month, day = limits.summer_first
    ordinal = date(year, month, day).toordinal()
    while limits.in_summer(date.fromordinal(ordinal)):
        ordinal += 1
    return ordinal


def _week_start(day: int, limits: HoursLimits) -> int:
    return day - (weekday_of(day) - limits.week_starts) % 7


def _latest(day: int, limits: HoursLimits) -> int:
    return limits.summer_latest if limits.in_summer(date.fromordinal(day)) else limits.latest


def _meet(left: tuple[Stretch, ...], right: tuple[Stretch, ...]) -> bool:
    return any(a < d and c < b for a, b in left for c, d in right)


def _day_breaches(
    day: int, calendar: Calendar, lessons: Calendar, limits: HoursLimits
) -> Iterator[Breach]:
    hours, school = calendar.on(day), lessons.on(day)
    minutes = total(hours)
    in_school = _meet(hours, school)
    by_program = in_school and limits.during_school_days > 0
    if in_school and not limits.during_school and not by_program:
        yield Breach(day, "HOURS-SCHOOL", hours[0][0], school[0][1])
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


def _week_breaches(
    day: int, calendar: Calendar, lessons: Calendar, limits: HoursLimits
) -> Iterator[Breach]:
    """The week's sum up to this date: what is over the limit is over it from this date on."""
    sunday = _week_start(day, limits)
    week = range(sunday, sunday + 7)
    kept = any(lessons.on(d) for d in week)
    limit = limits.school_week if kept else limits.other_week
    minutes = sum(total(calendar.on(d)) for d in range(sunday, day + 1))
    if minutes > limit:
        yield Breach(day, "HOURS-SCHOOL-WEEK" if kept else "HOURS-WEEK", minutes, limit)
    if limits.during_school_days:
        touched = [d for d in range(sunday, day + 1) if _meet(calendar.on(d), lessons.on(d))]
        if len(touched) > limits.during_school_days:
            yield Breach(day, "HOURS-SCHOOL", calendar.on(day)[0][0], lessons.on(day)[0][1])


@dataclass(frozen=True, slots=True)
class Plan:
    """When flexible hours can be worked: stretches by day, with what the law caps.

    Attributes
    ----------
    days
        Day of week, or ordinal of a date, for each entry of the other two.
    stretches
        Joined stretches of that day that may be worked.
    caps
        Minutes that count on that day; NEVER where the law sets no limit there.
    week
        Minutes that count over all capped days together.
    """

    days: tuple[int, ...]
    stretches: tuple[tuple[Stretch, ...], ...]
    caps: tuple[int, ...]
    week: int

    def minutes(self) -> int:
        """What the plan gives to somebody who is free at any time."""
        capped = free = 0
        for stretches, cap in zip(self.stretches, self.caps, strict=True):
            found = sum(b - a for a, b in stretches if b - a >= SHORTEST_STRETCH)
            if cap == NEVER:
                free += found
            else:
                capped += min(found, cap)
        return min(capped, self.week) + free


def open_plan(schedule: Windows) -> Plan:
    """The plan of somebody to whom no hours rule applies."""
    by_day = _by_day(schedule)
    return Plan(tuple(by_day), tuple(by_day.values()), (NEVER,) * len(by_day), NEVER)


def lawful_plans(work: Work, limits: HoursLimits, school: Windows) -> list[tuple[int, Plan]]:
    """Plans under the hours rules, by the dates from which each is in force.

    Returns
    -------
    list of (day, Plan)
        Ascending; the plan of the last entry whose ``day`` the student is still under the age on
        is theirs (none: :func:`open_plan`).
    """
    by_day = _by_day(work.schedule)
    lessons = _by_day(tuple(w for w in school if w.weekly))
    turning = {day: _turning_days(day, work, limits) for day in by_day}
    moments = sorted({t for pair in turning.values() for t in pair if t != NEVER})
    week = limits.school_week if lessons else limits.other_week
    plans = []
    for moment in moments:
        stretches, caps = [], []
        for day, hours in by_day.items():
            capped_from, winter_from = turning[day]
            if moment < capped_from:
                stretches.append(hours)
                caps.append(NEVER)
                continue
            latest = limits.latest if moment >= winter_from else limits.summer_latest
            taught = lessons.get(day if day < 7 else weekday_of(day), ())
            allowed = _clip(hours, limits.earliest, latest)
            stretches.append(allowed if limits.during_school else _without(allowed, taught))
            caps.append(limits.school_day if taught else limits.other_day)
        plans.append((moment, Plan(tuple(by_day), tuple(stretches), tuple(caps), week)))
    return plans


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


def _by_day(windows: Windows) -> dict[int, tuple[Stretch, ...]]:
    found: dict[int, list[Stretch]] = {}
    for window in sorted(windows):
        found.setdefault(window.day, []).append((window.start, window.end))
    return {day: join(stretches) for day, stretches in found.items()}


def _clip(stretches: tuple[Stretch, ...], earliest: int, latest: int) -> tuple[Stretch, ...]:
    cut = ((max(a, earliest), min(b, latest)) for a, b in stretches)
    return tuple((a, b) for a, b in cut if a < b)


def _without(stretches: tuple[Stretch, ...], taken: tuple[Stretch, ...]) -> tuple[Stretch, ...]:
    left = list(stretches)
    for start, end in taken:
        pieces = [piece for a, b in left for piece in ((a, min(b, start)), (max(a, end), b))]
        left = [(a, b) for a, b in pieces if a < b]
    return tuple(left)
