"""Who of the district has begun and who has submitted, as the coordinator's page shows it."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, select
from sqlalchemy.orm import contains_eager

from wbl.db import db
from wbl.interests.models import Submission
from wbl.interests.taking_part import stays
from wbl.pagination import Page, paginate
from wbl.people.models import School, Student
from wbl.people.queries import called
from wbl.rounds.models import CollectMark, MarkKind, Nudge, Round


class Progress(enum.StrEnum):
    """How far a student is with a round that collects."""

    NOT_BEGUN = "not_begun"
    BEGUN = "begun"
    SUBMITTED = "submitted"
    FROM_FILES = "from_files"  # came with a folder: nothing is waited for
    ON_PAPER = "on_paper"  # a coordinator waits for a form, and writes it down
    OUT = "out"  # does not take part


WAITED_FOR = (Progress.NOT_BEGUN, Progress.BEGUN)


@dataclass(frozen=True, slots=True)
class Asked:
    """What of the list is asked for."""

    text: str = ""
    school_id: int | None = None
    progress: str = ""  # a Progress, or "waiting": both that are waited for
    page: int = 1

    @property
    def filtered(self) -> bool:
        return bool(self.text or self.school_id or self.progress)


@dataclass(frozen=True, slots=True)
class Row:
    """A student, how far they are, and when they were reminded last."""

    student: Student
    progress: Progress
    submission_id: int | None
    reminded: date | None


def _progress() -> ColumnElement[str]:
    return case(
        # A later import may have brought them in again.
        (and_(CollectMark.kind == MarkKind.OUT, Submission.id.is_(None)), Progress.OUT.value),
        (Submission.submitted_at.is_not(None), Progress.SUBMITTED.value),
        (CollectMark.kind == MarkKind.PAPER, Progress.ON_PAPER.value),
        (Submission.begun_at.is_not(None), Progress.BEGUN.value),
        (Submission.id.is_not(None), Progress.FROM_FILES.value),
        else_=Progress.NOT_BEGUN.value,
    )


def _of_round(placement_round: Round, columns: Select[Any]) -> Select[Any]:
    """Every student of the district, with their part in the round where they have one."""
    own = and_(
        Submission.student_id == Student.id,
        Submission.round_id == placement_round.id,
        Submission.active,
    )
    return (
        columns.select_from(Student)
        .outerjoin(Submission, own)
        .outerjoin(
            CollectMark,
            and_(CollectMark.student_id == Student.id, CollectMark.round_id == placement_round.id),
        )
        .where(Student.district_id == placement_round.district_id, stays(placement_round.starts_on))
    )


def counts(placement_round: Round) -> dict[Progress, int]:
    """How many students are how far."""
    progress = _progress()
    rows = db.session.execute(
        _of_round(placement_round, select(progress, func.count())).group_by(progress)
    ).all()
    found = {Progress(row[0]): row[1] for row in rows}
    return {progress: found.get(progress, 0) for progress in Progress}


def students_asked(
    placement_round: Round, asked: Asked, student_ids: Sequence[int] | None = None
) -> Select[Any]:
    """Student, progress, submission and last reminder: of those asked for, by name."""
    reminded = (
        select(func.max(Nudge.on_day))
        .where(Nudge.round_id == placement_round.id, Nudge.student_id == Student.id)
        .correlate(Student)
        .scalar_subquery()
    )
    progress = _progress()
    statement = (
        _of_round(placement_round, select(Student, progress, Submission.id, reminded))
        .outerjoin(School, School.id == Student.school_id)
        .options(contains_eager(Student.school))
        .order_by(Student.family_name, Student.given_name, Student.id)
    )
    if student_ids is not None:
        return statement.where(Student.id.in_(student_ids))
    for word in asked.text.split():
        statement = statement.where(called(word))
    if asked.school_id:
        statement = statement.where(Student.school_id == asked.school_id)
    if asked.progress == "waiting":
        statement = statement.where(progress.in_([each.value for each in WAITED_FOR]))
    elif asked.progress in set(Progress):
        statement = statement.where(progress == asked.progress)
    return statement


def listed(placement_round: Round, asked: Asked) -> Page[Any]:
    """A page of the students; its items are :class:`Row`."""
    found = paginate(students_asked(placement_round, asked), asked.page, scalars=False)
    rows = [Row(row[0], Progress(row[1]), row[2], row[3]) for row in found.items]
    return Page(items=rows, number=found.number, total=found.total, size=found.size)
