"""What two seats of one student come to together under the rules of hours.

Written from the head of ``us.toml``, "SEVERAL SEATS", on the readings of single seats in ``hours.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from matching.eligibility.labor_rules import HoursRule
from matching.problem import UNKNOWN
from matching.verify.hours import BREACHES, Plan, Worked
from matching.verify.times import Span, joined, length
from matching.verify.year import WEEK, Alike, Lessons, Year, in_force, sunday_of

ADDING_UP = frozenset({"day_hours", "week_hours", "week_days", "rest"})


class Both(Worked):
    """The work of two plans on each date. Of flexible hours only what is stated for a week is told."""

    def __init__(self, plans: Sequence[Plan], year: Year, lessons: Lessons) -> None:
        super().__init__(plans[0], year, lessons)
        self.seats = [Worked(_told(plan), year, lessons) for plan in plans]
        self.dated = [day for seat in self.seats for day in seat.dated]

    def in_term(self, day: int) -> bool:
        return all(seat.in_term(day) for seat in self.seats)

    def _of(self, day: int) -> list[Span]:
        return joined(span for seat in self.seats for span in seat.on(day))

    def breaches(self, rule: HoursRule, sunday: int, place: int) -> list[int]:
        """Dates of a week on which the two break a rule together."""
        if rule.kind != "week_hours":
            return list(BREACHES[rule.kind](rule, self, sunday, place))
        if rule.scope not in ("any", "school" if self.lessons.in_week(sunday) else "other"):
            return []
        days = range(sunday, sunday + WEEK)
        found, total = [], 0
        for day in days:
            total += length(self.on(day))
            if total > rule.limit:
                found.append(day)
                break
        larger = sum(max(seat.stated, sum(length(seat.on(d)) for d in days)) for seat in self.seats)
        if larger > rule.limit and any(seat.stated for seat in self.seats):
            found += [day for day in days if self.in_term(day)][:1]
        return found


def _told(plan: Plan) -> Plan:
    if not plan.flexible:
        return plan
    hours = max(plan.hours_per_week or 0.0, plan.flexible_hours or 0.0)
    return replace(plan, schedule=(), flexible_hours=None, hours_per_week=hours)


def judged_together(rules: Iterable[HoursRule], *, one_program: bool) -> list[HoursRule]:
    """The rules that the work of two seats can break where that of each does not."""
    return [rule for rule in rules if rule.kind in ADDING_UP or (one_program and rule.cycle)]


def first_together(rules: Sequence[HoursRule], both: Both, alike: Alike, horizon: int) -> dict[str, int]:
    """The first date, by code, on which two seats break a rule; see ``hours.first_breaches``."""
    plans = [seat.plan for seat in both.seats]
    start = max(plan.start for plan in plans)
    last = min(horizon if plan.end == UNKNOWN else min(plan.end, horizon) for plan in plans)
    cycle = 1
    for rule in rules:
        cycle *= len(rule.cycle) or 1
    sundays = set(alike.sundays(start, last, cycle))
    if sunday_of(start) <= sunday_of(last + 1):  # the one may begin where, or soon after, the other ends
        sundays |= {sunday_of(start), sunday_of(last + 1)}
    for day in both.dated:
        sundays |= {sunday_of(day), sunday_of(day + 1)}
    first = sunday_of(min(plan.start for plan in plans))
    found: dict[str, int] = {}
    for sunday in sorted(sundays):
        for rule in rules:
            if rule.code not in found:
                days = both.breaches(rule, sunday, (sunday - first) // WEEK)
                broken = [day for day in days if in_force(rule, day)]
                if broken:
                    found[rule.code] = min(broken)
    return found
