"""A solved round in which everything turns up, and ways to tamper with one thing in its outputs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

from matching.files import write_table

Files = dict[str, bytes]
Tamper = Callable[[Files], None]

HOME, NEAR, FAR = ("29.951", "-90.072"), ("29.958", "-90.065"), ("30.2", "-90.4")

STUDENTS = (
    ("student_id", "birth_date", "latitude", "longitude", "riasec", "needs", "priority",
     "open_to_others", "student_learner", "grade"),
    ("ana", "2009-05-20", *HOME, "SEC", "ramp;quiet", "0", "", "yes", "12"),
    ("ben", "2009-05-20", *HOME, "30;12;8;22;19;5", "", "0", "", "no", "12"),
    ("cleo", "2011-06-05", *NEAR, "IAS", "", "2", "", "no", "9"),
    ("dan", "2010-03-02", *HOME, "", "", "1", "no", "no", "10"),
    ("eve", "2010-03-02", *NEAR, "RIA", "", "0", "", "no", "10"),
    ("fay", "", *FAR, "A", "", "0", "", "no", ""),
    ("gus", "2009-01-02", *HOME, "CES", "", "0", "", "no", "11"),
)  # fmt: skip

OPPORTUNITIES = (
    ("opportunity_id", "seats", "kind", "place", "latitude", "longitude", "riasec", "schedule",
     "hazards", "provides", "min_grade", "employment"),
    ("bakery", "1", "internship", "site", *NEAR, "RCE", "Mon 15:00-18:00", "HO10", "ramp", "", ""),
    ("clinic", "1", "clinical", "site", *HOME, "10;30;5;28;8;20", "Tue 15:00-18:00", "", "quiet", "10", ""),
    ("depot", "1", "internship", "site", *FAR, "", "Sat 09:00-17:00", "HO7", "", "", ""),
    ("gallery", "1", "mentorship", "remote", "", "", "AIS", "", "", "", "", "observation"),
    ("library", "2", "job_shadow", "site", "", "", "SCE", "", "", "ramp", "", ""),
)  # fmt: skip

PREFERENCES = (
    ("student_id", "opportunity_id", "rank", "opportunity_rank"),
    ("ana", "bakery", "1", "2"),
    ("ana", "clinic", "2", "1"),
    ("ben", "clinic", "1", "2"),
    ("ben", "gallery", "2", "1"),
    ("cleo", "clinic", "1", "3"),
    ("cleo", "depot", "1", "1"),
    ("cleo", "library", "3", "2"),
    ("dan", "gallery", "1", "2"),
    ("eve", "library", "1", "1"),
    ("fay", "depot", "1", "2"),
    ("gus", "library", "1", "3"),
)

POLICY = b"on_date = 2027-01-11\n"


def round_files() -> Files:
    """The round: six may be placed, one has no eligible pair, a pin requires, a pin forbids."""
    return {
        "students.csv": write_table(STUDENTS[0], STUDENTS[1:]),
        "opportunities.csv": write_table(OPPORTUNITIES[0], OPPORTUNITIES[1:]),
        "preferences.csv": write_table(PREFERENCES[0], PREFERENCES[1:]),
        "refusals.csv": write_table(("student_id", "opportunity_id"), [("fay", "gallery")]),
        "pins.csv": write_table(
            ("student_id", "opportunity_id", "decision", "reason"),
            [("gus", "library", "require", "agreed"), ("fay", "library", "forbid", "agreed")],
        ),
        "policy.toml": POLICY,
    }


def rows(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode())))


def cell(file: str, student: str, column: str, value: str) -> Tamper:
    """Write something else into one cell."""

    def tamper(files: Files) -> None:
        header, *body = rows(files[file])
        for row in body:
            if row[0] == student:
                row[header.index(column)] = value
        files[file] = write_table(header, body)

    return tamper


def without_row(file: str, student: str) -> Tamper:
    def tamper(files: Files) -> None:
        header, *body = rows(files[file])
        files[file] = write_table(header, [row for row in body if row[0] != student])

    return tamper


def with_row(file: str, *row: str) -> Tamper:
    """Add a row, in its place."""

    def tamper(files: Files) -> None:
        header, *body = rows(files[file])
        files[file] = write_table(header, sorted([*body, list(row)]))

    return tamper


def reordered(file: str) -> Tamper:
    def tamper(files: Files) -> None:
        header, *body = rows(files[file])
        files[file] = write_table(header, body[::-1])

    return tamper


def swapped(one: str, other: str) -> Tamper:
    """Two students exchange opportunities, each row otherwise as it was."""

    def tamper(files: Files) -> None:
        header, *body = rows(files["placements.csv"])
        seats = {row[0]: row[1] for row in body}
        for row in body:
            row[1] = {one: seats[other], other: seats[one]}.get(row[0], row[1])
        files["placements.csv"] = write_table(header, body)

    return tamper


def replaced(file: str, old: bytes, new: bytes) -> Tamper:
    """Bytes for bytes, once; they must be there."""

    def tamper(files: Files) -> None:
        assert old in files[file], old
        files[file] = files[file].replace(old, new, 1)

    return tamper


def missing(file: str) -> Tamper:
    def tamper(files: Files) -> None:
        del files[file]

    return tamper


def is_now(file: str, data: bytes) -> Tamper:
    def tamper(files: Files) -> None:
        files[file] = data

    return tamper


def _write(file: str, document: Any) -> bytes:
    if file == "certificate.json":
        text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    else:
        text = json.dumps(document, indent=2, ensure_ascii=False)
    return f"{text}\n".encode()


def value(file: str, path: str, change: Callable[[Any], Any] | Any) -> Tamper:
    """Change what lies at a dotted path of a JSON file (list places are numbers)."""

    def tamper(files: Files) -> None:
        document = json.loads(files[file])
        _change(document, path, change)
        files[file] = _write(file, document)

    return tamper


def told(student: str, path: str, change: Callable[[Any], Any] | Any) -> Tamper:
    """Change what lies at a dotted path of a student's explanation."""

    def tamper(files: Files) -> None:
        records = [json.loads(line) for line in files["explanations.jsonl"].splitlines()]
        record = next(record for record in records if record["student_id"] == student)
        _change(record, path, change)
        files["explanations.jsonl"] = "".join(
            json.dumps(record, separators=(",", ":")) + "\n" for record in records
        ).encode()

    return tamper


def _change(document: Any, path: str, change: Callable[[Any], Any] | Any) -> None:
    *way, last = (int(part) if part.isdigit() else part for part in path.split("."))
    for part in way:
        document = document[part]
    old = document.get(last) if isinstance(document, dict) else document[last]
    new = change(old) if callable(change) else change
    assert new != old, f"{path} is {old!r} already"
    document[last] = new


def all_of(*tampers: Tamper) -> Tamper:
    """Tampering that tries to be consistent."""

    def tamper(files: Files) -> None:
        for one in tampers:
            one(files)

    return tamper
