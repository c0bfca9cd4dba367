"""What is past its retention in a district now, and when the last purge was."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select

from wbl import clock
from wbl.db import db
from wbl.people.models import District, Retention
from wbl.retention.kinds import KINDS
from wbl.retention.models import Purge
from wbl.retention.periods import DECIDED, FIXED, months_before


def periods(district_id: int) -> dict[str, int]:
    """Months by what has a period: what the district has decided on, and what is fixed."""
    rows = db.session.execute(
        select(Retention.kind, Retention.months).where(
            Retention.district_id == district_id, Retention.kind.in_(DECIDED)
        )
    ).tuples()
    return FIXED | dict(rows.all())


def limits(district: District) -> dict[str, date]:
    """By what has a period: what ended before this day is due."""
    today = clock.today(district.timezone)
    return {name: months_before(today, months) for name, months in periods(district.id).items()}


def due_counts(district: District) -> dict[str, int]:
    """How many rows the next purge would erase, by what has a period."""
    days = limits(district)
    counts = dict.fromkeys(days, 0)
    for kind in KINDS:
        if kind.name in days:
            due = kind.due(district.id, days[kind.name])
            counts[kind.name] += db.session.scalar(select(func.count()).select_from(due.subquery())) or 0
    return counts


def last_purge(district_id: int) -> Purge | None:
    return db.session.get(Purge, district_id)
