"""A file of career and technical education: which students are concentrators, and when they graduate.

Columns: ``student_id``, and any of ``concentrator`` and ``graduated`` (yes or no), ``graduation_year``,
``cip_code``, ``cluster``. Whatever else the file holds is left alone.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _

from wbl.reports.services import CIP_CODE, FIRST_YEAR, LAST_YEAR, cluster_of

MOST_FAULTS = 100


@dataclass(frozen=True, slots=True)
class Fault:
    """As the faults of a round's files are shown."""

    line: int
    column: str
    message: str


@dataclass(slots=True)
class Read:
    """By the student's identifier, the cells that are filled in; or what is wrong."""

    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def _yes_no(cell: str) -> bool:
    if cell.casefold() not in ("yes", "no"):
        raise ValueError(_("Write yes or no."))
    return cell.casefold() == "yes"


def _year(cell: str) -> int:
    if not cell.isdecimal() or not FIRST_YEAR <= int(cell) <= LAST_YEAR:
        raise ValueError(_("Enter a year such as 2027."))
    return int(cell)


def _cip(cell: str) -> str:
    if not CIP_CODE.fullmatch(cell):
        raise ValueError(_("A CIP code is written as 51.3801."))
    return cell


COLUMNS: Mapping[str, Callable[[str], Any]] = {
    "concentrator": _yes_no,
    "graduation_year": _year,
    "graduated": _yes_no,
    "cip_code": _cip,
    "cluster": cluster_of,
}


def read_cte(data: bytes, students: Collection[str]) -> Read:
    """Read a file for the students of a district."""
    found = Read()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        found.faults.append(Fault(1, "", _("The file is not UTF-8. Export it as UTF-8.")))
        return found
    reader = csv.DictReader(io.StringIO(text, newline=""))
    head = reader.fieldnames or ()
    if "student_id" not in head or not set(head) & COLUMNS.keys():
        said = _("The file needs a column student_id, and one of: %(columns)s.", columns=", ".join(COLUMNS))
        found.faults.append(Fault(1, "student_id", said))
        return found
    try:
        for cells in reader:
            _read_row(reader.line_num, cells, students, found)
            if len(found.faults) >= MOST_FAULTS:
                break
    except csv.Error:
        found.faults.append(Fault(reader.line_num, "", _("This line is no CSV.")))
    return found


def _read_row(line: int, cells: Mapping[str, Any], students: Collection[str], found: Read) -> None:
    texts = {name: str(cell or "").strip() for name, cell in cells.items() if isinstance(name, str)}
    if not any(texts.values()):
        return
    student = texts.get("student_id", "")
    if student not in students:
        found.faults.append(Fault(line, "student_id", _("No student of the district has this identifier.")))
        return
    if student in found.rows:
        found.faults.append(Fault(line, "student_id", _("Two students have this identifier.")))
        return
    values: dict[str, Any] = {}
    for name, check in COLUMNS.items():
        if texts.get(name):
            try:
                values[name] = check(texts[name])
            except ValueError as error:
                found.faults.append(Fault(line, name, str(error)))
    found.rows[student] = values
