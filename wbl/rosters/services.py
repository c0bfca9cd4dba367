"""Taking a roster in: read first, written when somebody says yes, in one transaction. It deletes nothing."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select, update

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.audit.services import record
from wbl.db import change, db
from wbl.errors import Conflict, DomainError, NotFound
from wbl.people.models import District, Guardian, School, Student, StudentBirth
from wbl.rosters import queries
from wbl.rosters.difference import Difference, difference
from wbl.rosters.models import RosterImport, RosterState
from wbl.rosters.reading import KEYS
from wbl.rosters.records import Feed, SchoolRecord, StudentRecord, unpacked

SHOWN_FAULTS = 100


def stage(actor: Actor, district_id: int, feed: Feed, *, from_folder: bool = False) -> RosterImport:
    """Keep what was read until somebody decides; an earlier one that waits is dropped. Flushes."""
    queries.district(actor, district_id)
    _discard_waiting(district_id)
    faults = [
        {"file": fault.file, "line": fault.line, "column": fault.column, "message": fault.message}
        for fault in feed.faults
    ]
    counts: dict[str, Any] = (
        {"fault_count": len(faults), "faults": faults[:SHOWN_FAULTS]}
        if faults
        else difference(district_id, feed).counts
    )
    made = RosterImport(
        district_id=district_id,
        user_id=actor.user_id,
        state=RosterState.FAULTY if faults else RosterState.READY,
        format=feed.format,
        from_folder=from_folder,
        content=None if faults else feed.packed(),
        counts=counts,
        created_at=clock.now(),
    )
    db.session.add(made)
    db.session.flush()
    return made


def _discard_waiting(district_id: int) -> None:
    db.session.execute(
        update(RosterImport)
        .where(RosterImport.district_id == district_id, RosterImport.state == RosterState.READY)
        .values(state=RosterState.DISCARDED, content=None),
        execution_options={"synchronize_session": False},
    )


def discard(actor: Actor, district_id: int, import_id: int) -> None:
    """Drop a roster that waits. Flushes."""
    found = queries.roster(actor, district_id, import_id)
    dropped = change(
        update(RosterImport)
        .where(RosterImport.id == import_id, RosterImport.state == RosterState.READY)
        .values(state=RosterState.DISCARDED, content=None)
    )
    if dropped != 1:
        raise NotFound()
    record(actor, "roster.discard", found, district_id=district_id)
    db.session.flush()


def confirm(actor: Actor, district_id: int, import_id: int) -> dict[str, int]:
    """Write a roster that waits: all of it, in the caller's transaction. Flushes.

    Returns
    -------
    dict of str to int
        How many joined, changed, left: worked out now, for something may have changed since the preview.

    Raises
    ------
    Conflict
        Where it was applied or dropped meanwhile.
    """
    district = queries.district(actor, district_id)
    # Students and schools are the district's: an import of a round must not write them at once.
    db.session.execute(select(District.id).where(District.id == district_id).with_for_update())
    staged = queries.roster(actor, district_id, import_id)
    content = staged.content
    taken = change(
        update(RosterImport)
        .where(RosterImport.id == import_id, RosterImport.state == RosterState.READY)
        .values(state=RosterState.APPLIED, applied_at=clock.now(), content=None)
    )
    if taken != 1 or content is None:
        raise Conflict(_("This roster has been used or dropped already. Upload it again."))
    feed = unpacked(content)
    found = difference(district_id, feed)
    _write(district_id, feed, found, clock.today(district.timezone))
    counts: dict[str, Any] = found.counts
    db.session.execute(update(RosterImport).where(RosterImport.id == import_id).values(counts=counts))
    record(actor, "roster.apply", staged, district_id=district_id, **counts)
    db.session.flush()
    return counts


def _write(district_id: int, feed: Feed, found: Difference, today: date) -> None:
    schools = _write_schools(district_id, found)
    _write_joins(district_id, found.joins, schools)
    for each in found.changes:
        values: dict[str, Any] = {**each.columns, "rostered": True, "left_on": None}
        if each.school is not None:
            values["school_id"] = schools.get(each.school)
        _update(Student, each.student_id, values)
        if each.birth_date is not None:
            _set_birth(each.student_id, each.birth_date)
    for row_id in found.known:
        _update(Student, row_id, {"rostered": True})
    for leaver in found.leaves:
        _update(Student, leaver.student_id, {"left_on": today})
    rows = db.session.execute(
        select(Student.external_id, Student.id).where(Student.district_id == district_id)
    )
    known = dict(rows.tuples().all())
    db.session.add_all(
        # Without rights: who may sign, and who may be told, a person says.
        Guardian(
            student_id=known[guardian.student],
            roster_id=guardian.id,
            name=guardian.name,
            relation=guardian.relation,
            email=guardian.email,
            phone=guardian.phone,
            may_sign=False,
            may_receive=False,
        )
        for guardian in found.new_guardians
        if guardian.student in known
    )
    for row_id, columns in found.changed_guardians.items():
        _update(Guardian, row_id, columns)
    db.session.flush()


def _update(
    model: type[Student] | type[Guardian] | type[School], row_id: int, values: dict[str, Any]
) -> None:
    db.session.execute(
        update(model).where(model.id == row_id).values(**values),
        execution_options={"synchronize_session": False},
    )


def _set_birth(student_id: int, day: date) -> None:
    row = db.session.get(StudentBirth, student_id) or StudentBirth(student_id=student_id)
    row.birth_date = day
    db.session.add(row)


def _write_schools(district_id: int, found: Difference) -> dict[str, int]:
    """The ids of all schools of the district, by identifier."""
    db.session.add_all(_school(district_id, record) for record in found.new_schools)
    for row_id, name in found.renamed_schools.items():
        _update(School, row_id, {"name": name})
    db.session.flush()
    rows = db.session.execute(
        select(School.external_id, School.id).where(School.district_id == district_id)
    ).tuples()
    return dict(rows.all())


def _school(district_id: int, record: SchoolRecord) -> School:
    return School(district_id=district_id, external_id=record.id, name=record.name)


def _write_joins(district_id: int, joins: list[StudentRecord], schools: dict[str, int]) -> None:
    made = [
        Student(
            district_id=district_id,
            external_id=one.id,
            given_name=one.given_name,
            family_name=one.family_name,
            preferred_name=one.preferred_name,
            email=one.email,
            phone=one.phone,
            grade=one.grade,
            school_id=schools.get(one.school),
            rostered=True,
        )
        for one in joins
    ]
    db.session.add_all(made)
    db.session.flush()
    db.session.add_all(
        StudentBirth(student_id=student.id, birth_date=date.fromisoformat(one.birth_date))
        for student, one in zip(made, joins, strict=True)
        if one.birth_date
    )
    db.session.flush()


def set_setting(actor: Actor, district_id: int, *, key: str, apply_unasked: bool) -> None:
    """How the district takes rosters from now on. Flushes.

    Raises
    ------
    DomainError
        Where there is no such key.
    """
    district = queries.district(actor, district_id)
    if key not in KEYS:
        raise DomainError(_("Choose the column of the identifier."), field="key")
    row = queries.setting(district_id)
    row.key, row.apply_unasked = key, apply_unasked
    db.session.add(row)
    record(actor, "roster.setting", district, district_id=district_id)
    db.session.flush()
