"""Quiet hours: by the clocks of a place, whatever these do in a night.

An hour is quiet where the clocks there show a time within the hours. In the night in which they are
set back, an hour that is there twice is quiet both times; one that they skip is not missed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class Hours:
    """From and until in minutes after midnight; past midnight where it ends before it begins.

    The same twice: no hour is quiet.
    """

    begins: int
    ends: int

    def hold_at(self, minute: int) -> bool:
        """Whether this time of day is within them."""
        if self.begins <= self.ends:
            return self.begins <= minute < self.ends
        return minute >= self.begins or minute < self.ends


NEVER = Hours(0, 0)


def is_quiet(moment: datetime, zone: str, hours: Hours) -> bool:
    """Whether nothing is sent at this instant to somebody at this place."""
    local = moment.astimezone(ZoneInfo(zone))
    return hours.hold_at(local.hour * 60 + local.minute)


def over(moment: datetime, zone: str, hours: Hours) -> datetime:
    """The first instant from ``moment`` on that is not quiet; ``moment`` itself where it is not.

    Minute by minute: zones change their clocks by whole minutes, and no shortcut is right in every
    night.
    """
    while is_quiet(moment, zone, hours):
        moment = moment.replace(second=0, microsecond=0) + MINUTE
    return moment
