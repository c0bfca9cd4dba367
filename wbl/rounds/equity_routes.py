"""A run by group, before publishing."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from wbl.accounts.permissions import Permission, requires
from wbl.errors import NotFound
from wbl.rounds import queries
from wbl.rounds.blueprint import blueprint, the_actor
from wbl.rounds.equity_page import equity_page
from wbl.rounds.models import RunState
from wbl.rounds.pages import round_page


@blueprint.get("/<int:round_id>/runs/<int:number>/groups")
@requires(Permission.ROUND_VIEW)
def groups(round_id: int, number: int) -> ResponseReturnValue:
    """Who is placed, where and how, by group; beside another run where one is chosen."""
    found = queries.run_by_number(the_actor(), round_id, number)
    placement_round = found.round
    done = {each.number: each for each, _name in queries.runs(placement_round) if each.state is RunState.DONE}
    if number not in done:
        raise NotFound()
    against = request.args.get("against", type=int)
    if against is not None and (against not in done or against == number):
        raise NotFound()
    other = done[against] if against is not None else None
    return render_template(
        "rounds/groups.html",
        page=round_page(placement_round),
        placement_round=placement_round,
        run=found,
        other=other,
        others=[each for each in done.values() if each.number != number],
        **equity_page(found, other),
    )
