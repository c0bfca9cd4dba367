"""What hours are worth in a district."""

from __future__ import annotations

from wbl.accounts.actor import Actor
from wbl.administration import queries as administration
from wbl.audit.services import record
from wbl.db import db
from wbl.hours import queries


def decide(actor: Actor, district_id: int, *, hours_per_credit: int | None, hours_needed: int | None) -> None:
    """Set the ratio of hours to a credit, and the hours needed where a student's file says none. Flushes.

    Raises
    ------
    NotFound
        Where it is not a district that the actor administers.
    """
    district = administration.district(actor, district_id)
    row = queries.setting(district.id)
    row.hours_per_credit, row.hours_needed = hours_per_credit, hours_needed
    db.session.add(row)
    record(actor, "hours.setting", district, district_id=district.id)
    db.session.flush()
