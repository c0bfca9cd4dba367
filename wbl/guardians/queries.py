"""Reading who speaks for a student, and the signatures that wait; scoped to the actor's districts."""

from __future__ import annotations

from sqlalchemy import func, select

from wbl.accounts.actor import Actor
from wbl.db import db
from wbl.errors import NotFound
from wbl.family.queries import with_placement
from wbl.pagination import Page, paginate
from wbl.people.models import Guardian, Student, YouthAuthority
from wbl.placements.models import (
    Consent,
    Placement,
    PlacementState,
    Signature,
    SignatureState,
)


def guardian(actor: Actor, student_id: int, guardian_id: int) -> Guardian:
    """One guardian of one of the actor's students.

    Raises
    ------
    NotFound
        Where there is none, or the student is another district's.
    """
    found = db.session.scalar(
        select(Guardian)
        .join(Student, Student.id == Guardian.student_id)
        .where(
            Guardian.id == guardian_id,
            Guardian.student_id == student_id,
            Student.district_id.in_(actor.coordinator_of),
        )
    )
    if found is None:
        raise NotFound()
    return found


def youth_authority(student: Student) -> YouthAuthority | None:
    return db.session.get(YouthAuthority, student.id)


def signatures(actor: Actor, *, page: int = 1) -> Page[Signature]:
    """A page of the signatures that wait for an interpreter, the oldest first."""
    statement = (
        select(Signature)
        .join(Placement, Placement.id == Signature.placement_id)
        .join(Student, Student.id == Placement.student_id)
        .where(
            Student.district_id.in_(actor.coordinator_of),
            Signature.state == SignatureState.WAITING,
            Placement.state == PlacementState.PUBLISHED,
        )
        .options(*with_placement(Signature))
        .order_by(Signature.id)
    )
    return paginate(statement, page)


def waiting(actor: Actor) -> int:
    """How many signatures wait for an interpreter in the actor's districts."""
    statement = (
        select(func.count(Signature.id))
        .join(Placement, Placement.id == Signature.placement_id)
        .join(Student, Student.id == Placement.student_id)
        .where(
            Student.district_id.in_(actor.coordinator_of),
            Signature.state == SignatureState.WAITING,
            Placement.state == PlacementState.PUBLISHED,
        )
    )
    return db.session.scalar(statement) or 0


def signature(actor: Actor, signature_id: int) -> Signature:
    """One signature.

    Raises
    ------
    NotFound
        Where there is none, or it is another district's.
    """
    found = db.session.scalar(
        select(Signature)
        .join(Placement, Placement.id == Signature.placement_id)
        .join(Student, Student.id == Placement.student_id)
        .where(Signature.id == signature_id, Student.district_id.in_(actor.coordinator_of))
        .options(*with_placement(Signature))
    )
    if found is None:
        raise NotFound()
    return found


def answers(signed: Signature) -> list[Consent]:
    """What was answered under a signature, in the order of the questions."""
    statement = select(Consent).where(Consent.signature_id == signed.id).order_by(Consent.id)
    return list(db.session.scalars(statement))
