"""Parts of the format that this version reads, checks and cannot solve: it says so, at the line."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from matching.files.arrays import TableReader
from matching.files.faults import quoted
from matching.files.index import Index, report_repeated

PROTECTED_GROUPS = ("race:", "sex:", "origin:", "religion:")
"""Groups that are reported on and never carry a limit (34 CFR 100, appendix B, part VII)."""

_COLUMN_OF_SCOPE = {
    "employer": ("opportunities.csv", "employer_id"),
    "site": ("opportunities.csv", "site_id"),
    "kind": ("opportunities.csv", "kind"),
    "school": ("students.csv", "school_id"),
    "program": ("students.csv", "programs"),
    "group": ("students.csv", "groups"),
}


def check_unsupported(readers: Mapping[str, TableReader], students: Index) -> None:
    """Check limits, pairs and budgets, and report whatever this version does not solve yet."""
    _check_pairs(readers["pairs.csv"], students)
    _check_limits(readers)
    _check_budgets(readers["budgets.csv"], readers["opportunities.csv"])
    _first_row(readers["pairs.csv"], "relation", "pairs of students")
    _first_row(readers["limits.csv"], "scope", "limits")
    _first_row(readers["budgets.csv"], "budget_id", "budgets")
    _more_than(readers["students.csv"], "max_placements", 1, "more than one seat a student is")
    _more_than(readers["opportunities.csv"], "min_students", 1, "a smallest group above 1 is")
    _more_than(readers["schools.csv"], "van_seats", -1, "a limit on van seats is")


def _first_row(reader: TableReader, column: str, what: str) -> None:
    if len(reader) and column in reader.table.columns:
        reader.fault(0, column, f"{what} are not supported yet; take the rows out of {reader.table.name}")


def _more_than(reader: TableReader, column: str, largest: int, what: str) -> None:
    cells = reader.table.cells(column)
    for row in map(int, np.flatnonzero(reader.ints(column) > largest)):
        allowed = "leave the cell empty" if largest < 0 else f"expected at most {largest}"
        reader.fault(row, column, f"{quoted(cells[row])}: {what} not supported yet; {allowed}")


def _check_pairs(reader: TableReader, students: Index) -> None:
    students.find(reader, "student_a")
    students.find(reader, "student_b")
    both = list(zip(reader.table.cells("student_a"), reader.table.cells("student_b"), strict=True))
    for row, (one, other) in enumerate(both):
        if one == other and one:
            reader.fault(row, "student_b", f"{quoted(one)} is paired with themselves")
    report_repeated(reader, "student_b", [(min(pair), max(pair)) for pair in both])


def _check_limits(readers: Mapping[str, TableReader]) -> None:
    reader = readers["limits.csv"]
    scopes, names = reader.table.cells("scope"), reader.table.cells("id")
    low, high = reader.ints("min"), reader.ints("max")
    report_repeated(reader, "id", list(zip(scopes, names, strict=True)))
    for row, (scope, name) in enumerate(zip(scopes, names, strict=True)):
        if scope == "group" and name.casefold().startswith(PROTECTED_GROUPS):
            reader.fault(
                row,
                "id",
                f"{quoted(name)}: groups by race, sex, origin or religion are reported on and never "
                "carry a limit; take the row out",
            )
        elif scope in _COLUMN_OF_SCOPE and name:
            _check_name(reader, row, name, readers[_COLUMN_OF_SCOPE[scope][0]], _COLUMN_OF_SCOPE[scope][1])
        if high[row] >= 0 and low[row] > high[row]:
            reader.fault(row, "max", f"the largest number {high[row]} is below the smallest, {low[row]}")


def _check_name(reader: TableReader, row: int, name: str, of: TableReader, column: str) -> None:
    _, values = of.encoded(column)
    known = (name in value if isinstance(value, frozenset) else name == value for value in values)
    if of.table.complete and not any(known):
        reader.fault(row, "id", f"no row of {of.table.name} has the {column} {quoted(name)}")


def _check_budgets(reader: TableReader, opportunities: TableReader) -> None:
    budgets = Index(reader, "budget_id")
    cells = opportunities.table.cells("budget_id")
    for row, cell in enumerate(cells):
        if cell and cell not in budgets.position and reader.table.complete:
            opportunities.fault(row, "budget_id", budgets.unknown(cell))
