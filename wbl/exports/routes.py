"""Taking a list away as a file."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import IO

from flask import Blueprint, Response, request, stream_with_context
from flask.typing import ResponseReturnValue

from wbl.accounts.permissions import Permission, acting, allows, requires
from wbl.db import transaction
from wbl.errors import NotAllowed, NotFound
from wbl.exports import services
from wbl.exports.lists import listed
from wbl.exports.tables import FORMATS, Table, csv_lines, workbook

CHUNK = 64 * 1024

blueprint = Blueprint("exports", __name__, url_prefix="/exports")


@blueprint.post("/<name>")
@requires(Permission.LIST_EXPORT)
def export(name: str) -> ResponseReturnValue:
    """A list with the filter that the address has, as CSV or as a workbook; the record notes it."""
    actor = acting()
    found = listed(name)
    if not allows(actor, found.permission):
        raise NotAllowed("")
    kind = request.form.get("format", "csv")
    if kind not in FORMATS:
        raise NotFound()
    found.table(actor)  # what is not there is not noted
    with transaction():
        services.note(actor, name, kind)
    return _file(found.table(actor), kind)


def _file(table: Table, kind: str) -> Response:
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
