"""Which dates are school days, and when lessons are on them."""

from __future__ import annotations

from matching.eligibility.stretches import Stretches, by_day, join, weekday_of
from matching.problem import Calendar, Windows


def letter_days(calendar: Calendar) -> dict[int, int]:
    """The letter of each date that has one, as the ``day`` of a letter's windows (-1 to -26)."""
    days = [ord("A") - 1 - ord(letter) if letter else 0 for letter in calendar.letter.values]
    codes = calendar.letter.codes.tolist()
    dates = zip(calendar.dates.tolist(), codes, strict=True)
    return {date: days[code] for date, code in dates if days[code]}


class SchoolYear:
    """School hours of one school, date by date.

    Parameters
    ----------
    school_hours
        Weekly windows and windows of letters.
    in_session
        What holds on dates without a row in the calendar.
    calendar
        Dates in session or not, and their letters.
    """

    def __init__(self, school_hours: Windows, in_session: bool, calendar: Calendar) -> None:
        self._hours = by_day(school_hours)
        self._default = in_session
        self._session = dict(zip(calendar.dates.tolist(), calendar.in_session.tolist(), strict=True))
        self.letters = letter_days(calendar)
        self._joined: dict[tuple[int, int], Stretches] = {}
        self._weeks: dict[int, tuple[list[Stretches], bool]] = {}

    def lessons(self, day: int) -> Stretches:
        """School hours of a date (ordinal); empty where it is no school day."""
        if not self._session.get(day, self._default):
            return ()
        key = (weekday_of(day), self.letters.get(day, 0))
        if key not in self._joined:
            weekday, letter = key
            own = self._hours.get(letter, ()) if letter else ()
            self._joined[key] = join([*self._hours.get(weekday, ()), *own])
        return self._joined[key]

    def week(self, sunday: int) -> tuple[list[Stretches], bool]:
        """School hours of a week and of the Sunday after it, and whether the week has a school day."""
        if sunday not in self._weeks:
            lessons = [self.lessons(day) for day in range(sunday, sunday + 8)]
            self._weeks[sunday] = lessons, any(lessons[:7])
        return self._weeks[sunday]

    def school_week(self, sunday: int) -> bool:
        """Whether a week has a school day."""
        return self.week(sunday)[1]
