"""A district's school calendar and labor rules: read by the engine's own reader before they are kept.

There is one door into the engine, the files of a round: so a file is judged inside the smallest round
that could hold it, and what is said of it is what a round would say.
"""

from __future__ import annotations

import re

from flask_babel import gettext as _
from sqlalchemy import delete, select

from matching.files import RoundFaults, parse_round
from matching.files.faults import Fault
from wbl import clock
from wbl.accounts.actor import Actor
from wbl.administration import queries
from wbl.audit.services import record
from wbl.db import db
from wbl.errors import DomainError, NotFound
from wbl.people.models import DistrictFile

CALENDAR = "calendar.csv"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}\.toml")
# A round that holds nothing but what a reader needs.
_STUDENTS = b"student_id\nS1\n"
_OPPORTUNITIES = b"opportunity_id,seats\nO1,1\n"
LARGEST = 1024 * 1024


def faults_of(name: str, content: bytes) -> list[Fault]:
    """What is wrong with a calendar or a rule file; nothing where a round may use it."""
    files = {"students.csv": _STUDENTS, "opportunities.csv": _OPPORTUNITIES, name: content}
    if name != CALENDAR:
        files["policy.toml"] = f'[law]\noverlays = ["{name}"]\n'.encode()
    try:
        parse_round(files)
    except RoundFaults as found:
        return [fault for fault in found.faults if fault.file == name]
    return []


def check_name(name: str) -> str:
    """The name that a rule file is kept under.

    Raises
    ------
    DomainError
        Where a round could not hold a file of that name.
    """
    if name in (CALENDAR, "policy.toml") or not _NAME.fullmatch(name):
        raise DomainError(
            _("Name the file with letters, digits and dashes, ending in .toml, such as our-rules.toml."),
            field="file",
        )
    return name


def keep(actor: Actor, district_id: int, name: str, content: bytes) -> list[Fault]:
    """Keep a file that has no fault, in place of the one of that name. Flushes.

    Returns
    -------
    list of Fault
        What is wrong with it; then nothing is kept.

    Raises
    ------
    DomainError
        Where it is too large.
    """
    district = queries.district(actor, district_id)
    if len(content) > LARGEST:
        raise DomainError(_("The file is larger than 1 MB."), field="file")
    found = faults_of(name, content)
    if found:
        return found
    row = db.session.get(DistrictFile, (district_id, name)) or DistrictFile(
        district_id=district_id, name=name
    )
    row.content, row.size, row.set_at = content, len(content), clock.now()
    db.session.add(row)
    record(actor, "district.file", district, district_id=district_id, file=name)
    db.session.flush()
    return []


def drop(actor: Actor, district_id: int, name: str) -> None:
    """New rounds start without this file; rounds that have it keep it. Flushes."""
    district = queries.district(actor, district_id)
    content(actor, district_id, name)
    db.session.execute(
        delete(DistrictFile).where(DistrictFile.district_id == district_id, DistrictFile.name == name)
    )
    record(actor, "district.file_drop", district, district_id=district_id, file=name)


def content(actor: Actor, district_id: int, name: str) -> bytes:
    """A file as it came.

    Raises
    ------
    NotFound
        Where there is none of that name.
    """
    queries.district(actor, district_id)
    found = db.session.scalar(
        select(DistrictFile.content).where(DistrictFile.district_id == district_id, DistrictFile.name == name)
    )
    if found is None:
        raise NotFound()
    return found
