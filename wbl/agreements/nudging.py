"""What the worker does for the paperwork: begin what is missing, remind of what waits."""

from __future__ import annotations

from sqlalchemy import or_, select

from wbl import clock
from wbl.accounts.actor import WORKER
from wbl.agreements import telling
from wbl.agreements.advancing import advance
from wbl.agreements.models import Paperwork, PaperworkState
from wbl.agreements.opening import begin_missing, goes_on
from wbl.agreements.telling import MOST_NUDGES, OF_THE_SCHOOL
from wbl.db import db, transaction
from wbl.opportunities.models import Offering
from wbl.placements import queries
from wbl.placements.models import Placement, PlacementState
from wbl.rounds.models import Round


def nudge_next() -> bool:
    """Begin or remind of one (the worker's job); False where nothing is due.

    What is so now is looked at first: a student who has come of age meanwhile has another next step.
    """
    return begin_missing() or _nudge_next()


def _nudge_next() -> bool:
    with transaction():
        placement_id = db.session.scalar(
            select(Paperwork.placement_id)
            .join(Placement, Placement.id == Paperwork.placement_id)
            .join(Round, Round.id == Placement.round_id)
            .join(Offering, Offering.id == Placement.offering_id)
            .where(
                goes_on(),
                Paperwork.state == PaperworkState.OPEN,
                Paperwork.nudge_at <= clock.now(),
                or_(Paperwork.nudges < MOST_NUDGES, Paperwork.step.in_(OF_THE_SCHOOL)),
                Placement.state == PlacementState.PUBLISHED,
            )
            .order_by(Paperwork.nudge_at, Paperwork.placement_id)
            .limit(1)
        )
        if placement_id is None:
            return False
        advance(WORKER, placement_id)
        if telling.claim_nudge(placement_id):
            paperwork = db.session.get_one(Paperwork, placement_id, populate_existing=True)
            telling.nudge(paperwork, queries.whole(placement_id))
    return True
