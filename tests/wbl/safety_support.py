"""What the tests of safety share: a published round whose Ana can raise a concern, and who answers."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from tests import factories as make
from tests.wbl.published import Published, published_place, student_user
from wbl.accounts.models import Membership, Role, User
from wbl.db import db, transaction
from wbl.opportunities.models import Offering
from wbl.people.models import School, Student
from wbl.placements.models import Placement
from wbl.safety import answering, raising
from wbl.safety.models import ConcernKind, ConcernPlace, SafetyConcern

WORDS = "He shouts and blocks the door, ask Zoë."


@dataclass
class Safe:
    """Ana (S1, of NORTH) works at the clinic; ``counselor`` is the safety contact of NORTH."""

    published: Published
    ana: User
    counselor: User
    placement_id: int

    @property
    def coordinator(self) -> User:
        return self.published.place.user

    @property
    def placement(self) -> Placement:
        return db.session.get_one(Placement, self.placement_id)

    @property
    def offering(self) -> Offering:
        return self.placement.offering


def make_safe(**changes: str | None) -> Safe:
    published = published_place(letters=True, **changes)
    ana = student_user(published, "S1")
    with transaction():
        school = db.session.scalars(
            select(School).where(
                School.district_id == published.place.district.id, School.external_id == "NORTH"
            )
        ).one()
        counselor = make_contact(published, school)
    return Safe(published, ana, counselor, published.placement("S1").id)


def make_contact(published: Published, school: School) -> User:
    """Somebody of a school who is its safety contact; inside ``made()``."""
    user = make.make_staff(published.place.district, Role.SCHOOL_STAFF, school_id=school.id)
    db.session.flush()
    membership = db.session.scalars(select(Membership).where(Membership.user_id == user.id)).one()
    membership.safety_contact = True
    db.session.flush()
    return user


def raised(
    safe: Safe,
    *,
    words: str = WORDS,
    kind: ConcernKind = ConcernKind.HURT,
    place: ConcernPlace = ConcernPlace.PLACEMENT,
    to_school: bool = True,
) -> int:
    """Ana raises a concern; its id."""
    with transaction():
        return raising.raise_concern(
            make.actor(safe.ana),
            kind=kind,
            place=place,
            placement_id=safe.placement_id if place is ConcernPlace.PLACEMENT else None,
            words=words,
            to_school=to_school,
        ).id


def answered(safe: Safe, concern_id: int, *, shared: bool = False, by: User | None = None) -> None:
    """Somebody reads it and says what was done."""
    actor = make.actor(by or safe.coordinator)
    with transaction():
        answering.read(actor, concern_id)
        db.session.flush()
        answering.answer(actor, concern_id, "Talked with Ana and with the clinic's director.", shared=shared)


def closed(safe: Safe, concern_id: int) -> None:
    answered(safe, concern_id)
    with transaction():
        answering.close(make.actor(safe.coordinator), concern_id)


def now_of(concern_id: int) -> SafetyConcern:
    db.session.rollback()
    return db.session.get_one(SafetyConcern, concern_id, populate_existing=True)


def student(published: Published, external_id: str) -> Student:
    return db.session.scalars(
        select(Student).where(
            Student.external_id == external_id, Student.district_id == published.place.district.id
        )
    ).one()
