"""Limits, companions and budgets: what a result as a whole has to keep to."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from matching.files.arrays import TableReader
from matching.files.faults import quoted
from matching.files.index import Index, no_row, report_repeated
from matching.problem import MONEY_SCALE, Budgets, Companions, IntArray, Limits
from matching.said import said

PROTECTED_GROUPS = ("race:", "sex:", "origin:", "religion:")
"""Groups that are reported on and never carry a limit (34 CFR 100, appendix B, part VII)."""

_COLUMNS_OF_SCOPE = {
    "employer": [("opportunities.csv", "employer_id")],
    "site": [("opportunities.csv", "site_id")],
    "kind": [("opportunities.csv", "kind")],
    "school": [("students.csv", "school_id"), ("schools.csv", "school_id")],
    "program": [("students.csv", "programs")],
    "group": [("students.csv", "groups")],
}


def read_limits(readers: Mapping[str, TableReader]) -> Limits:
    """Return limits.csv, sorted by scope and identifier.

    Parameters
    ----------
    readers
        By file name: what a limit is about stands in students.csv or opportunities.csv.
    """
    reader = readers["limits.csv"]
    codes, words = reader.encoded("scope")
    scopes = [words[code] for code in codes]
    names = list(reader.table.cells("id"))
    low, high = reader.ints("min"), reader.ints("max")
    report_repeated(reader, "id", list(zip(scopes, names, strict=True)))
    for row, (scope, name) in enumerate(zip(scopes, names, strict=True)):
        if scope == "group" and name.casefold().startswith(PROTECTED_GROUPS):
            reader.fault(
                row,
                "id",
                said(
                    "{group}: groups by race, sex, origin or religion are reported on and never carry a "
                    "limit; take the row out",
                    group=quoted(name),
                ),
            )
        elif scope and name:
            _check_name(readers, row, scope, name)
        if high[row] >= 0 and low[row] > high[row]:
            message = said(
                "the largest number {high} is below the smallest, {low}", high=high[row], low=low[row]
            )
            reader.fault(row, "max", message)
    order = np.array(sorted(range(len(names)), key=lambda row: (scopes[row], names[row])), dtype=np.int64)
    return Limits(
        scope=tuple(scopes[row] for row in order),
        ids=tuple(names[row] for row in order),
        low=low[order],
        high=high[order],
        line=_lines(reader)[order],
    )


def read_companions(reader: TableReader, students: Index) -> Companions:
    """Return pairs.csv, each pair once with the student first that comes first by identifier."""
    found = (students.find(reader, "student_a"), students.find(reader, "student_b"))
    both = list(zip(reader.table.cells("student_a"), reader.table.cells("student_b"), strict=True))
    for row, (one, other) in enumerate(both):
        if one == other and one:
            reader.fault(row, "student_b", said("{student} is paired with themselves", student=quoted(one)))
    report_repeated(reader, "student_b", [(min(pair), max(pair)) for pair in both])
    codes, words = reader.encoded("relation")
    together = np.array([word == "together" for word in words], dtype=np.bool_)[codes]
    first, second = np.minimum(*found), np.maximum(*found)
    order = np.lexsort((second, first))
    return Companions(first[order], second[order], together[order], _lines(reader)[order])


def read_budgets(reader: TableReader, opportunities: TableReader) -> Budgets:
    """Return budgets.csv; an opportunity's budget has to be one of them."""
    budgets = Index(reader, "budget_id")
    for row, cell in enumerate(opportunities.table.cells("budget_id")):
        if cell and cell not in budgets.position and reader.table.complete:
            opportunities.fault(row, "budget_id", budgets.unknown(cell))
    amount = np.rint(reader.floats("amount") * MONEY_SCALE).astype(np.int64)
    return Budgets(budgets.ids, amount[budgets.order])


def _check_name(readers: Mapping[str, TableReader], row: int, scope: str, name: str) -> None:
    for file, column in _COLUMNS_OF_SCOPE[scope]:
        of = readers[file]
        values = of.encoded(column)[1]
        known = (name in value if isinstance(value, frozenset) else name == value for value in values)
        if not of.table.complete or any(known):
            return
    file, column = _COLUMNS_OF_SCOPE[scope][0]
    readers["limits.csv"].fault(row, "id", no_row(file, column, name))


def _lines(reader: TableReader) -> IntArray:
    return np.array(reader.table.lines, dtype=np.int64)
