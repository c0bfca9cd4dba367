"""What somebody types into a clock of the district, as an instant, and back."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo


class NoSuchTime(ValueError):
    """Clocks are put forward over that time on that day."""


def instant_at(local: datetime, timezone: str) -> datetime:
    """The instant at which clocks at a place show ``local`` (naive); the earlier of two.

    Raises
    ------
    NoSuchTime
        Where they never show it.
    """
    at = local.replace(tzinfo=ZoneInfo(timezone))
    instant = at.astimezone(UTC)
    if instant.astimezone(ZoneInfo(timezone)).replace(tzinfo=None) != local:
        raise NoSuchTime()
    return instant


def local_time(instant: datetime | None, timezone: str) -> datetime | None:
    """What clocks at a place show at an instant, without a zone: for a field of a form."""
    return None if instant is None else instant.astimezone(ZoneInfo(timezone)).replace(tzinfo=None)
