"""The nightly purge: batch by batch, each one transaction with one line on the record.

Whose batch it is is settled by locks, not by who began: every batch locks the district's row first, so
two workers take turns, and a worker that dies leaves its last batch undone and nothing else.
"""

from __future__ import annotations

import logging
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

from wbl import clock
from wbl.accounts.actor import WORKER
from wbl.audit.services import record
from wbl.db import db, transaction
from wbl.people.models import District
from wbl.retention.kinds import KINDS
from wbl.retention.models import Purge
from wbl.retention.queries import limits

log = logging.getLogger("wbl.retention")
FROM_HOUR = 1
"""A district's night begins: before the rosters come, so that what they bring is judged a day later."""


def purge_next() -> bool:
    """Erase one batch of a district whose night it is (the worker's job); False where there is none."""
    moment = clock.now()
    rows = db.session.execute(
        select(District.id, District.timezone, Purge.on_day, Purge.ended_at)
        .outerjoin(Purge, Purge.district_id == District.id)
        .order_by(District.id)
    ).all()
    db.session.rollback()
    due = [
        row.id
        for row in rows
        if _is_night(row.timezone, moment)
        and (row.on_day is None or row.ended_at is None or row.on_day < clock.today(row.timezone))
    ]
    return bool(due) and purge_batch(due[0])


def _is_night(timezone: str, moment: datetime) -> bool:
    return moment.astimezone(ZoneInfo(timezone)).hour >= FROM_HOUR


def purge_batch(district_id: int) -> bool:
    """Erase one batch of a district's, or note that nothing is left; False where it was done already.

    An error ends the purge of this night and is noted by its kind: another district's goes on.
    """
    try:
        with transaction():
            return _batch(district_id)
    except Exception as error:
        log.exception("the purge of district %s broke", district_id)
        with transaction():
            purge = _begin(district_id)
            if purge is not None:
                purge.ended_at, purge.error = clock.now(), type(error).__name__
        return True


def _batch(district_id: int) -> bool:
    purge = _begin(district_id)
    if purge is None:
        return False
    district = db.session.get_one(District, district_id)
    days = limits(district)
    for kind in KINDS:
        if kind.name not in days:
            continue
        statement = kind.due(district_id, days[kind.name]).limit(kind.at_once)
        ids = list(db.session.scalars(statement))
        if ids:
            kind.erase(ids)
            purge.erased = purge.erased | {kind.name: purge.erased.get(kind.name, 0) + len(ids)}
            record(
                WORKER, "retention.erase", district, district_id=district_id, kind=kind.name, count=len(ids)
            )
            db.session.flush()
            return True
    purge.ended_at = clock.now()
    db.session.flush()
    return True


def _begin(district_id: int) -> Purge | None:
    """Tonight's purge, under the lock of its district; None where it has ended. Flushes."""
    # Not FOR UPDATE, which would hold up everybody who adds a row that names the district.
    timezone = db.session.scalars(
        select(District.timezone).where(District.id == district_id).with_for_update(key_share=True)
    ).one()
    today = clock.today(timezone)
    purge = db.session.get(Purge, district_id, populate_existing=True)
    if purge is None:
        purge = Purge(district_id=district_id, on_day=today, started_at=clock.now(), erased={}, error="")
        db.session.add(purge)
    elif purge.ended_at is not None:
        if purge.on_day >= today:
            return None
        purge.on_day, purge.started_at, purge.ended_at = today, clock.now(), None
        purge.erased, purge.error = {}, ""
    db.session.flush()
    return purge
