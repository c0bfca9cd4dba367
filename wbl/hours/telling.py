"""Who hears of hours, through the outbox: a week waits, a day is asked about, somebody cannot come."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, and_, func, or_, select

from wbl.accounts.models import Caseload, Membership, Role, User
from wbl.agreements.models import Paperwork
from wbl.db import db
from wbl.hours import links
from wbl.hours.models import Absence, HoursLink, TimeEntry, TimeEntryChange
from wbl.jobs.models import OutboxKind
from wbl.jobs.outbox import enqueue
from wbl.placements.models import Placement


def tell_mentor(placement: Placement, sunday: date) -> None:
    """A week waits for whoever supervises. Each sending is told once. Flushes."""
    time = db.session.scalar(
        select(func.max(TimeEntryChange.id))
        .join(TimeEntry, TimeEntry.id == TimeEntryChange.entry_id)
        .where(TimeEntry.placement_id == placement.id)
    )
    for to in _workplace(placement):
        _queue(placement, f"week:{placement.id}:{sunday}:{time}:{to}", what="week", to=to, row=placement.id)


def tell_student(placement: Placement, entry: TimeEntry) -> None:
    """A day of theirs is asked about. Flushes."""
    for to in _users(Membership.student_id == placement.student_id, Role.STUDENT):
        _queue(placement, f"question:{entry.id}:{entry.version}:{to}", what="question", to=to, row=entry.id)


def tell_absence(placement: Placement, absence: Absence) -> None:
    """A student cannot come: whoever supervises and the school, each once. Flushes."""
    for to in [*_workplace(placement), *_school(placement)]:
        _queue(placement, f"absent:{absence.id}:{to}", what="absent", to=to, row=absence.id)


def send_link(placement: Placement, link: HoursLink) -> None:
    """Mail a link that a coordinator made, where a week waits. Flushes."""
    _queue(placement, f"link:{link.id}", what="link", to=f"link:{link.id}", row=link.id)


def _queue(placement: Placement, key: str, *, what: str, to: str, row: int) -> None:
    enqueue(
        OutboxKind.MAIL,
        f"mail:hours:{key}",
        {
            "about": "hours",
            "what": what,
            "placement_id": placement.id,
            "to": to,
            "row": row,
            "key": key,
            # Whom nobody expects is not looked for: it is said before the day begins.
            "urgent": what == "absent",
        },
        district_id=placement.publication.round.district_id,
    )


def _workplace(placement: Placement) -> list[str]:
    """Whoever supervises, by a link, else the employer's people who sign in: ``link:ID``, ``user:ID``."""
    paperwork = db.session.get(Paperwork, placement.id)
    site = placement.offering.opportunity.site
    email = (paperwork.supervisor_email if paperwork else "") or (site.contact_email if site else "")
    if email:
        return [f"link:{links.for_mail(placement, email).id}"]
    employer_id = placement.offering.opportunity.employer_id
    return _users(Membership.employer_id == employer_id, Role.EMPLOYER) if employer_id else []


def _school(placement: Placement) -> list[str]:
    """The student's advisors, and the district's coordinators."""
    district_id = placement.publication.round.district_id
    caseload = select(Caseload.user_id).where(Caseload.student_id == placement.student_id)
    advisor = and_(Membership.role == Role.ADVISOR, Membership.user_id.in_(caseload))
    coordinator = Membership.role == Role.COORDINATOR
    return _users(and_(Membership.district_id == district_id, or_(advisor, coordinator)))


def _users(where: ColumnElement[bool], role: Role | None = None) -> list[str]:
    statement = select(User.id).join(Membership, Membership.user_id == User.id).where(User.active, where)
    if role is not None:
        statement = statement.where(Membership.role == role)
    return [f"user:{user_id}" for user_id in db.session.scalars(statement.order_by(User.id).distinct())]
