"""Links by which whoever supervises confirms hours without an account."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.accounts.invitations import checked_email
from wbl.agreements.models import Paperwork
from wbl.audit.services import record
from wbl.db import db
from wbl.hours import queries
from wbl.hours.models import HoursLink
from wbl.links import keeping
from wbl.links.queries import by_token as opened_by
from wbl.placements import queries as placements
from wbl.placements.models import Placement

LIFETIME = timedelta(days=60)
RENEWED = timedelta(days=14)
"""A link that is mailed opens at least so long; else a new one is made."""


def for_mail(placement: Placement, email: str) -> HoursLink:
    """The link to mail to this address; made where none opens long enough. Flushes."""
    link = db.session.scalar(
        select(HoursLink)
        .where(
            HoursLink.placement_id == placement.id,
            HoursLink.email == email,
            HoursLink.revoked_at.is_(None),
            HoursLink.expires_at > clock.now() + RENEWED,
        )
        .order_by(HoursLink.id.desc())
        .limit(1)
    )
    return link or _make(placement, email, None)


def make_by_hand(actor: Actor, placement_id: int, email: str) -> HoursLink:
    """A link that a coordinator makes, to send themself or to read out. Flushes.

    Raises
    ------
    NotFound
        Where it is no placement of their districts that became active.
    DomainError
        Where the address is none.
    """
    placement = queries.coordinated(actor, placement_id)
    link = _make(placement, checked_email(email) if email.strip() else "", actor.user_id)
    record(actor, "hours.link", placement, district_id=placement.publication.round.district_id, link=link.id)
    db.session.flush()
    return link


def revoke(actor: Actor, placement_id: int, link_id: int) -> None:
    """End a link. Flushes; raises NotFound where it is none in force of the actor's placements."""
    placement = queries.coordinated(actor, placement_id)
    keeping.revoke(
        actor,
        "hours.link_revoke",
        HoursLink,
        link_id,
        HoursLink.placement_id == placement.id,
        subject=placement,
        district_id=placement.publication.round.district_id,
    )


def by_token(token: str) -> HoursLink | None:
    """The link that this token opens, or None."""
    link = db.session.scalar(opened_by(HoursLink, token))
    return link if link is not None and may_open(link) else None


def may_open(link: HoursLink) -> bool:
    """Whether a link opens: not revoked, not expired, of a placement that became active, and the family
    agrees that this employer knows who comes."""
    if not link.opens:
        return False
    paperwork = db.session.get(Paperwork, link.placement_id)
    begun = paperwork is not None and paperwork.active_at is not None
    return begun and placements.name_told(placements.whole(link.placement_id))


def _make(placement: Placement, email: str, user_id: int | None) -> HoursLink:
    return keeping.make(HoursLink, LIFETIME, placement_id=placement.id, email=email, created_by=user_id)
