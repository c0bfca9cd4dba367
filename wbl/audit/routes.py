"""The record of who did what, for coordinators and administrators."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from wbl.accounts.permissions import Permission, acting, requires
from wbl.audit import queries
from wbl.audit.words import FILTERS
from wbl.people.queries import timezone_of

blueprint = Blueprint("audit", __name__, url_prefix="/record")
for _function in FILTERS:
    blueprint.add_app_template_filter(_function)


@blueprint.get("/")
@requires(Permission.AUDIT_VIEW)
def index() -> ResponseReturnValue:
    actor = acting()
    action = request.args.get("action", "")
    return render_template(
        "audit/index.html",
        page=queries.entries(actor, action=action, page=request.args.get("page", 1, type=int)),
        actions=queries.actions(actor),
        action=action,
        timezone=timezone_of(actor),
    )
