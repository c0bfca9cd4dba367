"""The result that ``--previous`` names: who held which seats before."""

from __future__ import annotations

from collections.abc import Mapping

from matching.files import Fault, read_table
from matching.files.cells import BadCell, identifier

Previous = Mapping[str, tuple[str, ...]]
"""Student identifier to the opportunities held, in order. Who had no seat is not listed."""

PLACEMENTS = "placements.csv"
_COLUMNS = ("student_id", "opportunity_id")


class BadPrevious(ValueError):
    """The earlier result cannot be read; the message says why."""


def read_previous(files: Mapping[str, bytes]) -> Previous:
    """Who held which seats in an earlier result, of this round or of another.

    Parameters
    ----------
    files
        Of the result, by name; placements.csv alone is read.

    Raises
    ------
    BadPrevious
        It is missing or malformed; names the line.
    """
    if PLACEMENTS not in files:
        raise BadPrevious(f"there is no {PLACEMENTS}; expected the folder of an earlier result")
    faults: list[Fault] = []
    table = read_table(PLACEMENTS, files[PLACEMENTS], _COLUMNS, _COLUMNS, faults)
    held: dict[str, list[str]] = {}
    for row, (student, opportunity) in enumerate(zip(*map(table.cells, _COLUMNS), strict=True)):
        for column, cell in zip(_COLUMNS, (student, opportunity), strict=True):
            if said := _wrong(cell):
                faults.append(table.fault(row, column, said))
        seats = held.setdefault(student, [])
        if opportunity in seats:
            faults.append(table.fault(row, "opportunity_id", "this seat is listed twice"))
        seats.append(opportunity)
    if faults:
        raise BadPrevious(str(faults[0]))
    return {student: tuple(sorted(held[student])) for student in sorted(held)}


def _wrong(cell: str) -> str:
    try:
        return "" if identifier(cell) else "the cell is empty; expected an identifier"
    except BadCell as error:
        return str(error)
