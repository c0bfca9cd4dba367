"""From an empty round to one that somebody or something takes part in."""

from __future__ import annotations

from sqlalchemy import exists, or_, select, update

from wbl.db import change, db
from wbl.interests.models import Submission
from wbl.opportunities.models import Offering
from wbl.rounds.models import Round, RoundState


def holds_something(round_id: int) -> bool:
    """Whether a student or an offering takes part."""
    student = exists().where(Submission.round_id == round_id, Submission.active)
    offering = exists().where(Offering.round_id == round_id, Offering.active)
    return bool(db.session.scalar(select(or_(student, offering))))


def fill(round_id: int) -> bool:
    """Note that an empty round is empty no more; whether it was. Flushes.

    Whoever adds a first submission or offering by another way than an import calls this.
    """
    db.session.flush()
    if not holds_something(round_id):
        return False
    filled = change(
        update(Round)
        .where(Round.id == round_id, Round.state == RoundState.DRAFT)
        .values(state=RoundState.REVIEW)
    )
    return filled == 1
