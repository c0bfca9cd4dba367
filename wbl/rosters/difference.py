"""What a roster would change of what is on record, without writing anything."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select

from wbl.db import db
from wbl.people.models import Guardian, School, Student, StudentBirth
from wbl.rosters.records import Feed, GuardianRecord, SchoolRecord, StudentRecord

COLUMNS = ("given_name", "family_name", "preferred_name", "email", "phone", "grade")


@dataclass(frozen=True, slots=True)
class Change:
    """A student whom the roster says something new of. ``columns``: what, and the new value."""

    student_id: int
    name: str
    external_id: str
    columns: dict[str, object]
    school: str | None  # SchoolRecord.id, where that is new
    birth_date: date | None
    returns: bool


@dataclass(frozen=True, slots=True)
class Leaver:
    student_id: int
    name: str
    external_id: str


@dataclass(slots=True)
class Difference:
    joins: list[StudentRecord] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    leaves: list[Leaver] = field(default_factory=list)
    same: int = 0
    new_schools: list[SchoolRecord] = field(default_factory=list)
    renamed_schools: dict[int, str] = field(default_factory=dict)
    new_guardians: list[GuardianRecord] = field(default_factory=list)
    changed_guardians: dict[int, dict[str, str]] = field(default_factory=dict)
    known: list[int] = field(default_factory=list)  # on record already, and from now on of the roster

    @property
    def counts(self) -> dict[str, int]:
        return {
            "join": len(self.joins),
            "change": sum(not change.returns for change in self.changes),
            "return": sum(change.returns for change in self.changes),
            "leave": len(self.leaves),
            "same": self.same,
            "new_schools": len(self.new_schools),
            "new_guardians": len(self.new_guardians),
            "changed_guardians": len(self.changed_guardians),
        }


def difference(district_id: int, feed: Feed) -> Difference:
    """Compare a roster with what is on record of the district. Five queries."""
    found = Difference()
    schools = _schools(district_id, feed, found)
    students = {
        student.external_id: student
        for student in db.session.scalars(select(Student).where(Student.district_id == district_id))
    }
    births = {
        row.student_id: row.birth_date
        for row in db.session.scalars(
            select(StudentBirth)
            .join(Student, Student.id == StudentBirth.student_id)
            .where(Student.district_id == district_id)
        )
    }
    for record in feed.students:
        student = students.get(record.id)
        if student is None:
            if record.sure:
                found.joins.append(record)
        elif record.sure or student.rostered:
            _compare(found, record, student, births.get(student.id), schools)
    named = {record.id for record in feed.students}
    for external_id, student in sorted(students.items()):
        missing = feed.whole and student.rostered and external_id not in named
        if student.left_on is None and (missing or (external_id in feed.gone and student.rostered)):
            found.leaves.append(Leaver(student.id, student.name, external_id))
    _guardians(district_id, feed, found, students)
    return found


def _schools(district_id: int, feed: Feed, found: Difference) -> dict[str, int]:
    """The schools on record by identifier; what is new of them goes into the difference."""
    on_record = {
        school.external_id: school
        for school in db.session.scalars(select(School).where(School.district_id == district_id))
    }
    for record in feed.schools:
        school = on_record.get(record.id)
        if school is None:
            found.new_schools.append(record)
        elif record.name and school.name != record.name:
            found.renamed_schools[school.id] = record.name
    return {external_id: school.id for external_id, school in on_record.items()}


def _compare(
    found: Difference,
    record: StudentRecord,
    student: Student,
    born: date | None,
    schools: dict[str, int],
) -> None:
    if not student.rostered:
        found.known.append(student.id)
    columns: dict[str, object] = {
        column: getattr(record, column)
        for column in COLUMNS
        if getattr(record, column) not in ("", None) and getattr(record, column) != getattr(student, column)
    }
    moved = bool(record.school) and schools.get(record.school, 0) != student.school_id
    birth = date.fromisoformat(record.birth_date) if record.birth_date else None
    returns = student.left_on is not None
    if columns or moved or (birth is not None and birth != born) or returns:
        found.changes.append(
            Change(
                student_id=student.id,
                name=student.name,
                external_id=student.external_id,
                columns=columns,
                school=record.school if moved else None,
                birth_date=birth if birth != born else None,
                returns=returns,
            )
        )
    else:
        found.same += 1


def _guardians(district_id: int, feed: Feed, found: Difference, students: dict[str, Student]) -> None:
    """Contacts that are new, or that changed. Whoever is on record under the same name or address is
    the same person, and keeps what they may."""
    on_record: dict[int, list[Guardian]] = {}
    for guardian in db.session.scalars(
        select(Guardian)
        .join(Student, Student.id == Guardian.student_id)
        .where(Student.district_id == district_id)
        .order_by(Guardian.id)
    ):
        on_record.setdefault(guardian.student_id, []).append(guardian)
    for record in feed.guardians:
        student = students.get(record.student)
        known = _same(on_record.get(student.id, []), record) if student is not None else None
        if known is None:
            found.new_guardians.append(record)
            continue
        # Only what the roster itself brought is changed by it: what a person typed stays.
        columns = ("name", "email", "phone", "relation") if known.roster_id else ()
        new = {
            column: getattr(record, column)
            for column in columns
            if getattr(record, column) and getattr(record, column) != getattr(known, column)
        }
        if known.roster_id != record.id:
            new["roster_id"] = record.id
        if new:
            found.changed_guardians[known.id] = new


def _same(guardians: list[Guardian], record: GuardianRecord) -> Guardian | None:
    for guardian in guardians:
        if guardian.roster_id == record.id:
            return guardian
    for guardian in guardians:
        if guardian.roster_id is None and (
            guardian.name.lower() == record.name.lower()
            or (record.email and guardian.email.lower() == record.email.lower())
        ):
            return guardian
    return None
