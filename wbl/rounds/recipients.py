"""Who would be told of a run's placements, counted before it is published."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from wbl import clock
from wbl.db import db
from wbl.interests.models import Submission
from wbl.people.models import Guardian, Student, StudentBirth
from wbl.placements.authority import is_adult
from wbl.rounds.models import Proposal, SolveRun

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Recipients:
    """``held`` are the students whose letter goes to nobody: the first of them, and how many."""

    letters: int
    held: list[Student]
    held_count: int


def recipients_of(run: SolveRun) -> Recipients:
    """Letters go to a guardian who may receive them, else to a student of age."""
    may_receive = (
        select(func.count())
        .where(Guardian.student_id == Student.id, Guardian.may_receive)
        .correlate(Student)
        .scalar_subquery()
    )
    placed = db.session.scalar(select(func.count()).where(Proposal.run_id == run.id)) or 0
    without = db.session.execute(
        select(Student, StudentBirth.birth_date)
        .join(Submission, Submission.student_id == Student.id)
        .join(Proposal, Proposal.submission_id == Submission.id)
        .outerjoin(StudentBirth, StudentBirth.student_id == Student.id)
        .where(Proposal.run_id == run.id, may_receive == 0)
        .order_by(Student.family_name, Student.given_name, Student.id)
    ).all()
    today = clock.today(run.round.district.timezone)
    held = [student for student, birth_date in without if not is_adult(birth_date, today)]
    return Recipients(letters=placed - len(held), held=held[:SHOWN], held_count=len(held))
