"""A list as a file: CSV line by line, or a workbook. Nothing in a cell is ever a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO, Any

import xlsxwriter

Cell = str | int | float | None
BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
MOST_COLUMN_WIDTH = 48
FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True, slots=True)
class Table:
    """A list with its columns; rows are read only as they are written."""

    name: str  # of the file, without an ending
    columns: Sequence[tuple[str, Callable[[Any], Cell]]]
    rows: Iterable[Any]

    def cells(self) -> Iterator[list[Cell]]:
        """The header, then the rows."""
        yield [label for label, _value in self.columns]
        for row in self.rows:
            yield [value(row) for _label, value in self.columns]


def safe(cell: Cell) -> str:
    """A cell as CSV holds it: words that a spreadsheet would take for a formula begin with an apostrophe."""
    if cell is None:
        return ""
    if isinstance(cell, str) and cell.startswith(BEGINS_A_FORMULA):
        return f"'{cell}"
    return str(cell)


def csv_lines(table: Table) -> Iterator[str]:
    """The table as CSV. It begins with a byte order mark, without which Excel misreads accents."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write("\ufeff")
    for cells in table.cells():
        writer.writerow([safe(cell) for cell in cells])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def workbook(table: Table) -> IO[bytes]:
    """The table as a workbook, in a file that is gone when it is closed; rows are not kept in memory."""
    file = TemporaryFile()  # noqa: SIM115 - whoever sends it closes it
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as book:
        sheet = book.add_worksheet()
        bold = book.add_format({"bold": True})
        sheet.freeze_panes(1, 0)
        for at, (label, _value) in enumerate(table.columns):
            sheet.set_column(at, at, min(MOST_COLUMN_WIDTH, max(14, len(label) + 4)))
        for number, cells in enumerate(table.cells()):
            for at, cell in enumerate(cells):
                if isinstance(cell, str):
                    sheet.write_string(number, at, cell, bold if number == 0 else None)
                elif cell is not None:
                    sheet.write_number(number, at, cell)
    file.seek(0)
    return file
