"""The dates of a round: which have school and what letter, which weeks are alike, what is in force.

Of the rules of law only their data is read here; what holds on a date is worked out anew.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from datetime import date
from functools import cached_property

from matching.eligibility.labor_rules import HoursRule, Rule, Summer
from matching.problem import UNKNOWN, Problem, Window, Windows
from matching.verify.times import Span, joined, weekday

SUNDAY = 6
WEEK = 7


def sunday_of(day: int) -> int:
    """The Sunday that a date's week begins with."""
    return day - (weekday(day) - SUNDAY) % WEEK


def is_applied(rule: Rule) -> bool:
    """Whether a rule counts: one that nobody has checked must ask for papers, or say so."""
    return rule.gates or rule.condition != ""


def in_force(rule: Rule, day: int) -> bool:
    """Whether a rule holds on a date, by its first and its last."""
    on = date.fromordinal(day) if day > 0 else date.min
    return not (rule.effective and on < rule.effective) and not (rule.until and on > rule.until)


def in_program(rule: HoursRule, labor_program: str) -> HoursRule:
    """A rule with the figures that it has in a labor program."""
    return rule.programs.get(labor_program, rule)


def limit_on(rule: HoursRule, day: int) -> int:
    """The figure of a rule on a date: in its summer another time of day."""
    summer = rule.summer
    return summer.time if summer is not None and _is_summer(summer, date.fromordinal(day)) else rule.limit


def _is_summer(summer: Summer, on: date) -> bool:
    # A month and day compare like a date; Labor Day is the one Monday from 1 to 7 September.
    if summer.last is not None:
        return summer.first <= (on.month, on.day) <= summer.last
    labor_day = next(day for day in range(1, 8) if date(on.year, 9, day).isoweekday() == 1)
    return summer.first <= (on.month, on.day) <= (9, labor_day)


