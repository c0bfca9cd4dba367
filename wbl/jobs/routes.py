"""What the worker has done, has still to do, and could not do."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from wbl import clock
from wbl.accounts.forms import EmptyForm
from wbl.accounts.permissions import Permission, acting, requires
from wbl.administration.queries import district
from wbl.db import transaction
from wbl.jobs import queries, services
from wbl.jobs.models import OutboxState
from wbl.messages.queries import held_items
from wbl.people.queries import timezone_of

blueprint = Blueprint("jobs", __name__, url_prefix="/jobs")


@blueprint.get("/")
@requires(Permission.JOBS_VIEW)
def index() -> ResponseReturnValue:
    actor = acting()
    chosen = request.args.get("state", "")
    state = OutboxState(chosen) if chosen in set(OutboxState) else None
    page = queries.items(actor, state=state, page=request.args.get("page", 1, type=int))
    return render_template(
        "jobs/index.html",
        page=page,
        held=held_items([item.id for item in page.items if item.state is OutboxState.FAILED]),
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


@blueprint.get("/due/<int:district_id>")
@requires(Permission.ADMINISTER)
def due(district_id: int) -> ResponseReturnValue:
    """The jobs that are done again and again, for an administrator."""
    found = district(acting(), district_id)
    return render_template(
        "jobs/due.html", district=found, jobs=queries.due(), now=clock.now(), late=queries.LATE
    )


@blueprint.post("/due/<int:district_id>/<int:job_id>")
@requires(Permission.ADMINISTER)
def run_now(district_id: int, job_id: int) -> ResponseReturnValue:
    """Do a regular job at once: doing one once more does no harm."""
    district(acting(), district_id)
    with transaction():
        services.run_now(acting(), district_id, job_id)
    flash(_("The job will be done in a moment."), "good")
    return redirect(url_for("jobs.due", district_id=district_id))
