"""The identifiers of one file, and looking them up from the others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from matching.files.arrays import TableReader
from matching.files.faults import quoted
from matching.problem import UNKNOWN, IntArray


class Index:
    """Identifiers of one file, sorted, with the position of each.

    Attributes
    ----------
    order
        Rows of the file in the order of ``ids``.
    """

    def __init__(self, reader: TableReader, column: str) -> None:
        cells = reader.cells(column)
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

    def find(self, reader: TableReader, column: str) -> IntArray:
        """Return the position of each row's identifier; one that does not exist is a fault.

        Where the cell is empty or the identifier unknown, the position is UNKNOWN.
        """
        cells = reader.cells(column)
        get = self.position.get
        found = np.fromiter((get(cell, UNKNOWN) for cell in cells), dtype=np.int64, count=len(cells))
        if self.complete:
            for row in np.flatnonzero(found == UNKNOWN):
                if cells[row]:
                    reader.fault(int(row), column, self.unknown(cells[row]))
        return found

    def unknown(self, identifier: str) -> str:
        """Return the message about an identifier that is not in the file."""
        return f"{quoted(identifier)} is no {self._column} of {self._file}"


def report_repeated(
    reader: TableReader, column: str, keys: Sequence[str] | Sequence[tuple[str, ...]]
) -> None:
    """Report every row whose key an earlier row has, naming that row's line."""
    first: dict[object, int] = {}
    for row, key in enumerate(keys):
        parts = (key,) if isinstance(key, str) else key
        earlier = first.setdefault(key, row)
        if earlier != row and all(parts):
            shown = " with ".join(quoted(part) for part in parts)
            line = reader.table.line(earlier)
            reader.fault(row, column, f"{shown} is on line {line} already; keep one of the rows")


