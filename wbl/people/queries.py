"""Reading people, scoped to the actor's districts; needs and birth dates are asked for apart."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import selectinload

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.db import db
from wbl.employers.models import Employer
from wbl.errors import NotFound
from wbl.pagination import Page, paginate
from wbl.people.models import District, School, Student, StudentBirth, StudentNeed
from wbl.placements.authority import is_adult
from wbl.search import contains


def districts_of(actor: Actor) -> set[int]:
    """The districts in which somebody has a role that sees more than themself."""
    found = actor.coordinator_of | actor.administrator_of | actor.advisor_of
    schools = select(School.district_id).where(School.id.in_(actor.school_ids))
    employers = select(Employer.district_id).where(Employer.id.in_(actor.employer_ids))
    return {*found, *(key for key, _program in actor.programs), *db.session.scalars(schools.union(employers))}


def timezone_of(actor: Actor) -> str:
    """The IANA zone of the actor's district: the first one's of several, "UTC" where there is none."""
    district = district_of(actor)
    return district.timezone if district is not None else "UTC"


def district_of(actor: Actor) -> District | None:
    """The actor's district: the first of several, by any role."""
    of_students = select(Student.district_id).where(Student.id.in_(actor.student_ids))
    of_employers = select(Employer.district_id).where(Employer.id.in_(actor.employer_ids))
    statement = (
        select(District)
        .where(
            or_(
                District.id.in_(actor.coordinator_of | actor.administrator_of | actor.advisor_of),
                District.id.in_({district_id for district_id, _program in actor.programs}),
                District.id.in_(select(School.district_id).where(School.id.in_(actor.school_ids))),
                District.id.in_(of_students),
                District.id.in_(of_employers),
            )
        )
        .order_by(District.id)
        .limit(1)
    )
    return db.session.scalar(statement)


def schools(actor: Actor) -> list[School]:
    statement = (
        select(School)
        .where(School.district_id.in_(actor.coordinator_of))
        .order_by(School.name, School.external_id)
    )
    return list(db.session.scalars(statement))


def called(word: str) -> ColumnElement[bool]:
    """Whether a student goes by this word: in a name, or in the identifier."""
    columns = (Student.given_name, Student.preferred_name, Student.family_name, Student.external_id)
    return or_(*(contains(column, word) for column in columns))


def _visible(actor: Actor) -> Select[tuple[Student]]:
    return select(Student).where(Student.district_id.in_(actor.coordinator_of))


def students(actor: Actor, *, search: str = "", school_id: int | None = None, page: int = 1) -> Page[Student]:
    """A page of the actor's students by name, with their schools."""
    statement = _visible(actor).options(selectinload(Student.school))
    if school_id is not None:
        statement = statement.where(Student.school_id == school_id)
    for word in search.split():
        statement = statement.where(called(word))
    return paginate(statement.order_by(Student.family_name, Student.given_name, Student.id), page)


def student(actor: Actor, student_id: int) -> Student:
    """One of the actor's students, with guardians and school.

    Raises
    ------
    NotFound
        Where there is none, or it is another district's.
    """
    found = db.session.scalar(
        _visible(actor)
        .where(Student.id == student_id)
        .options(selectinload(Student.school), selectinload(Student.guardians))
    )
    if found is None:
        raise NotFound()
    return found


def needs(student: Student) -> list[str]:
    """Accommodation codes. Only for pages whose permission covers them."""
    statement = (
        select(StudentNeed.code).where(StudentNeed.student_id == student.id).order_by(StudentNeed.code)
    )
    return list(db.session.scalars(statement))


def birth(student: Student) -> StudentBirth | None:
    return db.session.get(StudentBirth, student.id)


def today_of(student: Student) -> date:
    """The date at the student's district."""
    return clock.today(db.session.get_one(District, student.district_id).timezone)


def of_age(student: Student) -> bool:
    """Whether the student is of age today, at their district, and so receives the own letters."""
    born = birth(student)
    return is_adult(born.birth_date if born is not None else None, today_of(student))


def hold(student_id: int) -> None:
    """Until the end of the transaction nobody else who asks this writes about a student: of two at the
    same moment one waits. Readers are not held up; SQLite has locked already."""
    db.session.scalars(
        select(Student.id).where(Student.id == student_id).with_for_update(key_share=True)
    ).one()
