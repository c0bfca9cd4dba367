"""How far one's students are: an advisor's caseload, a school, a program."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from wbl.accounts.permissions import Permission, acting, requires
from wbl.safety import queries as safety
from wbl.safety.queries import Waiting
from wbl.status import queries
from wbl.status.words import stage_names

blueprint = Blueprint("status", __name__, url_prefix="/status")


@blueprint.get("/")
@requires(Permission.STATUS_VIEW)
def index() -> ResponseReturnValue:
    """The newest round; where there is none, a page that says so."""
    found = queries.rounds(acting())
    if found:
        return redirect(url_for("status.round_status", round_id=found[0].id, q=request.args.get("q") or None))
    return render_template("status/none.html", concerns=_concerns())


@blueprint.get("/<int:round_id>")
@requires(Permission.STATUS_VIEW)
def round_status(round_id: int) -> ResponseReturnValue:
    """The students whom one follows, in one round."""
    actor = acting()
    placement_round = queries.round_by_id(actor, round_id)
    search, stage = request.args.get("q", "").strip(), request.args.get("stage", "")
    return render_template(
        "status/round.html",
        placement_round=placement_round,
        rounds=queries.rounds(actor),
        page=queries.standings(
            actor, placement_round, search=search, stage=stage, page=request.args.get("page", 1, type=int)
        ),
        counts=queries.counts(actor, placement_round),
        names=stage_names(),
        concerns=_concerns(),
        search=search,
        stage=stage,
    )


def _concerns() -> Waiting | None:
    """What waits for a school's safety contact; nobody else is told of it here."""
    return safety.waiting(acting()) if acting().safety_of else None
