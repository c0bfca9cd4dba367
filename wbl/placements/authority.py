"""Who decides for a student: guardians, until the student is of age or speaks alone before that."""

from __future__ import annotations

from datetime import date
from typing import Protocol

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


def adult_since(today: date) -> date:
    """The latest date on which somebody who is of age today may be born."""
    try:
        return today.replace(year=today.year - AGE_OF_MAJORITY)
    except ValueError:  # 29 February, 18 years before which there was none
        return date(today.year - AGE_OF_MAJORITY, 2, 28)


class InForce(Protocol):
    def in_force(self, today: date) -> bool: ...


def decides_alone(birth_date: date | None, authority: InForce | None, today: date) -> bool:
    """Whether a student answers alone: of age, or on record as a youth who speaks for themself."""
    return is_adult(birth_date, today) or (authority is not None and authority.in_force(today))
