"""Hosting again: what an employer offered last time, as a draft for the next round, its dates moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from wbl.accounts.actor import Actor
from wbl.db import db
from wbl.errors import DomainError, NotFound
from wbl.opportunities import queries, services
from wbl.opportunities.models import Offering, Opportunity, Posting
from wbl.rounds.models import Round


@dataclass(frozen=True, slots=True)
class Offered:
    """What was offered in a published round. ``target``: the round that it can be offered in again, None
    where there is none yet; ``copy_id``: the posting that is there for it already."""

    opportunity: Opportunity
    round: Round
    target: Round | None
    copy_id: int | None


def offered_before(actor: Actor) -> list[Offered]:
    """What the actor's employers offered in published rounds, each posting once, the newest first."""
    newest = (
        select(func.max(Offering.id))
        .join(Round, Round.id == Offering.round_id)
        .where(Offering.opportunity_id == Opportunity.id, Round.published_run_id.is_not(None))
        .correlate(Opportunity)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(Opportunity, Round)
        .select_from(Opportunity)
        .join(Offering, Offering.id == newest)
        .join(Round, Round.id == Offering.round_id)
        .where(Opportunity.employer_id.in_(actor.employer_ids))
        .options(joinedload(Opportunity.employer))
        .order_by(Round.starts_on.desc(), Opportunity.title, Opportunity.id)
    ).all()
    districts = {opportunity.district_id for opportunity, _round in rows}
    targets: dict[int, Round] = {}
    for one in queries.open_rounds(districts):
        targets.setdefault(one.district_id, one)
    there = _there([one.id for one in targets.values()])
    return [
        Offered(
            opportunity,
            placement_round,
            target := targets.get(opportunity.district_id),
            there.get((opportunity.employer_id, opportunity.title, target.id)) if target else None,
        )
        for opportunity, placement_round in rows
    ]


def _there(round_ids: Sequence[int]) -> dict[tuple[int | None, str, int], int]:
    """Postings and offerings of rounds, by employer, title and round."""
    written = db.session.execute(
        select(Opportunity.employer_id, Opportunity.title, Posting.round_id, Opportunity.id)
        .join(Posting, Posting.opportunity_id == Opportunity.id)
        .where(Posting.round_id.in_(round_ids))
    )
    offered = db.session.execute(
        select(Opportunity.employer_id, Opportunity.title, Offering.round_id, Opportunity.id)
        .join(Offering, Offering.opportunity_id == Opportunity.id)
        .where(Offering.round_id.in_(round_ids), Offering.active)
    )
    return {
        (employer_id, title, round_id): opportunity_id
        for employer_id, title, round_id, opportunity_id in (*offered, *written)
        if round_id is not None
    }


def host_again(actor: Actor, opportunity_id: int) -> Opportunity:
    """A draft of it for the next round of its district; its dates are as many weeks later as the round
    is. One that is there already is given back. Flushes.

    Raises
    ------
    NotFound
        Where it is somebody else's, or was offered in no published round.
    DomainError
        Where there is no round in which something can be offered.
    """
    queries.opportunity(actor, opportunity_id, lock=True)  # of two clicks one makes the draft
    before = next((one for one in offered_before(actor) if one.opportunity.id == opportunity_id), None)
    if before is None:
        raise NotFound()
    if before.target is None:
        raise DomainError(_("There is no round yet in which you could host again."))
    if before.copy_id is not None:
        return queries.opportunity(actor, before.copy_id)
    # To the nearest week, so that a day of the week stays what it is.
    weeks = round((before.target.starts_on - before.round.starts_on).days / 7)
    return services.duplicate(actor, opportunity_id, before.target.id, weeks_later=weeks)
