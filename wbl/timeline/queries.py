"""What a student has done so far: rounds, placements, ratings, reflections,
thank-yous. Their own alone."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from wbl.agreements.models import Paperwork
from wbl.db import db
from wbl.growth.models import Evaluation, RatedBy
from wbl.interests.models import Submission
from wbl.opportunities.models import Offering, Opportunity
from wbl.placements.models import Placement, PlacementState, Publication
from wbl.reflections.models import Reflection
from wbl.reports.models import Thanks, ThanksBy
from wbl.rounds.models import Round


def rounds(student_id: int) -> list[tuple[Round, Submission]]:
    """The rounds in which the student takes or took part: handed in, or brought in with a file."""
    rows = db.session.execute(
        select(Round, Submission)
        .join(Submission, Submission.round_id == Round.id)
        .where(
            Submission.student_id == student_id,
            Submission.active,
            or_(Submission.submitted_at.is_not(None), Submission.begun_at.is_(None)),
        )
        .order_by(Round.starts_on, Round.id)
    )
    return [(row[0], row[1]) for row in rows]


def placements(student_id: int) -> list[tuple[Placement, Paperwork | None]]:
    """Placements in force, and those that ended after they had begun."""
    rows = db.session.execute(
        select(Placement, Paperwork)
        .outerjoin(Paperwork, Paperwork.placement_id == Placement.id)
        .where(
            Placement.student_id == student_id,
            or_(Placement.state == PlacementState.PUBLISHED, Paperwork.active_at.is_not(None)),
        )
        .options(
            joinedload(Placement.offering).joinedload(Offering.opportunity).joinedload(Opportunity.employer),
            joinedload(Placement.offering).joinedload(Offering.opportunity).joinedload(Opportunity.site),
            joinedload(Placement.publication).joinedload(Publication.round),
        )
        .order_by(Placement.id)
    )
    return [(row[0], row[1]) for row in rows]


def ratings(placement_ids: list[int]) -> list[Evaluation]:
    """Ratings by mentors that count, which their student may read."""
    return list(
        db.session.scalars(
            select(Evaluation)
            .where(
                Evaluation.placement_id.in_(placement_ids),
                Evaluation.rated_by == RatedBy.MENTOR,
                Evaluation.void_at.is_(None),
            )
            .options(joinedload(Evaluation.rater))
            .order_by(Evaluation.given_at, Evaluation.id)
        )
    )


def reflections(placement_ids: list[int]) -> list[Reflection]:
    """What was handed in."""
    return list(
        db.session.scalars(
            select(Reflection)
            .where(Reflection.placement_id.in_(placement_ids), Reflection.handed_in_at.is_not(None))
            .order_by(Reflection.handed_in_at, Reflection.id)
        )
    )


def thanks(placement_ids: list[int]) -> list[Thanks]:
    """What the student thanked employers for."""
    return list(
        db.session.scalars(
            select(Thanks)
            .where(Thanks.placement_id.in_(placement_ids), Thanks.writer == ThanksBy.STUDENT)
            .order_by(Thanks.written_at, Thanks.id)
        )
    )
