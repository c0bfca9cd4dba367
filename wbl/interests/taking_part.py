"""Which students take part in a round: what a solve is given, and what the pages count."""

from __future__ import annotations

from datetime import date
from functools import cache

from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased, contains_eager

from wbl.db import db
from wbl.interests.models import Submission
from wbl.people.models import Student
from wbl.rounds.models import Round


@cache
def _has_left() -> ColumnElement[bool]:
    """Whether the student had left the district, by its roster, before the round begins."""
    student, placement_round = aliased(Student), aliased(Round)
    return (
        exists()
        .where(
            student.id == Submission.student_id,
            student.left_on.is_not(None),  # of most: seen before the round is looked up
            placement_round.id == Submission.round_id,
            student.left_on < placement_round.starts_on,
        )
        .correlate(Submission)
    )


@cache
def attends() -> ColumnElement[bool]:
    """Whether a student takes part: was not left out of the round, and does not leave before it begins.

    A condition on ``Submission`` alone, so that it fits into any query; always the same, made once.
    """
    return Submission.active & ~_has_left()


def stays(first_day: date | InstrumentedAttribute[date]) -> ColumnElement[bool]:
    """Whether a student has not left by then: a condition on ``Student``, for those in no round yet."""
    return or_(Student.left_on.is_(None), Student.left_on >= first_day)


def is_attending(submission: Submission) -> bool:
    """Whether this student takes part now."""
    found = db.session.scalar(select(Submission.id).where(Submission.id == submission.id, attends()))
    return found is not None


def leavers(round_id: int) -> Select[tuple[Submission]]:
    """Who is in the round, and takes no part because they leave before it begins; by name."""
    return (
        select(Submission)
        .join(Submission.student)
        .where(Submission.round_id == round_id, Submission.active, _has_left())
        .options(contains_eager(Submission.student).joinedload(Student.school))
        .order_by(Student.family_name, Student.given_name, Submission.id)
    )
