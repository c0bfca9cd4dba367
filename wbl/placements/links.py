"""Family links: a new one, and the end of one."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import select

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.audit.services import record
from wbl.db import db
from wbl.errors import Conflict, DomainError, NotFound
from wbl.links import keeping
from wbl.people.models import Guardian
from wbl.placements import queries
from wbl.placements.consents import receivers
from wbl.placements.models import FamilyLink, PlacementState
from wbl.placements.publishing import link_row


def make(actor: Actor, placement_id: int, guardian_id: int | None) -> FamilyLink:
    """A new link for a guardian (None: for the student of age). Flushes.

    Raises
    ------
    NotFound
        Where there is no such placement, or it is another district's.
    DomainError
        Where that person may receive nothing.
    Conflict
        Where the placement was withdrawn.
    """
    placement = queries.placement(actor, placement_id)
    if placement.state is not PlacementState.PUBLISHED:
        raise Conflict(_("This placement was withdrawn: a link would lead nowhere."))
    may = {guardian.id for guardian in receivers(placement)}
    if guardian_id is None and not queries.student_decides(placement):
        raise DomainError(_("Until the student signs alone, a link goes to a guardian."))
    if guardian_id is not None and guardian_id not in may:
        raise DomainError(_("This person may not receive anything about this student."))
    placement_round = placement.publication.round
    last_day = placement.offering.end_date or placement_round.ends_on
    link = FamilyLink(**link_row(placement.id, guardian_id, last_day, placement_round.district.timezone))
    db.session.add(link)
    db.session.flush()
    record(actor, "link.create", link, district_id=placement.publication.round.district_id)
    return link


def revoke(actor: Actor, placement_id: int, link_id: int) -> None:
    """End a link: whoever has it sees nothing any more. Flushes.

    Raises
    ------
    NotFound
        Where there is no such link in force, or it is another district's.
    """
    placement = queries.placement(actor, placement_id)
    if keeping.end(FamilyLink, FamilyLink.id == link_id, FamilyLink.placement_id == placement.id) == 0:
        raise NotFound()
    link = db.session.get_one(FamilyLink, link_id)
    record(actor, "link.revoke", link, district_id=placement.publication.round.district_id)
    db.session.flush()


def revoke_of_guardian(actor: Actor, guardian: Guardian, district_id: int) -> int:
    """End every link of somebody who may receive nothing any more; how many there were. Flushes."""
    links = db.session.scalars(
        select(FamilyLink).where(FamilyLink.guardian_id == guardian.id, FamilyLink.revoked_at.is_(None))
    ).all()
    for link in links:
        link.revoked_at = clock.now()
        record(actor, "link.revoke", link, district_id=district_id)
    db.session.flush()
    return len(links)
