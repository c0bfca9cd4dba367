"""The rules about hours, judged date by date: the first date on which each is broken.

Written from the head of ``us.toml``. Somebody who is under the age of a rule on that date is
excluded by it: a breach rests on its own date and earlier ones, on which they are younger still.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from matching.eligibility.labor_rules import HoursRule
from matching.problem import UNKNOWN, Windows
from matching.verify.times import Span, by_day, common, joined, length, weekday
from matching.verify.year import WEEK, Alike, Lessons, Year, in_force, limit_on, sunday_of

DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Plan:
    """What the rules about hours look at in an opportunity. Hours are None where not given."""

    schedule: Windows
    flexible_hours: float | None
    hours_per_week: float | None
    labor_program: str
    start: int
    end: int

    @property
    def flexible(self) -> bool:
        return self.flexible_hours is not None and bool(self.schedule)


class Worked:
    """The work of a plan on each date, beside the school hours of one school."""

    def __init__(self, plan: Plan, year: Year, lessons: Lessons) -> None:
        self.plan = plan
        self.lessons = lessons
        self._year = year
        self._by_day = by_day(plan.schedule)
        self._letters = any(day < 0 for day in self._by_day)
        self.dated = [day for day in self._by_day if day >= WEEK]
        weekly = sum(length(spans) for day, spans in self._by_day.items() if 0 <= day < WEEK)
        flexible = minutes_of(plan.flexible_hours or 0)
        stated = max(minutes_of(plan.hours_per_week or 0), flexible)
        self.stated = stated if stated > (flexible if plan.flexible else weekly) else 0.0
        self._on: dict[int, list[Span]] = {}

    def in_term(self, day: int) -> bool:
        return self.plan.start <= day and (self.plan.end == UNKNOWN or day <= self.plan.end)

    def on(self, day: int) -> list[Span]:
        """Work of a date, joined."""
        if day not in self._on:
            self._on[day] = self._of(day)
        return self._on[day]

    def _of(self, day: int) -> list[Span]:
        found = self._by_day.get(weekday(day), []) if self.in_term(day) else []
        letter = self._year.of(day)[1] if self._letters and self.in_term(day) else 0
        more = [*(self._by_day.get(letter, []) if letter else []), *self._by_day.get(day, [])]
        return joined([*found, *more]) if more else found

    def in_lessons(self, day: int) -> bool:
        """Whether work of a date touches school hours."""
        return bool(common(self.on(day), self.lessons.on(day)))

    def limit(self, rule: HoursRule, day: int) -> int:
        """Minutes of a limit of a day, in its program."""
        if rule.school_hours_limit is not None and self.in_lessons(day):
            return rule.school_hours_limit
        return rule.limit


def minutes_of(hours: float) -> float:
    """Hours told with decimals, in minutes, without the noise of their product with 60."""
    return round(hours * 60, 6)


Breach = Callable[[HoursRule, Worked, int, int], Iterable[int]]
"""Dates of the week from a Sunday on which a rule is broken; last the place of the week in cycles."""


def _week(worked: Worked, sunday: int) -> list[int]:
    return [day for day in range(sunday, sunday + WEEK) if worked.on(day)]


def _school_hours(rule: HoursRule, worked: Worked, sunday: int, place: int) -> Iterable[int]:
    if rule.open:
        return ()
    allowed = rule.cycle[place % len(rule.cycle)] if rule.cycle else 0
    return [day for day in _week(worked, sunday) if worked.in_lessons(day)][allowed:]


def _met(scope: str, school: bool) -> bool:
    return scope in ("any", "24h", "school" if school else "other")


def _day_hours(rule: HoursRule, worked: Worked, sunday: int, _: int) -> Iterable[int]:
    for day in _week(worked, sunday):
        minutes = _any_24_hours(worked, day) if rule.scope == "24h" else length(worked.on(day))
        if _met(rule.scope, bool(worked.lessons.on(day))) and minutes > worked.limit(rule, day):
            yield day


def _any_24_hours(worked: Worked, day: int) -> int:
    """The most minutes in 24 hours whose last work is of a date; times from the midnight before it."""
    spans = [*((a - DAY, b - DAY) for a, b in worked.on(day - 1)), *worked.on(day)]
    earliest = worked.on(day)[0][0] - DAY
    begins = {earliest, *(moment - back for span in spans for moment in span for back in (0, DAY))}
    return max(length(common(spans, [(b, b + DAY)])) for b in begins if b >= earliest)


def _week_hours(rule: HoursRule, worked: Worked, sunday: int, _: int) -> Iterable[int]:
    if not _met(rule.scope, worked.lessons.in_week(sunday)):
        return
    if worked.stated > rule.limit:
        yield from [day for day in range(sunday, sunday + WEEK) if worked.in_term(day)][:1]
    if worked.plan.flexible:  # of its windows no date is told
        return
    total = 0
    for day in _week(worked, sunday):
        before, total = total, total + length(worked.on(day))
        if before <= rule.limit < total:
            yield day


def _week_days(rule: HoursRule, worked: Worked, sunday: int, _: int) -> Iterable[int]:
    return _week(worked, sunday)[rule.limit :]


def _earliest(rule: HoursRule, worked: Worked, sunday: int, _: int) -> Iterable[int]:
    for day in _week(worked, sunday):
        if worked.on(day)[0][0] < rule.limit and (rule.scope == "any" or worked.lessons.on(day)):
            yield day


def _latest(rule: HoursRule, worked: Worked, sunday: int, _: int) -> Iterable[int]:
    for day in _week(worked, sunday):
        asked = rule.scope == "any" or worked.lessons.on(day + 1)
        if asked and worked.on(day)[-1][1] > limit_on(rule, day):
            yield day


def _rest(rule: HoursRule, worked: Worked, sunday: int, _: int) -> Iterable[int]:
    for day in _week(worked, sunday):
        if worked.on(day - 1) and _rested(worked, day) < rule.limit:
            yield day


def _rested(worked: Worked, day: int) -> int:
    """Minutes between the work of the date before and that of a date; endless where it goes on."""
    ended, begun = worked.on(day - 1)[-1][1], worked.on(day)
    if ended == DAY and begun[0][0] == 0:  # it goes on over midnight
        ended, begun = DAY + begun[0][1], begun[1:]
    return begun[0][0] + DAY - ended if begun else WEEK * DAY


def _touches(_: HoursRule, worked: Worked, sunday: int, __: int) -> Iterable[int]:
    return (day for day in _week(worked, sunday) if worked.in_lessons(day))


def _after(rule: HoursRule, worked: Worked, sunday: int, _: int) -> Iterable[int]:
    return (day for day in _week(worked, sunday) if worked.on(day)[-1][1] > rule.limit)


BREACHES: dict[str, Breach] = {
    "school_hours": _school_hours,
    "day_hours": _day_hours,
    "week_hours": _week_hours,
    "week_days": _week_days,
    "earliest": _earliest,
    "latest": _latest,
    "rest": _rest,
}


def breach_of(rule: HoursRule) -> Breach | None:
    """How a rule is broken, or what work a condition is asked of; None: never by date."""
    if rule.condition:
        return _touches if rule.scope == "school" else _after
    return BREACHES.get(rule.kind)


def first_breaches(rules: Iterable[HoursRule], worked: Worked, alike: Alike, horizon: int) -> dict[str, int]:
    """The first date, by code, on which each rule is broken by somebody who stays under its age.

    Parameters
    ----------
    rules
        As they are in the plan's program; a condition is "broken" by the work that it is asked of.
    horizon
        The last date on which anybody is under any of the ages.
    """
    plan = worked.plan
    cycle = 1
    asked = []
    for rule in rules:
        breach = breach_of(rule)
        if breach is not None and (not plan.flexible or rule.condition or rule.kind == "week_hours"):
            asked.append((rule, breach))
            cycle *= len(rule.cycle) or 1
    if not asked:
        return {}
    last = horizon if plan.end == UNKNOWN else min(plan.end, horizon)
    sundays = set(alike.sundays(plan.start, last, cycle))
    for day in worked.dated:
        sundays |= {sunday_of(day), sunday_of(day) + WEEK}
    first = sunday_of(plan.start)
    found: dict[str, int] = {}
    for sunday in sorted(sundays):
        place = (sunday - first) // WEEK
        for rule, breach in asked:
            if rule.code not in found:
                # What asks for a paper is in force by the first day; the others by their dates.
                dates = (
                    day
                    for day in breach(rule, worked, sunday, place)
                    if rule.condition or in_force(rule, day)
                )
                broken = min(dates, default=UNKNOWN)
                if broken != UNKNOWN:
                    found[rule.code] = broken
    return found


def figures(rule: HoursRule, worked: Worked, day: int) -> tuple[int, int]:
    """What is told of a rule that is broken on a date: the figure found, and the one that may be.

    Minutes of a day, 24 hours, a week or a rest; days of a week; or times of day.
    """
    spans, sunday = worked.on(day), sunday_of(day)
    if rule.kind == "week_hours":
        total = sum(length(worked.on(other)) for other in range(sunday, day + 1))
        dated = not worked.plan.flexible and total > rule.limit
        return (total if dated else round(worked.stated)), rule.limit
    if rule.kind == "week_days":
        return len([other for other in _week(worked, sunday) if other <= day]), rule.limit
    if rule.kind == "school_hours":
        return spans[0][0], worked.lessons.on(day)[-1][1]
    if rule.kind == "day_hours":
        return _any_24_hours(worked, day) if rule.scope == "24h" else length(spans), worked.limit(rule, day)
    if rule.kind == "rest":
        return _rested(worked, day), rule.limit
    return (spans[0][0], rule.limit) if rule.kind == "earliest" else (spans[-1][1], limit_on(rule, day))
