"""people.csv, guardians.csv and sites.csv: what only the application reads, and its faults."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from flask_babel import gettext as _

from matching.files import BadCell, Fault, cells
from matching.files.faults import quoted
from wbl.rounds.columns import GUARDIAN_COLUMNS, OPPORTUNITY_WORDS, PEOPLE_COLUMNS, SITE_COLUMNS
from wbl.rounds.rows import Cells, Rows, read_rows

# By these the header of a mail would hold several addresses, or a name beside one.
_NEVER = r"@\s,;:<>()\[\]\"\\"
_EMAIL = re.compile(rf"[^{_NEVER}]+@[^{_NEVER}]+\.[^{_NEVER}.]+")
LONGEST_TEXT = 10_000

Check = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class PeopleFiles:
    """None where the folder does not have the file: what is known then stays as it is."""

    people: dict[str, Cells] | None = None  # by student
    guardians: dict[str, list[Cells]] | None = None  # by student, in the order of the file
    sites: dict[str, Cells] | None = None  # by site
    warnings: list[str] = field(default_factory=list)


def _line(longest: int) -> Check:
    def check(text: str) -> None:
        cells.title(text)
        _at_most(text, longest)

    return check


def _text(text: str) -> None:
    _at_most(text, LONGEST_TEXT)


def _at_most(text: str, longest: int) -> None:
    if len(text) > longest:
        raise BadCell(
            _(
                "%(text)s has %(count)s characters; at most %(most)s are kept",
                text=quoted(text),
                count=len(text),
                most=longest,
            )
        )


def _email(text: str) -> None:
    if not _EMAIL.fullmatch(text) or len(text) > 254:
        raise BadCell(
            _("%(text)s is not an e-mail address; expected one like name@school.org", text=quoted(text))
        )


_PEOPLE: Mapping[str, Check] = {
    "given_name": _line(100),
    "family_name": _line(100),
    "preferred_name": _line(100),
    "email": _email,
    "phone": _line(40),
    "language": cells.language,
}
_GUARDIANS: Mapping[str, Check] = {
    "name": _line(200),
    "relation": _line(64),
    "email": _email,
    "phone": _line(40),
    "language": cells.language,
    "may_sign": cells.yes_no,
    "may_receive": cells.yes_no,
}
_SITES: Mapping[str, Check] = {
    "site_id": cells.identifier,
    "employer_id": cells.identifier,
    "employer_name": _line(200),
    "site_name": _line(200),
    "address": _line(200),
    "city": _line(100),
    "postal_code": _line(20),
    "contact_name": _line(200),
    "contact_email": _email,
    "contact_phone": _line(40),
    "notes": _text,
}
_WORDS: Mapping[str, Check] = {
    **dict.fromkeys(OPPORTUNITY_WORDS, _text),
    "title": _line(200),
    "title_es": _line(200),
    "supervisor": _line(200),
}


def read_people_files(
    files: Mapping[str, bytes], students: Rows, opportunities: Rows, faults: list[Fault]
) -> PeopleFiles:
    """Read the three files; everything wrong with them is appended to ``faults``."""
    warnings: list[str] = []
    known = {row["student_id"] for row in students.cells if "student_id" in row}
    people = _read(files, "people.csv", PEOPLE_COLUMNS, ("student_id",), _PEOPLE, faults, warnings)
    guardians = _read(
        files, "guardians.csv", GUARDIAN_COLUMNS, ("student_id", "name"), _GUARDIANS, faults, warnings
    )
    sites = _read(files, "sites.csv", SITE_COLUMNS, ("site_id", "employer_id"), _SITES, faults, warnings)
    for rows in (people, guardians):
        _check_students(rows, known, complete=students.table.complete, faults=faults)
    _check_unique(people, "student_id", faults)
    _check_unique(sites, "site_id", faults)
    _check_employers(opportunities, sites, faults)
    silent = sum(1 for row in guardians.cells if not row.get("may_receive"))
    if silent:
        warnings.append(
            _(
                "guardians.csv: may_receive is empty for %(count)s; they get no letters until it says yes",
                count=silent,
            )
        )
    by_student: dict[str, list[Cells]] = {}
    for row in guardians.cells:
        by_student.setdefault(row.get("student_id", ""), []).append(row)
    return PeopleFiles(
        people={row["student_id"]: row for row in people.cells if "student_id" in row}
        if "people.csv" in files
        else None,
        guardians=by_student if "guardians.csv" in files else None,
        sites={row["site_id"]: row for row in sites.cells if "site_id" in row}
        if "sites.csv" in files
        else None,
        warnings=warnings,
    )


def check_lengths(opportunities: Rows, schools: Rows, faults: list[Fault]) -> None:
    """Words of files that the engine has judged, held to what the application can keep."""
    _check(opportunities, _WORDS, (), faults)
    _check(schools, {"name": _line(200)}, (), faults)


def _read(
    files: Mapping[str, bytes],
    name: str,
    columns: tuple[str, ...],
    required: tuple[str, ...],
    checks: Mapping[str, Check],
    faults: list[Fault],
    warnings: list[str],
) -> Rows:
    rows = read_rows(files, name, columns, required, faults)
    warnings.extend(
        _("%(file)s:1: %(column)s: unknown column, left alone", file=name, column=column)
        for column in rows.table.unknown
    )
    _check(rows, checks, required, faults)
    return rows


def _check(rows: Rows, checks: Mapping[str, Check], required: tuple[str, ...], faults: list[Fault]) -> None:
    for number, row in enumerate(rows.cells):
        for column, text in row.items():
            if not text:
                if column in required:
                    faults.append(rows.fault(number, column, _("the cell is empty; fill it")))
            elif column in checks:
                try:
                    checks[column](text)
                except BadCell as error:
                    faults.append(rows.fault(number, column, str(error)))


def _check_students(rows: Rows, known: set[str], *, complete: bool, faults: list[Fault]) -> None:
    if not complete:  # of a file that could not be read whole, "no such student" would mislead
        return
    for number, row in enumerate(rows.cells):
        student = row.get("student_id", "")
        if student and student not in known:
            message = _("no row of students.csv has the student_id %(student)s", student=quoted(student))
            faults.append(rows.fault(number, "student_id", message))


def _check_unique(rows: Rows, column: str, faults: list[Fault]) -> None:
    first: dict[str, int] = {}
    for number, row in enumerate(rows.cells):
        key = row.get(column, "")
        earlier = first.setdefault(key, number)
        if key and earlier != number:
            line = rows.table.line(earlier)
            message = _(
                "%(key)s is on line %(line)s already; keep one of the rows", key=quoted(key), line=line
            )
            faults.append(rows.fault(number, column, message))


def _check_employers(opportunities: Rows, sites: Rows, faults: list[Fault]) -> None:
    """A site belongs to one employer, whichever file says so."""
    owner = {row["site_id"]: row.get("employer_id", "") for row in sites.cells if row.get("site_id")}
    for number, row in enumerate(opportunities.cells):
        site, employer = row.get("site_id", ""), row.get("employer_id", "")
        if not site or not employer:
            continue
        known = owner.setdefault(site, employer)
        if known and known != employer:
            message = _(
                "%(employer)s is not the employer of site %(site)s, which is %(known)s",
                employer=quoted(employer),
                site=quoted(site),
                known=quoted(known),
            )
            faults.append(opportunities.fault(number, "employer_id", message))
