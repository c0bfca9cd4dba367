"""The part of an import that is about people: students, what is sensitive of them, guardians."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import date
from typing import Any

from sqlalchemy import Delete, delete, select, update

from wbl import clock
from wbl.db import db
from wbl.interests.models import Submission
from wbl.people.models import (
    Guardian,
    Standing,
    Student,
    StudentBirth,
    StudentGroup,
    StudentHome,
    StudentNeed,
)
from wbl.placements.models import Consent
from wbl.rounds.columns import GUARDIAN_COLUMNS, PEOPLE_COLUMNS, SUBMISSION_COLUMNS
from wbl.rounds.folder import Folder
from wbl.rounds.models import Round
from wbl.rounds.own_side import OwnSides
from wbl.rounds.rows import Cells
from wbl.rounds.upserts import AT_ONCE, insert_rows, upsert

Ids = dict[str, int]

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"  # base32
_RIGHTS = {"may_sign", "may_receive"}


def new_pseudonyms(taken: set[str]) -> Callable[[], dict[str, str]]:
    """Draws pseudonyms that nobody in the round has: random, so that they say nothing of anyone."""

    def draw() -> dict[str, str]:
        while (name := "P" + "".join(secrets.choice(_ALPHABET) for _letter in range(8))) in taken:
            pass
        taken.add(name)
        return {"pseudonym": name}

    return draw


def apply_students(district_id: int, folder: Folder, schools: Ids) -> Ids:
    """The district's students by identifier; names where people.csv gives them."""
    people = folder.people.people or {}
    wanted: dict[tuple[int, str], dict[str, Any]] = {}
    for key, cells in folder.students.items():
        names = people.get(key, {})
        wanted[district_id, key] = {
            "school_id": schools.get(cells["school_id"]),
            "grade": int(cells["grade"]) if cells["grade"] else None,
            **{column: names[column] for column in PEOPLE_COLUMNS[1:] if column in names},
        }
    scope = Student.district_id == district_id
    done = upsert(Student, ("district_id", "external_id"), scope, wanted)
    return {key: row_id for (_district, key), row_id in done.ids.items()}


def apply_submissions(placement_round: Round, folder: Folder, students: Ids, own: OwnSides) -> Ids:
    """The round's submissions by the student's identifier. Pseudonyms stay what they are."""
    none: frozenset[str] = frozenset()
    kept = {key: side.columns for key, side in own.by_student.items()}
    scope = Submission.round_id == placement_round.id
    taken = set(db.session.scalars(select(Submission.pseudonym).where(scope)))
    wanted = {
        (placement_round.id, students[key]): {
            "active": True,
            **{column: cells[column] for column in SUBMISSION_COLUMNS if column not in kept.get(key, none)},
        }
        for key, cells in folder.students.items()
    }
    done = upsert(Submission, ("round_id", "student_id"), scope, wanted, on_insert=new_pseudonyms(taken))
    began = {side.submission_id for side in own.by_student.values()}
    gone = [{"id": row_id, "active": False} for row_id in done.others if row_id not in began]
    if gone:
        db.session.execute(update(Submission), gone)
    return {key: done.ids[placement_round.id, students[key]] for key in folder.students}


def apply_private(district_id: int, folder: Folder, students: Ids) -> None:
    """Birth dates, homes, needs and groups, each in its own table, as the folder says now."""
    for model in (StudentBirth, StudentHome, StudentGroup):
        delete_of(list(students.values()), delete(model), model.student_id)
    # A need that its student named is theirs: no folder takes it away.
    delete_of(
        list(students.values()), delete(StudentNeed).where(~StudentNeed.by_student), StudentNeed.student_id
    )
    named = set(
        db.session.execute(
            select(StudentNeed.student_id, StudentNeed.code)
            .join(Student)
            .where(Student.district_id == district_id, StudentNeed.by_student)
        ).tuples()
    )
    rows = [(students[key], cells) for key, cells in folder.students.items()]
    insert_rows(
        StudentBirth,
        [
            {"student_id": student_id, "birth_date": date.fromisoformat(cells["birth_date"])}
            for student_id, cells in rows
            if cells["birth_date"]
        ],
    )
    insert_rows(
        StudentHome,
        [
            {
                "student_id": student_id,
                "latitude": float(cells["latitude"]),
                "longitude": float(cells["longitude"]),
            }
            for student_id, cells in rows
            if cells["latitude"]
        ],
    )
    for model, column in ((StudentNeed, "needs"), (StudentGroup, "groups")):
        insert_rows(
            model,
            [
                {"student_id": student_id, "code": code}
                for student_id, cells in rows
                for code in cells[column].split(";")
                if code and not (model is StudentNeed and (student_id, code) in named)
            ],
        )


