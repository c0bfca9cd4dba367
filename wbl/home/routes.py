"""Where a coordinator begins: what needs them now, and their rounds."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from wbl.accounts.permissions import Permission, acting, requires
from wbl.home.kinds import KINDS
from wbl.home.needs import needs_of
from wbl.rounds.forms import UploadForm
from wbl.rounds.queries import rounds

blueprint = Blueprint("home", __name__)

MOST_ROUNDS = 6


@blueprint.get("/home")
@requires(Permission.ROUND_VIEW)
def index() -> ResponseReturnValue:
    """What needs the coordinator now, by urgency; each line ends where it is done."""
    actor = acting()
    found = rounds(actor, MOST_ROUNDS + 1)
    return render_template(
        "home/index.html",
        needs=needs_of(actor, KINDS),
        rounds=found[:MOST_ROUNDS],
        more=len(found) > MOST_ROUNDS,
        form=UploadForm(),
    )
