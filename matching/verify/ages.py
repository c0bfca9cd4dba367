"""Ages for arrays of pairs, and the birthdays that end the law's protection."""

from __future__ import annotations

from datetime import date

import numpy as np

from matching.problem import UNKNOWN, IntArray, Problem
from matching.verify.law import first_day_of_age


def calendar(days: IntArray) -> tuple[IntArray, IntArray]:
    """Year, and month × 100 + day, of ordinals; 0 where UNKNOWN."""
    distinct, place = np.unique(days, return_inverse=True)
    known = [date.fromordinal(day) if day != UNKNOWN else None for day in distinct.tolist()]
    years = np.array([day.year if day else 0 for day in known], dtype=np.int64)
    rest = np.array([day.month * 100 + day.day if day else 0 for day in known], dtype=np.int64)
    return years[place], rest[place]


class Ages:
    """Ages for arrays of pairs. Arrays are over students [n] or pairs [p]."""

    def __init__(self, problem: Problem) -> None:
        self._births = problem.students.birth_date
        self._birth = calendar(self._births)
        self._start = calendar(problem.opportunities.start_date)

    def years(self, student: IntArray, opportunity: IntArray) -> IntArray:
        """[p] whole years at the start, UNKNOWN where a date is unknown."""
        (born, birthday), (year, day) = self._birth, self._start
        later = day[opportunity] < birthday[student]
        years = year[opportunity] - born[student] - later
        known = (born[student] > 0) & (year[opportunity] > 0)
        return np.where(known, years, UNKNOWN)

    def until(self, age: int) -> IntArray:
        """[n] the first date on which each is no longer under an age; UNKNOWN for unknown births."""
        distinct, place = np.unique(self._births, return_inverse=True)
        days = [first_day_of_age(day, age) if day != UNKNOWN else UNKNOWN for day in distinct.tolist()]
        return np.array(days, dtype=np.int64)[place]