class Year:
    """Which dates are in session, and their letters: calendar.csv, else the policy."""

    def __init__(self, problem: Problem) -> None:
        table = problem.calendar
        rows = zip(table.dates.tolist(), table.in_session.tolist(), table.letter.codes.tolist(), strict=True)
        named = [chr_to_day(letter) for letter in table.letter.values]
        self._dates = {day: (session, named[code]) for day, session, code in rows}
        self._other = (problem.policy.law.in_session, 0)
        self._lessons: dict[Windows, Lessons] = {}

    def of(self, day: int) -> tuple[bool, int]:
        """Whether a date is in session, and its letter as a window has it (0: none)."""
        return self._dates.get(day, self._other)

    @cached_property
    def _lettered(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for day, (_, letter) in sorted(self._dates.items()):
            if letter:
                found.setdefault(letter, []).append(day)
        return found

    @cached_property
    def last_letter(self) -> int:
        """The last date with a letter, UNKNOWN where there is none."""
        return max((days[-1] for days in self._lettered.values()), default=UNKNOWN)

    def comes_up(self, window_day: int, day: int) -> bool:
        """Whether a window of a weekday, letter or date is of this date."""
        return window_day in (day, weekday(day)) or (window_day < 0 and window_day == self.of(day)[1])

    def dates(self, window_day: int, start: int, last: int) -> list[int]:
        """The dates of a weekday or letter from ``start`` to ``last``; of a date, the date itself."""
        if window_day >= WEEK:
            return [window_day]
        if window_day >= 0:
            first = start + (window_day - weekday(start)) % WEEK
            return list(range(first, last + 1, WEEK))
        return [day for day in self._lettered.get(window_day, ()) if start <= day <= last]

    def lessons(self, hours: Windows) -> Lessons:
        """The school hours of every date, where they are ``hours``."""
        if hours not in self._lessons:
            self._lessons[hours] = Lessons(self, hours)
        return self._lessons[hours]


def chr_to_day(letter: str) -> int:
    """The day of a window with a letter: -1 for A; 0 where there is none."""
    return ord("A") - 1 - ord(letter) if letter else 0


class Lessons:
    """The school hours of each date at one school."""

    def __init__(self, year: Year, hours: Windows) -> None:
        self._year = year
        self._hours = hours
        self._by_day: dict[int, list[Span]] = {}
        self._alike: dict[tuple[int, int], list[Span]] = {}

    def on(self, day: int) -> list[Span]:
        """School hours of a date, joined; empty: no school day."""
        found = self._by_day.get(day)
        if found is None:
            session, letter = self._year.of(day)
            found = self._of(weekday(day), letter) if session else []
            self._by_day[day] = found
        return found

    def _of(self, of_week: int, letter: int) -> list[Span]:
        key = (of_week, letter)
        if key not in self._alike:
            # 0 stands for no letter, and for Monday among weekdays.
            self._alike[key] = joined(
                (w.start, w.end) for w in self._hours if w.day == of_week or (letter and w.day == letter)
            )
        return self._alike[key]

    def in_week(self, day: int) -> bool:
        """Whether the week of a date has a school day."""
        sunday = sunday_of(day)
        return any(self.on(other) for other in range(sunday, sunday + WEEK))


class Alike:
    """Dates, and weeks of dates, that nothing tells apart.

    Parameters
    ----------
    year
        Sessions and letters.
    regime
        What else makes a difference on a date: the rules that hold on it, and its evening.
    """

    def __init__(self, year: Year, regime: Callable[[int], Hashable]) -> None:
        self._year = year
        self._regime = regime
        self._weeks: dict[int, int] = {}
        self._kinds: dict[Hashable, int] = {}
        self._sundays: dict[tuple[int, int, int], list[int]] = {}
        self._firsts: dict[tuple[int, int], list[int]] = {}

    def _kind(self, key: Hashable) -> int:
        return self._kinds.setdefault(key, len(self._kinds))

    def week(self, sunday: int) -> int:
        """Equal for weeks that are alike from the Friday before them to the Sunday after."""
        if sunday not in self._weeks:
            days = range(sunday - 2, sunday + WEEK + 1)
            self._weeks[sunday] = self._kind(tuple((self._year.of(day), self._regime(day)) for day in days))
        return self._weeks[sunday]

    def sundays(self, start: int, last: int, cycle: int) -> list[int]:
        """Weeks to look at for all that are worked from ``start`` to ``last``.

        The first two and the last are looked at, and of those between the first of each kind; with
        a ``cycle`` of weeks, of each kind at each place in it.
        """
        if last < start:
            return []
        key = (start, last, cycle)
        if key not in self._sundays:
            first, final = sunday_of(start), sunday_of(last)
            seen: dict[tuple[int, int], int] = {}
            for place, sunday in enumerate(range(first + 2 * WEEK, final, WEEK), 2):
                seen.setdefault((self.week(sunday), place % cycle), sunday)
            self._sundays[key] = sorted({first, min(first + WEEK, final), *seen.values(), final})
        return self._sundays[key]

    def first_dates(self, start: int, last: int) -> list[int]:
        """The first date of each kind from ``start`` to ``last``, ascending.

        Two dates are alike where their weekday, letter, rules, next date and week are.
        """
        key = (start, last)
        if key not in self._firsts:
            seen: dict[Hashable, int] = {}
            for day in range(start, last + 1):
                sunday = sunday_of(day)
                week = tuple(self._year.of(other) for other in range(sunday, sunday + WEEK))
                kind = (weekday(day), week, self._regime(day), self._year.of(day + 1))
                seen.setdefault(kind, day)
            self._firsts[key] = sorted(seen.values())
        return self._firsts[key]


def needs(year: Year, windows: Iterable[Window], start: int, end: int) -> frozenset[tuple[int, ...]]:
    """What a student's time has to hold: (start, end, days whose windows may hold it …) each.

    A weekly window, or a letter's, has to be held on each of its dates from start to end; without an
    end up to the last with a letter, and for a week at least. A weekday without any such date is
    asked for all the same.
    """
    last = end if end != UNKNOWN else max(year.last_letter, start + WEEK - 1)
    found: set[tuple[int, ...]] = set()
    for window in windows:
        for days in places(year, window.day, start, last):
            found.add((window.start, window.end, *days))
    return frozenset(found)


def places(year: Year, window_day: int, start: int, last: int) -> set[tuple[int, ...]]:
    """For each kind of date of a window, the days (weekday, letter, date) whose windows hold on it."""
    if year.last_letter == UNKNOWN and window_day < WEEK:
        return {(window_day,)}
    found: set[tuple[int, ...]] = set()
    known = start != UNKNOWN or window_day >= WEEK
    for day in year.dates(window_day, start, last) if known else ():
        letter = year.of(day)[1]
        held = (weekday(day), letter) if letter else (weekday(day),)
        found.add((*held, day) if window_day >= WEEK else held)
    return found or ({(window_day,)} if window_day >= 0 else set())
