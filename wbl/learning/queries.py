"""What was learned in a district, for a round of it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from wbl.db import db
from wbl.employers.models import Site
from wbl.learning.models import Learned, SiteRecord
from wbl.opportunities.models import Opportunity
from wbl.pagination import Page, paginate

BY_VALUE, BY_PLACEMENTS = SORTS = ("value", "placements")


def learned_of(district_id: int) -> Learned | None:
    return db.session.get(Learned, district_id)


def working(learned: Learned | None) -> bool:
    """Whether it was asked for and is not done yet."""
    return (
        learned is not None
        and learned.asked_at is not None
        and (learned.done_at is None or learned.done_at < learned.asked_at)
    )


def site_records(district_id: int, page: int, sort: str = BY_VALUE) -> Page[SiteRecord]:
    """Sites with a record, the best first, or those with most placements."""
    order = SiteRecord.value.desc() if sort == BY_VALUE else SiteRecord.placements.desc()
    statement = (
        select(SiteRecord)
        .where(SiteRecord.district_id == district_id)
        .options(
            joinedload(SiteRecord.site).joinedload(Site.employer),
            joinedload(SiteRecord.opportunity).joinedload(Opportunity.employer),
        )
        .order_by(order, SiteRecord.id)
    )
    return paginate(statement, page)


def records_by_key(district_id: int) -> dict[tuple[str, int], SiteRecord]:
    """By ``("site", id)`` or ``("opportunity", id)``."""
    rows = db.session.scalars(select(SiteRecord).where(SiteRecord.district_id == district_id))
    return {
        ("site", row.site_id) if row.site_id is not None else ("opportunity", row.opportunity_id or 0): row
        for row in rows
    }
