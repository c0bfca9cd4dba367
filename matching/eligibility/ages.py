"""Birthdays as ordinals, so that an age is asked for whole arrays of pairs at once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import numpy as np

from matching.eligibility.stretches import NEVER
from matching.problem import UNKNOWN, BoolArray, IntArray

_UNIX_EPOCH = date(1970, 1, 1).toordinal()
NO_AGE = 0
"""Column of :class:`Birthdays` for "no age is asked": nobody is under it."""


class Birthdays:
    """The days on which each student reaches some ages.

    Somebody born on 29 February is a year older on 1 March in other years. An unknown birth date
    is under every age.
    """

    def __init__(self, birth_date: IntArray, ages: Iterable[int]) -> None:
        self.ages = tuple(sorted(set(ages)))
        known = birth_date != UNKNOWN
        born = (np.where(known, birth_date, _UNIX_EPOCH) - _UNIX_EPOCH).astype("datetime64[D]")
        month = born.astype("datetime64[M]")
        day = born - month
        columns = [np.full(len(birth_date), -NEVER)]
        for age in self.ages:
            reached = (month + 12 * age).astype("datetime64[D]") + day
            ordinal = reached.astype(np.int64) + _UNIX_EPOCH
            columns.append(np.where(known, ordinal, NEVER))
        self._days = np.column_stack(columns)

    def column(self, age: int | None) -> int:
        """Where an age stands; NO_AGE for None."""
        return NO_AGE if age is None else self.ages.index(age) + 1

    def reached(self, age: int) -> IntArray:
        """[n] ordinals of the day on which each student reaches the age; NEVER if unknown."""
        days: IntArray = self._days[:, self.column(age)]
        return days

    def under(self, student: IntArray, column: IntArray, day: IntArray) -> BoolArray:
        """Whether each student is still under the age of that column on that day."""
        reached: IntArray = self._days.ravel().take(student * self._days.shape[1] + column)
        return day < reached


def age_on(birth_date: int, day: int) -> int | None:
    """Whole years on a day; None where either is unknown."""
    if birth_date == UNKNOWN or day == UNKNOWN:
        return None
    born, then = date.fromordinal(birth_date), date.fromordinal(day)
    return then.year - born.year - ((then.month, then.day) < (born.month, born.day))


def birthday(birth_date: int, age: int) -> date:
    """The day on which somebody reaches an age."""
    born = date.fromordinal(birth_date)
    try:
        return born.replace(year=born.year + age)
    except ValueError:  # 29 February
        return date(born.year + age, 3, 1)
