"""Reading what reports share: the rounds of a coordinator, and thank-yous, each scoped to the actor."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from wbl.accounts.actor import Actor
from wbl.db import db
from wbl.errors import NotFound
from wbl.opportunities.models import Offering, Opportunity
from wbl.people.models import District, Student, StudentCte
from wbl.placements.models import Placement, Publication
from wbl.reports.models import Thanks, ThanksBy, ThanksState
from wbl.rounds.models import Round


def published_rounds(actor: Actor) -> list[Round]:
    """The coordinator's published rounds, the newest first, with their districts."""
    return list(
        db.session.scalars(
            select(Round)
            .where(Round.district_id.in_(actor.coordinator_of), Round.published_run_id.is_not(None))
            .options(joinedload(Round.district))
            .order_by(Round.starts_on.desc(), Round.id.desc())
        )
    )


def districts(actor: Actor) -> Sequence[District]:
    """The districts that the actor coordinates, by name."""
    return db.session.scalars(
        select(District).where(District.id.in_(actor.coordinator_of)).order_by(District.name, District.id)
    ).all()


def district(actor: Actor, district_id: int) -> District:
    """One of them.

    Raises
    ------
    NotFound
        Where the actor does not coordinate it.
    """
    found = db.session.get(District, district_id) if district_id in actor.coordinator_of else None
    if found is None:
        raise NotFound()
    return found


def cte_of(student: Student) -> StudentCte:
    """What is known of a student's career and technical education; an empty one where nothing is."""
    return db.session.get(StudentCte, student.id) or StudentCte(
        student_id=student.id,
        concentrator=None,
        graduation_year=None,
        graduated=None,
        cip_code="",
        cluster="",
    )


def _whole(statement: Select[tuple[Thanks]]) -> Select[tuple[Thanks]]:
    placement = joinedload(Thanks.placement)
    return statement.options(
        placement.joinedload(Placement.offering)
        .joinedload(Offering.opportunity)
        .joinedload(Opportunity.employer),
        placement.joinedload(Placement.student),
        placement.joinedload(Placement.publication).joinedload(Publication.round).joinedload(Round.district),
        joinedload(Thanks.user),
    )


def thanks_of(placement_id: int, writer: ThanksBy) -> Thanks | None:
    """What was written for one placement by its student, or by a coordinator."""
    return db.session.scalar(
        select(Thanks).where(Thanks.placement_id == placement_id, Thanks.writer == writer)
    )


def _coordinated(actor: Actor) -> Select[tuple[Thanks]]:
    return (
        select(Thanks)
        .join(Placement, Placement.id == Thanks.placement_id)
        .join(Student, Student.id == Placement.student_id)
        .where(Student.district_id.in_(actor.coordinator_of))
    )


def thanks_waiting(actor: Actor) -> Sequence[Thanks]:
    """Students' thank-yous that a coordinator has not read yet, the oldest first."""
    statement = _coordinated(actor).where(Thanks.state == ThanksState.WAITING).order_by(Thanks.written_at)
    return db.session.scalars(_whole(statement)).all()


def thanks_one(actor: Actor, thanks_id: int) -> Thanks:
    """One of a coordinator's districts.

    Raises
    ------
    NotFound
        Where there is none, or it is another district's.
    """
    found = db.session.scalar(_whole(_coordinated(actor).where(Thanks.id == thanks_id)))
    if found is None:
        raise NotFound()
    return found


def thanks_to(actor: Actor) -> Sequence[Thanks]:
    """What the actor's employers may read, the newest first."""
    return db.session.scalars(
        _whole(
            select(Thanks)
            .join(Placement, Placement.id == Thanks.placement_id)
            .join(Offering, Offering.id == Placement.offering_id)
            .join(Opportunity, Opportunity.id == Offering.opportunity_id)
            .where(Opportunity.employer_id.in_(actor.employer_ids), Thanks.state == ThanksState.PASSED)
            .order_by(Thanks.decided_at.desc(), Thanks.id.desc())
            .limit(50)
        )
    ).all()
