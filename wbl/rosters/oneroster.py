"""OneRoster 1.1 and 1.2 as CSV files. Columns are read by name, and ``password`` is never one of them."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from flask_babel import gettext as _

from wbl.addresses import one_address
from wbl.rosters.records import (
    Fault,
    Feed,
    GuardianRecord,
    SchoolRecord,
    StudentRecord,
    date_of,
    grade_of,
    id_fault,
)

GUARDIANS = {"parent", "guardian", "relative"}
# The columns that are looked at; whatever else a file holds is left behind when it is read.
COLUMNS = {
    "users.csv": (
        *("sourcedId", "status", "role", "orgSourcedIds", "primaryOrgSourcedId", "givenName", "familyName"),
        *("identifier", "email", "phone", "sms", "agentSourcedIds", "grades", "preferredGivenName"),
    ),
    "orgs.csv": ("sourcedId", "status", "name", "type", "identifier", "parentSourcedId"),
    "roles.csv": ("sourcedId", "status", "userSourcedId", "roleType", "role", "orgSourcedId"),
    "demographics.csv": ("sourcedId", "status", "birthDate"),
    "manifest.csv": ("propertyName", "value"),
}
REQUIRED = {
    "users.csv": ("sourcedId", "givenName", "familyName"),
    "orgs.csv": ("sourcedId", "name", "type"),
    "roles.csv": ("userSourcedId", "role"),
    "demographics.csv": ("sourcedId", "birthDate"),
    "manifest.csv": ("propertyName", "value"),
}


@dataclass(slots=True)
class _Row:
    line: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    @property
    def deleted(self) -> bool:
        return self.cells.get("status", "").lower() == "tobedeleted"


@dataclass(slots=True)
class _User:
    """A row of users.csv with the roles and places that either version gives it."""

    row: _Row
    roles: set[str] = field(default_factory=set)
    orgs: list[str] = field(default_factory=list)


def is_oneroster(files: Mapping[str, bytes]) -> bool:
    return "users.csv" in _by_name(files)


def _by_name(files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {name.lower(): data for name, data in files.items()}


def _rows(files: Mapping[str, bytes], name: str, faults: list[Fault]) -> list[_Row]:
    """The rows of a file with the columns that are looked at; none where the file is not there."""
    data = _by_name(files).get(name)
    if data is None:
        return []
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        faults.append(Fault(name, line, "", _("The file is not UTF-8. Export it as UTF-8.")))
        return []
    reader = csv.DictReader(io.StringIO(text, newline=""))
    head = reader.fieldnames or ()
    for column in REQUIRED[name]:
        if column not in head:
            faults.append(Fault(name, 1, column, _("This column is missing.")))
            return []
    found = []
    try:
        for cells in reader:
            wanted = {column: (cells.get(column) or "").strip() for column in COLUMNS[name]}
            if any(wanted.values()):
                found.append(_Row(reader.line_num, wanted))
    except csv.Error:
        faults.append(Fault(name, reader.line_num, "", _("This line is no CSV.")))
    return found


def read_oneroster(files: Mapping[str, bytes], key: str = "sourcedId") -> Feed:
    """Read a OneRoster folder.

    Parameters
    ----------
    key
        The column of users.csv that is the student's identifier here: ``sourcedId`` or ``identifier``.
    """
    feed = Feed(format="OneRoster 1.1")
    manifest = {row["propertyName"]: row["value"] for row in _rows(files, "manifest.csv", feed.faults)}
    feed.whole = manifest.get("file.users", "bulk").lower() != "delta"
    users = {row["sourcedId"]: _User(row) for row in _rows(files, "users.csv", feed.faults)}
    roles = _rows(files, "roles.csv", feed.faults)
    if roles or manifest.get("oneroster.version", "").startswith("1.2"):
        feed.format = "OneRoster 1.2"
    _give_roles(users, roles)
    schools = _read_schools(files, feed)
    births = {row["sourcedId"]: row for row in _rows(files, "demographics.csv", feed.faults)}
    ids: dict[str, str] = {}  # of students: sourcedId to identifier here
    for source, user in users.items():
        student = "student" in user.roles
        # A change may come without the row that says what somebody is.
        unsure = not user.roles and not feed.whole
        if student or unsure:
            _add_student(feed, user, key, schools, births.get(source), ids, sure=student)
    _add_guardians(feed, users, ids)
    return feed


def _give_roles(users: Mapping[str, _User], roles: list[_Row]) -> None:
    for user in users.values():
        if user.row["role"]:
            user.roles.add(user.row["role"].lower())
        user.orgs += [text for text in (user.row["primaryOrgSourcedId"],) if text]
        user.orgs += [text.strip() for text in user.row["orgSourcedIds"].split(",") if text.strip()]
    for row in sorted(roles, key=lambda row: row["roleType"].lower() != "primary"):
        of = users.get(row["userSourcedId"])
        if of is not None and not row.deleted:
            of.roles.add(row["role"].lower())
            of.orgs += [text for text in (row["orgSourcedId"],) if text]


def _read_schools(files: Mapping[str, bytes], feed: Feed) -> dict[str, str]:
    """Which school each organisation is, or lies in: its sourcedId to the school's."""
    rows = {row["sourcedId"]: row for row in _rows(files, "orgs.csv", feed.faults)}
    found: dict[str, str] = {}
    for source, row in rows.items():
        if row["type"].lower() == "school" and not row.deleted:
            if id_fault(source):
                feed.faults.append(Fault("orgs.csv", row.line, "sourcedId", _too_long()))
            feed.schools.append(SchoolRecord(source, row["name"][:200]))
    for source in rows:
        at, seen = source, set[str]()
        while at in rows and at not in seen:
            if rows[at]["type"].lower() == "school":
                found[source] = at
                break
            seen.add(at)
            at = rows[at]["parentSourcedId"]
    return found


