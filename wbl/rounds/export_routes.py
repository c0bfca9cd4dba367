"""Downloads: a run by pseudonym, and the whole round in full."""

from __future__ import annotations

import io

from flask import Response, render_template, send_file
from flask.typing import ResponseReturnValue

from wbl.accounts.forms import EmptyForm
from wbl.accounts.permissions import Permission, requires
from wbl.db import transaction
from wbl.rounds import exports, queries
from wbl.rounds.blueprint import blueprint, the_actor
from wbl.rounds.pages import round_page


def _zip(content: bytes, name: str) -> Response:
    return send_file(io.BytesIO(content), mimetype="application/zip", as_attachment=True, download_name=name)


@blueprint.get("/<int:round_id>/runs/<int:number>/folder.zip")
@requires(Permission.ROUND_EXPORT)
def run_folder(round_id: int, number: int) -> ResponseReturnValue:
    """The folder that the run was solved from, by pseudonym."""
    content = exports.run_folder(the_actor(), round_id, number)
    return _zip(content, f"round-{round_id}-run-{number}.zip")


@blueprint.get("/<int:round_id>/runs/<int:number>/results.zip")
@requires(Permission.ROUND_EXPORT)
def run_results(round_id: int, number: int) -> ResponseReturnValue:
    """What the run gave, by pseudonym."""
    content = exports.run_results(the_actor(), round_id, number)
    return _zip(content, f"round-{round_id}-run-{number}-results.zip")


@blueprint.route("/<int:round_id>/export", methods=["GET", "POST"])
@requires(Permission.ROUND_EXPORT_FULL)
def export_full(round_id: int) -> ResponseReturnValue:
    """The round with names and identifiers: asked for once more, and put on record."""
    actor = the_actor()
    placement_round = queries.round_by_id(actor, round_id)
    form = EmptyForm()
    if form.validate_on_submit():
        with transaction():
            exports.note_full_export(actor, round_id)
        content = exports.full_export(actor, round_id)  # takes a while, and needs no lock
        return _zip(content, f"round-{round_id}-full.zip")
    return render_template(
        "rounds/export.html",
        page=round_page(placement_round),
        placement_round=placement_round,
        holdings=queries.holdings(round_id),
        form=form,
    )
