"""What has a period after which it is erased, and how long that is where nobody has decided."""

from __future__ import annotations

import calendar
from datetime import date

DECIDED = ("submissions", "runs", "letters", "consents", "needs", "accounts", "leavers", "safety")
"""What a district decides on. It keeps what it has not decided on."""

FIXED = {"uploads": 1, "traces": 3}
"""Months of what is no record of anybody's education, and so needs no decision."""


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier; the month's last where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
