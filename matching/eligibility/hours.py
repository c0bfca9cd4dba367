"""Hours and times of day that the law allows below an age, against what is worked.

How the rules are read stands at the head of ``labor_rules/us.toml``. A schedule is judged once per
distinct combination of schedule, dates, program and school year. The answer is, for each rule, the
*first date on which it would be broken*, and a pair is unlawful where the student is still under
the rule's age on that date. That is exact, because a breach rests on earlier dates alone and later
birthdays only add dates to judge.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from matching.eligibility.labor_rules import HoursRule
from matching.eligibility.school_year import SchoolYear
from matching.eligibility.stretches import (
    DAY,
    NEVER,
    Stretches,
    meet,
    sunday_of,
)
from matching.eligibility.work import DayWork, Timetable, Work, Worked
from matching.problem import Windows

# Hours a week are decimals; so many minutes are no more than the noise of their product with 60.
_ROUNDING = 1e-6

_WeekKind = tuple[int, ...]


class Breach(NamedTuple):
    """A date on which a rule is broken, with what was found and what is allowed.

    ``found`` and ``limit`` are minutes of work or rest, minutes after midnight, or days, as the
    rule's ``limit`` is.
    """

    day: int
    rule: HoursRule
    found: int
    limit: int


class _Week:
    """One week from Sunday to Saturday, and the Saturday before it.

    ``worked`` has the place in the week, the date and the work of each day with work; ``lessons``
    are those of the week and of the Sunday after it.
    """

    def __init__(self, sunday: int, table: Worked, year: SchoolYear, first_week: int) -> None:
        self._table = table
        days = ((place, sunday + place, table.on(sunday + place)) for place in range(7))
        self.worked = [day for day in days if day[2].hours]
        self.lessons, self.is_school_week = year.week(sunday)
        self.number = (sunday - first_week) // 7

    def spans(self, day: int) -> Stretches:
        return self._table.spans(day)


def _school_hours(rule: HoursRule, week: _Week) -> Iterator[Breach]:
    if rule.open:
        return
    left = rule.cycle[week.number % len(rule.cycle)] if rule.cycle else 0
    for place, day, work in week.worked:
        lessons = week.lessons[place]
        if not meet(work.hours, lessons):
            continue
        left -= 1
        if left < 0:
            yield Breach(day, rule, work.hours[0][0], lessons[-1][1])


def _day_hours(rule: HoursRule, week: _Week) -> Iterator[Breach]:
    if rule.scope == "24h":
        yield from _any_24_hours(rule, week)
        return
    for place, day, work in week.worked:
        lessons = week.lessons[place]
        if rule.scope != "any" and (rule.scope == "school") != bool(lessons):
            continue
        limit = _limit(rule, work, lessons)
        if work.minutes > limit:
            yield Breach(day, rule, work.minutes, limit)


def _limit(rule: HoursRule, work: DayWork, lessons: Stretches) -> int:
    """Minutes of a limit of a day, which a program may change where work touches school hours."""
    if rule.school_hours_limit is not None and meet(work.hours, lessons):
        return rule.school_hours_limit
    return rule.limit


def _any_24_hours(rule: HoursRule, week: _Week) -> Iterator[Breach]:
    for place, day, work in week.worked:
        own = week.spans(day)
        spans = [*week.spans(day - 1), *own]
        begins = {start for start, _ in spans} | {end - DAY for _, end in own}
        # Only windows with work of this date in them: the others belong to the date before.
        windows = [(a, a + DAY) for a in begins if a + DAY > own[0][0]]
        found = max(sum(max(0, min(b, d) - max(a, c)) for a, b in spans) for c, d in windows)
        limit = _limit(rule, work, week.lessons[place])
        if found > limit:
            yield Breach(day, rule, found, limit)


def _week_hours(rule: HoursRule, week: _Week) -> Iterator[Breach]:
    if rule.scope != "any" and (rule.scope == "school") != week.is_school_week:
        return
    minutes = 0
    for _, day, work in week.worked:
        minutes += work.minutes
        if minutes > rule.limit:
            yield Breach(day, rule, minutes, rule.limit)
            return


def _week_days(rule: HoursRule, week: _Week) -> Iterator[Breach]:
    for count, (_, day, _) in enumerate(week.worked, 1):
        if count > rule.limit:
            yield Breach(day, rule, count, rule.limit)


def _earliest(rule: HoursRule, week: _Week) -> Iterator[Breach]:
    for place, day, work in week.worked:
        if (rule.scope == "any" or week.lessons[place]) and work.hours[0][0] < rule.limit:
            yield Breach(day, rule, work.hours[0][0], rule.limit)


def _latest(rule: HoursRule, week: _Week) -> Iterator[Breach]:
    for place, day, work in week.worked:
        limit = rule.limit_on(day)
        ends = max(end for _, end in work.hours)
        if (rule.scope == "any" or week.lessons[place + 1]) and ends > limit:
            yield Breach(day, rule, ends, limit)


def _rest(rule: HoursRule, week: _Week) -> Iterator[Breach]:
    for _, day, _ in week.worked:
        before = week.spans(day - 1)
        if not before:
            continue
        ended = before[-1][1]
        for start, end in week.spans(day):
            if start > ended:
                if start - ended < rule.limit:
                    yield Breach(day, rule, start - ended, rule.limit)
                break
            ended = max(ended, end)  # what goes on over midnight is work of the date before


def _condition(rule: HoursRule, week: _Week) -> Iterator[Breach]:
    """Dates that make a condition necessary: work in school hours, or after a time."""
    if rule.scope != "school":
        yield from _latest(rule, week)
        return
    for place, day, work in week.worked:
        if meet(work.hours, week.lessons[place]):
            yield Breach(day, rule, work.hours[0][0], week.lessons[place][-1][1])


_KINDS: Mapping[str, Callable[[HoursRule, _Week], Iterator[Breach]]] = {
    "school_hours": _school_hours,
    "day_hours": _day_hours,
    "week_hours": _week_hours,
    "week_days": _week_days,
    "earliest": _earliest,
    "latest": _latest,
    "rest": _rest,
    "permit": _condition,
    "condition": _condition,
}


def week_breaches(
    sunday: int,
    worked: Worked,
    rules: Sequence[HoursRule],
    year: SchoolYear,
    first_week: int,
    *,
    every: bool = False,
) -> list[Breach]:
    """The first breach of each rule (or every one) in one week, of somebody under its age.

    Parameters
    ----------
    sunday
        The ordinal of the week's Sunday.
    rules
        As they hold in the labor program.
    first_week
        The Sunday from which the weeks of a program's cycle are counted.
    """
    week = _Week(sunday, worked, year, first_week)
    found: list[Breach] = []
    for rule in rules:
        if rule.kind in _KINDS:
            # A condition is in force, or not, by the first date of the placement.
            dated = _KINDS[rule.kind](rule, week)
            breaches = (breach for breach in dated if rule.condition or rule.holds(breach.day))
            found += breaches if every else islice(breaches, 1)
    return found


class Judge:
    """Schedules against some rules (as they hold in one program) in one school year.

    Most weeks of a placement are alike. So each date has a kind (its lessons, its letter, which
    rules hold and their evenings), each week the kinds of nine dates, and a schedule is judged once
    a kind of week.
    """

    def __init__(self, rules: Sequence[HoursRule], year: SchoolYear) -> None:
        self.rules = tuple(rules)
        self.year = year
        self._bounded = [rule for rule in rules if rule.effective or rule.until]
        self._cycle = max([1, *(len(rule.cycle) for rule in rules)])
        self._day_kinds: dict[int, int] = {}
        self._kinds: dict[tuple[object, ...], int] = {}
        self._week_kinds: dict[int, _WeekKind] = {}
        self._between: dict[tuple[int, int], list[int]] = {}
        self._judged: dict[tuple[Windows, float, _WeekKind], list[tuple[int, Breach]]] = {}

    def first_breaches(self, work: Work) -> dict[str, Breach]:
        """The first breach of each rule that is ever broken, by its code."""
        if not self.rules:
            return {}
        letters = self.year.letters
        table = Timetable(work.schedule, letters, work.start, work.last)
        endless = Timetable(work.schedule, letters, -NEVER, NEVER)
        posted = work.posted if work.posted > table.weekly_minutes + _ROUNDING else 0.0
        first_week, last_week = sunday_of(work.start), sunday_of(work.last)
        special = self._special_weeks(work, table)
        first: dict[str, Breach] = {}
        for sunday in sorted(special):
            if not table.dated and not self._like_weeks(sunday, work, posted, endless, first_week):
                continue  # what a whole week keeps, a part of it keeps
            found = week_breaches(sunday, table, self.rules, self.year, first_week)
            if first_week <= sunday <= last_week:
                found += self._posted_breaches(max(sunday, work.start), posted)
            _keep_first(first, found)
        for sunday in self._kinds_between(first_week, last_week, special):
            found = self._like_weeks(sunday, work, posted, endless, first_week)
            _keep_first(first, [breach for breach in found if breach.day <= work.last])
        return first

    def _like_weeks(
        self, sunday: int, work: Work, posted: float, endless: Timetable, first_week: int
    ) -> list[Breach]:
        """Breaches in a week that lies wholly within the placement, from one like it if known."""
        key = (work.schedule, posted, self.week_kind(sunday, first_week))
        if key not in self._judged:
            found = week_breaches(sunday, endless, self.rules, self.year, first_week)
            found += self._posted_breaches(sunday, posted)
            self._judged[key] = [(breach.day - sunday, breach) for breach in found]
        return [breach._replace(day=sunday + offset) for offset, breach in self._judged[key]]

    def _kinds_between(self, first_week: int, last_week: int, special: set[int]) -> list[int]:
        """Sunday of the first week of each kind after the first week, apart from special ones."""
        ordinary = special == {first_week}
        key = (first_week, last_week)
        if ordinary and key in self._between:
            return self._between[key]
        seen: dict[_WeekKind, int] = {}
        for sunday in range(first_week + 7, last_week + 7, 7):
            if sunday not in special:
                seen.setdefault(self.week_kind(sunday, first_week), sunday)
        found = list(seen.values())
        if ordinary:
            self._between[key] = found
        return found

    def _special_weeks(self, work: Work, table: Timetable) -> set[int]:
        """Weeks that are like no other: the first, and those that work of a single date touches."""
        weeks = {sunday_of(work.start)}
        for day in table.dated:
            weeks |= {sunday_of(day), sunday_of(day + 1)}
        return weeks

    def _posted_breaches(self, day: int, posted: float) -> list[Breach]:
        """Breaches of hours a week that are only said, on the first date of the week that counts."""
        if not posted:
            return []
        scopes = ("any", "school" if self.year.school_week(sunday_of(day)) else "other")
        return [
            Breach(day, rule, round(posted), rule.limit)
            for rule in self.rules
            if rule.kind == "week_hours" and rule.scope in scopes and posted > rule.limit and rule.holds(day)
        ]

    def week_kind(self, sunday: int, first_week: int) -> _WeekKind:
        """Kinds of nine dates, and the place in the cycle of a program."""
        if sunday not in self._week_kinds:
            days = range(sunday - 1, sunday + 8)
            self._week_kinds[sunday] = tuple(self._day_kind(day) for day in days)
        if self._cycle == 1:
            return self._week_kinds[sunday]
        return (*self._week_kinds[sunday], (sunday - first_week) // 7 % self._cycle)

    def _day_kind(self, day: int) -> int:
        if day not in self._day_kinds:
            evenings = tuple(rule.limit_on(day) for rule in self.rules if rule.summer)
            holds = tuple(rule.holds(day) for rule in self._bounded)
            kind = (self.year.lessons(day), self.year.letters.get(day, 0), evenings, holds)
            self._day_kinds[day] = self._kinds.setdefault(kind, len(self._kinds))
        return self._day_kinds[day]


def _keep_first(first: dict[str, Breach], found: Sequence[Breach]) -> None:
    for breach in found:
        code = breach.rule.code
        if code not in first or breach.day < first[code].day:
            first[code] = breach
