"""From when on a report says that something is to be looked at: named settings of a district.

None of them decides anything: they only sort lists. A district changes each; what it has not changed
goes by the default, which the page says.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from wbl.db import db
from wbl.reports.models import ReportSetting


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The defaults, and what a district decided otherwise. Days, but for what is named otherwise."""

    grace_days: int = 14  # at the start, in which nobody is behind with hours
    behind_percent: int = 20  # so much less is worked than would be even over the days
    quiet_days: int = 14  # without a reflection handed in
    drop_levels: float = 0.5  # of 1 to 5: the mean of what both evaluations rated fell by so much
    expires_days: int = 30  # before a document ends
    visit_days: int = 0  # after the day that a visit was planned for
    stuck_days: int = 14  # that the paperwork is at one step
    smallest: int = 10  # students behind a figure by group


LIMITS: Mapping[str, tuple[float, float]] = {
    "grace_days": (0, 90),
    "behind_percent": (5, 90),
    "quiet_days": (3, 90),
    "drop_levels": (0.1, 4),
    "expires_days": (1, 180),
    "visit_days": (0, 60),
    "stuck_days": (1, 90),
    "smallest": (3, 30),  # as matching.equity.suppression
}
"""The least and the most that each may be."""
DEFAULT = Thresholds()


def of_districts(district_ids: Collection[int]) -> dict[int, Thresholds]:
    """The thresholds of some districts; one query. Every district asked for is in it."""
    rows = db.session.execute(
        select(ReportSetting.district_id, ReportSetting.thresholds).where(
            ReportSetting.district_id.in_(district_ids)
        )
    )
    decided = {district_id: thresholds_of(kept) for district_id, kept in rows}
    return {district_id: decided.get(district_id, DEFAULT) for district_id in district_ids}


def of_district(district_id: int) -> Thresholds:
    return of_districts([district_id])[district_id]


def thresholds_of(kept: Mapping[str, Any]) -> Thresholds:
    """As a row keeps them; names that are not known (any more) are passed over."""
    known = {field.name for field in fields(Thresholds)}
    return Thresholds(**{name: value for name, value in kept.items() if name in known})


def days_ago(days: int, today: date, zone: str) -> datetime:
    """What happened before this instant happened so many days ago or earlier, by the clocks of a place."""
    return datetime.combine(today - timedelta(days=days - 1), time(), ZoneInfo(zone)).astimezone(UTC)
