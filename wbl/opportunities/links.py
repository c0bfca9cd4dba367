"""Links by which an employer confirms or corrects a posting, without an account."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.accounts.invitations import checked_email
from wbl.audit.services import record
from wbl.db import change, db
from wbl.errors import Conflict, NotFound
from wbl.jobs.models import OutboxKind
from wbl.jobs.outbox import enqueue
from wbl.links import keeping
from wbl.links.queries import by_token as opened_by
from wbl.opportunities import queries, services
from wbl.opportunities.models import Opportunity, OpportunityState, PostingLink

LIFETIME = timedelta(days=21)
CORRECTED = ("seats", "supervisor", "description", "learn_before")
"""What an employer may correct by a link; the rest they say in words."""


def make(actor: Actor, opportunity_id: int, email: str = "") -> PostingLink:
    """A link to a draft, for its employer; mailed where an address is given. Flushes.

    Raises
    ------
    NotFound
        Where it is not a posting of the actor's district.
    Conflict
        Where it is no draft.
    """
    found = queries.opportunity(actor, opportunity_id, lock=True)
    if not queries.coordinates(actor, found):
        raise NotFound()
    if found.state is not OpportunityState.DRAFT:
        raise Conflict(_("Only a draft can be confirmed. This posting is past that."))
    to = checked_email(email) if email.strip() else ""
    keeping.end(PostingLink, PostingLink.opportunity_id == found.id)
    link = keeping.make(PostingLink, LIFETIME, opportunity_id=found.id, email=to, created_by=actor.user_id)
    if link.email:
        enqueue(
            OutboxKind.MAIL,
            f"posting-link:{link.id}",
            {"about": "posting", "link_id": link.id},
            district_id=found.district_id,
        )
    record(actor, "posting.link", found, district_id=found.district_id, link=link.id)
    db.session.flush()
    return link


def by_token(token: str) -> PostingLink | None:
    """The link in force that this token opens, or None."""
    return db.session.scalar(
        opened_by(PostingLink, token).options(
            joinedload(PostingLink.opportunity).joinedload(Opportunity.employer)
        )
    )


def newest(found: Opportunity) -> PostingLink | None:
    """The link of a posting that is in force."""
    return db.session.scalar(
        select(PostingLink)
        .where(PostingLink.opportunity_id == found.id, *PostingLink.in_force())
        .order_by(PostingLink.id.desc())
        .limit(1)
    )


def answer(link: PostingLink, given: dict[str, Any], *, right: bool, comment: str) -> None:
    """What the employer says: right as it stands now (with what they corrected), or not yet. Flushes.

    Confirmed and complete, it goes to the coordinator for approval by itself.

    Raises
    ------
    Conflict
        Where it was answered already, or is no draft any more.
    """
    taken = change(
        update(PostingLink)
        .where(PostingLink.id == link.id, PostingLink.answered_at.is_(None), PostingLink.revoked_at.is_(None))
        .values(answered_at=clock.now())
    )
    found = db.session.get_one(Opportunity, link.opportunity_id, populate_existing=True)
    posting = queries.posting(found)
    if taken != 1 or posting is None or found.state is not OpportunityState.DRAFT:
        raise Conflict(_("This was answered already. Call the school district to change it."))
    employer = Actor(kind="posting_link", id=link.id)
    kept = {**posting.answers, **{name: given[name] for name in CORRECTED if name in given}}
    posting.answers = {name: value for name, value in kept.items() if value not in (None, "")}
    posting.changed_at = clock.now()
    services.note(employer, found, "confirm" if right else "correct", comment)
    if right and not services.missing(posting.answers, posting.round_id):
        services.hand_in(employer, found, posting)
