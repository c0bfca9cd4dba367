"""Preparing a round: what is there, what is missing, and who or what lacks it."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from wbl.accounts.permissions import Permission, requires
from wbl.errors import NotFound
from wbl.rounds import checklist, queries
from wbl.rounds.blueprint import blueprint, the_actor
from wbl.rounds.forms import UploadForm
from wbl.rounds.pages import PREPARE, round_page


@blueprint.get("/<int:round_id>/prepare")
@requires(Permission.ROUND_VIEW)
def prepare(round_id: int) -> ResponseReturnValue:
    """The checklist of a round; an empty one can be filled from files at once."""
    placement_round = queries.round_by_id(the_actor(), round_id)
    held = queries.holdings(round_id)
    tasks = checklist.checklist(placement_round, held)
    return render_template(
        "rounds/prepare.html",
        page=round_page(placement_round, step=PREPARE),
        placement_round=placement_round,
        tasks=tasks,
        holdings=held,
        ready=checklist.ready(placement_round, tasks, held),
        form=UploadForm(),
    )


@blueprint.get("/<int:round_id>/missing/<gap>")
@requires(Permission.ROUND_VIEW)
def lacking(round_id: int, gap: str) -> ResponseReturnValue:
    """Who, or which opportunity, lacks something."""
    placement_round = queries.round_by_id(the_actor(), round_id)
    if gap not in checklist.GAPS:
        raise NotFound()
    listed = checklist.lacking(placement_round, gap, request.args.get("page", 1, type=int))
    sentence, effect = checklist.gap_words(gap, listed.total)
    return render_template(
        "rounds/lacking.html",
        page=round_page(placement_round, step=PREPARE),
        placement_round=placement_round,
        gap=gap,
        of_offerings=gap in checklist.OF_OFFERINGS,
        title=checklist.gap_title(gap),
        sentence=sentence,
        effect=effect,
        listed=listed,
    )
