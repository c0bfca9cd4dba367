"""Ages for arrays of pairs, and what the law sees in them over the time of a placement."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np

from matching.problem import UNKNOWN, IntArray
from matching.verify.facts import Facts
from matching.verify.law import Situation
from matching.verify.lookup import Classes, Lookup

OLDEST_THAT_MATTERS = 21
"""No rule of law tells ages apart beyond this."""

LAST_AGE_CODE = OLDEST_THAT_MATTERS + 1
"""Situations up to this place are an age alone: no hours rule protects any more."""


def calendar(days: IntArray) -> tuple[IntArray, IntArray]:
    """Year, and month × 100 + day, of ordinals; 0 where UNKNOWN."""
    distinct, place = np.unique(days, return_inverse=True)
    known = [date.fromordinal(day) if day != UNKNOWN else None for day in distinct.tolist()]
    years = np.array([day.year if day else 0 for day in known], dtype=np.int64)
    rest = np.array([day.month * 100 + day.day if day else 0 for day in known], dtype=np.int64)
    return years[place], rest[place]


class Ages:
    """Ages for arrays of pairs, and what the law sees in them."""

    def __init__(self, facts: Facts) -> None:
        own, offer = facts.problem.students, facts.problem.opportunities
        self._law = facts.law
        self._birth = calendar(own.birth_date)
        self._start = calendar(offer.start_date)
        self._born = Classes(own.birth_date.tolist())
        dated = [any(not w.weekly for w in schedule) for schedule in offer.schedule.values]
        self._term = Classes(
            zip(
                offer.start_date.tolist(),
                offer.end_date.tolist(),
                (dated[code] for code in offer.schedule.codes.tolist()),
                strict=True,
            )
        )
        older = range(OLDEST_THAT_MATTERS + 1)
        self.situations = [Situation(None), *(Situation(age) for age in older)]
        self._place = {situation: code for code, situation in enumerate(self.situations)}
        self._protected = Lookup(len(self._term), self._protection)

    def _protection(self, born: int, term: int) -> float:
        start, end, dated = self._term.values[term]
        found = self._law.situation(self._born.values[born], start, end)
        if not dated:
            # The exact birthday then matters only through the weeks: fewer situations to judge.
            found = replace(found, until=UNKNOWN)
        if found not in self._place:
            self._place[found] = len(self.situations)
            self.situations.append(found)
        return self._place[found]

    def years(self, student: IntArray, opportunity: IntArray) -> IntArray:
        """[p] whole years at the start, UNKNOWN where a date is unknown."""
        (born, birthday), (year, day) = self._birth, self._start
        later = day[opportunity] < birthday[student]
        years = year[opportunity] - born[student] - later
        known = (born[student] > 0) & (year[opportunity] > 0)
        return np.where(known, years, UNKNOWN)

    def over_time(self, student: IntArray, opportunity: IntArray) -> IntArray:
        """[p] place of each pair's situation in ``situations``."""
        years = self.years(student, opportunity)
        codes = np.clip(years, UNKNOWN, OLDEST_THAT_MATTERS) + 1
        young = np.flatnonzero((years != UNKNOWN) & (years < self._law.protected_under))
        codes[young] = self._protected(self._born.codes[student[young]], self._term.codes[opportunity[young]])
        return codes
