"""Reading a district's users and settings, for its administrators alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, func, or_, select

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.accounts.models import Caseload, IdentityProvider, Invitation, Membership, Role, User
from wbl.db import db
from wbl.employers.models import Employer
from wbl.errors import NotFound
from wbl.pagination import Page, paginate
from wbl.people.models import District, DistrictFile, Retention, School, Student
from wbl.search import contains


def districts(actor: Actor) -> Sequence[District]:
    return db.session.scalars(
        select(District).where(District.id.in_(actor.administrator_of)).order_by(District.name)
    ).all()


def district(actor: Actor, district_id: int) -> District:
    """One of the actor's districts.

    Raises
    ------
    NotFound
        Where there is none, or they do not administer it.
    """
    found = db.session.get(District, district_id) if district_id in actor.administrator_of else None
    if found is None:
        raise NotFound()
    return found


def in_district(district_id: int) -> ColumnElement[bool]:
    """Memberships in a district: of its staff, its students, its employers."""
    return or_(
        Membership.district_id == district_id,
        Membership.student_id.in_(select(Student.id).where(Student.district_id == district_id)),
        Membership.employer_id.in_(select(Employer.id).where(Employer.district_id == district_id)),
    )


def _users(district_id: int) -> Select[tuple[User]]:
    return select(User).where(User.id.in_(select(Membership.user_id).where(in_district(district_id))))


@dataclass(frozen=True, slots=True)
class Listed:
    """A user with the roles that they have in the district: another district's are its own business."""

    user: User
    roles: Sequence[Role]


def users(actor: Actor, district_id: int, *, search: str = "", role: str = "", page: int = 1) -> Page[Listed]:
    """A page of the district's users by name, with their roles in it. Three queries."""
    district(actor, district_id)
    statement = _users(district_id)
    for word in search.split():
        statement = statement.where(or_(contains(User.name, word), contains(User.email, word)))
    if role in set(Role):
        held = select(Membership.user_id).where(in_district(district_id), Membership.role == role)
        statement = statement.where(User.id.in_(held))
    found = paginate(statement.order_by(User.name, User.id), page)
    roles: dict[int, list[Role]] = {}
    rows = db.session.execute(
        select(Membership.user_id, Membership.role)
        .where(Membership.user_id.in_([each.id for each in found.items]), in_district(district_id))
        .order_by(Membership.id)
    ).tuples()
    for user_id, held_role in rows:
        if held_role not in roles.setdefault(user_id, []):
            roles[user_id].append(held_role)
    items = [Listed(each, roles.get(each.id, [])) for each in found.items]
    return Page(items=items, number=found.number, total=found.total, size=found.size)


def user(actor: Actor, district_id: int, user_id: int) -> User:
    """One user who has a role in the district.

    Raises
    ------
    NotFound
        Where there is none, or they have none there.
    """
    district(actor, district_id)
    found = db.session.scalar(_users(district_id).where(User.id == user_id))
    if found is None:
        raise NotFound()
    return found


@dataclass(frozen=True, slots=True)
class Held:
    """A role in the district, with the name of what it is about."""

    id: int
    role: Role
    about: str


def roles_of(district_id: int, user_id: int) -> list[Held]:
    """The user's roles in this district, and no other's."""
    rows = db.session.execute(
        select(Membership, School, Employer, Student)
        .outerjoin(School, School.id == Membership.school_id)
        .outerjoin(Employer, Employer.id == Membership.employer_id)
        .outerjoin(Student, Student.id == Membership.student_id)
        .where(Membership.user_id == user_id, in_district(district_id))
        .order_by(Membership.id)
    ).tuples()
    return [
        Held(membership.id, membership.role, _about(membership, school, employer, student))
        for membership, school, employer, student in rows
    ]


def _about(
    membership: Membership, school: School | None, employer: Employer | None, student: Student | None
) -> str:
    if school is not None:
        return school.name or school.external_id
    if employer is not None:
        return employer.name
    return student.name if student is not None else membership.program or ""


def has_roles_elsewhere(district_id: int, user_id: int) -> bool:
    """Whether the user has a role in another district, whose business the sign-in is as well."""
    everywhere = select(func.count()).select_from(Membership).where(Membership.user_id == user_id)
    here = everywhere.where(in_district(district_id))
    return (db.session.scalar(everywhere) or 0) > (db.session.scalar(here) or 0)


def caseload(district_id: int, user_id: int) -> Sequence[Student]:
    """The students whom an advisor looks after."""
    return db.session.scalars(
        select(Student)
        .join(Caseload, Caseload.student_id == Student.id)
        .where(Caseload.user_id == user_id, Student.district_id == district_id)
        .order_by(Student.family_name, Student.given_name, Student.id)
    ).all()


def invitations(actor: Actor, district_id: int, *, page: int = 1) -> Page[Invitation]:
    """A page of the district's invitations, the newest first."""
    district(actor, district_id)
    statement = select(Invitation).where(Invitation.district_id == district_id)
    return paginate(statement.order_by(Invitation.id.desc()), page)


def schools(district_id: int) -> Sequence[School]:
    return db.session.scalars(
        select(School).where(School.district_id == district_id).order_by(School.name, School.external_id)
    ).all()


def provider(district_id: int) -> IdentityProvider | None:
    return db.session.get(IdentityProvider, district_id)


def files(district_id: int) -> Sequence[DistrictFile]:
    """The calendar and the labor rules of a district, by name."""
    return db.session.scalars(
        select(DistrictFile).where(DistrictFile.district_id == district_id).order_by(DistrictFile.name)
    ).all()


def retention(district_id: int) -> dict[str, int]:
    rows = db.session.execute(
        select(Retention.kind, Retention.months).where(Retention.district_id == district_id)
    ).tuples()
    return dict(rows.all())


def counts(district_id: int) -> dict[str, int]:
    """What the overview shows: users, and invitations that wait."""
    people = select(func.count()).select_from(_users(district_id).subquery())
    waiting = (
        select(func.count())
        .select_from(Invitation)
        .where(
            Invitation.district_id == district_id,
            Invitation.accepted_at.is_(None),
            Invitation.revoked_at.is_(None),
            Invitation.expires_at > clock.now(),
        )
    )
    return {"users": db.session.scalar(people) or 0, "waiting": db.session.scalar(waiting) or 0}
