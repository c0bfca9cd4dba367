"""Who decides for a student: guardians, until the student is of age."""

from __future__ import annotations

from datetime import date

AGE_OF_MAJORITY = 18


def is_adult(birth_date: date | None, today: date) -> bool:
    """Whether somebody born on that date is 18 or older; an unknown birth date is not.

    The birthday of a 29 February is 1 March in other years.
    """
    if birth_date is None:
        return False
    try:
        birthday = birth_date.replace(year=birth_date.year + AGE_OF_MAJORITY)
    except ValueError:
        birthday = date(birth_date.year + AGE_OF_MAJORITY, 3, 1)
    return today >= birthday
