"""Reading the record of incidents: a coordinator the district's, a school's contact the school's."""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import joinedload, selectinload

from wbl.accounts.actor import Actor
from wbl.db import db
from wbl.errors import NotFound
from wbl.pagination import Page, paginate
from wbl.people.models import Student
from wbl.people.queries import called
from wbl.safety.models import Incident
from wbl.safety.queries import kept, one


def incidents(actor: Actor, *, closed: bool = False, page: int = 1) -> Page[Incident]:
    """A page of the incidents that the actor keeps: open ones, the oldest first; or closed ones."""
    statement = (
        select(Incident)
        .where(kept(actor), Incident.closed_at.is_not(None) if closed else Incident.closed_at.is_(None))
        .options(joinedload(Incident.student), selectinload(Incident.versions))
        .execution_options(populate_existing=True)
    )
    order = (Incident.closed_at.desc(), Incident.id.desc()) if closed else (Incident.id,)
    return paginate(statement.order_by(*order), page)


def incident(actor: Actor, incident_id: int, *, lock: bool = False) -> Incident:
    """One incident that the actor keeps, with its versions.

    Raises
    ------
    NotFound
        Where there is none, or it is another district's or school's.
    """
    return one(
        select(Incident)
        .where(Incident.id == incident_id, kept(actor))
        .options(selectinload(Incident.versions)),
        lock=lock,
    )


def _watched(actor: Actor) -> ColumnElement[bool]:
    return or_(Student.district_id.in_(actor.coordinator_of), Student.school_id.in_(actor.safety_of))


def students(actor: Actor, search: str) -> list[Student]:
    """Students of whom the actor keeps incidents, by a part of their names: twenty at most."""
    if not search.strip():
        return []
    statement = select(Student).where(_watched(actor)).options(joinedload(Student.school))
    for word in search.split():
        statement = statement.where(called(word))
    ordered = statement.order_by(Student.family_name, Student.given_name, Student.id)
    return list(db.session.scalars(ordered.limit(20)))


def student(actor: Actor, student_id: int) -> Student:
    """One of them.

    Raises
    ------
    NotFound
        Where there is none, or it is another district's or school's.
    """
    found = db.session.scalar(select(Student).where(Student.id == student_id, _watched(actor)))
    if found is None:
        raise NotFound()
    return found
