"""The policy of a demo round, and the hours of school."""

from __future__ import annotations

from datetime import date

import numpy as np

from matching.eligibility.transit.feed import BadFeed, read_feed

FEED = "feed.zip"
"""The name of a transit feed in a demo round's folder."""

POLICY = """\
# This round's policy: the format's defaults, written out where people ask about them.
format = 1
on_date = {on_date}

[objective]
goals = ["placed", "priority", "floors", "utility"]

[weights]
preference = 40
interest = 25
travel = 20
growth = 15

[pairs]
unranked = "if_open"

[law]
jurisdictions = ["US"]
school_hours = "{school_hours}"
in_session = true
"""

TRAVEL = """
# Transit goes by the real timetable of one ordinary weekday, which stands for every week.
[travel]
provider = "gtfs"
feed = "{feed}"
date = {date}
"""


def policy_text(on_date: date, hours: list[str]) -> str:
    """Return policy.toml: the format's defaults, with the date and the hours of school."""
    return POLICY.format(on_date=on_date, school_hours=school_hours(hours))


def travel_text(feed: bytes) -> str:
    """Return what policy.toml says of travel by a transit feed.

    Raises
    ------
    BadFeed
        The feed cannot be read, or no trip of it runs on any weekday.
    """
    return TRAVEL.format(feed=FEED, date=ordinary_weekday(feed))


def ordinary_weekday(content: bytes) -> date:
    """Return the first of the weekdays on which most trips of a feed run: no holiday."""
    feed = read_feed(content)
    trips = np.bincount(feed.trip_service, minlength=len(feed.services))
    days = range(feed.first_date.toordinal(), feed.last_date.toordinal() + 1)
    weekdays = [day for day in days if date.fromordinal(day).weekday() < 5]
    running = {day: int(trips[feed.running(day)].sum()) for day in weekdays}
    best = max(running, key=lambda day: (running[day], -day), default=0)
    if not best or not running[best]:
        raise BadFeed("", 1, "", "no trip runs on any weekday")
    return date.fromordinal(best)


def school_hours(hours: list[str]) -> str:
    """Return the windows of a school week from the times of a day, start and end."""
    start, end = hours
    return ";".join(f"{day} {start}-{end}" for day in ("Mon", "Tue", "Wed", "Thu", "Fri"))
