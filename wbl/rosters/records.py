"""What a roster says, whatever its format: schools, students, guardians. Nothing else is read from one.

No password, no race, no sex, no program for children with needs: a placement asks for none of them.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

LONGEST_ID = 64


@dataclass(frozen=True, slots=True)
class SchoolRecord:
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class StudentRecord:
    """An empty text means that the roster does not say: it erases nothing."""

    id: str
    given_name: str = ""
    family_name: str = ""
    preferred_name: str = ""
    email: str = ""
    phone: str = ""
    grade: int | None = None
    school: str = ""  # SchoolRecord.id
    birth_date: str = ""  # ISO 8601
    sure: bool = True  # False: a change to somebody who may be no student; counts for known ones alone


@dataclass(frozen=True, slots=True)
class GuardianRecord:
    id: str
    student: str  # StudentRecord.id
    name: str
    relation: str = ""
    email: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """As the faults of a round's files are shown."""

    file: str
    line: int
    column: str
    message: str


@dataclass(slots=True)
class Feed:
    """A roster as read."""

    format: str  # "OneRoster 1.1", "OneRoster 1.2", "Ed-Fi"
    whole: bool = True  # whoever is missing has left; False: only what changed
    schools: list[SchoolRecord] = field(default_factory=list)
    students: list[StudentRecord] = field(default_factory=list)
    guardians: list[GuardianRecord] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)  # students whom it says to delete: they are marked
    faults: list[Fault] = field(default_factory=list)

    def packed(self) -> bytes:
        """As a staged roster is kept: what was read, never the files, which may hold passwords."""
        plain = {name: value for name, value in asdict(self).items() if name != "faults"}
        return zlib.compress(json.dumps(plain, separators=(",", ":")).encode())


def unpacked(data: bytes) -> Feed:
    """A feed as it was kept."""
    plain: dict[str, Any] = json.loads(zlib.decompress(data))
    return Feed(
        format=plain["format"],
        whole=plain["whole"],
        schools=[SchoolRecord(**row) for row in plain["schools"]],
        students=[StudentRecord(**row) for row in plain["students"]],
        guardians=[GuardianRecord(**row) for row in plain["guardians"]],
        gone=plain["gone"],
    )


def grade_of(text: str) -> int | None:
    """A grade from 1 to 13, of the first one that is named; None for younger children and others."""
    for part in text.replace(";", ",").split(","):
        number = part.strip().lstrip("0")
        if number.isdecimal() and len(number) <= 2 and 1 <= int(number) <= 13:
            return int(number)
    return None


def date_of(text: str) -> str:
    """An ISO date, checked; "" where there is none.

    Raises
    ------
    ValueError
        Where it is no date.
    """
    return date.fromisoformat(text.strip()[:10]).isoformat() if text.strip() else ""


def id_fault(identifier: str) -> bool:
    """Whether no student of ours could have this identifier."""
    return not 1 <= len(identifier) <= LONGEST_ID or not identifier.isprintable()