def delete_of(ids: list[int], statement: Delete, column: Any) -> None:
    """Delete the rows of these, a few thousand at a time: a statement takes only so many values."""
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        db.session.execute(statement.where(column.in_(some)).execution_options(synchronize_session=False))


def apply_guardians(district_id: int, folder: Folder, students: Ids) -> None:
    """Guardians as guardians.csv lists them, per student.

    Somebody whose name stays keeps their row, because family links and consents hang on it;
    somebody who is not listed any more goes, and their links with them. Only who has answered for the
    student stays on record, without any right: a consent without its giver would be nobody's.

    What a coordinator has settled stands: such a row keeps its rights and is never dropped, and a
    new row that shares name, e-mail or phone with somebody restricted is restricted too.
    """
    if folder.people.guardians is None:
        return
    wanted = {
        (students[student], row["name"], number): _guardian(row)
        for student, rows in folder.people.guardians.items()
        for number, row in _numbered(rows)
    }
    known: dict[tuple[int, str, int], int] = {}
    gone: list[int] = []
    in_folder = set(students.values())
    settled: set[int] = set()
    restricted: dict[int, set[str]] = {}
    for guardian_id, student_id, name, at, standing, email, phone in db.session.execute(
        select(
            Guardian.id,
            Guardian.student_id,
            Guardian.name,
            Guardian.settled_at,
            Guardian.standing,
            Guardian.email,
            Guardian.phone,
        )
        .join(Student)
        .where(Student.district_id == district_id)
        .order_by(Guardian.id)
    ):
        if student_id not in in_folder:
            continue
        if at is not None:
            settled.add(guardian_id)
        if standing is Standing.RESTRICTED:
            restricted.setdefault(student_id, set()).update(_marks(name, email, phone))
        number = 0
        while (student_id, name, number) in known:
            number += 1
        if (student_id, name, number) in wanted:
            known[student_id, name, number] = guardian_id
        else:
            gone.append(guardian_id)
    answered = set(db.session.scalars(select(Consent.guardian_id).distinct()))
    gone = [row_id for row_id in gone if row_id not in settled]
    delete_of([row_id for row_id in gone if row_id not in answered], delete(Guardian), Guardian.id)
    kept = [row_id for row_id in gone if row_id in answered]
    if kept:
        db.session.execute(
            update(Guardian), [{"id": row_id, "may_sign": False, "may_receive": False} for row_id in kept]
        )
    _update_guardians([{"id": row_id, **wanted[key]} for key, row_id in known.items()], settled)
    insert_rows(
        Guardian,
        [
            {"student_id": key[0], "name": key[1], **values, **_restriction(key, values, restricted)}
            for key, values in wanted.items()
            if key not in known
        ],
    )


def _update_guardians(rows: list[dict[str, Any]], settled: set[int]) -> None:
    """Contacts of all; rights only of those whom nobody here has settled."""
    ours = [{key: row[key] for key in row if key not in _RIGHTS} for row in rows if row["id"] in settled]
    theirs = [row for row in rows if row["id"] not in settled]
    for some in (ours, theirs):
        if some:
            db.session.execute(update(Guardian), some)


def _marks(name: str, email: str, phone: str) -> set[str]:
    """What the same person is known by under another spelling; what is not given marks nobody."""
    return {mark for mark in (" ".join(name.lower().split()), email.strip().lower(), _digits(phone)) if mark}


def _digits(phone: str) -> str:
    return "".join(character for character in phone if character.isdigit())


def _restriction(
    key: tuple[int, str, int], values: dict[str, Any], restricted: dict[int, set[str]]
) -> dict[str, Any]:
    """Values that a new row takes over from somebody restricted whose marks it shares."""
    held = _marks(key[1], values["email"], values["phone"]) & restricted.get(key[0], set())
    if not held:
        return {"standing": None, "settled_at": None}
    return {
        "standing": Standing.RESTRICTED,
        "settled_at": clock.now(),
        "may_sign": False,
        "may_receive": False,
    }


def _numbered(rows: list[Cells]) -> list[tuple[int, Cells]]:
    """Each row with how many before it have the same name."""
    names: list[str] = []
    numbered = []
    for row in rows:
        numbered.append((names.count(row["name"]), row))
        names.append(row["name"])
    return numbered


def _guardian(row: Cells) -> dict[str, Any]:
    """Cells as values; a right that is not given in so many words is not given."""
    return {
        column: row.get(column, "") == "yes" if column in _RIGHTS else row.get(column, "")
        for column in GUARDIAN_COLUMNS[2:]
    }
