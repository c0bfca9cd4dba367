"""Dates, weeks and clocks of work: instants are kept, dates and times are those of the district.

A week begins on Sunday, as the law counts it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from wbl import clock
from wbl.errors import DomainError
from wbl.rounds.local_times import NoSuchTime, instant_at

WEEK = timedelta(days=7)
DAY = timedelta(days=1)


def sunday_of(day: date) -> date:
    """The first day of the week of a date."""
    return day - timedelta(days=(day.weekday() + 1) % 7)


def this_minute() -> datetime:
    """The present instant, without its seconds."""
    return clock.now().replace(second=0, microsecond=0)


def local(moment: datetime, zone: str) -> datetime:
    """An instant by the clocks of a place."""
    return moment.astimezone(ZoneInfo(zone))


def span(
    day: date, begins: time, ends: time, zone: str, *, past_midnight: bool = False
) -> tuple[datetime, datetime]:
    """From and to as instants, by the clocks of a place; of an hour that is there twice, the first.

    Parameters
    ----------
    past_midnight
        The end is on the next date.

    Raises
    ------
    DomainError
        Where clocks skip that time that night, or the end does not come after the beginning.
    """
    found = []
    for field, on, at in (("begins", day, begins), ("ends", day + DAY if past_midnight else day, ends)):
        try:
            found.append(instant_at(datetime.combine(on, at), zone))
        except NoSuchTime:
            raise DomainError(
                _("Clocks skip that time that night. Enter the time that they showed."), field=field
            ) from None
    if found[1] <= found[0]:
        raise DomainError(_("The end comes after the beginning. Past midnight? Say so."), field="ends")
    return found[0].astimezone(UTC), found[1].astimezone(UTC)
