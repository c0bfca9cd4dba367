"""The district's employers, as its coordinators see them."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from wbl.accounts.permissions import Permission, acting, requires
from wbl.employers import queries

blueprint = Blueprint("employers", __name__, url_prefix="/employers")


@blueprint.get("/")
@requires(Permission.EMPLOYER_VIEW)
def index() -> ResponseReturnValue:
    actor = acting()
    search = request.args.get("q", "").strip()
    return render_template(
        "employers/index.html",
        page=queries.employers(actor, search=search, page=request.args.get("page", 1, type=int)),
        search=search,
    )


@blueprint.get("/<int:employer_id>")
@requires(Permission.EMPLOYER_VIEW)
def employer(employer_id: int) -> ResponseReturnValue:
    actor = acting()
    found = queries.employer(actor, employer_id)
    return render_template("employers/employer.html", employer=found, offerings=queries.offerings(found))
