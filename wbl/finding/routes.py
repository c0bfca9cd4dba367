"""One page that finds a student, employer, opportunity or round."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from wbl.accounts.permissions import Permission, acting, allows, requires
from wbl.finding import queries

blueprint = Blueprint("finding", __name__, url_prefix="/search")
LONGEST = 100


@blueprint.get("/")
@requires(Permission.SEARCH)
def index() -> ResponseReturnValue:
    """What goes by the words of ``q``. Nothing is kept of what somebody searched for."""
    actor = acting()
    text = request.args.get("q", "").strip()[:LONGEST]
    return render_template(
        "finding/index.html",
        text=text,
        least=queries.LEAST,
        found=queries.find(actor, text),
        coordinates=allows(actor, Permission.STUDENT_VIEW),
    )
