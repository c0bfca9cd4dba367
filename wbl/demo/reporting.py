"""What the demo's reports and its safety page show: concentrators by program, and an answered concern."""

from __future__ import annotations

from sqlalchemy import select

from wbl.accounts import services as accounts
from wbl.accounts.actor import Actor
from wbl.accounts.models import User
from wbl.db import db, transaction
from wbl.demo.office import email_of
from wbl.demo.vocabulary import programs
from wbl.interests.models import Submission
from wbl.people.models import Student
from wbl.reports import services as reports
from wbl.reports.equity import year_of
from wbl.rounds.models import Round
from wbl.safety import answering, raising
from wbl.safety.models import ConcernKind, ConcernPlace

LAST_GRADE = 12
CONCENTRATES_FROM = 11
"""Two courses of a program are behind a student by then."""
CONCERN = "The light at the bus stop by the library is broken, and I wait there after work."
ANSWER = "We wrote to the town on Monday, and the light works again. Thank you for saying it."


def show_concentrators(coordinator: Actor, round_id: int) -> None:
    """Say of everybody in a round whether they concentrate in their program, and when they graduate."""
    made = db.session.get_one(Round, round_id)
    clusters = {program.code: program.cluster for program in programs()}
    rows: dict[str, dict[str, object]] = {}
    for external_id, grade, said in db.session.execute(
        select(Student.external_id, Student.grade, Submission.programs)
        .join(Submission, Submission.student_id == Student.id)
        .where(Submission.round_id == round_id, Student.grade.is_not(None))
    ):
        cluster = next((clusters[code] for code in said.split(";") if code in clusters), "")
        rows[external_id] = {
            "concentrator": bool(cluster) and grade >= CONCENTRATES_FROM,
            "graduation_year": year_of(made.starts_on) + max(0, LAST_GRADE - grade),
            **({"cluster": cluster} if cluster else {}),
        }
    with transaction():
        reports.import_cte(coordinator, made.district_id, rows)


def show_concern(coordinator: Actor, slug: str) -> None:
    """A concern of the student with a sign-in, about nobody's place of work, with its answer."""
    user = db.session.scalar(select(User).where(User.email == email_of("student", slug)))
    if user is None:
        return
    with transaction():
        raised = raising.raise_concern(
            accounts.actor_of(user), kind=ConcernKind.DANGER, place=ConcernPlace.WAY, words=CONCERN
        )
        answering.read(coordinator, raised.id)
        answering.answer(coordinator, raised.id, ANSWER, shared=True)
