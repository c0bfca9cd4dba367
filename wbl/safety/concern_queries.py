"""Reading safety concerns: a student their own, a coordinator the district's, a school's contact those
of the school. A list names no student and says nothing of what was raised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import case, exists, func, select
from sqlalchemy.orm import joinedload, selectinload

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.accounts.models import User
from wbl.db import db
from wbl.opportunities.models import Offering, Opportunity
from wbl.pagination import Page, paginate
from wbl.placements.models import Placement, PlacementState
from wbl.rounds.models import Round
from wbl.safety.models import ConcernDraft, ConcernState, RequiredReport, SafetyConcern
from wbl.safety.queries import one, readable


def draft(student_id: int) -> ConcernDraft | None:
    return db.session.get(ConcernDraft, student_id)


def own_concerns(actor: Actor) -> list[SafetyConcern]:
    """What the student has raised, the newest first."""
    return list(
        db.session.scalars(
            select(SafetyConcern)
            .where(SafetyConcern.student_id.in_(actor.student_ids))
            .order_by(SafetyConcern.id.desc())
            .limit(50)
        )
    )


def own_concern(actor: Actor, concern_id: int, *, lock: bool = False) -> SafetyConcern:
    """One of them, with its entries.

    Raises
    ------
    NotFound
        Where there is none, or it is somebody else's.
    """
    return one(
        select(SafetyConcern)
        .where(SafetyConcern.id == concern_id, SafetyConcern.student_id.in_(actor.student_ids))
        .options(selectinload(SafetyConcern.entries)),
        lock=lock,
    )


def concerns(actor: Actor, *, closed: bool = False, page: int = 1) -> Page[SafetyConcern]:
    """A page of the concerns that the actor may read: open ones, what waits first; or closed ones."""
    statement = (
        select(SafetyConcern)
        .where(readable(actor), (SafetyConcern.state == ConcernState.CLOSED) == closed)
        .options(joinedload(SafetyConcern.school))
        .execution_options(populate_existing=True)
    )
    if closed:
        return paginate(statement.order_by(SafetyConcern.closed_at.desc(), SafetyConcern.id.desc()), page)
    urgency = case(
        (SafetyConcern.state == ConcernState.RAISED, 0),
        (SafetyConcern.state == ConcernState.READ, 1),
        else_=2,
    )
    return paginate(statement.order_by(urgency, SafetyConcern.waits_since, SafetyConcern.id), page)


def concern(actor: Actor, concern_id: int, *, lock: bool = False) -> SafetyConcern:
    """One concern that the actor may read, with its entries.

    Raises
    ------
    NotFound
        Where there is none, or it is another district's or school's.
    """
    return one(
        select(SafetyConcern)
        .where(SafetyConcern.id == concern_id, readable(actor))
        .options(selectinload(SafetyConcern.entries)),
        lock=lock,
    )


def reports(concern_id: int) -> list[tuple[RequiredReport, str]]:
    """The reports that the law required and that were made, each with who recorded it."""
    rows = db.session.execute(
        select(RequiredReport, User.name)
        .outerjoin(User, User.id == RequiredReport.recorded_by)
        .where(RequiredReport.concern_id == concern_id)
        .order_by(RequiredReport.made_at, RequiredReport.id)
    )
    return [(row[0], row[1] or "") for row in rows]


@dataclass(frozen=True, slots=True)
class There:
    """What else there is at the opportunity of a concern."""

    students: int  # placed there now, the one who raised it among them
    others: list[Opportunity]  # of the same employer, which go on


def there(concern: SafetyConcern) -> There:
    """Who is at the place, and what else its employer offers: in two queries."""
    if concern.opportunity is None:
        return There(0, [])
    students = db.session.scalar(
        select(func.count(Placement.student_id.distinct()))
        .join(Offering, Offering.id == Placement.offering_id)
        .join(Round, Round.id == Placement.round_id)
        .where(
            Offering.opportunity_id == concern.opportunity_id,
            Placement.state == PlacementState.PUBLISHED,
            Round.ends_on >= clock.last_today(),
        )
    )
    others: Sequence[Opportunity] = []
    if concern.opportunity.employer_id is not None:
        others = db.session.scalars(
            select(Opportunity)
            .where(
                Opportunity.employer_id == concern.opportunity.employer_id,
                Opportunity.id != concern.opportunity_id,
                exists().where(Offering.opportunity_id == Opportunity.id, Offering.active),
            )
            .order_by(Opportunity.title, Opportunity.id)
            .limit(20)
        ).all()
    return There(students or 0, list(others))
