"""A CSV file of a round folder as rows of text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matching.files import Fault, Table, read_table

Cells = dict[str, str]
IDENTIFIERS = ("id", "student_a", "student_b")  # beside every column in *_id


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one file.

    Attributes
    ----------
    cells
        Text by column, for the columns that the file has; spaces around it are left out, but for
        identifiers, which are compared exactly.
    table
        Where they come from, for faults.
    """

    cells: list[Cells]
    table: Table

    def fault(self, row: int, column: str, message: str) -> Fault:
        return self.table.fault(row, column, message)


def read_rows(
    files: Mapping[str, bytes],
    name: str,
    columns: Sequence[str],
    required: Sequence[str] = (),
    faults: list[Fault] | None = None,
) -> Rows:
    """Read ``columns`` of a file; without the file, or where it cannot be read, there are no rows.

    ``faults`` collects what is wrong with the file; without it somebody else has judged it.
    """
    if name not in files:
        return Rows([], Table(name, (), [], [], complete=False))
    table = read_table(name, files[name], columns, required, faults if faults is not None else [])
    wanted = [(column, index) for index, column in enumerate(table.columns) if column in columns]
    exact = {column for column in columns if column.endswith("_id") or column in IDENTIFIERS}
    return Rows(
        [
            {column: row[index] if column in exact else row[index].strip(" ") for column, index in wanted}
            for row in table.rows
        ],
        table,
    )
