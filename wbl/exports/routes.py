"""Taking a list away as a file."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from wbl.accounts.permissions import Permission, acting, allows, requires
from wbl.db import transaction
from wbl.errors import NotAllowed, NotFound
from wbl.exports import services
from wbl.exports.answering import as_file
from wbl.exports.lists import listed
from wbl.exports.tables import FORMATS

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
    return as_file(found.table(actor), kind)
