"""When flexible hours can be worked, and what of it the law lets count.

The head of ``labor_rules/us.toml`` says how (FLEXIBLE HOURS). What a plan gives depends on the
student's birthdays, of which few make a difference: the dates on which something turns up for the
first time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching.eligibility.labor_rules import HoursRule
from matching.eligibility.school_year import SchoolYear
from matching.eligibility.stretches import (
    DAY,
    NEVER,
    Stretches,
    by_day,
    clip,
    join,
    long_minutes,
    sunday_of,
    weekday_of,
    without,
)
from matching.eligibility.work import Work
from matching.problem import IntArray

Shared = Callable[[int, Stretches], IntArray]
"""Minutes in stretches of two hours or more that each of some students has of a day's stretches."""


@dataclass(frozen=True, slots=True)
class PlanDay:
    """One day of a :class:`Plan`.

    Attributes
    ----------
    day
        Day of week, letter or ordinal of a date.
    stretches, cap
        Joined stretches that may be worked, and the minutes that count.
    open_stretches, open_cap
        The same where a program opens school hours on so many days a week.
    """

    day: int
    stretches: Stretches
    cap: int = NEVER
    open_stretches: Stretches = ()
    open_cap: int = 0


@dataclass(frozen=True, slots=True)
class Level:
    """Days that the rules up to one age protect.

    Attributes
    ----------
    week
        Minutes that count over the days of this level and those before together.
    most_days
        So many days of those may count, the best.
    """

    days: tuple[PlanDay, ...]
    week: int = NEVER
    most_days: int = NEVER


@dataclass(frozen=True, slots=True)
class Plan:
    """What of a schedule may be worked; ``free`` are the days that no rule protects.

    ``lawful`` is what it gives to somebody who is free at any time.
    """

    free: tuple[PlanDay, ...]
    levels: tuple[Level, ...] = ()
    open_days: int = 0
    lawful: int = 0

    def minutes(self, shared: Shared) -> IntArray:
        """Minutes a week for each of some students."""
        days = [day for level in self.levels for day in level.days]
        none = np.zeros(1, np.int64)
        counted = [np.minimum(shared(day.day, day.stretches), day.cap) for day in days]
        opened = [np.minimum(shared(day.day, day.open_stretches), day.open_cap) for day in days]
        gains = [np.maximum(0, more - found) for more, found in zip(opened, counted, strict=True)]
        reached = 0
        for level in self.levels:
            reached += len(level.days)
            if level.most_days < reached:
                kept = _largest(counted[:reached], level.most_days)
                for place, keep in enumerate(kept):
                    counted[place] = np.where(keep, counted[place], 0)
                    gains[place] = np.where(keep, gains[place], 0)
        if gains:
            kept = _largest(gains, self.open_days)
            counted = [
                found + np.where(keep, gain, 0)
                for found, gain, keep in zip(counted, gains, kept, strict=True)
            ]
        found, place = none, 0
        for level in self.levels:
            own = sum(counted[place : place + len(level.days)], none)
            found = np.minimum(found + own, level.week)
            place += len(level.days)
        return found + sum((shared(day.day, day.stretches) for day in self.free), none)


def _largest(values: Sequence[IntArray], count: int) -> NDArray[np.bool_]:
    """[values, students] whether each is among a student's ``count`` largest, earlier ones first."""
    table = np.array(np.broadcast_arrays(*values))
    order = np.argsort(-table, axis=0, kind="stable")
    place = np.empty_like(order)
    np.put_along_axis(place, order, np.arange(len(table))[:, None], axis=0)
    return place < count


def _always_free(_: int, stretches: Stretches) -> IntArray:
    """:data:`Shared` of somebody who is free at any time."""
    return np.array([long_minutes(stretches)], np.int64)


class _Dates(NamedTuple):
    """What the rules see in a date of a day of the schedule."""

    day: int  # as in PlanDay
    date: int
    lessons: Stretches
    before_school: bool
    school_week: bool


KnownDates = dict[tuple[int, int, int], list[_Dates]]
"""Distinct dates by day, start and last date, shared by plans under the same rules and school year."""


