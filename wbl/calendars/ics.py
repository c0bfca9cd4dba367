"""A calendar as RFC 5545 writes it. Times are those of a place, with its rules, so that they stay right
over the nights in which clocks change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from wbl.calendars.events import Event
from wbl.calendars.zones import DAYS, timezone

if TYPE_CHECKING:
    from icalendar import Component


@dataclass(frozen=True, slots=True)
class Said:
    """An event, how often it has changed since it was first said, and when last."""

    event: Event
    sequence: int
    changed_at: datetime
    cancelled: bool = False


def write(said: Iterable[Said], *, name: str) -> bytes:
    """A calendar of these events, called ``name``."""
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", "-//Throughline//Calendar//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", timedelta(hours=6), {"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT6H")  # as Outlook calls it
    events = list(said)
    for zone in sorted({one.event.zone for one in events}):
        calendar.add_component(timezone(zone))
    for one in events:
        calendar.add_component(_event(one))
    return bytes(calendar.to_ical())


def _event(said: Said) -> Component:
    from icalendar import Event as Written

    event = said.event
    found = Written()
    found.add("uid", event.uid)
    found.add("dtstamp", said.changed_at.astimezone(UTC))
    found.add("last-modified", said.changed_at.astimezone(UTC))
    found.add("sequence", said.sequence)
    found.add("summary", event.summary)
    for key, value in (("location", event.location), ("description", event.description), ("url", event.url)):
        if value:
            found.add(key, value)
    found.add("dtstart", _placed(event.starts, event.zone))
    found.add("dtend", _placed(event.ends, event.zone))
    if event.weekdays and event.until is not None:
        found.add(
            "rrule",
            {
                "freq": "weekly",
                "wkst": "MO",
                "byday": [DAYS[day] for day in event.weekdays],
                "until": _end_of(event.until, event.zone),
            },
        )
    found.add("status", "CANCELLED" if said.cancelled else "CONFIRMED")
    # A deadline or a visit does not make anybody busy all day.
    found.add("transp", "OPAQUE" if isinstance(event.starts, datetime) else "TRANSPARENT")
    return found


def _placed(when: datetime | date, zone: str) -> datetime | date:
    return when.replace(tzinfo=ZoneInfo(zone)) if isinstance(when, datetime) else when


def _end_of(day: date, zone: str) -> datetime:
    """The end of a date at a place, in UTC, as a rule with a zone wants it."""
    return datetime.combine(day, time(23, 59, 59), ZoneInfo(zone)).astimezone(UTC)