def _too_long() -> str:
    return _("An identifier has 1 to 64 printable characters.")


def _add_student(
    feed: Feed,
    user: _User,
    key: str,
    schools: Mapping[str, str],
    birth: _Row | None,
    ids: dict[str, str],
    *,
    sure: bool,
) -> None:
    row = user.row
    identifier = row[key]
    if id_fault(identifier):
        feed.faults.append(Fault("users.csv", row.line, key, _too_long()))
        return
    if identifier in ids.values():
        feed.faults.append(Fault("users.csv", row.line, key, _("Two students have this identifier.")))
        return
    ids[row["sourcedId"]] = identifier
    if row.deleted:
        feed.gone.append(identifier)
        return
    born = ""
    if birth is not None:
        try:
            born = date_of(birth["birthDate"])
        except ValueError:
            said = _("This is no date. Write it as 2010-03-31.")
            feed.faults.append(Fault("demographics.csv", birth.line, "birthDate", said))
    feed.students.append(
        StudentRecord(
            id=identifier,
            given_name=row["givenName"][:100],
            family_name=row["familyName"][:100],
            preferred_name=row["preferredGivenName"][:100],
            email=one_address(row["email"]),
            phone=(row["phone"] or row["sms"])[:40],
            grade=grade_of(row["grades"]),
            school=next((schools[org] for org in user.orgs if org in schools), ""),
            birth_date=born,
            sure=sure,
        )
    )


def _add_guardians(feed: Feed, users: Mapping[str, _User], ids: Mapping[str, str]) -> None:
    """Adults whom either side names as the other's agent, where their role is a guardian's."""
    pairs: dict[str, set[str]] = defaultdict(set)
    for source, user in users.items():
        for other in (text.strip() for text in user.row["agentSourcedIds"].split(",")):
            if other in users and source in ids and users[other].roles & GUARDIANS:
                pairs[source].add(other)
            elif other in ids and user.roles & GUARDIANS:
                pairs[other].add(source)
    present = {student.id for student in feed.students}
    for source, adults in sorted(pairs.items()):
        for adult in sorted(adults):
            row = users[adult].row
            name = f"{row['givenName']} {row['familyName']}".strip()
            if row.deleted or not name or id_fault(adult) or ids[source] not in present:
                continue
            feed.guardians.append(
                GuardianRecord(
                    id=adult,
                    student=ids[source],
                    name=name[:200],
                    relation=min(users[adult].roles & GUARDIANS),
                    email=one_address(row["email"]),
                    phone=(row["phone"] or row["sms"])[:40],
                )
            )
