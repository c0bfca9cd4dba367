"""Links by which an employer or a supervisor reads and signs an agreement, without an account."""

from __future__ import annotations

from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import select

from wbl.accounts.actor import Actor
from wbl.accounts.invitations import checked_email
from wbl.agreements.models import SignerRole, SigningLink
from wbl.audit.services import record
from wbl.db import db
from wbl.errors import DomainError, NotFound
from wbl.links import keeping
from wbl.links.queries import by_token as opened_by
from wbl.placements import queries
from wbl.placements.models import Placement, PlacementState

LIFETIME = timedelta(days=60)
OF_A_WORKPLACE = (SignerRole.EMPLOYER, SignerRole.SUPERVISOR)


def in_force(placement_id: int, role: SignerRole) -> SigningLink | None:
    """The newest link of a role that opens."""
    return db.session.scalar(
        select(SigningLink)
        .where(
            SigningLink.placement_id == placement_id,
            SigningLink.role == role,
            *SigningLink.in_force(),
        )
        .order_by(SigningLink.id.desc())
        .limit(1)
    )


def make(placement: Placement, role: SignerRole, email: str = "", user_id: int | None = None) -> SigningLink:
    """A link for a role at the workplace; an earlier one of that role ends. Flushes."""
    keeping.end(SigningLink, SigningLink.placement_id == placement.id, SigningLink.role == role)
    return keeping.make(
        SigningLink, LIFETIME, placement_id=placement.id, role=role, email=email, created_by=user_id
    )


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
    """End a link. Flushes; raises NotFound where it is none in force of the actor's placements."""
    placement = queries.placement(actor, placement_id)
    keeping.revoke(
        actor,
        "agreement.link_revoke",
        SigningLink,
        link_id,
        SigningLink.placement_id == placement.id,
        subject=placement,
        district_id=placement.publication.round.district_id,
    )


def by_token(token: str) -> SigningLink | None:
    """The link in force that this token opens: not revoked, not expired, its placement in force, and
    the family has agreed that this employer knows who comes; else None."""
    link = db.session.scalar(
        opened_by(SigningLink, token)
        .join(Placement, Placement.id == SigningLink.placement_id)
        .where(Placement.state == PlacementState.PUBLISHED)
    )
    if link is None or not queries.name_told(queries.whole(link.placement_id)):
        return None
    return link


def of_placement(placement_id: int) -> list[SigningLink]:
    """All links of a placement, the newest first."""
    statement = select(SigningLink).where(SigningLink.placement_id == placement_id)
    return list(db.session.scalars(statement.order_by(SigningLink.id.desc())))
