"""Inviting many at once: a table of people, judged line by line before anybody is mailed."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import select

from wbl.accounts.actor import Actor
from wbl.accounts.invitations import Place, check_role, checked_email, invite
from wbl.accounts.models import Role
from wbl.db import db
from wbl.employers.models import Employer
from wbl.errors import DomainError
from wbl.people.models import School, Student

COLUMNS = ("email", "name", "role", "school_id", "program", "student_id", "employer_id")
MOST_ROWS = 1000


@dataclass(frozen=True, slots=True)
class Row:
    line: int
    email: str
    name: str
    place: Place


@dataclass(frozen=True, slots=True)
class Fault:
    """As the faults of a round's files are shown."""

    file: str
    line: int
    column: str
    message: str


@dataclass(frozen=True, slots=True)
class Judged:
    rows: list[Row]
    faults: list[Fault]


def judge(actor: Actor, district_id: int, text: str, file: str = "invitations.csv") -> Judged:
    """Read the table without writing anything."""
    judged = Judged([], [])

    def fault(line: int, column: str, message: str) -> None:
        judged.faults.append(Fault(file, line, column, message))

    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), restkey="more")
    unknown = [name for name in reader.fieldnames or () if name not in COLUMNS]
    missing = [name for name in ("email", "role") if name not in (reader.fieldnames or ())]
    if unknown or missing:
        said = _("The first line names the columns: %(names)s.", names=", ".join(COLUMNS))
        fault(1, (unknown or missing)[0], said)
        return judged
    external = _external_ids(district_id)
    try:
        for number, cells in enumerate(reader, start=1):
            if number > MOST_ROWS:
                fault(reader.line_num, "", _("At most %(count)s people at once.", count=MOST_ROWS))
                break
            try:
                judged.rows.append(_row(actor, district_id, reader.line_num, cells, external))
            except DomainError as error:
                fault(reader.line_num, error.field or "", error.message or _("There is no such row here."))
    except csv.Error:
        fault(reader.line_num, "", _("This line is no CSV. Save the table as CSV in UTF-8."))
    if not judged.rows and not judged.faults:
        fault(1, "email", _("There is nobody in this table."))
    return judged


_External = dict[str, dict[str, int]]


def _external_ids(district_id: int) -> _External:
    return {
        column: dict(
            db.session.execute(select(model.external_id, model.id).where(model.district_id == district_id))
            .tuples()
            .all()
        )
        for column, model in (("school_id", School), ("student_id", Student), ("employer_id", Employer))
    }


def _row(actor: Actor, district_id: int, line: int, cells: dict[str, str], external: _External) -> Row:
    values = {name: (cells.get(name) or "").strip() for name in COLUMNS}
    if cells.get("more"):
        raise DomainError(_("This line has more cells than the first one."))
    if values["role"] not in set(Role):
        raise DomainError(_("The role is one of: %(names)s.", names=", ".join(Role)), field="role")
    named: dict[str, int | None] = {}
    for column, ids in external.items():
        text = values[column]
        if text and text not in ids:
            raise DomainError(_("The district has no “%(name)s”.", name=text), field=column)
        named[column] = ids.get(text)
    place = Place(
        district_id=district_id,
        role=Role(values["role"]),
        program=values["program"] or None,
        school_id=named["school_id"],
        student_id=named["student_id"],
        employer_id=named["employer_id"],
    )
    email = checked_email(values["email"])
    check_role(actor, place)  # the rows that it may name are of the district: they were looked up in it
    return Row(line, email, values["name"], place)


def invite_all(actor: Actor, district_id: int, text: str, locale: str) -> int:
    """Invite everybody of a table without faults; how many. Flushes.

    Raises
    ------
    DomainError
        Where it has faults (now): nobody is invited.
    """
    judged = judge(actor, district_id, text)
    if judged.faults:
        raise DomainError(_("The table has faults now. Upload it again to see them."))
    for row in judged.rows:
        invite(actor, row.place, email=row.email, name=row.name, locale=locale)
    return len(judged.rows)
