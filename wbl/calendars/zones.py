"""The rules of a time zone as RFC 5545 writes them: a yearly rule where clocks follow one.

The library lists every change of three decades instead, and dates those in spring an hour late: RFC 5545
wants the beginning of a rule by the clocks that it changes *from*. Outlook wants rules.
"""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from icalendar import Timezone

YEARS = range(2020, 2041)
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Change:
    """Clocks change at ``onset``, which they show before, without a zone."""

    onset: datetime
    before: timedelta
    after: timedelta
    name: str
    summer: bool

    @property
    def kind(self) -> tuple[timedelta, timedelta, str]:
        return self.before, self.after, self.name


@cache
def changes(zone: str) -> tuple[Change, ...]:
    """Every change of the clocks in ``YEARS``, found by looking at each day."""
    place, found = ZoneInfo(zone), []
    moment, end = datetime(YEARS[0], 1, 1, tzinfo=UTC), datetime(YEARS[-1] + 1, 1, 1, tzinfo=UTC)
    while moment < end:
        before = moment.astimezone(place)
        if (moment + DAY).astimezone(place).utcoffset() != before.utcoffset():
            at = moment
            while at.astimezone(place).utcoffset() == before.utcoffset():
                at += MINUTE
            after = at.astimezone(place)
            offsets = before.utcoffset() or timedelta(), after.utcoffset() or timedelta()
            onset = (at + offsets[0]).replace(tzinfo=None)
            found.append(Change(onset, *offsets, after.tzname() or zone, bool(after.dst())))
        moment += DAY
    return tuple(found)


def timezone(zone: str) -> Timezone:
    """The component that says when the clocks of a zone change."""
    from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

    found = Timezone()
    found.add("tzid", zone)
    known = changes(zone)
    if not known:
        always = TimezoneStandard()
        start = datetime(YEARS[0], 1, 1, tzinfo=ZoneInfo(zone))
        offset = start.utcoffset() or timedelta()
        always.add("dtstart", start.replace(tzinfo=None))
        always.add("tzoffsetfrom", offset)
        always.add("tzoffsetto", offset)
        always.add("tzname", start.tzname() or zone)
        found.add_component(always)
    for kind in dict.fromkeys(change.kind for change in known):
        same = [change for change in known if change.kind == kind]
        part = TimezoneDaylight() if same[0].summer else TimezoneStandard()
        part.add("dtstart", same[0].onset)
        part.add("tzoffsetfrom", same[0].before)
        part.add("tzoffsetto", same[0].after)
        part.add("tzname", same[0].name)
        rule = _rule([change.onset for change in same])
        if rule is not None:
            part.add("rrule", rule)
        elif len(same) > 1:
            part.add("rdate", [change.onset for change in same[1:]])
        found.add_component(part)
    return found


def _rule(onsets: Sequence[datetime]) -> dict[str, object] | None:
    """The second Sunday of March, the last of October, every year: where all of these are such days."""
    first = onsets[0]
    alike = {(one.month, one.weekday(), one.time()) for one in onsets}
    if [one.year for one in onsets] != list(range(first.year, YEARS[-1] + 1)) or len(alike) > 1:
        return None
    weeks = {(one.day - 1) // 7 + 1 for one in onsets}
    last = all(one.day + 7 > calendar.monthrange(one.year, one.month)[1] for one in onsets)
    if not last and len(weeks) > 1:
        return None
    number = -1 if last else weeks.pop()
    return {"freq": "yearly", "bymonth": first.month, "byday": f"{number}{DAYS[first.weekday()]}"}
