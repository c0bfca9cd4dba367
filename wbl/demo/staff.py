"""Staff of a demo district besides its coordinator: one person a role, to see each role's pages as."""

from __future__ import annotations

from sqlalchemy import func, select

from wbl.accounts import services as accounts
from wbl.accounts.models import Caseload, Role
from wbl.db import db, transaction
from wbl.interests.models import Submission
from wbl.people.models import School, Student
from wbl.rounds.models import Round

ADVISED = 24
"""How many students the demo's advisor looks after."""

NAMES = {
    Role.ADMINISTRATOR: "Ruth Okafor",
    Role.ADVISOR: "Daniel Ruiz",
    Role.SCHOOL_STAFF: "Grace Yazzie",
    Role.PROGRAM_LEAD: "Peter Novak",
}


def ensure_staff(placement_round: Round, email_of: dict[Role, str], password_of: dict[Role, str]) -> None:
    """The sign-ins of these roles, made where they are not there yet."""
    district_id = placement_round.district_id
    largest = db.session.scalar(
        select(School.id)
        .join(Student, Student.school_id == School.id)
        .where(School.district_id == district_id)
        .group_by(School.id)
        .order_by(func.count().desc(), School.id)
        .limit(1)
    )
    program = db.session.scalar(
        select(Submission.programs)
        .where(Submission.round_id == placement_round.id, Submission.programs.not_in(("",)))
        .group_by(Submission.programs)
        .order_by(func.count().desc(), Submission.programs)
        .limit(1)
    )
    scopes: dict[Role, accounts.Scope] = {
        Role.ADMINISTRATOR: {"district_id": district_id},
        Role.ADVISOR: {"district_id": district_id},
        Role.SCHOOL_STAFF: {"district_id": district_id, "school_id": largest},
        Role.PROGRAM_LEAD: {"district_id": district_id, "program": (program or "").split(";")[0] or None},
    }
    with transaction():
        for role, scope in scopes.items():
            if accounts.user_by_email(email_of[role]) is not None or None in scope.values():
                continue
            user = accounts.create_user(
                email=email_of[role],
                name=NAMES[role],
                password=password_of[role],
                role=role,
                **scope,
            )
            if role is Role.ADVISOR:
                students = db.session.scalars(
                    select(Student.id)
                    .where(Student.district_id == district_id)
                    .order_by(Student.id)
                    .limit(ADVISED)
                )
                db.session.add_all(Caseload(user_id=user.id, student_id=row_id) for row_id in students)
