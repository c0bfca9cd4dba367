"""Reading what families asked: a family its own, a coordinator those of the own districts."""

from __future__ import annotations

from sqlalchemy import exists, func, select
from sqlalchemy.orm import joinedload
from sqlalchemy.sql.base import ExecutableOption

from wbl.accounts.actor import Actor
from wbl.db import db
from wbl.errors import NotFound
from wbl.family.models import FamilyQuestion
from wbl.opportunities.models import Offering, Opportunity
from wbl.pagination import Page, paginate
from wbl.people.models import Student
from wbl.placements.models import FamilyLink, Placement, Publication, Signature
from wbl.rounds.models import Round

WAITING, ANSWERED = "waiting", "answered"


def of_link(link: FamilyLink) -> list[FamilyQuestion]:
    """What the holder of this link asked about its placement, the oldest first; nobody else's."""
    statement = (
        select(FamilyQuestion)
        .where(
            FamilyQuestion.placement_id == link.placement_id,
            FamilyQuestion.by_student
            if link.guardian_id is None
            else FamilyQuestion.guardian_id == link.guardian_id,
        )
        .order_by(FamilyQuestion.id)
    )
    return list(db.session.scalars(statement))


def questions(actor: Actor, *, state: str = WAITING, page: int = 1) -> Page[FamilyQuestion]:
    """A page of the questions of the actor's districts: those that wait, the oldest first; or the others."""
    statement = (
        select(FamilyQuestion)
        .join(Placement, Placement.id == FamilyQuestion.placement_id)
        .join(Student, Student.id == Placement.student_id)
        .where(Student.district_id.in_(actor.coordinator_of))
        .options(*with_placement(FamilyQuestion))
    )
    if state == ANSWERED:
        statement = statement.where(FamilyQuestion.answered_at.is_not(None)).order_by(
            FamilyQuestion.answered_at.desc(), FamilyQuestion.id.desc()
        )
    else:
        statement = statement.where(FamilyQuestion.answered_at.is_(None)).order_by(FamilyQuestion.id)
    return paginate(statement, page)


def waiting(actor: Actor) -> int:
    """How many questions wait for an answer in the actor's districts."""
    # From the few questions on, not from the many students.
    theirs = exists().where(
        Placement.id == FamilyQuestion.placement_id,
        Student.id == Placement.student_id,
        Student.district_id.in_(actor.coordinator_of),
    )
    statement = (
        select(func.count()).select_from(FamilyQuestion).where(FamilyQuestion.answered_at.is_(None), theirs)
    )
    return db.session.scalar(statement) or 0


def question(actor: Actor, question_id: int) -> FamilyQuestion:
    """One question.

    Raises
    ------
    NotFound
        Where there is none, or it is another district's.
    """
    found = db.session.scalar(
        select(FamilyQuestion)
        .join(Placement, Placement.id == FamilyQuestion.placement_id)
        .join(Student, Student.id == Placement.student_id)
        .where(FamilyQuestion.id == question_id, Student.district_id.in_(actor.coordinator_of))
        .options(*with_placement(FamilyQuestion))
    )
    if found is None:
        raise NotFound()
    return found


def with_placement(model: type[FamilyQuestion] | type[Signature]) -> tuple[ExecutableOption, ...]:
    """Everything that a page about a question, or a signature, shows of guardian and placement."""
    placement = joinedload(model.placement)
    return (
        joinedload(model.guardian),
        placement.joinedload(Placement.student),
        placement.joinedload(Placement.offering)
        .joinedload(Offering.opportunity)
        .joinedload(Opportunity.employer),
        placement.joinedload(Placement.publication).joinedload(Publication.round).joinedload(Round.district),
    )
