"""Rows for tests: each call makes one real row, with everything that it needs. Call inside ``made()``."""

from __future__ import annotations

import itertools
from datetime import date

from tests.conftest import PASSWORD
from wbl import clock
from wbl.accounts import services as accounts
from wbl.accounts.actor import Actor
from wbl.accounts.models import Role, User
from wbl.db import db, transaction
from wbl.employers.models import Employer, Site
from wbl.messages.models import MessageSetting
from wbl.people.models import District, DistrictLanguage, Guardian, School, Student
from wbl.rounds.models import Round, RoundState

_numbers = itertools.count(1)
made = transaction
"""``with made(): make_district()``: the transaction that a test's rows are written in."""


def make_district(name: str = "") -> District:
    """A district that has had its Spanish pages checked, and is written to at any hour."""
    number = next(_numbers)
    district = District(
        name=name or f"District {number}",
        slug=f"district-{number}",
        timezone="America/Chicago",
        contact_name="Pat Example",
        phone="555-0100",
        email=f"office-{number}@district.example",
        codes_required=False,  # tests of the second step ask for it
    )
    db.session.add(district)
    db.session.flush()
    db.session.add(DistrictLanguage(district_id=district.id, language="es", reviewed_at=clock.now()))
    # Tests run at any hour; those about quiet hours set their own.
    db.session.add(MessageSetting(district_id=district.id, quiet_from=0, quiet_until=0))
    db.session.flush()
    return district


def make_coordinator(district: District) -> User:
    number = next(_numbers)
    return accounts.create_user(
        email=f"coordinator-{number}@district.example",
        name=f"Coordinator {number}",
        password=PASSWORD,
        role=Role.COORDINATOR,
        district_id=district.id,
    )


def make_staff(district: District, role: Role, **scope: object) -> User:
    """An administrator, advisor, … of a district; ``scope``: school_id or program."""
    number = next(_numbers)
    return accounts.create_user(
        email=f"{role.value.replace('_', '-')}-{number}@district.example",
        name=f"{role.value.replace('_', ' ').capitalize()} {number}",
        password=PASSWORD,
        role=role,
        district_id=district.id,
        **scope,  # type: ignore[arg-type]  # as the role wants it
    )


def actor(user: User) -> Actor:
    return accounts.actor_of(user)


def make_school(district: District) -> School:
    number = next(_numbers)
    school = School(district_id=district.id, external_id=f"SCH{number}", name=f"School {number}")
    db.session.add(school)
    db.session.flush()
    return school


def make_student(district: District, **values: object) -> Student:
    number = next(_numbers)
    student = Student(
        district_id=district.id,
        **{
            "external_id": f"S{number}",
            "given_name": f"Given{number}",
            "family_name": f"Family{number}",
            "language": "en",
            "grade": 11,
            **values,
        },
    )
    db.session.add(student)
    db.session.flush()
    return student


def make_student_user(student: Student) -> User:
    return accounts.create_user(
        email=f"student-{next(_numbers)}@district.example",
        name=student.name,
        password=PASSWORD,
        role=Role.STUDENT,
        student_id=student.id,
    )


def make_guardian(student: Student, **values: object) -> Guardian:
    number = next(_numbers)
    guardian = Guardian(
        student_id=student.id,
        **{
            "name": f"Guardian {number}",
            "relation": "parent",
            "email": f"guardian-{number}@home.example",
            "language": "en",
            "may_sign": True,
            "may_receive": True,
            **values,
        },
    )
    db.session.add(guardian)
    db.session.flush()
    return guardian


def make_employer(district: District) -> Employer:
    number = next(_numbers)
    employer = Employer(district_id=district.id, external_id=f"E{number}", name=f"Employer {number}")
    db.session.add(employer)
    db.session.flush()
    db.session.add(Site(employer_id=employer.id, external_id=f"SITE{number}", name=f"Site {number}"))
    db.session.flush()
    return employer


def make_employer_user(employer: Employer) -> User:
    return accounts.create_user(
        email=f"employer-{next(_numbers)}@employer.example",
        name=f"Host {employer.name}",
        password=PASSWORD,
        role=Role.EMPLOYER,
        employer_id=employer.id,
    )


def make_round(district: District, **values: object) -> Round:
    placement_round = Round(
        district_id=district.id,
        **{
            "name": f"Round {next(_numbers)}",
            "starts_on": date(2027, 1, 11),
            "ends_on": date(2027, 5, 28),
            "state": RoundState.DRAFT,
            "policy": {"on_date": "2027-01-11"},
            "created_at": clock.now(),
            **values,
        },
    )
    db.session.add(placement_round)
    db.session.flush()
    return placement_round
