"""A table as the answer to a request."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import IO

from flask import Response, stream_with_context

from wbl.exports.tables import FORMATS, Table, csv_lines, workbook

CHUNK = 64 * 1024


def as_file(table: Table, kind: str) -> Response:
    """The file, sent as it is made; ``kind`` is one of ``FORMATS``."""
    parts: Iterator[bytes]
    if kind == "xlsx":
        parts = _chunks(workbook(table))
    else:
        lines = csv_lines(table)
        # The head is made at once, so that a fault is a page and not half a file.
        parts = (line.encode() for line in chain([next(lines)], lines))
    answer = Response(stream_with_context(parts), content_type=FORMATS[kind])
    answer.headers["Content-Disposition"] = f'attachment; filename="{table.name}.{kind}"'
    return answer


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while chunk := file.read(CHUNK):
            yield chunk
