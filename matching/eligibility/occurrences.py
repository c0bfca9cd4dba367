"""On which dates a window of a schedule comes up, as far as a student's time can tell them apart.

A student's windows hold on weekdays, on letters and on dates. What a window of the schedule meets is
therefore told by *places*: the days (of week, letter, date) whose windows are free there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from matching.eligibility.stretches import weekday_of

Place = tuple[int, ...]
"""Days of windows (weekday 0-6, letter -1 to -26, date) that all hold on some date."""


class Occurrences:
    """Places of windows.

    Parameters
    ----------
    letters
        The letter of each date that has one, as the ``day`` of its windows.
    known
        Days that occur in students' windows; no other can make a difference.
    """

    def __init__(self, letters: Mapping[int, int], known: Iterable[int]) -> None:
        self._letters = letters
        self._known = frozenset(known)
        self._last = max(letters, default=0)
        # Without letters in students' time every date of a weekday is alike.
        self.by_dates = any(day < 0 for day in self._known)

    def places(self, day: int, start: int, end: int | None) -> tuple[Place, ...]:
        """Distinct places of a window's day between two dates (without an end: as far as letters go).

        A weekday without a date between them is asked for itself; a letter without one has none.
        """
        if day >= 7:
            return (self._place(day, dated=True),)
        if day >= 0 and not self.by_dates:
            return ((day,),)
        last = end if end is not None else max(self._last, start + 6)
        if day >= 0:
            dates: Iterable[int] = range(start + (day - weekday_of(start)) % 7, last + 1, 7)
        else:
            dates = [d for d, letter in self._letters.items() if letter == day and start <= d <= last]
        found = tuple(sorted({self._place(date, dated=False) for date in dates}))
        return found or (((day,),) if day >= 0 else ())

    def _place(self, date: int, *, dated: bool) -> Place:
        days = [weekday_of(date), self._letters.get(date, 7)]
        if dated:
            days.append(date)
        return tuple(day for day in days if day in self._known or day == weekday_of(date))
