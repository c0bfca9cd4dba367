"""What the worker does: a plan for each placement that has become active; ask its mentor when it is time."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, exists, select

from wbl import clock
from wbl.accounts.actor import WORKER
from wbl.agreements.models import Paperwork, PaperworkState
from wbl.db import db, transaction
from wbl.growth import links, plans, raters
from wbl.growth.mailing import enqueue_mail
from wbl.growth.models import Evaluation, EvaluationDue, LearningPlan, Moment, RatedBy, RatingLink
from wbl.placements import queries
from wbl.placements.models import Placement, PlacementState

REMIND_AFTER = timedelta(days=5)


def ask_next() -> bool:
    """One step (the worker's job); False where nothing is due."""
    return _plan_next() or _ask_next() or _remind_next()


def _active() -> ColumnElement[bool]:
    return exists().where(
        Paperwork.placement_id == Placement.id,
        Paperwork.state == PaperworkState.ACTIVE,
        Placement.state == PlacementState.PUBLISHED,
    )


def _plan_next() -> bool:
    with transaction():
        placement_id = db.session.scalar(
            select(Placement.id)
            .where(_active(), ~exists().where(LearningPlan.placement_id == Placement.id))
            .order_by(Placement.id)
            .limit(1)
        )
        if placement_id is None:
            return False
        plans.ensure(WORKER, queries.whole(placement_id))
    return True


def _given() -> ColumnElement[bool]:
    return exists().where(
        Evaluation.placement_id == EvaluationDue.placement_id,
        Evaluation.moment == EvaluationDue.moment,
        Evaluation.rated_by == RatedBy.MENTOR,
        Evaluation.void_at.is_(None),
    )


def _ask_next() -> bool:
    """Ask one mentor. Whom nobody can be asked by mail for is marked too: the coordinator sees that no
    link is out."""
    with transaction():
        due = db.session.scalar(
            select(EvaluationDue)
            .join(Placement, Placement.id == EvaluationDue.placement_id)
            .where(
                _active(),
                ~_given(),
                EvaluationDue.asked_at.is_(None),
                EvaluationDue.due_on <= clock.last_today(),
            )
            .order_by(EvaluationDue.due_on, EvaluationDue.placement_id)
            .limit(1)
            .with_for_update(of=EvaluationDue)
        )
        if due is None:
            return False
        due.asked_at = clock.now()
        _ask(queries.whole(due.placement_id), due.moment)
    return True


def _ask(placement: Placement, moment: Moment) -> None:
    name, email = raters.contact_of(placement)
    if email and placement.offering.opportunity.employer_id is not None and queries.name_told(placement):
        links.make(placement, moment, name, email)


def _remind_next() -> bool:
    moment = clock.now()
    with transaction():
        due = db.session.scalar(
            select(EvaluationDue)
            .join(Placement, Placement.id == EvaluationDue.placement_id)
            .where(
                _active(),
                ~_given(),
                EvaluationDue.asked_at <= moment - REMIND_AFTER,
                EvaluationDue.reminded_at.is_(None),
            )
            .order_by(EvaluationDue.asked_at, EvaluationDue.placement_id)
            .limit(1)
            .with_for_update(of=EvaluationDue)
        )
        if due is None:
            return False
        due.reminded_at = moment
        link = db.session.scalar(
            select(RatingLink)
            .where(
                RatingLink.placement_id == due.placement_id,
                RatingLink.moment == due.moment,
                *RatingLink.in_force(),
            )
            .order_by(RatingLink.id.desc())
            .limit(1)
        )
        if link is not None and link.rater.email:
            district_id = queries.whole(due.placement_id).publication.round.district_id
            enqueue_mail(link.id, 1, district_id)
    return True
