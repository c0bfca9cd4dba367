"""How much of a flexible schedule is lawful, and shared with the student's time.

Written from the head of ``us.toml``, "FLEXIBLE HOURS". What the law leaves of each day is worked out
once for all students to whom it leaves the same; the student's time is then laid over it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from matching.eligibility.labor_rules import HoursRule
from matching.problem import UNKNOWN, Windows
from matching.verify.hours import DAY, Plan
from matching.verify.times import Span, by_day, common, joined, length, without
from matching.verify.year import WEEK, Lessons, Year, in_force, limit_on, places

SHORTEST_STRETCH = 120
"""Minutes: flexible hours count "in stretches of two hours or more"."""

NO_LIMIT = 7 * DAY

Protection = tuple[HoursRule, int]
"""A rule that is asked of a student, and the first date on which they are no longer under its age."""

Free = Callable[[int], list[Span]]
"""A student's time on a day (weekday, letter or date) of a schedule."""


def long_enough(spans: list[Span]) -> int:
    """Minutes of the spans of two hours or more."""
    return length(span for span in spans if span[1] - span[0] >= SHORTEST_STRETCH)


@dataclass(frozen=True, slots=True)
class LawfulDay:
    """What the law leaves of a day of a schedule.

    Attributes
    ----------
    age
        The lowest age under which it is protected, 0 where it is not.
    lawful, most
        The stretches that may be worked, and how many minutes of them.
    open, open_most
        The same where one of the days in school hours is spent on it; None where it is none.
    """

    day: int
    age: int
    lawful: list[Span]
    most: int = NO_LIMIT
    open: list[Span] | None = None
    open_most: int = NO_LIMIT


@dataclass(frozen=True, slots=True)
class LawfulWeek:
    """What the law leaves of a flexible schedule.

    Attributes
    ----------
    ages
        Every age of a protecting rule, ascending, with its most days and its most minutes a week.
    gains
        On how many days work in school hours is open.
    """

    days: list[LawfulDay]
    ages: list[tuple[int, int, int]]
    gains: int

    def minutes(self, free: Free) -> int:
        """Minutes a week that are lawful and lie in the student's time."""
        unprotected, counted = 0, []
        for day in self.days:
            own = free(day.day)
            minutes = min(day.most, long_enough(common(day.lawful, own)))
            if not day.age:
                unprotected += minutes
                continue
            gain = 0
            if day.open is not None:
                gain = max(0, min(day.open_most, long_enough(common(day.open, own))) - minutes)
            counted.append((day.age, minutes, gain))
        for age, most_days, _ in self.ages:
            counted = _most(counted, age, most_days)
        by_gain = sorted(range(len(counted)), key=lambda i: -counted[i][2])
        gained = set(by_gain[: self.gains])
        total = 0
        for age, _, most in self.ages:
            total += sum(
                minutes + (gain if i in gained else 0)
                for i, (of, minutes, gain) in enumerate(counted)
                if of == age
            )
            total = min(total, most)
        return total + unprotected


def _most(days: list[tuple[int, int, int]], age: int, most: int) -> list[tuple[int, int, int]]:
    """The days without those of a group and the lower ones that are more than may be worked."""
    within = [i for i, day in enumerate(days) if day[0] <= age]
    kept = set(sorted(within, key=lambda i: -days[i][1])[:most])
    return [day for i, day in enumerate(days) if day[0] > age or i in kept]


def lawful_week(
    plan: Plan, asked: Sequence[Protection], dates: Iterable[int], year: Year, lessons: Lessons
) -> LawfulWeek:
    """What the law leaves of a schedule to a student whom these rules protect.

    Parameters
    ----------
    dates
        One date of each kind from start to end, as far as anybody is protected, and single dates.
    """
    work = by_day(plan.schedule)
    # Work of single dates is among the dates; weekdays and letters come up from start to end alone.
    term = [date for date in dates if plan.start <= date and (plan.end == UNKNOWN or date <= plan.end)]
    days, own = [], {}
    for day in sorted(work):
        own[day] = [day] if day >= WEEK else [date for date in term if year.comes_up(day, date)]
        days.append(_lawful_day(day, work[day], asked, own[day], lessons))
    every = {date for dates_of_day in own.values() for date in dates_of_day}
    ages = []
    protecting = [(rule, until) for rule, until in asked if any(date < until for date in every)]
    for age in sorted({rule.under_age for rule, _ in protecting}):
        most_days, most = WEEK * WEEK, NO_LIMIT
        for rule, until in protecting:
            met = [date for date in every if date < until and in_force(rule, date)]
            if rule.under_age != age or not met:
                continue
            if rule.kind == "week_days":
                most_days = min(most_days, rule.limit)
            elif rule.kind == "week_hours" and any(_week_met(rule, lessons, date) for date in met):
                most = min(most, rule.limit)
        ages.append((age, most_days, most))
    gains = [min(rule.cycle) for rule, _ in protecting if rule.kind == "school_hours" and rule.cycle]
    return LawfulWeek(days, ages, min(gains, default=0))


def _week_met(rule: HoursRule, lessons: Lessons, date: int) -> bool:
    return rule.scope == "any" or (rule.scope == "school") == lessons.in_week(date)


def _lawful_day(
    day: int, work: list[Span], asked: Sequence[Protection], dates: list[int], lessons: Lessons
) -> LawfulDay:
    first, last, most, open_most = 0, DAY, NO_LIMIT, NO_LIMIT
    shut: list[Span] = []
    may_open: list[Span] = []
    ages, cycles = [], False
    for rule, until in asked:
        protected = [date for date in dates if date < until]
        if not protected:
            continue
        ages.append(rule.under_age)
        for date in protected:
            if not in_force(rule, date):
                continue
            taught = lessons.on(date)
            if rule.kind == "earliest" and (rule.scope == "any" or taught):
                first = max(first, rule.limit)
            elif rule.kind == "latest" and (rule.scope == "any" or lessons.on(date + 1)):
                last = min(last, limit_on(rule, date))
            elif rule.kind == "school_hours" and not rule.open:
                if rule.cycle:
                    may_open += taught
                    cycles = cycles or bool(taught)
                else:
                    shut += taught
            elif rule.kind == "day_hours" and (
                rule.scope in ("any", "24h") or (rule.scope == "school") == bool(taught)
            ):
                most = min(most, rule.limit)
                open_most = min(
                    open_most, rule.limit if rule.school_hours_limit is None else rule.school_hours_limit
                )
    if not ages:
        return LawfulDay(day, 0, work)
    within = without(common(work, [(first, last)] if first < last else []), shut)
    lawful = without(within, may_open)
    return LawfulDay(day, min(ages), lawful, most, within if cycles else None, open_most)


def free_time(plan: Plan, available: Windows | None, year: Year) -> Free:
    """The student's time on the days of a schedule: what is free on every one of a day's dates.

    A letter that comes up on no date gives no time. ``available`` None asks for no time at all.
    """
    last = plan.end if plan.end != UNKNOWN else max(year.last_letter, plan.start + WEEK - 1)

    @cache
    def free(day: int) -> list[Span]:
        if available is None:
            return [(0, DAY)]
        found: list[Span] | None = None
        for held in places(year, day, plan.start, last):
            own = joined((w.start, w.end) for w in available if w.day in held)
            found = own if found is None else common(found, own)
        return found or []

    return free
