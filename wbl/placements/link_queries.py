"""Family links: what a token opens, and those of a placement."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from wbl import clock
from wbl.db import db
from wbl.links.queries import by_token as opened_by
from wbl.people.models import District, Student
from wbl.placements.models import FamilyLink, Placement, PlacementState


def by_token(token: str) -> FamilyLink | None:
    """The link in force that this token opens: not revoked, not expired, its placement published.

    A guardian who may receive nothing any more (an import says so, a coordinator has settled it, or
    their time has run out) opens nothing any more either.
    """
    row = db.session.execute(
        opened_by(FamilyLink, token)
        .join(Placement, Placement.id == FamilyLink.placement_id)
        .join(Student, Student.id == Placement.student_id)
        .join(District, District.id == Student.district_id)
        .where(Placement.state == PlacementState.PUBLISHED)
        .add_columns(District.timezone)
        .options(joinedload(FamilyLink.guardian))
    ).first()
    if row is None:
        return None
    link: FamilyLink = row[0]
    if link.guardian is not None and not link.guardian.receives(clock.today(row[1])):
        return None
    return link


def of_placement(placement: Placement) -> list[FamilyLink]:
    """All links of a placement, the newest first."""
    statement = (
        select(FamilyLink)
        .where(FamilyLink.placement_id == placement.id)
        .options(joinedload(FamilyLink.guardian))
        .order_by(FamilyLink.id.desc())
    )
    return list(db.session.scalars(statement))
