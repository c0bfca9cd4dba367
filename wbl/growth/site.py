"""How the site was, as the student says it, for the coordinator alone."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import update

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.audit.services import record
from wbl.db import change, db
from wbl.errors import DomainError, NotFound
from wbl.growth.evaluating import ratable
from wbl.growth.models import SiteRating
from wbl.growth.rubrics import LEVELS
from wbl.placements import queries

LOW = 2
"""So low, or lower, somebody at school should talk with the student."""
ASPECTS = ("learned", "supported", "safe", "again")


@dataclass(frozen=True, slots=True)
class Said:
    learned: int
    supported: int
    safe: int
    again: int
    comment: str = ""


def rate(actor: Actor, placement_id: int, said: Said) -> SiteRating:
    """The student says how the site is; what they said before is replaced. Flushes.

    Raises
    ------
    NotFound
        Where it is not the student's own placement.
    Conflict
        Where it is not under way.
    DomainError
        Where an answer is missing, or the words are too many.
    """
    queries.own_placement(actor, placement_id)
    placement = ratable(placement_id)
    if any(getattr(said, aspect) not in LEVELS for aspect in ASPECTS):
        raise DomainError(_("Choose an answer to each question."))
    if len(said.comment) > 2000:
        raise DomainError(_("Use at most 2000 characters."), field="comment")
    found = db.session.get(SiteRating, placement_id)
    if found is None:
        found = SiteRating(placement_id=placement_id)
        db.session.add(found)
    for aspect in ASPECTS:
        setattr(found, aspect, getattr(said, aspect))
    found.comment, found.given_at = said.comment.strip(), clock.now()
    found.seen_at = found.seen_by = None
    db.session.flush()
    record(actor, "site.rate", placement, district_id=placement.publication.round.district_id)
    return found


def mark_seen(actor: Actor, placement_id: int) -> None:
    """A coordinator has followed up what the student said. Flushes.

    Raises
    ------
    NotFound
        Where there is nothing to follow up, or it is another district's.
    """
    placement = queries.placement(actor, placement_id)
    done = change(
        update(SiteRating)
        .where(SiteRating.placement_id == placement_id, SiteRating.seen_at.is_(None))
        .values(seen_at=clock.now(), seen_by=actor.user_id)
    )
    if done == 0:
        raise NotFound()
    record(actor, "site.seen", placement, district_id=placement.publication.round.district_id)
    db.session.flush()
