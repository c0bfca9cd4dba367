"""Who would be told of a run's placements, counted before it is published."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from wbl import clock
from wbl.db import db
from wbl.interests.models import Submission
from wbl.people.models import Guardian, Student, StudentBirth, YouthAuthority
from wbl.placements.authority import decides_alone
from wbl.rounds.models import Proposal, SolveRun

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Recipients:
    """``held`` are the students whose letter goes to nobody: the first of them, and how many."""

    letters: int
    held: list[Student]
    held_count: int


def recipients_of(run: SolveRun) -> Recipients:
    """Letters go to a student who signs alone, else to a guardian who may receive them."""
    today = clock.today(run.round.district.timezone)
    may_receive = (
        select(func.count())
        .where(Guardian.student_id == Student.id, Guardian.receives_on(today))
        .correlate(Student)
        .scalar_subquery()
    )
    placed = db.session.scalar(
        select(func.count(Proposal.submission_id.distinct())).where(Proposal.run_id == run.id)
    )
    placed = placed or 0
    of_run = select(Proposal.submission_id).where(Proposal.run_id == run.id)
    without = db.session.execute(
        select(Student, StudentBirth.birth_date, YouthAuthority)
        .join(Submission, Submission.student_id == Student.id)
        .outerjoin(StudentBirth, StudentBirth.student_id == Student.id)
        .outerjoin(YouthAuthority, YouthAuthority.student_id == Student.id)
        .where(Submission.id.in_(of_run), may_receive == 0)
        .order_by(Student.family_name, Student.given_name, Student.id)
    ).all()
    held = [student for student, born, youth in without if not decides_alone(born, youth, today)]
    return Recipients(letters=placed - len(held), held=held[:SHOWN], held_count=len(held))
