"""Links by which an employer or a supervisor reads and signs an agreement, without an account.

As a posting's: a row keeps a nonce and a hash, the token is derived, opening shows a button first.
"""

from __future__ import annotations

from datetime import timedelta

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select, update

from wbl import clock
from wbl.accounts import tokens
from wbl.accounts.actor import Actor
from wbl.accounts.invitations import checked_email
from wbl.agreements.models import SignerRole, SigningLink
from wbl.audit.services import record
from wbl.db import change, db
from wbl.errors import DomainError, NotFound
from wbl.placements import queries
from wbl.placements.models import Placement, PlacementState

PURPOSE = "signing-link"
LENGTH = 20
"""Characters of a token, of a-z, A-Z, 0-9, - and _: 120 bits."""
LIFETIME = timedelta(days=60)
OF_A_WORKPLACE = (SignerRole.EMPLOYER, SignerRole.SUPERVISOR)


def token_of(link: SigningLink) -> str:
    """The token that belongs to a link."""
    return tokens.token_of(PURPOSE, link.nonce)[:LENGTH]


def address_of(link: SigningLink) -> str:
    """The whole address, as it is mailed or read out."""
    return f"{current_app.config['PUBLIC_URL']}/a/{token_of(link)}"


def in_force(placement_id: int, role: SignerRole) -> SigningLink | None:
    """The newest link of a role that opens."""
    return db.session.scalar(
        select(SigningLink)
        .where(
            SigningLink.placement_id == placement_id,
            SigningLink.role == role,
            SigningLink.revoked_at.is_(None),
            SigningLink.expires_at > clock.now(),
        )
        .order_by(SigningLink.id.desc())
        .limit(1)
    )


def make(placement: Placement, role: SignerRole, email: str = "", user_id: int | None = None) -> SigningLink:
    """A link for a role at the workplace; an earlier one of that role ends. Flushes."""
    moment, nonce = clock.now(), tokens.new_nonce()
    change(
        update(SigningLink)
        .where(
            SigningLink.placement_id == placement.id,
            SigningLink.role == role,
            SigningLink.revoked_at.is_(None),
        )
        .values(revoked_at=moment)
    )
    link = SigningLink(
        placement_id=placement.id,
        role=role,
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


def make_by_hand(actor: Actor, placement_id: int, role: SignerRole, email: str) -> SigningLink:
    """A link that a coordinator makes, to send themself or to read out. Flushes.

    Raises
    ------
    NotFound
        Where there is no such placement in force, or it is another district's.
    DomainError
        Where the address is none, or nobody of the workplace is meant.
    """
    placement = queries.placement(actor, placement_id)
    if placement.state is not PlacementState.PUBLISHED:
        raise NotFound()
    if role not in OF_A_WORKPLACE:
        raise DomainError(_("Choose who the link is for."), field="role")
    link = make(placement, role, checked_email(email) if email.strip() else "", actor.user_id)
    record(
        actor, "agreement.link", placement, district_id=placement.publication.round.district_id, link=link.id
    )
    db.session.flush()
    return link


def revoke(actor: Actor, placement_id: int, link_id: int) -> None:
    """End a link: whoever has it opens nothing any more. Flushes.

    Raises
    ------
    NotFound
        Where there is no such link in force, or it is another district's.
    """
    placement = queries.placement(actor, placement_id)
    ended = change(
        update(SigningLink)
        .where(
            SigningLink.id == link_id,
            SigningLink.placement_id == placement.id,
            SigningLink.revoked_at.is_(None),
        )
        .values(revoked_at=clock.now())
    )
    if ended == 0:
        raise NotFound()
    record(
        actor,
        "agreement.link_revoke",
        placement,
        district_id=placement.publication.round.district_id,
        link=link_id,
    )
    db.session.flush()


def by_token(token: str) -> SigningLink | None:
    """The link in force that this token opens: not revoked, not expired, its placement in force, and
    the family has agreed that this employer knows who comes; else None."""
    link = db.session.scalar(
        select(SigningLink)
        .join(Placement, Placement.id == SigningLink.placement_id)
        .where(
            SigningLink.token_hash == tokens.hash_of(token.strip()),
            SigningLink.revoked_at.is_(None),
            SigningLink.expires_at > clock.now(),
            Placement.state == PlacementState.PUBLISHED,
        )
    )
    if link is None or not queries.name_told(queries.whole(link.placement_id)):
        return None
    return link


def of_placement(placement_id: int) -> list[SigningLink]:
    """All links of a placement, the newest first."""
    statement = select(SigningLink).where(SigningLink.placement_id == placement_id)
    return list(db.session.scalars(statement.order_by(SigningLink.id.desc())))
