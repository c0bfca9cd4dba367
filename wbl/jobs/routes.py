"""What the worker has done, has still to do, and could not do."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from wbl.accounts.forms import EmptyForm
from wbl.accounts.permissions import Permission, acting, requires
from wbl.db import transaction
from wbl.jobs import queries, services
from wbl.jobs.models import OutboxState
from wbl.people.queries import timezone_of

blueprint = Blueprint("jobs", __name__, url_prefix="/jobs")


@blueprint.get("/")
@requires(Permission.JOBS_VIEW)
def index() -> ResponseReturnValue:
    actor = acting()
    chosen = request.args.get("state", "")
    state = OutboxState(chosen) if chosen in set(OutboxState) else None
    return render_template(
        "jobs/index.html",
        page=queries.items(actor, state=state, page=request.args.get("page", 1, type=int)),
        counts=queries.counts(actor),
        state=state,
        timezone=timezone_of(actor),
        form=EmptyForm(),
    )


@blueprint.post("/<int:item_id>/retry")
@requires(Permission.JOBS_VIEW)
def retry(item_id: int) -> ResponseReturnValue:
    actor = acting()
    with transaction():
        services.retry(actor, item_id)
    flash(_("The job will be tried again in a moment."), "good")
    return redirect(url_for("jobs.index"))
