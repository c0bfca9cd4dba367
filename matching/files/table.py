"""CSV in and out: RFC 4180 in UTF-8, every cell with its physical line."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from matching.files.faults import Fault, printable, quoted
from matching.said import said

Row = Sequence[str]

_COMMA, _LINE_FEED = ord(","), ord("\n")
_BOM = b"\xef\xbb\xbf"
_CONTROL_BYTES = bytes(range(10)) + b"\x0b\x0c" + bytes(range(0x0E, 0x20)) + b"\x7f"
_LONE_RETURN = re.compile("\r(?!\n)")
# C0 and C1 controls but for line ends, line separators, overrides of the direction (which make a
# name read as another), and bytes that were no UTF-8.
_BAD = re.compile("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\udc80-\udcff]")


@dataclass(frozen=True, slots=True)
class Table:
    """One CSV file as text.

    Attributes
    ----------
    name
        Of the file.
    columns
        The header, in the order of the file.
    by_column
        The cells of each column, in the order of ``columns``; all of one length.
    lines
        The physical line on which each row begins.
    unknown
        Columns that nobody reads.
    complete
        False where something could not be read, so that an identifier that is missing here may
        yet exist.
    """

    name: str
    columns: tuple[str, ...]
    by_column: Sequence[Sequence[str]]
    lines: Sequence[int]
    unknown: tuple[str, ...] = ()
    complete: bool = True

    def __len__(self) -> int:
        return len(self.lines)

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """The cells of each row, in the order of ``columns``."""
        return list(zip(*self.by_column, strict=True))

    def cells(self, column: str) -> Sequence[str]:
        """Return the cells of one column; empty ones where the file does not have it."""
        if column not in self.columns:
            return ("",) * len(self)
        return self.by_column[self.columns.index(column)]

    def line(self, row: int, column: str = "") -> int:
        """Return the physical line on which a row, or a cell of it, begins."""
        first = self.lines[row]
        if column not in self.columns:
            return first
        before = self.by_column[: self.columns.index(column)]
        return first + sum(cells[row].count("\n") for cells in before)

    def fault(self, row: int, column: str, message: str) -> Fault:
        """Return a fault at one cell."""
        return Fault(self.name, self.line(row, column), column, message)


def read_table(
    name: str,
    data: bytes,
    known: Collection[str],
    required: Sequence[str],
    faults: list[Fault],
) -> Table:
    """Read a CSV file.

    Parameters
    ----------
    name
        Of the file, for faults.
    known
        The columns that mean something, in their usual order.
    required
        Those of them that must be there.
    faults
        Everything that is wrong with the file is appended to it.

    Returns
    -------
    Table
        What could be read. Rows with another number of cells than the header are left out.
    """
    first = next(iter((*required, *known)), "header")
    unreadable = Table(name, (), (), (), complete=False)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        faults.append(Fault(name, 1, first, said("the file is UTF-16; save it as CSV in UTF-8")))
        return unreadable
    before = len(faults)
    data = data.removeprefix(_BOM)
    text = _lone_returns(name, data.decode("utf-8", "surrogateescape"), faults)
    clean = _is_clean(data, text)
    plain = _plain_columns(text) if clean else None
    if plain:
        columns = _header(name, [cells[0] for cells in plain], 1, required, faults)
        unknown = tuple(column for column in columns if column not in known)
        body = [cells[1:] for cells in plain]
        lines: Sequence[int] = range(2, len(plain[0]) + 1)
        return Table(name, columns, body, lines, unknown, complete=len(faults) == before)
    records, lines = _records(name, io.StringIO(text, newline="\n").readlines(), faults)
    if not records:
        if len(faults) == before:
            message = said("the file is empty; expected a header with {column}", column=first)
            faults.append(Fault(name, 1, first, message))
        return unreadable
    if not clean:
        _characters(name, records, lines, faults)
    columns = _header(name, records[0], lines[0], required, faults)
    unknown = tuple(column for column in columns if column not in known)
    rows, lines = _right_width(name, columns, records[1:], lines[1:], faults)
    by_column = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
    return Table(name, columns, by_column, lines, unknown, complete=len(faults) == before)


def write_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Return canonical CSV: UTF-8 without byte-order mark, LF, quotes only where needed."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue().encode("utf-8")


def _is_clean(data: bytes, text: str) -> bool:
    """Return whether no cell can hold a character that is a fault."""
    without = data.translate(None, _CONTROL_BYTES)
    return len(without) == len(data) and (data.isascii() or not _BAD.search(text))


def _lone_returns(name: str, text: str, faults: list[Fault]) -> str:
    """Report carriage returns that end no line, once, and leave them out.

    Where nothing else ends a line, nothing is left to read.
    """
    if text.count("\r") == text.count("\r\n"):
        return text
    found = list(_LONE_RETURN.finditer(text))
    position = found[0].start()
    line_start = text.rfind("\n", 0, position) + 1
    header = re.split("[\r\n]", text, maxsplit=1)[0].split(",")
    index = re.sub('"[^"]*"?', "", text[line_start:position]).count(",")
    message = said("a carriage return stands without a line feed; save the file with CRLF or LF line ends")
    if len(found) > 1:
        message = said(
            "a carriage return stands without a line feed (and {count} more); save the file with CRLF or "
            "LF line ends",
            count=len(found) - 1,
        )
    line = text.count("\n", 0, position) + 1
    faults.append(Fault(name, line, _nth(header, index), message))
    return _LONE_RETURN.sub(" ", text) if "\n" in text else ""


def _plain_columns(text: str) -> list[list[str]] | None:
    """Return the cells of each column, header first, of a table that needs no care.

    That is one without quotes and blank lines and with the same number of cells on every line:
    splitting it as a whole takes a fifth of the time of the csv module. Otherwise None.
    """
    text = text.replace("\r\n", "\n").removesuffix("\n")
    if not text or '"' in text or "\n\n" in text or text.startswith("\n") or text.endswith("\n"):
        return None
    width = text.partition("\n")[0].count(",") + 1
    marks = np.frombuffer(f"{text}\n".encode(), dtype=np.uint8)
    ends = marks[(marks == _COMMA) | (marks == _LINE_FEED)] == _LINE_FEED
    if len(ends) % width or ends.sum() * width != len(ends) or not ends[width - 1 :: width].all():
        return None
    cells = text.replace("\n", ",").split(",")
    return [cells[index::width] for index in range(width)]


def _records(name: str, physical: list[str], faults: list[Fault]) -> tuple[list[Row], Sequence[int]]:
    """Return all records, blank lines left out, and the line on which each begins."""
    records: list[Row] = []
    lines: list[int] = []
    start = 0  # the record being read begins here, counted from 0
    while start < len(physical):
        offset = start
        reader = csv.reader((physical[line] for line in range(offset, len(physical))), strict=True)
        try:
            for record in reader:
                if record:
                    records.append(record)
                    lines.append(start + 1)
                start = offset + reader.line_num
        except csv.Error:
            start, fault = _quote_fault(name, physical, start, records[0] if records else ())
            faults.append(fault)
    return records, lines


def _quote_fault(name: str, physical: list[str], start: int, header: Row) -> tuple[int, Fault]:
    """Say what the csv module refused in the record that begins at line `start`.

    Returns the line to go on from: the next one, or the end where a quote is never closed,
    because everything behind it is inside the quote.
    """
    cell, line, opened, state = 0, start, start, "begin"
    for line in range(start, len(physical)):
        for character in physical[line]:
            if state == "begin" and character == '"':
                state, opened = "quoted", line
            elif state == "quoted":
                state = "closing" if character == '"' else state
            elif state == "closing" and character == '"':
                state = "quoted"
            elif character == ",":
                cell, state = cell + 1, "begin"
            elif state == "closing" and character not in "\r\n":
                message = said('text follows a closing quote; a quote inside a quoted cell is written ""')
                return line + 1, Fault(name, line + 1, _nth(header, cell), message)
            elif state == "begin":
                state = "plain"
        if state != "quoted":
            break
    if state == "quoted":
        message = said("a quote is opened and never closed")
        return len(physical), Fault(name, opened + 1, _nth(header, cell), message)
    message = said("the cell is longer than {count:,} characters", count=csv.field_size_limit())
    return line + 1, Fault(name, start + 1, _nth(header, cell), message)


def _characters(name: str, records: list[Row], lines: Sequence[int], faults: list[Fault]) -> None:
    """Report control characters and bytes that are not UTF-8, once a cell."""
    for record, line in zip(records, lines, strict=True):
        for index, cell in enumerate(record):
            found = _BAD.search(cell)
            if found:
                at = line + cell.count("\n", 0, found.start())
                column = _nth(records[0], index)
                faults.append(Fault(name, at, column, _bad_character(found[0])))
            line += cell.count("\n")


def _bad_character(character: str) -> str:
    number = ord(character)
    if 0xDC80 <= number <= 0xDCFF:
        byte = f"{number - 0xDC00:02X}"
        return said("byte 0x{byte} is not UTF-8; save the file as CSV in UTF-8", byte=byte)
    if character == "\t":
        return said("the cell holds a tab; take it out")
    if character == "\x00":
        return said("the cell holds a NUL character; take it out")
    return said("the cell holds the control character U+{number}; take it out", number=f"{number:04X}")


def _header(
    name: str, cells: Row, line: int, required: Sequence[str], faults: list[Fault]
) -> tuple[str, ...]:
    columns = tuple(cell.strip(" ") for cell in cells)
    seen: set[str] = set()
    for column in columns:
        if column and column in seen:
            message = said("the header names this column twice; keep one of them")
            faults.append(Fault(name, line, printable(column), message))
        seen.add(column)
    for column in required:
        if column not in columns:
            faults.append(Fault(name, line, column, _missing(column, columns)))
    return columns


def _missing(column: str, columns: Row) -> str:
    alike = [other for other in columns if other.casefold() == column]
    if alike:
        return said("the header has {found}; write {column}", found=quoted(alike[0]), column=column)
    if len(columns) == 1 and ";" in columns[0]:
        return said("the column is missing, because cells are separated by ; here; separate them by commas")
    return said("the column is missing; add it to the header and fill it")


def _right_width(
    name: str, columns: Row, rows: list[Row], lines: Sequence[int], faults: list[Fault]
) -> tuple[list[Row], list[int]]:
    """Leave out rows that do not fit the header, and say where they begin to differ."""
    width = len(columns)
    kept = [index for index, row in enumerate(rows) if len(row) == width]
    for row, line in zip(rows, lines, strict=True):
        if len(row) != width:
            if len(row) > width:
                message = said(
                    "the row has {cells}, the header has {width}; a cell that holds a comma stands in quotes",
                    cells=_count(len(row)),
                    width=width,
                )
            else:
                message = said(
                    "the row has {cells}, the header has {width}; an empty cell needs its comma too",
                    cells=_count(len(row)),
                    width=width,
                )
            faults.append(Fault(name, line, _nth(columns, min(len(row), width - 1)), message))
    return [rows[index] for index in kept], [lines[index] for index in kept]


def _nth(header: Row, index: int) -> str:
    """Return a column's name as a message may show it, or its place where it has none."""
    name = header[index].strip(" ") if index < len(header) else ""
    return printable(name) or f"column {index + 1}"


def _count(cells: int) -> str:
    return said("1 cell") if cells == 1 else said("{count} cells", count=cells)
