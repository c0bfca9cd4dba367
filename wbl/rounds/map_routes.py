"""A run on the map, and how its seats are used."""

from __future__ import annotations

from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from wbl.accounts.permissions import Permission, requires
from wbl.clusters import cluster_label
from wbl.errors import NotFound
from wbl.rounds import queries
from wbl.rounds.blueprint import blueprint, the_actor
from wbl.rounds.models import RunState, SolveRun
from wbl.rounds.pages import REVIEW, round_page
from wbl.rounds.travel_map import SMALLEST, seat_use, travel_map


@blueprint.get("/<int:round_id>/runs/<int:number>/map")
@requires(Permission.ROUND_VIEW)
def run_map(round_id: int, number: int) -> ResponseReturnValue:
    """Where students come from and go, as a grid with counts; never a home."""
    found = queries.run_by_number(the_actor(), round_id, number)
    if found.state is not RunState.DONE:
        raise NotFound()
    return render_template(
        "rounds/map.html",
        page=round_page(found.round, step=REVIEW),
        placement_round=found.round,
        run=found,
        map=travel_map(found),
        use=_use_rows(found),
        smallest=SMALLEST,
    )


def _use_rows(run: SolveRun) -> list[dict[str, Any]]:
    """Seats by field, for the chart."""
    return [
        {
            "label": cluster_label(one.cluster) if one.cluster else _("No field given"),
            "taken": one.taken,
            "seats": one.seats,
        }
        for one in seat_use(run)
    ]
