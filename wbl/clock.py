"""The time, injected: everything asks here, so that a test or a simulation can set it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from flask import current_app


def now() -> datetime:
    """The present instant, aware, in UTC (or the application's ``CLOCK``, where one is set)."""
    clock = current_app.config.get("CLOCK")
    if clock is None:
        return datetime.now(UTC)
    moment: datetime = clock()
    return moment


LAST_ZONE = "Pacific/Honolulu"
"""The last zone of a district in which a day ends."""


def last_today() -> date:
    """The date where a day ends last: a date before it is over in every district."""
    return today(LAST_ZONE)


def today(timezone: str) -> date:
    """The date at a place, by its IANA zone."""
    return now().astimezone(ZoneInfo(timezone)).date()
