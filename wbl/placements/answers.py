"""A student's own answer to a placement: yes, or no, by a date."""

from __future__ import annotations

from datetime import date, timedelta

from flask_babel import gettext as _
from sqlalchemy import delete, select, update

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.agreements.advancing import advance
from wbl.audit.services import keep_reason, record
from wbl.db import change, db
from wbl.errors import Conflict
from wbl.placements import queries
from wbl.placements.models import Answer, Placement, PlacementAnswer

DAYS = timedelta(days=14)
LEAST_DAYS = timedelta(days=3)


def answer_by(first_day: date, today: date) -> date:
    """Until when a student says yes or no: two weeks, and before the first day, but never less than
    three days."""
    return max(today + LEAST_DAYS, min(today + DAYS, first_day - timedelta(days=1)))


def may_answer(placement: Placement) -> bool:
    """Whether the student may still say something: today, at the district."""
    today = clock.today(placement.publication.round.district.timezone)
    return placement.answer_by is None or today <= placement.answer_by


def answer_own(actor: Actor, placement_id: int, answer: Answer, reason: str = "") -> PlacementAnswer:
    """Keep the signed-in student's answer. A yes may become a no by the date; a no stays. Flushes.

    Raises
    ------
    NotFound
        Where it is not their placement in force.
    Conflict
        Where the date has passed, or they have said no already.
    """
    placement = queries.own_placement(actor, placement_id)
    if not may_answer(placement):
        raise Conflict(_("The date for this answer has passed. Talk to your coordinator."))
    kept = keep_reason(reason) if reason.strip() and answer is Answer.DECLINED else None
    values = {
        "answer": answer,
        "at": clock.now(),
        "user_id": actor.user_id,
        "reason_id": kept.id if kept is not None else None,
    }
    # A no is final: the seat may be somebody else's a moment later.
    changed = change(
        update(PlacementAnswer)
        .where(PlacementAnswer.placement_id == placement.id, PlacementAnswer.answer == Answer.ACCEPTED)
        .values(**values)
    )
    if not changed:
        # Of two tabs at once one writes the row; the other finds it after the lock on the placement.
        db.session.execute(select(Placement.id).where(Placement.id == placement.id).with_for_update())
        if db.session.get(PlacementAnswer, placement.id, populate_existing=True) is not None:
            raise Conflict(_("You have said no to this place already. Talk to your coordinator."))
        db.session.add(PlacementAnswer(placement_id=placement.id, **values))
    db.session.flush()
    record(
        actor,
        f"placement.{'accept' if answer is Answer.ACCEPTED else 'decline'}",
        placement,
        district_id=placement.publication.round.district_id,
        reason=kept,
    )
    advance(actor, placement.id)
    db.session.flush()
    return db.session.get_one(PlacementAnswer, placement.id, populate_existing=True)


def forget(placement_id: int) -> None:
    """Of a placement that is given again: what was said of it before counts no more."""
    db.session.execute(delete(PlacementAnswer).where(PlacementAnswer.placement_id == placement_id))
