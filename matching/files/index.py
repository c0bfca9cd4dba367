"""The identifiers of one file, and looking them up from the others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from matching.files.arrays import EMPTY, TableReader
from matching.files.faults import quoted
from matching.problem import UNKNOWN, IntArray
from matching.said import Said, said


class Index:
    """Identifiers of one file, sorted, with the position of each.

    Attributes
    ----------
    order
        Rows of the file in the order of ``ids``.
    """

    def __init__(self, reader: TableReader, column: str) -> None:
        cells = reader.table.cells(column)
        rows = sorted(range(len(cells)), key=cells.__getitem__)
        self.order: IntArray = np.array(rows, dtype=np.int64)
        self.ids = tuple(cells[row] for row in rows)
        self.position = {identifier: index for index, identifier in enumerate(self.ids)}
        self._column = column
        self._file = reader.table.name
        # Where the file could not be read whole, "there is no such identifier" would mislead.
        self.complete = reader.table.complete and column in reader.table.columns
        if len(self.position) < len(cells):
            report_repeated(reader, column, cells)

    def __len__(self) -> int:
        return len(self.ids)

    def find(self, reader: TableReader, column: str, required: bool = True) -> IntArray:
        """Return the position of each row's identifier, UNKNOWN where it is at fault or empty.

        An identifier that does not exist is a fault, and so is an empty cell if `required`.
        """
        cells = reader.table.cells(column)
        found = list(map(self.position.get, cells))
        if None not in found:
            return np.array(found, dtype=np.int64)
        if column in reader.table.columns:
            for row, (cell, position) in enumerate(zip(cells, found, strict=True)):
                if not cell and required:
                    reader.fault(row, column, EMPTY)
                elif cell and position is None and self.complete:
                    reader.fault(row, column, self.unknown(cell))
        return np.array([UNKNOWN if at is None else at for at in found], dtype=np.int64)

    def unknown(self, identifier: str) -> str:
        """Return the message about an identifier that is not in the file."""
        return no_row(self._file, self._column, identifier)


def report_repeated(
    reader: TableReader, column: str, keys: Sequence[str] | Sequence[tuple[str, ...]]
) -> None:
    """Report every row whose key an earlier row has, naming that row's line."""
    first: dict[object, int] = {}
    for row, key in enumerate(keys):
        parts = (key,) if isinstance(key, str) else key
        earlier = first.setdefault(key, row)
        if earlier != row and all(parts):
            line = reader.table.line(earlier)
            reader.fault(row, column, _repeated([quoted(part) for part in parts], line))


def no_row(file: str, column: str, value: str) -> Said:
    """Return the message about a value that no row of a file has in a column."""
    return said("no row of {file} has the {column} {value}", file=file, column=column, value=quoted(value))


def _repeated(key: Sequence[str], line: int) -> Said:
    shown = said("{one} with {other}", one=key[0], other=key[1]) if len(key) == 2 else key[0]
    return said("{key} is on line {line} already; keep one of the rows", key=shown, line=line)
