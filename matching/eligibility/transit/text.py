"""The text files of a GTFS feed as columns of values, with the place of whatever is wrong."""

from __future__ import annotations

import csv
import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Generic, NoReturn, TypeVar

from matching.said import said

T = TypeVar("T")

_CALLS = "stop_times.txt"
LARGEST_CALLS, LARGEST_FILE = 320 * 2**20, 64 * 2**20
"""Bytes of stop_times.txt (some 300 MB in a whole metropolis), and of every other file of a feed."""

MOST_CALL_LINES, MOST_LINES = 5_000_000, 500_000
"""Lines of the same: more than a metropolis has, and still read within a minute."""

# Rows that are converted together: their cells live as Python objects only so long.
_ROWS_AT_ONCE = 50_000
_SHOWN_CHARACTERS = 40
# What Python raises over damaged, encrypted or unknown contents of an archive.
_UNPACKING = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    RuntimeError,  # and NotImplementedError
    ValueError,
)


class BadFeed(Exception):
    """A feed cannot be read.

    Attributes
    ----------
    file
        Name inside the archive; "" where the archive itself is at fault.
    line
        Physical line, from 1.
    column
        Name of the column; "" where none is to blame.
    message
        What is wrong and what was expected.
    """

    def __init__(self, file: str, line: int, column: str, message: str) -> None:
        super().__init__(file, line, column, message)
        self.file, self.line, self.column, self.message = file, line, column, message

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.file else "the feed"
        return f"{place}: {self.column}: {self.message}" if self.column else f"{place}: {self.message}"


class BadValue(Exception):
    """A cell holds what it may not; the message says what was expected."""


def shown(text: str) -> str:
    """Input as a message may show it: clipped and printable."""
    clipped = text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…"
    return '"' + "".join(c if c.isprintable() else ascii(c)[1:-1] for c in clipped) + '"'


def _unpacking_words(error: Exception) -> str:
    """What ``zipfile`` says of a file that is something else, which is the usual case, as a message."""
    not_zip = said("File is not a zip file")
    return not_zip if str(error) == not_zip else str(error)


class Memo(dict[str, T], Generic[T]):
    """Distinct texts of a column and what each means; a new one is parsed once."""

    def __init__(self, parse: Callable[[str], T]) -> None:
        super().__init__()
        self._parse = parse

    def __missing__(self, text: str) -> T:
        value = self._parse(text)
        self[text] = value
        return value


@dataclass(frozen=True, slots=True)
class Cells:
    """How one column is read.

    ``required``: the column must be there (its cells may still be empty, where ``parse`` allows);
    an absent column reads as empty cells.
    """

    parse: Callable[[str], Any]
    required: bool = True


class Archive:
    """The files of a feed in a zip archive.

    Raises
    ------
    BadFeed
        The bytes are no zip archive.
    """

    def __init__(self, data: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except _UNPACKING as error:
            message = said("it is no zip archive ({why}); expected a GTFS feed", why=_unpacking_words(error))
            raise BadFeed("", 1, "", message) from None
        self._names = {info.filename: info for info in self._zip.infolist()}

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def text(self, name: str) -> str:
        """One file as text."""
        info = self._names.get(name)
        if info is None:
            raise BadFeed(name, 1, "", said("the feed has no such file"))
        largest, most = (LARGEST_CALLS, MOST_CALL_LINES) if name == _CALLS else (LARGEST_FILE, MOST_LINES)
        if info.file_size > largest:
            message = said(
                "it would unpack to {count:,} bytes; expected at most {most:,}",
                count=info.file_size,
                most=largest,
            )
            raise BadFeed(name, 1, "", message)
        try:
            raw = self._zip.read(info)
        except _UNPACKING as error:
            message = said("it cannot be unpacked ({why})", why=str(error))
            raise BadFeed(name, 1, "", message) from None
        lines = max(raw.count(b"\n"), raw.count(b"\r"))
        if lines > most:
            message = said("it has {count:,} lines; expected at most {most:,}", count=lines, most=most)
            raise BadFeed(name, 1, "", message)
        try:
            return raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
            raise BadFeed(name, line, "", said("the bytes are not UTF-8")) from None


def read_columns(
    archive: Archive,
    name: str,
    columns: Mapping[str, Cells],
    collect: Callable[[str, Iterator[Any], int], None],
) -> int:
    """Convert the cells of one file, some rows at a time.

    Rows may be shorter than the header (the specification's own sample has such): what is missing
    is empty.

    Parameters
    ----------
    collect
        Takes the name of a column, the values of some rows and their number.

    Returns
    -------
    int
        The number of rows; the header and blank lines are none.
    """
    text = archive.text(name)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [cell.strip() for cell in next(reader, [])]
        _check_header(name, header, columns)
        parsers = {column: Memo(cells.parse) for column, cells in columns.items()}
        place = {column: header.index(column) for column in columns if column in header}
        done = 0
        while rows := list(islice(filter(None, reader), _ROWS_AT_ONCE)):
            rows = _same_length(name, text, rows, len(header), done)
            for column, memo in parsers.items():
                at = place.get(column)
                cells = [""] * len(rows) if at is None else [row[at] for row in rows]
                try:
                    collect(column, map(memo.__getitem__, cells), len(rows))
                except BadValue:
                    _blame(name, text, column, memo, cells, done)
            done += len(rows)
    except csv.Error as error:
        message = said("it is no CSV ({why})", why=str(error))
        raise BadFeed(name, max(1, reader.line_num), "", message) from None
    return done


def _check_header(name: str, header: list[str], columns: Mapping[str, Cells]) -> None:
    for column, cells in columns.items():
        if header.count(column) > 1:
            raise BadFeed(name, 1, column, said("the column stands here twice"))
        if cells.required and column not in header:
            raise BadFeed(name, 1, column, said("the column is missing"))


def _same_length(name: str, text: str, rows: list[list[str]], length: int, done: int) -> list[list[str]]:
    if {len(row) for row in rows} == {length}:
        return rows
    for index, row in enumerate(rows):
        if len(row) > length:
            line = line_of(text, done + index)
            message = said("the row has {count} cells; the header has {width}", count=len(row), width=length)
            raise BadFeed(name, line, "", message)
    return [row + [""] * (length - len(row)) for row in rows]


def _blame(name: str, text: str, column: str, memo: Memo[Any], cells: list[str], done: int) -> NoReturn:
    """Find the first cell that cannot be read, and say so."""
    for index, cell in enumerate(cells):
        try:
            memo[cell]
        except BadValue as error:
            raise BadFeed(name, line_of(text, done + index), column, str(error)) from None
    raise AssertionError(f"{name} has no bad {column}")


def line_of(text: str, row: int) -> int:
    """The physical line on which a row (from 0, the header not counted) begins."""
    reader = csv.reader(io.StringIO(text, newline=""))
    next(reader, None)
    before = reader.line_num
    for cells in reader:
        if cells:
            if not row:
                return before + 1
            row -= 1
        before = reader.line_num
    return before + 1
