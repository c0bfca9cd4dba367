"""What a person may do to the outbox."""

from __future__ import annotations

from flask_babel import gettext as _

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.audit.services import record
from wbl.db import db
from wbl.errors import Conflict, NotFound
from wbl.jobs import outbox, queries
from wbl.jobs.models import DueJob, OutboxState


def retry(actor: Actor, item_id: int) -> None:
    """Try a failed item again, now. Flushes.

    Raises
    ------
    NotFound
        Where there is none, or it is another district's.
    Conflict
        Where it has not failed.
    """
    item = queries.item(actor, item_id)
    if item.state is not OutboxState.FAILED:
        raise Conflict(_("Only a job that failed can be tried again."))
    outbox.retry(item)
    record(actor, "job.retry", item, district_id=item.district_id, kind=item.kind)
    db.session.flush()


def run_now(actor: Actor, district_id: int, job_id: int) -> None:
    """Make a regular job due now. Flushes.

    Raises
    ------
    NotFound
        Where there is none.
    """
    job = db.session.get(DueJob, job_id)
    if job is None:
        raise NotFound()
    job.due_at = clock.now()
    record(actor, "job.run_now", job, district_id=district_id, job=job.name)
    db.session.flush()
