"""The policy of a demo round, and the hours of school."""

from __future__ import annotations

from datetime import date

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


def policy_text(on_date: date, hours: list[str]) -> str:
    """Return policy.toml: the format's defaults, with the date and the hours of school."""
    return POLICY.format(on_date=on_date, school_hours=school_hours(hours))


def school_hours(hours: list[str]) -> str:
    """Return the windows of a school week from the times of a day, start and end."""
    start, end = hours
    return ";".join(f"{day} {start}-{end}" for day in ("Mon", "Tue", "Wed", "Thu", "Fri"))
