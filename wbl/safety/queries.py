"""What reading concerns and incidents has in common: who they are of, who reads them, what of them waits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import joinedload

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.accounts.models import Membership, Role, User
from wbl.audit.models import AuditEvent
from wbl.db import db
from wbl.errors import NotFound
from wbl.jobs.models import OutboxItem, OutboxState
from wbl.messages.models import HeldMail, Unreachable
from wbl.opportunities.models import Offering, Opportunity
from wbl.people.models import District, School, Student
from wbl.placements.models import Placement, PlacementEnd, PlacementState, Publication
from wbl.rounds.models import Round
from wbl.safety.models import (
    ConcernState,
    Incident,
    SafetyConcern,
    SafetyNumber,
)

Row = TypeVar("Row", SafetyConcern, Incident)

OPENED_FOR = timedelta(minutes=30)
"""How long what somebody has opened stays open to them: one reading on the record."""
SAID_FOR = timedelta(days=365)
"""How long after its last day a student may name a placement as where it happened."""


# ---- a student's own ---------------------------------------------------------------------------


def own_student(actor: Actor) -> Student:
    """The signed-in student.

    Raises
    ------
    NotFound
        Where there is none.
    """
    found = db.session.scalar(
        select(Student)
        .where(Student.id.in_(actor.student_ids))
        .options(joinedload(Student.school))
        .order_by(Student.id)
        .limit(1)
    )
    if found is None:
        raise NotFound()
    return found


def district_of(student: Student) -> District:
    return db.session.get_one(District, student.district_id)


def placements_of(student_id: int) -> list[Placement]:
    """Where a student may say that it happened: their placements in force and those that ended, for a
    year after the round; in force first, the newest first."""
    ended = exists().where(PlacementEnd.placement_id == Placement.id)
    return list(
        db.session.scalars(
            select(Placement)
            .join(Round, Round.id == Placement.round_id)
            .where(
                Placement.student_id == student_id,
                or_(Placement.state == PlacementState.PUBLISHED, ended),
                Round.ends_on >= clock.last_today() - SAID_FOR,
            )
            .options(
                joinedload(Placement.offering)
                .joinedload(Offering.opportunity)
                .joinedload(Opportunity.employer),
                joinedload(Placement.publication).joinedload(Publication.round),
            )
            .order_by(case((Placement.state == PlacementState.PUBLISHED, 0), else_=1), Placement.id.desc())
            .limit(10)
        )
    )


def numbers(district_id: int) -> list[SafetyNumber]:
    """A district's own numbers, in the order in which they were added."""
    return list(
        db.session.scalars(
            select(SafetyNumber).where(SafetyNumber.district_id == district_id).order_by(SafetyNumber.id)
        )
    )


# ---- who reads ---------------------------------------------------------------------------------


def _is_coordinator(district_id: int) -> ColumnElement[bool]:
    return and_(Membership.role == Role.COORDINATOR, Membership.district_id == district_id)


def _is_contact(school_id: int) -> ColumnElement[bool]:
    return and_(
        Membership.role == Role.SCHOOL_STAFF, Membership.school_id == school_id, Membership.safety_contact
    )


def coordinators(district_id: int) -> list[User]:
    """The coordinators of a district who can sign in, by name."""
    return _users(_is_coordinator(district_id))


def contacts(school_id: int | None) -> list[User]:
    """The safety contacts of a school who can sign in, by name."""
    return _users(_is_contact(school_id)) if school_id is not None else []


def _users(which: ColumnElement[bool]) -> list[User]:
    statement = select(User).where(User.active, User.id.in_(select(Membership.user_id).where(which)))
    return list(db.session.scalars(statement.order_by(User.name, User.id)))


def readers(concern: SafetyConcern) -> list[User]:
    """Everybody who may read a concern, each once."""
    found = {user.id: user for user in coordinators(concern.district_id)}
    found |= {user.id: user for user in contacts(concern.school_id)}
    return list(found.values())


def users_of_student(student_id: int) -> list[User]:
    """By whom a student signs in."""
    return _users(and_(Membership.role == Role.STUDENT, Membership.student_id == student_id))


def readable(actor: Actor) -> ColumnElement[bool]:
    return or_(
        SafetyConcern.district_id.in_(actor.coordinator_of), SafetyConcern.school_id.in_(actor.safety_of)
    )


def kept(actor: Actor) -> ColumnElement[bool]:
    return or_(Incident.district_id.in_(actor.coordinator_of), Incident.school_id.in_(actor.safety_of))


