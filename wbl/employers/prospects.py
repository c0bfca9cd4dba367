"""Prospects from a CSV file: read and judged first, written only when somebody says yes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import select, update

from matching.files import Fault, read_table
from wbl import clock
from wbl.accounts.actor import Actor
from wbl.accounts.invitations import checked_email
from wbl.audit.services import record
from wbl.db import change, db
from wbl.employers import services
from wbl.employers.models import Employer, EmployerOrigin, OutreachStage, ProspectUpload
from wbl.errors import Conflict, DomainError, NotFound

COLUMNS = (
    "name",
    "contact_name",
    "contact_email",
    "contact_phone",
    "address",
    "city",
    "postal_code",
    "about",
)
LENGTHS = {
    "name": 200,
    "contact_name": 200,
    "contact_phone": 40,
    "address": 200,
    "city": 100,
    "postal_code": 20,
    "about": 2000,
}
MOST = 1000
FILE = "prospects.csv"


@dataclass(frozen=True, slots=True)
class Judged:
    """The rows of a file, and everything that is wrong with it: line, column, what and why."""

    rows: list[dict[str, str]]
    faults: list[tuple[int, str, str]]
    known: set[str]  # names that the district has already: these rows are left out


def judge(actor: Actor, district_id: int, data: bytes) -> Judged:
    """Read a file without writing anything."""
    found: list[Fault] = []
    table = read_table(FILE, data, COLUMNS, ("name",), found)
    faults = [(fault.line, fault.column, fault.message) for fault in found]
    rows: list[dict[str, str]] = []
    seen: set[str] = set()
    for line, cells in zip(table.lines, table.rows, strict=True):
        row = {name: cell.strip() for name, cell in zip(table.columns, cells, strict=True) if name in COLUMNS}
        faults += [(line, column, why) for column, why in _wrong_with(row, seen)]
        rows.append(row)
    if len(rows) > MOST:
        faults.append(
            (
                table.lines[MOST],
                "name",
                _("There are more than %(most)s prospects. Split the file.", most=MOST),
            )
        )
    known = _known(district_id, [row.get("name", "") for row in rows])
    return Judged([row for row in rows if row.get("name", "").casefold() not in known], sorted(faults), known)


def _wrong_with(row: dict[str, str], seen: set[str]) -> list[tuple[str, str]]:
    name = row.get("name", "").casefold()
    found = []
    if not name:
        found.append(("name", _("The name is empty. Every prospect needs one.")))
    elif name in seen:
        found.append(("name", _("This name stands in the file twice.")))
    seen.add(name)
    if row.get("contact_email"):
        try:
            row["contact_email"] = checked_email(row["contact_email"])
        except DomainError:
            found.append(("contact_email", _("This is no e-mail address.")))
    for column, most in LENGTHS.items():
        if len(row.get(column, "")) > most:
            found.append((column, _("This is longer than %(most)s characters.", most=most)))
    return found


def _known(district_id: int, names: Sequence[str]) -> set[str]:
    """Which names, in small letters, the district has an employer of already."""
    wanted = {name.casefold() for name in names}
    mine = db.session.scalars(select(Employer.name).where(Employer.district_id == district_id))
    return {name.casefold() for name in mine} & wanted


def stage(actor: Actor, district_id: int, judged: Judged) -> ProspectUpload:
    """Keep a file without faults until somebody decides. Flushes."""
    if district_id not in actor.coordinator_of:
        raise NotFound()
    if judged.faults or not judged.rows:
        raise DomainError(_("There is nothing in this file that could be added."))
    staged = ProspectUpload(
        district_id=district_id, user_id=actor.user_id, rows=list(judged.rows), created_at=clock.now()
    )
    db.session.add(staged)
    db.session.flush()
    return staged


def upload(actor: Actor, upload_id: int) -> ProspectUpload:
    """A file that waits, of the actor's districts.

    Raises
    ------
    NotFound
        Where there is none, or it is another district's.
    """
    found = db.session.scalar(
        select(ProspectUpload).where(
            ProspectUpload.id == upload_id, ProspectUpload.district_id.in_(actor.coordinator_of)
        )
    )
    if found is None:
        raise NotFound()
    return found


def confirm(actor: Actor, upload_id: int, *, invite: bool) -> tuple[int, int]:
    """Add the prospects of a file, and invite those who have an address where asked. Flushes.

    Returns
    -------
    tuple of int
        How many were added, and how many of them invited.

    Raises
    ------
    Conflict
        Where the file was used already.
    """
    found = upload(actor, upload_id)
    taken = change(
        update(ProspectUpload)
        .where(ProspectUpload.id == found.id, ProspectUpload.applied_at.is_(None))
        .values(applied_at=clock.now())
    )
    if taken != 1:
        raise Conflict(_("This file has been used already."))
    rows = list(found.rows)
    known = _known(found.district_id, [row["name"] for row in rows])
    added = invited = 0
    for row in rows:
        if row["name"].casefold() in known:
            continue
        email = row.get("contact_email", "") if invite else ""
        at = OutreachStage.CONTACTED if email else OutreachStage.PROSPECT
        site = {name: row.get(name, "") for name in services.SITE_TEXTS if name != "name"}
        made = services.add(
            actor, found.district_id, EmployerOrigin.PROSPECT, at, row["name"], site, row.get("about", "")
        )
        added += 1
        if email:
            services.invite(actor, made.id, email=email, name=row.get("contact_name", ""))
            invited += 1
    db.session.execute(update(ProspectUpload).where(ProspectUpload.id == found.id).values(rows=[]))
    record(actor, "outreach.import", found, district_id=found.district_id, added=added, invited=invited)
    db.session.flush()
    return added, invited
