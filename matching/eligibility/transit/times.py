"""On which dates and at which times a round travels by the timetable.

A weekly window has one date that stands for all of its weeks, so that travel is one question and
not fifty: the first on which it takes place.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from matching.problem import UNKNOWN, Calendar, IntArray, Opportunities, Problem, Window

LATEST_START_FROM_SCHOOL = 17 * 60
_WEEKS = 53


@dataclass(frozen=True, slots=True)
class Visit:
    """One window of an opportunity on the date that stands for it.

    ``day`` is an ordinal, UNKNOWN where the window never takes place or no date is known.
    """

    day: int
    start: int  # minutes after midnight
    end: int
    from_school: bool  # for who has a school whose place is known


@dataclass(frozen=True)
class Dates:
    """What the date of a window depends on; equal where calendar and choices are the same."""

    calendar: Calendar
    service_date: date | None
    in_session: bool

    @classmethod
    def of(cls, problem: Problem) -> Dates:
        policy = problem.policy
        return cls(problem.calendar, policy.travel.service_date, policy.law.in_session)

    @cached_property
    def _sessions(self) -> dict[int, bool]:
        return dict(zip(self.calendar.dates.tolist(), self.calendar.in_session.tolist(), strict=True))

    def starts_from_school(self, window: Window) -> bool:
        """Whether the way there starts at the school: on Monday to Friday in session, by 17:00."""
        if window.weekday >= 5 or window.start > LATEST_START_FROM_SCHOOL:
            return False
        return self._sessions.get(window.day, self.in_session) if window.day >= 7 else self.in_session

    def service_day(self, window: Window, start: int, end: int) -> int:
        """The date (ordinal) whose timetable counts for a window of a placement from start to end.

        The policy's ``date`` where it gives one; else the window's own; else the first date of
        the placement with that day letter, or with that weekday and school in session (of the
        weekday alone where none is in session); UNKNOWN where there is none.
        """
        if self.service_date is not None:
            return self.service_date.toordinal()
        if window.day >= 7:
            return window.day
        if start == UNKNOWN:
            return UNKNOWN
        last = end if end != UNKNOWN else start + 7 * _WEEKS
        if window.letter:
            return self._first_with_letter(window.letter, start, last)
        first = start + (window.day - (start + 6)) % 7
        weeks = range(first, min(last, first + 7 * _WEEKS) + 1, 7)
        return next((day for day in weeks if self._sessions.get(day, self.in_session)), first)

    def _first_with_letter(self, letter: str, start: int, last: int) -> int:
        for row, day in enumerate(self.calendar.dates.tolist()):
            if start <= day <= last and self.calendar.letter[row] == letter:
                return int(day)
        return UNKNOWN

    def visits(self, opportunities: Opportunities, row: int) -> tuple[Visit, ...]:
        """The windows of an opportunity and their dates, in the order of its schedule."""
        start, end = int(opportunities.start_date[row]), int(opportunities.end_date[row])
        return tuple(
            Visit(self.service_day(w, start, end), w.start, w.end, self.starts_from_school(w))
            for w in opportunities.schedule[row]
        )


def service_days(problem: Problem) -> IntArray:
    """All dates (ordinals, ascending) whose timetable the round asks for."""
    dates, offer = Dates.of(problem), problem.opportunities
    at_site = np.array([place == "site" for place in offer.place.values], np.bool_)[offer.place.codes]
    terms = (offer.schedule.codes[at_site], offer.start_date[at_site], offer.end_date[at_site])
    days = {
        dates.service_day(window, start, end)
        for schedule, start, end in set(zip(*(column.tolist() for column in terms), strict=True))
        for window in offer.schedule.values[schedule]
    }
    return np.array(sorted(days - {UNKNOWN}), np.int64)
