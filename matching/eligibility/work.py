"""When somebody works: the weekly, lettered and dated windows of a schedule, date by date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from matching.eligibility.stretches import DAY, Stretches, by_day, join, total, weekday_of
from matching.problem import UNKNOWN, Windows

# Nobody works under 14 and no hours rule knows an age above 18.
_HORIZON_DAYS = 4 * 366


class DayWork(NamedTuple):
    """What is worked on one date.

    Attributes
    ----------
    hours
        Stretches by the clock on the wall, sorted.
    minutes
        Real minutes in all.
    """

    hours: Stretches
    minutes: int


NOTHING = DayWork((), 0)


class Worked(Protocol):
    """What is worked, date by date."""

    def on(self, day: int) -> DayWork: ...

    def spans(self, day: int) -> Stretches:
        """The work of a date on a line of real minutes that runs through all dates."""
        ...


@dataclass(frozen=True, slots=True)
class Work:
    """When an opportunity has work done.

    Attributes
    ----------
    schedule
        Weekly, lettered and dated windows.
    start, end
        Ordinals; ``end`` is UNKNOWN where not given.
    posted
        Minutes a week as the posting says, 0 where not given.
    """

    schedule: Windows
    start: int
    end: int
    posted: float

    @property
    def last(self) -> int:
        """The last date of the weekly windows that can concern somebody under an age."""
        horizon = self.start + _HORIZON_DAYS
        return horizon if self.end == UNKNOWN else min(self.end, horizon)


class Timetable:
    """A schedule as dates: weekly and lettered windows from ``start`` to ``last``, and dated ones."""

    def __init__(self, schedule: Windows, letters: Mapping[int, int], start: int, last: int) -> None:
        days = by_day(schedule)
        self._weekly = [day_work(days.get(weekday, ())) for weekday in range(7)]
        self._lettered = {day: stretches for day, stretches in days.items() if day < 0}
        self.dated = {day: stretches for day, stretches in days.items() if day >= 7}
        self._letters = letters
        self._start, self._last = start, last

    @property
    def weekly_minutes(self) -> int:
        return sum(work.minutes for work in self._weekly)

    def on(self, day: int) -> DayWork:
        work = NOTHING
        if self._start <= day <= self._last:
            work = self._weekly[weekday_of(day)]
            if self._lettered and self._letters.get(day, 0) in self._lettered:
                work = day_work(join([*work.hours, *self._lettered[self._letters[day]]]))
        if day in self.dated:
            work = day_work(join([*work.hours, *self.dated[day]]))
        return work

    def spans(self, day: int) -> Stretches:
        midnight = day * DAY
        return tuple((midnight + a, midnight + b) for a, b in self.on(day).hours)


def day_work(hours: Stretches) -> DayWork:
    """What is worked on a date with these stretches."""
    return DayWork(hours, total(hours)) if hours else NOTHING
