"""Roles as choices, and the rows that an identifier names."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import select

from wbl.accounts.models import Role
from wbl.db import db
from wbl.employers.models import Employer
from wbl.errors import DomainError
from wbl.labels import role_label
from wbl.people.models import Student


def role_choices() -> list[tuple[str, str]]:
    """Every role with its name, for a choice."""
    return [(role.value, role_label(role)) for role in Role]


def role_hints() -> dict[str, str]:
    """What each role may, in a sentence."""
    return {
        Role.ADMINISTRATOR: _("Users, invitations, rosters and settings of the district."),
        Role.COORDINATOR: _("Rounds from the first file to the letters; every student and employer."),
        Role.ADVISOR: _("How far the students of a caseload are. No needs, no homes."),
        Role.SCHOOL_STAFF: _("How far the students of one school are. No needs, no homes."),
        Role.PROGRAM_LEAD: _("How far the students of one program are. No needs, no homes."),
        Role.STUDENT: _("Their own interests, choices and placement."),
        Role.EMPLOYER: _("Their own postings, and whom they host."),
    }


def row_named(district_id: int, role: Role, identifier: str) -> int | None:
    """The student or employer that an identifier names; None for roles that need none.

    Raises
    ------
    DomainError
        Where the district has no such row.
    """
    model: type[Student] | type[Employer]
    if role is Role.STUDENT:
        model = Student
    elif role is Role.EMPLOYER:
        model = Employer
    else:
        return None
    found = db.session.scalar(
        select(model.id).where(model.district_id == district_id, model.external_id == identifier.strip())
    )
    if found is None:
        raise DomainError(_("The district has nobody with that identifier."), field="identifier")
    return found
