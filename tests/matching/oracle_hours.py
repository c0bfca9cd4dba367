"""The rules about hours with every date of a placement walked and every minute counted: the minutes of a
day are the bits of a number."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from tests.matching.oracle_round import DAYS, Free, Round, cell, items, windows
from tests.matching.oracle_rules import (
    ONE_DAY,
    WHOLE_DAY,
    Row,
    Rule,
    birthday,
    clock,
    holds,
    is_summer,
    mask,
    masks,
    observed,
    rules_of,
    runs,
    start_of,
    stretches,
    sunday_of,
)

SCHOOL_HOURS = ";".join(f"{day} 08:00-15:00" for day in DAYS[:5])


HOURS_KINDS = (
    "school_hours",
    "day_hours",
    "week_hours",
    "week_days",
    "earliest",
    "latest",
    "rest",
    "flexible",
)


PLENTY = 10**6


class Term:
    """One student at one opportunity."""

    def __init__(self, world: Round, student: Row, offer: Row) -> None:
        self.world, self.student, self.offer = world, student, offer
        self.plan = windows(cell(offer, "schedule"))
        self.start = start_of(world, offer)
        self.end = date.fromisoformat(offer["end_date"]) if cell(offer, "end_date") else None
        self.program = cell(offer, "labor_program")
        self.flexible = bool(cell(offer, "flexible_hours") and self.plan)
        school = world.schools.get(cell(student, "school_id"), {})
        text = cell(school, "school_hours") or world.setting("law", "school_hours", SCHOOL_HOURS)
        self._lessons = windows(text)
        self._work: dict[date, int] = {}
        self._school: dict[date, int] = {}
        self._dates: dict[date, list[date]] = {}
        self.asked = list(self._asked())

    def _asked(self) -> Iterator[tuple[Rule, date]]:
        """The rules with an ``under_age`` that are asked of the pair, and until when."""
        if self.start is None or observed(self.offer) or not cell(self.student, "birth_date"):
            return
        born = date.fromisoformat(self.student["birth_date"])
        trainee = cell(self.offer, "employment") == "trainee"
        exempt = trainee and self.world.setting("law", "trainees", "as_employees") == "hours_exempt"
        for rule in rules_of(self.world):
            if "under_age" not in rule or set(rule.get("not_with", ())) & items(self.student, "credentials"):
                continue
            by_work = rule["kind"] in HOURS_KINDS or "after" in rule or rule.get("asked") == "school_hours"
            until = birthday(born, rule["under_age"])
            if self.start < until and not (exempt and by_work):
                yield rule, until

    def comes_up(self, on: int | date | str, day: date) -> bool:
        return on in (day, day.weekday()) or (isinstance(on, str) and on == self.world.letters.get(day))

    def in_term(self, day: date) -> bool:
        assert self.start is not None
        return self.start <= day and (self.end is None or day <= self.end)

    def dates(self, until: date) -> list[date]:
        """Every date of the placement before another, and the single dates of its schedule."""
        assert self.start is not None
        if until not in self._dates:
            last = until if self.end is None else min(until, self.end + ONE_DAY)
            found = {self.start + timedelta(days=n) for n in range((last - self.start).days)}
            found |= {window.on for window in self.plan if isinstance(window.on, date) and window.on < until}
            self._dates[until] = sorted(found)
        return self._dates[until]

    def work(self, day: date, until: date) -> int:
        if day >= until:
            return 0
        if day not in self._work:
            regular = self.in_term(day)
            here = [w for w in self.plan if w.on == day or (regular and self.comes_up(w.on, day))]
            self._work[day] = masks(here)
        return self._work[day]

    def lessons(self, day: date) -> int:
        if day not in self._school:
            session = self.world.sessions.get(day, self.world.setting("law", "in_session", True))
            here = [w for w in self._lessons if self.comes_up(w.on, day)] if session else []
            self._school[day] = masks(here)
        return self._school[day]

    def school_week(self, day: date) -> bool:
        return any(self.lessons(sunday_of(day) + timedelta(days=n)) for n in range(7))

    def figure(self, rule: Rule, name: str) -> Any:
        """A figure of a rule as the program has it."""
        return rule.get("programs", {}).get(self.program, {}).get(name, rule.get(name))

    def most(self, rule: Rule, day: date, work: int) -> float:
        in_school = self.figure(rule, "hours_in_school_hours")
        hours = (
            in_school if in_school is not None and work & self.lessons(day) else self.figure(rule, "hours")
        )
        return float(hours) * 60

    def by_date(self, rule: Rule) -> bool:
        """Whether dates can break a rule: of flexible hours only what is stated for a week."""
        return not self.flexible or rule["kind"] == "week_hours"

    def stated(self) -> Fraction:
        """Minutes a week as the posting says, where its weekly windows do not hold as many."""
        weekly: dict[int, int] = {}
        for window in self.plan:
            if isinstance(window.on, int) and not self.flexible:
                weekly[window.on] = weekly.get(window.on, 0) | mask(window.start, window.end)
        stated = max(
            Fraction(cell(self.offer, f"{name}", "0")) for name in ("hours_per_week", "flexible_hours")
        )
        return (
            stated * 60
            if stated * 60 > sum(minutes.bit_count() for minutes in weekly.values())
            else Fraction(0)
        )

    def asks_for(self, rule: Rule, until: date) -> bool:
        dates = self.dates(until)
        if "after" in rule:
            return any(self.work(day, until) >> clock(rule["after"]) for day in dates)
        if rule["asked"] == "school_hours":
            return any(self.work(day, until) & self.lessons(day) for day in dates)
        return True

    def breaches(self, rule: Rule, until: date) -> list[date]:
        """Dates on which a rule is broken, apart from whether it holds on them."""
        if rule["kind"] == "flexible":
            return []
        if rule["kind"] in ("school_hours", "week_hours", "week_days"):
            weeks: dict[date, list[date]] = {}
            for day in self.dates(until):
                weeks.setdefault(sunday_of(day), []).append(day)
            return [day for sunday, days in weeks.items() for day in self.in_week(rule, until, sunday, days)]
        return [day for day in self.dates(until) if self.on_day(rule, until, day)]

    def in_week(self, rule: Rule, until: date, sunday: date, days: list[date]) -> list[date]:
        assert self.start is not None
        worked = [day for day in days if self.work(day, until)]
        if rule["kind"] == "week_days":
            return worked[rule["most_days"] :]
        if rule["kind"] == "school_hours":
            if self.figure(rule, "open"):
                return []
            cycle = self.figure(rule, "days_in_cycle") or [0]
            allowed = cycle[(sunday - sunday_of(self.start)).days // 7 % len(cycle)]
            return [day for day in worked if self.work(day, until) & self.lessons(day)][allowed:]
        school = self.school_week(sunday)
        if rule["weeks"] not in ("any", "school" if school else "other"):
            return []
        most = round(float(self.figure(rule, "hours")) * 60)
        found = []
        stated = self.stated()
        if self.flexible and stated <= Fraction(self.offer["flexible_hours"]) * 60:
            return []
        if stated > most:
            found += [day for day in days if self.in_term(day)][:1]
        if self.flexible:
            return found
        total = 0
        for day in worked:
            before, total = total, total + self.work(day, until).bit_count()
            found += [day] if before <= most < total else []
        return found

    def on_day(self, rule: Rule, until: date, day: date) -> bool:
        kind, work, school = rule["kind"], self.work(day, until), bool(self.lessons(day))
        if not work:
            return False
        if kind == "earliest":
            return bool(work & mask(0, clock(rule["time"]))) and (rule["days"] == "any" or school)
        if kind == "latest":
            asked = rule["before"] == "any" or bool(self.lessons(day + ONE_DAY))
            return asked and bool(work >> clock(rule["summer_time" if is_summer(rule, day) else "time"]))
        if kind == "rest":
            return self.too_short_a_night(rule, until, day)
        most = self.most(rule, day, work)
        if rule["days"] == "24h":
            both = self.work(day - ONE_DAY, until) | work << 1440
            first = runs(work)[0][0]
            return any((both >> n & WHOLE_DAY).bit_count() > most for n in range(first, 2880))
        return rule["days"] in ("any", "school" if school else "other") and work.bit_count() > most

    def too_short_a_night(self, rule: Rule, until: date, day: date) -> bool:
        """Less rest than asked for between the last work of the day before and the first begun now."""
        days = [day + timedelta(days=n) for n in (-2, -1, 0, 1)]
        whole = 0
        for place, other in enumerate(days):
            whole |= self.work(other, until) << 1440 * place
        spans, start = [], None
        for minute in range(4 * 1440 + 1):
            if whole >> minute & 1:
                start = minute if start is None else start
            elif start is not None:
                spans.append((start, minute))
                start = None
        ended = [end for begin, end in spans if begin // 1440 < 2 and end > 1440]
        begun = [begin for begin, _ in spans if begin // 1440 == 2]
        return bool(ended and begun) and begun[0] - ended[-1] < round(rule["hours"] * 60)

    # --- flexible hours ---------------------------------------------------------------------------

    def lawful_minutes(self, free: list[Free] | None) -> int:
        """Minutes a week of a flexible schedule that are lawful, and free where ``free`` is given."""
        days = sorted({window.on for window in self.plan}, key=_order)
        rules = [(rule, until) for rule, until in self.asked if rule["kind"] in HOURS_KINDS]
        counted: list[tuple[int, int, int]] = []
        unprotected = 0
        for on in days:
            work = masks([window for window in self.plan if window.on == on])
            if free is not None:
                work &= self.free_on(on, free)
            protected = [(rule, self.dates_of(on, until)) for rule, until in rules]
            protected = [(rule, dates) for rule, dates in protected if dates]
            if not protected:
                unprotected += stretches(work)
                continue
            shut = self.minutes_left(work, protected, opened=False)
            gain = max(0, self.minutes_left(work, protected, opened=True) - shut)
            counted.append((min(rule["under_age"] for rule, _ in protected), shut, gain))
        return unprotected + self.in_groups(counted, days, rules)

    def minutes_left(self, work: int, protected: list[tuple[Rule, list[date]]], *, opened: bool) -> int:
        most, taught = float(PLENTY), False
        for rule, dates in protected:
            for day in (day for day in dates if holds(rule, day)):
                school = self.lessons(day)
                kind, days = rule["kind"], rule.get("days")
                if kind == "earliest" and (days == "any" or school):
                    work &= ~mask(0, clock(rule["time"]))
                if kind == "latest" and (rule["before"] == "any" or self.lessons(day + ONE_DAY)):
                    work &= mask(0, clock(rule["summer_time" if is_summer(rule, day) else "time"]))
                if kind == "school_hours" and not self.figure(rule, "open"):
                    cycle = self.figure(rule, "days_in_cycle")
                    taught = taught or bool(cycle and school)
                    if not (cycle and opened):
                        work &= ~school
                if kind == "day_hours" and days in ("any", "24h", "school" if school else "other"):
                    hours = self.figure(rule, "hours_in_school_hours") if opened else None
                    most = min(most, 60 * (self.figure(rule, "hours") if hours is None else hours))
        if opened and not taught:
            return 0
        return int(min(most, stretches(work)))

    def in_groups(
        self, counted: list[tuple[int, int, int]], days: list[Any], rules: list[tuple[Rule, date]]
    ) -> int:
        every = {until: [d for on in days for d in self.dates_of(on, until)] for _, until in rules}
        ages = sorted({rule["under_age"] for rule, until in rules if every[until]})
        for age in ages:
            group = [(rule, every[until]) for rule, until in rules if rule["under_age"] == age]
            limits = [
                rule["most_days"]
                for rule, dates in group
                if rule["kind"] == "week_days" and any(holds(rule, day) for day in dates)
            ]
            within = [day for day in counted if day[0] <= age]
            while limits and len(within) > min(limits):
                # Of those with the fewest minutes the last goes.
                gone = max(range(len(within)), key=lambda i: (-within[i][1], i))
                del within[gone]
            if limits:
                kept = list(within)
                counted = [
                    day for day in counted if day[0] > age or (day in kept and (kept.remove(day) or True))
                ]
        cycles = [self.figure(rule, "days_in_cycle") for rule, until in rules if every[until]]
        gains = min((min(cycle) for cycle in cycles if cycle), default=0)
        best = sorted(range(len(counted)), key=lambda i: (-counted[i][2], i))[:gains]
        total = 0.0
        for age in ages:
            total += sum(
                shut + (gain if place in best else 0)
                for place, (of, shut, gain) in enumerate(counted)
                if of == age
            )
            for rule, until in rules:
                if rule["kind"] == "week_hours" and rule["under_age"] == age:
                    kinds = {self.school_week(day) for day in every[until] if holds(rule, day)}
                    if any(rule["weeks"] in ("any", "school" if kind else "other") for kind in kinds):
                        total = min(total, 60 * self.figure(rule, "hours"))
        return int(total)

    def dates_of(self, on: int | date | str, until: date) -> list[date]:
        """Dates before ``until`` of a weekday, letter or date of the schedule."""
        if isinstance(on, date):
            return [on] if on < until else []
        return [day for day in self.dates(until) if self.in_term(day) and self.comes_up(on, day)]

    # --- the student's time -----------------------------------------------------------------------

    def free_dates(self, on: int | date | str) -> list[date]:
        """The dates on which work of a weekday, letter or date has to find free time."""
        if isinstance(on, date):
            return [on]
        if self.start is None:
            return []
        lettered = [day for day, letter in self.world.letters.items() if letter]
        last = self.end or max([self.start + timedelta(days=6), *lettered])
        days = (self.start + timedelta(days=n) for n in range((last - self.start).days + 1))
        return [day for day in days if self.comes_up(on, day)]

    def free_on(self, on: int | date | str, free: list[Free]) -> int:
        """What is free on every date of a day of the schedule."""
        dates = self.free_dates(on)
        if not dates:
            return masks([window for window in free if window.on == on]) if isinstance(on, int) else 0
        common = WHOLE_DAY
        for day in dates:
            own = [w for w in free if self.comes_up(w.on, day) and (not isinstance(w.on, date) or w.on == on)]
            common &= masks(own)
        return common

    def fits(self, window: Free, free: list[Free]) -> bool:
        """Whether every occurrence of a window lies in one window of the student's time."""

        def held(days: list[Free]) -> bool:
            return any(w.start <= window.start and window.end <= w.end for w in days)

        dates = self.free_dates(window.on)
        if not dates and isinstance(window.on, int):
            return held([w for w in free if w.on == window.on])
        return all(
            held(
                [
                    w
                    for w in free
                    if self.comes_up(w.on, day) and (not isinstance(w.on, date) or w.on == window.on)
                ]
            )
            for day in dates
        )


def _order(on: int | date | str) -> tuple[int, int]:
    """Letters from Z to A, Monday to Sunday, dates."""
    if isinstance(on, str):
        return 0, -ord(on)
    return (1, on) if isinstance(on, int) else (2, on.toordinal())