@dataclass(frozen=True, slots=True)
class Waiting:
    """What of concerns and incidents is not over."""

    unread: int  # concerns in which something is new
    unread_since: datetime | None
    unanswered: int  # read, and not answered
    unclosed: int  # answered, and not closed
    incidents: int
    failed: int  # mails and letters that could not go out
    unreached: int  # addresses that do not work

    @property
    def concerns(self) -> int:
        return self.unread + self.unanswered + self.unclosed


def waiting(actor: Actor) -> Waiting:
    """Counted in one query, which counts the coordinator's failed mail as well: home is short of queries,
    and a mail that says that somebody is in need may be among it."""

    def concerns(*states: ConcernState) -> ColumnElement[int]:
        which = select(func.count()).where(readable(actor), SafetyConcern.state.in_(states))
        return which.select_from(SafetyConcern).scalar_subquery()

    oldest = (
        select(func.min(SafetyConcern.waits_since))
        .where(readable(actor), SafetyConcern.state == ConcernState.RAISED)
        .scalar_subquery()
    )
    incidents = (
        select(func.count())
        .select_from(Incident)
        .where(kept(actor), Incident.closed_at.is_(None))
        .scalar_subquery()
    )
    failed = (
        select(func.count())
        .select_from(OutboxItem)
        .where(
            OutboxItem.district_id.in_(actor.coordinator_of),
            OutboxItem.state == OutboxState.FAILED,
            ~exists().where(HeldMail.item_id == OutboxItem.id),
        )
        .scalar_subquery()
    )
    unreached = (
        select(func.count())
        .select_from(Unreachable)
        .where(
            Unreachable.district_id.in_(actor.coordinator_of),
            Unreachable.lifted_at.is_(None),
            Unreachable.settled_at.is_(None),
        )
        .scalar_subquery()
    )
    row = db.session.execute(
        select(
            concerns(ConcernState.RAISED),
            oldest,
            concerns(ConcernState.READ),
            concerns(ConcernState.ANSWERED),
            incidents,
            failed,
            unreached,
        )
    ).one()
    return Waiting(*row)


def one(statement: Select[tuple[Row]], *, lock: bool) -> Row:
    """What a statement finds, as it is now; ``lock``: until the transaction ends.

    Raises
    ------
    NotFound
        Where it finds nothing.
    """
    if lock:
        statement = statement.with_for_update(of=statement.column_descriptions[0]["entity"])
    found = db.session.scalar(statement.execution_options(populate_existing=True))
    if found is None:
        raise NotFound()
    return found


def has_opened(actor: Actor, found: SafetyConcern | Incident) -> bool:
    """Whether this actor opened it a moment ago, or wrote it down: it is on the record already."""
    kind = "concern" if isinstance(found, SafetyConcern) else "incident"
    return (
        db.session.scalar(
            select(AuditEvent.id)
            .where(
                AuditEvent.at > clock.now() - OPENED_FOR,
                AuditEvent.action.in_((f"{kind}.read", f"{kind}.keep")),
                AuditEvent.subject_type == found.__tablename__,
                AuditEvent.subject_id == found.id,
                AuditEvent.actor_kind == actor.kind,
                AuditEvent.actor_id == actor.id,
            )
            .limit(1)
        )
        is not None
    )


def names_of(user_ids: set[int | None]) -> dict[int | None, str]:
    """Names of users by their id; of nobody ""."""
    rows = db.session.execute(select(User.id, User.name).where(User.id.in_(user_ids - {None})))
    return {None: "", **dict(rows.tuples().all())}


# ---- settings ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SchoolContacts:
    """A school with its staff, each with whether they are a contact for safety."""

    school: School
    staff: list[tuple[Membership, User]]

    @property
    def named(self) -> list[User]:
        return [user for membership, user in self.staff if membership.safety_contact]


def schools(district_id: int) -> list[SchoolContacts]:
    """Every school of a district by name, with its staff who can sign in. Two queries."""
    found = db.session.scalars(
        select(School).where(School.district_id == district_id).order_by(School.name, School.external_id)
    ).all()
    staff: dict[int, list[tuple[Membership, User]]] = {}
    rows = db.session.execute(
        select(Membership, User)
        .join(User, User.id == Membership.user_id)
        .where(
            Membership.role == Role.SCHOOL_STAFF,
            Membership.school_id.in_([one.id for one in found]),
            User.active,
        )
        .order_by(User.name, User.id)
    ).tuples()
    for membership, user in rows:
        staff.setdefault(membership.school_id or 0, []).append((membership, user))
    return [SchoolContacts(school, staff.get(school.id, [])) for school in found]