class PlanMaker:
    """Plans of one schedule under some rules in one school year.

    Dates of a day that are alike to every rule count once, at the first of them; ``states`` says
    how many of those lie before a birthday, and so tells the students to whom one plan belongs.
    """

    def __init__(self, work: Work, rules: Sequence[HoursRule], year: SchoolYear, known: KnownDates) -> None:
        self._days = by_day(work.schedule)
        self._known = known
        self._rules: dict[int, list[HoursRule]] = {}
        for rule in rules:
            if not rule.condition:
                self._rules.setdefault(rule.under_age, []).append(rule)
        self.ages = tuple(sorted(self._rules))
        self._year = year
        self._seen = sorted(self._first_dates(work), key=lambda seen: (seen.date, seen.day))
        self._first = [seen.date for seen in self._seen]
        self._plans: dict[tuple[int, ...], Plan] = {}

    def _first_dates(self, work: Work) -> Iterator[_Dates]:
        for day in self._days:
            key = (day, work.start, work.last)
            if key not in self._known:
                self._known[key] = list(self._first_dates_of(day, work))
            yield from self._known[key]

    def _first_dates_of(self, day: int, work: Work) -> Iterator[_Dates]:
        """The first of the dates of a day that are alike to every rule."""
        bounded = [r for rules in self._rules.values() for r in rules if r.effective or r.until or r.summer]
        seen = set()
        for date in self._dates(day, work):
            lessons = self._year.lessons(date)
            before_school = bool(self._year.lessons(date + 1))
            school_week = self._year.school_week(sunday_of(date))
            alike = tuple((rule.holds(date), rule.limit_on(date)) for rule in bounded)
            kind = (lessons, before_school, school_week, alike)
            if kind not in seen:
                seen.add(kind)
                yield _Dates(day, date, lessons, before_school, school_week)

    def _dates(self, day: int, work: Work) -> Iterable[int]:
        if day >= 7:
            return (day,)
        if day >= 0:
            first = work.start + (day - weekday_of(work.start)) % 7
            return range(first, work.last + 1, 7)
        letters = self._year.letters.items()
        return sorted(d for d, letter in letters if letter == day and work.start <= d <= work.last)

    def moments(self) -> list[int]:
        """Dates on which something turns up for the first time, ascending."""
        return self._first

    def plan(self, states: tuple[int, ...]) -> Plan:
        """The plan of students for whom the first ``states[i]`` moments lie under ``ages[i]``."""
        if states not in self._plans:
            self._plans[states] = self._make(states)
        return self._plans[states]

    def _make(self, states: tuple[int, ...]) -> Plan:
        levels: list[Level] = []
        open_days, left = NEVER, dict(self._days)
        for age, state in zip(self.ages, states, strict=True):
            own = {seen.day for seen in self._seen[:state]} & set(left)
            days = []
            for day in [day for day in left if day in own]:
                made, opens = self._plan_day(day, left.pop(day), states)
                days.append(made)
                open_days = min(open_days, opens)
            seen = self._seen[:state]
            rules = self._rules[age]
            levels.append(Level(tuple(days), _week_cap(rules, seen), _most_days(rules, seen)))
        free = tuple(PlanDay(day, stretches) for day, stretches in left.items())
        plan = Plan(free, tuple(levels), 0 if open_days == NEVER else open_days)
        return replace(plan, lawful=int(plan.minutes(_always_free)[0]))

    def _plan_day(self, day: int, stretches: Stretches, states: tuple[int, ...]) -> tuple[PlanDay, int]:
        """A protected day at its strictest, and on how many such days school hours are open."""
        earliest, latest, cap, open_cap, open_days = 0, DAY, NEVER, NEVER, NEVER
        taught: Stretches = ()
        closed: Stretches = ()
        for age, state in zip(self.ages, states, strict=True):
            for seen in self._seen[:state]:
                if seen.day != day:
                    continue
                for rule in self._rules[age]:
                    if not rule.holds(seen.date):
                        continue
                    if rule.kind == "earliest" and (rule.scope == "any" or seen.lessons):
                        earliest = max(earliest, rule.limit)
                    elif rule.kind == "latest" and (rule.scope == "any" or seen.before_school):
                        latest = min(latest, rule.limit_on(seen.date))
                    elif rule.kind == "school_hours" and not rule.open:
                        taught = join([*taught, *seen.lessons])
                        if rule.cycle:
                            open_days = min(open_days, *rule.cycle) if seen.lessons else open_days
                        else:
                            closed = join([*closed, *seen.lessons])
                    elif rule.kind == "day_hours" and _of_day(rule, seen):
                        cap = min(cap, rule.limit)
                        opened = rule.school_hours_limit
                        open_cap = min(open_cap, rule.limit if opened is None else opened)
        allowed = clip(stretches, earliest, latest)
        opened_stretches = without(allowed, closed) if open_days != NEVER else ()
        return PlanDay(day, without(allowed, taught), cap, opened_stretches, open_cap), open_days


def _of_day(rule: HoursRule, seen: _Dates) -> bool:
    return rule.scope in ("any", "24h") or (rule.scope == "school") == bool(seen.lessons)


def _week_cap(rules: Sequence[HoursRule], seen: Sequence[_Dates]) -> int:
    limits = [
        rule.limit
        for rule in rules
        if rule.kind == "week_hours"
        for one in seen
        if rule.holds(one.date) and (rule.scope == "any" or (rule.scope == "school") == one.school_week)
    ]
    return min(limits, default=NEVER)


def _most_days(rules: Sequence[HoursRule], seen: Sequence[_Dates]) -> int:
    limits = [
        rule.limit for rule in rules if rule.kind == "week_days" for one in seen if rule.holds(one.date)
    ]
    return min(limits, default=NEVER)
