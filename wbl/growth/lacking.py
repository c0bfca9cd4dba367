"""What students are still to learn: competencies that their mentors rated low, newest rating first."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from wbl.db import db
from wbl.growth.models import Evaluation, RatedBy, Rating
from wbl.growth.rubrics import COMPETENCIES
from wbl.placements.models import Placement

LOW = 3
"""Under that a competency is still to learn: it needs more than some help."""


def still_to_learn(student_ids: Sequence[int]) -> dict[int, list[str]]:
    """By student, in order, the codes of competencies whose newest rating by a mentor is low.

    Codes are those that ``Submission.to_learn`` and ``Offering.teaches`` hold. Who was never rated is
    left out: nothing is known of them.
    """
    rows = db.session.execute(
        select(Placement.student_id, Rating.code, Rating.level)
        .join(Evaluation, Evaluation.id == Rating.evaluation_id)
        .join(Placement, Placement.id == Evaluation.placement_id)
        .where(
            Placement.student_id.in_(student_ids),
            Rating.code.in_(COMPETENCIES),
            Evaluation.rated_by == RatedBy.MENTOR,
            Evaluation.void_at.is_(None),
        )
        .order_by(Evaluation.given_at, Evaluation.id)
    )
    newest: dict[int, dict[str, int]] = {}
    for student_id, code, level in rows:
        newest.setdefault(student_id, {})[code] = level
    return {
        student_id: [code for code in COMPETENCIES if levels.get(code, LOW) < LOW]
        for student_id, levels in newest.items()
    }
