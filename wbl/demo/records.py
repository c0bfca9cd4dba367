"""The rows of a round folder, and the folder they make.

A record's fields are its file's columns, in the order in which they are written, so that the two
demo rounds and their tests speak of the same things in the words of the round format.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date

from matching.files import write_table

Codes = tuple[str, ...]
Value = str | int | float | bool | date | tuple[str, ...] | tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class Student:
    student_id: str
    school_id: str
    grade: int | None = None
    birth_date: date | None = None
    latitude: float | None = None
    longitude: float | None = None
    riasec: str | tuple[int, ...] = ""
    travel_modes: Codes = ()
    max_travel_minutes: int | None = None
    available: str = ""
    needs: Codes = ()
    languages: Codes = ()
    credentials: Codes = ()
    courses: Codes = ()
    programs: Codes = ()
    groups: Codes = ()
    priority: int | None = None
    hours_needed: int | None = None
    pay: str = ""
    open_to_others: bool | None = None
    student_learner: bool | None = None


@dataclass(frozen=True, slots=True)
class Opportunity:
    """Columns of opportunities.csv. Those from ``supervisor`` on are for people and decide nothing."""

    opportunity_id: str
    seats: int
    employer_id: str
    site_id: str
    title: str
    kind: str
    employment: str = ""
    labor_program: str = ""
    riasec: str | tuple[int, ...] = ""
    cluster: str = ""
    soc_code: str = ""
    place: str = ""
    latitude: float | None = None
    longitude: float | None = None
    schedule: str = ""
    flexible_hours: float | None = None
    start_date: date | None = None
    end_date: date | None = None
    paid: bool | None = None
    hourly_wage: float | None = None
    provides: Codes = ()
    arranges: Codes = ()
    cannot: Codes = ()
    hazards: Codes = ()
    drives: bool | None = None
    min_age: int | None = None
    min_grade: int | None = None
    requires_credentials: Codes = ()
    requires_courses: Codes = ()
    requires_languages: Codes = ()
    open_to: Codes = ()
    supervisor: str = ""
    title_es: str = ""
    description: str = ""
    description_es: str = ""
    what_to_bring: str = ""
    what_to_bring_es: str = ""
    directions: str = ""
    directions_es: str = ""


@dataclass(frozen=True, slots=True)
class School:
    school_id: str
    name: str
    latitude: float
    longitude: float
    school_hours: str


@dataclass(frozen=True, slots=True)
class Preference:
    student_id: str
    opportunity_id: str
    rank: int
    opportunity_rank: int | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    student_id: str
    opportunity_id: str


@dataclass(frozen=True, slots=True)
class Pin:
    student_id: str
    opportunity_id: str
    decision: str
    reason: str


@dataclass(frozen=True, slots=True)
class Growth:
    student_id: str
    opportunity_id: str
    value: float


@dataclass(frozen=True, slots=True)
class Person:
    student_id: str
    given_name: str
    family_name: str
    preferred_name: str = ""
    email: str = ""
    phone: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Guardian:
    student_id: str
    name: str
    relation: str
    email: str = ""
    phone: str = ""
    language: str = ""
    may_sign: bool = True
    may_receive: bool = True


@dataclass(frozen=True, slots=True)
class Site:
    site_id: str
    employer_id: str
    employer_name: str
    site_name: str
    address: str
    city: str
    postal_code: str
    contact_name: str = ""
    contact_email: str = ""
    contact_phone: str = ""
    notes: str = ""


Record = Student | Opportunity | School | Preference | Refusal | Pin | Growth | Person | Guardian | Site

FILES: Mapping[str, type[Record]] = {
    "students.csv": Student,
    "opportunities.csv": Opportunity,
    "schools.csv": School,
    "preferences.csv": Preference,
    "refusals.csv": Refusal,
    "pins.csv": Pin,
    "growth.csv": Growth,
    "people.csv": Person,
    "guardians.csv": Guardian,
    "sites.csv": Site,
}


def folder(records: Iterable[Record], policy: str) -> dict[str, bytes]:
    """Return a round folder: contents by file name.

    Parameters
    ----------
    records
        Of any kind, in any order between kinds; each kind becomes one file, in its own order.
    policy
        The text of policy.toml.

    Returns
    -------
    dict
        Every file of :data:`FILES`, with its header even where there is no row, and policy.toml.
    """
    by_kind: dict[type[Record], list[Record]] = {kind: [] for kind in FILES.values()}
    for record in records:
        by_kind[type(record)].append(record)
    files = {name: _table(kind, by_kind[kind]) for name, kind in FILES.items()}
    files["policy.toml"] = policy.encode("utf-8")
    return files


def _table(kind: type[Record], records: Iterable[Record]) -> bytes:
    columns = [field.name for field in fields(kind)]
    return write_table(
        columns, ([_cell(getattr(record, column)) for column in columns] for record in records)
    )


def _cell(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return format(value, ".10g")
    if isinstance(value, tuple):
        return ";".join(str(item) for item in value)
    return str(value)
