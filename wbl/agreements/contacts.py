"""Whom to call in an emergency: a family says, the school reads, a workplace what the family allows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import delete, select

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.agreements.models import EmergencyContact, Paperwork, PaperworkState
from wbl.agreements.signing import of_family
from wbl.audit.services import record
from wbl.db import db
from wbl.errors import DomainError
from wbl.people.models import Student
from wbl.people.queries import student as student_of
from wbl.placements import queries
from wbl.placements.models import FamilyLink

MOST = 3


@dataclass(frozen=True, slots=True)
class Contact:
    name: str
    phone: str
    relation: str = ""


def of_student(student_id: int) -> list[EmergencyContact]:
    """The contacts of a student, the first to call first; whoever asks has been let in."""
    statement = select(EmergencyContact).where(EmergencyContact.student_id == student_id)
    return list(db.session.scalars(statement.order_by(EmergencyContact.id)))


def for_coordinator(actor: Actor, student_id: int) -> list[EmergencyContact]:
    """The contacts of a student of the actor's districts."""
    return of_student(student_of(actor, student_id).id)


def for_employer(actor: Actor, placement_id: int) -> list[EmergencyContact]:
    """What a workplace may have: those that the family allows, while the student is there."""
    placement = queries.hosted_one(actor, placement_id)
    paperwork = db.session.get(Paperwork, placement_id)
    if paperwork is None or paperwork.state is not PaperworkState.ACTIVE:
        return []
    return [one for one in of_student(placement.student_id) if one.for_employer]


def set_by_family(link: FamilyLink, contacts: Sequence[Contact], *, for_employer: bool) -> None:
    """Keep what a family wrote on its page, in place of what was there. Flushes.

    Raises
    ------
    NotFound, NotAllowed
        Where the link does not open any more, or its holder does not decide.
    DomainError
        Where a contact has no name or no number.
    """
    placement, _paperwork = of_family(link)
    _set(Actor(kind="family_link", id=link.id), placement.student, contacts, for_employer)


def set_by_coordinator(
    actor: Actor, student_id: int, contacts: Sequence[Contact], *, for_employer: bool
) -> None:
    """The same, as the family said it at the school. Flushes."""
    _set(actor, student_of(actor, student_id), contacts, for_employer)


def _set(actor: Actor, student: Student, contacts: Sequence[Contact], for_employer: bool) -> None:
    if not contacts or len(contacts) > MOST:
        raise DomainError(_("Name one person at least, and three at most."), field="name_0")
    for at, contact in enumerate(contacts):
        if len(contact.name.strip()) < 2:
            raise DomainError(_("Enter the name."), field=f"name_{at}")
        if sum(character.isdigit() for character in contact.phone) < 7:
            raise DomainError(_("Enter a phone number, with the area code."), field=f"phone_{at}")
    db.session.execute(delete(EmergencyContact).where(EmergencyContact.student_id == student.id))
    db.session.add_all(
        EmergencyContact(
            student_id=student.id,
            name=contact.name.strip()[:200],
            relation=contact.relation.strip()[:64],
            phone=contact.phone.strip()[:40],
            for_employer=for_employer,
            changed_at=clock.now(),
        )
        for contact in contacts
    )
    record(actor, "emergency.set", student, district_id=student.district_id, contacts=len(contacts))
    db.session.flush()
