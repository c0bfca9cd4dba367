"""Links by which whoever supervises confirms hours without an account.

As those to sign by: a row keeps a nonce and a hash, the token is derived, opening shows a button first.
"""

from __future__ import annotations

from datetime import timedelta

from flask import current_app
from sqlalchemy import select, update

from wbl import clock
from wbl.accounts import tokens
from wbl.accounts.actor import Actor
from wbl.accounts.invitations import checked_email
from wbl.agreements.models import Paperwork
from wbl.audit.services import record
from wbl.db import change, db
from wbl.errors import NotFound
from wbl.hours import queries
from wbl.hours.models import HoursLink
from wbl.placements import queries as placements
from wbl.placements.models import Placement

PURPOSE = "hours-link"
LENGTH = 20
"""Characters of a token, of a-z, A-Z, 0-9, - and _: 120 bits."""
LIFETIME = timedelta(days=60)
RENEWED = timedelta(days=14)
"""A link that is mailed opens at least so long; else a new one is made."""


def token_of(link: HoursLink) -> str:
    """The token that belongs to a link."""
    return tokens.token_of(PURPOSE, link.nonce)[:LENGTH]


def address_of(link: HoursLink) -> str:
    """The whole address, as it is mailed or read out."""
    return f"{current_app.config['PUBLIC_URL']}/h/{token_of(link)}"


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
    """End a link: whoever has it opens nothing any more. Flushes.

    Raises
    ------
    NotFound
        Where there is no such link in force, or it is another district's.
    """
    placement = queries.coordinated(actor, placement_id)
    ended = change(
        update(HoursLink)
        .where(
            HoursLink.id == link_id,
            HoursLink.placement_id == placement.id,
            HoursLink.revoked_at.is_(None),
        )
        .values(revoked_at=clock.now())
    )
    if ended == 0:
        raise NotFound()
    record(
        actor,
        "hours.link_revoke",
        placement,
        district_id=placement.publication.round.district_id,
        link=link_id,
    )
    db.session.flush()


def by_token(token: str) -> HoursLink | None:
    """The link that this token opens, or None."""
    link = db.session.scalar(select(HoursLink).where(HoursLink.token_hash == tokens.hash_of(token.strip())))
    return link if link is not None and may_open(link) else None


def may_open(link: HoursLink) -> bool:
    """Whether a link opens: not revoked, not expired, of a placement that became active, and the family
    agrees that this employer knows who comes."""
    if link.revoked_at is not None or link.expires_at <= clock.now():
        return False
    paperwork = db.session.get(Paperwork, link.placement_id)
    begun = paperwork is not None and paperwork.active_at is not None
    return begun and placements.name_told(placements.whole(link.placement_id))


def _make(placement: Placement, email: str, user_id: int | None) -> HoursLink:
    moment, nonce = clock.now(), tokens.new_nonce()
    link = HoursLink(
        placement_id=placement.id,
        email=email,
        nonce=nonce,
        token_hash=tokens.hash_of(tokens.token_of(PURPOSE, nonce)[:LENGTH]),
        created_by=user_id,
        created_at=moment,
        expires_at=moment + LIFETIME,
    )
    db.session.add(link)
    db.session.flush()
    return link
