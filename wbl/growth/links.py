"""Links by which a mentor rates one student once, without an account."""

from __future__ import annotations

from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from wbl.accounts.actor import Actor
from wbl.agreements.models import Paperwork
from wbl.audit.services import record
from wbl.db import db
from wbl.errors import Conflict
from wbl.growth.evaluating import RATABLE, ratable
from wbl.growth.mailing import enqueue_mail
from wbl.growth.models import Evaluation, Moment, RatedBy, RatingLink
from wbl.growth.raters import rater_of
from wbl.links import keeping
from wbl.links.queries import by_token as opened_by
from wbl.placements import queries
from wbl.placements.models import Placement, PlacementState

LIFETIME = timedelta(days=30)


def make(
    placement: Placement, moment: Moment, name: str, email: str = "", user_id: int | None = None
) -> RatingLink:
    """A link for one person and moment; an earlier one of that moment ends. Mailed where there is an
    address. Flushes."""
    rater = rater_of(placement, name, email)
    keeping.end(RatingLink, RatingLink.placement_id == placement.id, RatingLink.moment == moment)
    link = keeping.make(
        RatingLink,
        LIFETIME,
        placement_id=placement.id,
        moment=moment,
        rater_id=rater.id,
        created_by=user_id,
    )
    if rater.email:
        enqueue_mail(link.id, 0, placement.publication.round.district_id)
    return link


def make_by_hand(actor: Actor, placement_id: int, moment: Moment, name: str, email: str) -> RatingLink:
    """A link that a coordinator makes: mailed, or to read out. Flushes.

    Raises
    ------
    NotFound
        Where it is not a placement of the actor's districts.
    Conflict
        Where the placement is not under way, it was rated already, or the family has not agreed that
        the employer knows who comes.
    DomainError
        Where nobody is named, or the address is none.
    """
    queries.placement(actor, placement_id)
    placement = ratable(placement_id)
    if not queries.name_told(placement):
        raise Conflict(_("The family has not agreed that the employer knows who comes."))
    if is_given(placement_id, moment):
        raise Conflict(_("This was rated already."))
    link = make(placement, moment, name, email, actor.user_id)
    record(actor, "rating.link", placement, district_id=placement.publication.round.district_id, link=link.id)
    db.session.flush()
    return link


def revoke(actor: Actor, placement_id: int, link_id: int) -> None:
    """End a link. Flushes; raises NotFound where it is none in force of the actor's placements."""
    placement = queries.placement(actor, placement_id)
    keeping.revoke(
        actor,
        "rating.link_revoke",
        RatingLink,
        link_id,
        RatingLink.placement_id == placement.id,
        subject=placement,
        district_id=placement.publication.round.district_id,
    )


def by_token(token: str) -> RatingLink | None:
    """The link in force that this token opens: not revoked, not expired, its placement under way or
    completed, and the family has agreed that this employer knows who comes; else None."""
    link = db.session.scalar(
        opened_by(RatingLink, token)
        .join(Placement, Placement.id == RatingLink.placement_id)
        .join(Paperwork, Paperwork.placement_id == Placement.id)
        .where(Placement.state == PlacementState.PUBLISHED, Paperwork.state.in_(RATABLE))
        .options(joinedload(RatingLink.rater))
    )
    if link is None or not queries.name_told(queries.whole(link.placement_id)):
        return None
    return link


def is_given(placement_id: int, moment: Moment, rated_by: RatedBy = RatedBy.MENTOR) -> bool:
    """Whether an evaluation that counts is there."""
    found = db.session.scalar(
        select(Evaluation.id).where(
            Evaluation.placement_id == placement_id,
            Evaluation.moment == moment,
            Evaluation.rated_by == rated_by,
            Evaluation.void_at.is_(None),
        )
    )
    return found is not None


def of_placement(placement_id: int) -> list[RatingLink]:
    """All links of a placement, the newest first."""
    statement = (
        select(RatingLink)
        .where(RatingLink.placement_id == placement_id)
        .options(joinedload(RatingLink.rater))
        .order_by(RatingLink.id.desc())
    )
    return list(db.session.scalars(statement))
