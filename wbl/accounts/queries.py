"""Reading accounts."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.accounts.models import Caseload, Membership, Role, User, UserSession
from wbl.db import db
from wbl.people.models import Student


def own_sessions(actor: Actor) -> Sequence[UserSession]:
    """The actor's sessions in force, the newest first."""
    return db.session.scalars(
        select(UserSession)
        .where(
            UserSession.user_id == actor.user_id,
            UserSession.ended_at.is_(None),
            UserSession.expires_at > clock.now(),
        )
        .order_by(UserSession.last_seen_at.desc())
    ).all()


def advisors_of(student_id: int) -> Sequence[User]:
    """The advisors in whose caseload a student is, by name."""
    return db.session.scalars(
        select(User)
        .join(Caseload, Caseload.user_id == User.id)
        .join(Membership, Membership.user_id == User.id)
        .join(Student, Student.id == Caseload.student_id)
        .where(
            Caseload.student_id == student_id,
            Membership.role == Role.ADVISOR,
            Membership.district_id == Student.district_id,
            User.active,
        )
        .distinct()
        .order_by(User.name, User.id)
    ).all()
