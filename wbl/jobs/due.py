"""Jobs that are due again and again: each due time is taken by one worker and done once.

Due times lie on a grid of the clock (every fifteen minutes: at :00, :15, :30, :45), so that two workers
mean the same one. What was missed while no worker ran is done once, not once for every time. A worker
that is killed in the middle leaves the rest to the next due time: each job takes one thing after another,
each in a transaction of its own.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from wbl import clock
from wbl.db import change, db, transaction
from wbl.jobs.models import DueJob

log = logging.getLogger("wbl.worker")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Job:
    """How often, and one step of it: False where nothing is left to do."""

    every: timedelta
    step: Callable[[], bool]


def next_due(moment: datetime, every: timedelta) -> datetime:
    """The first due time after an instant."""
    return EPOCH + ((moment - EPOCH) // every + 1) * every


def enroll(names: Mapping[str, Job]) -> None:
    """A row for each job that has none yet, due now. Commits."""
    known = set(db.session.scalars(select(DueJob.name)))
    for name in names:
        if name not in known:
            try:
                with transaction():
                    db.session.add(DueJob(name=name, due_at=clock.now(), error=""))
            except IntegrityError:
                continue  # another worker started at the same moment


def claim(jobs: Mapping[str, Job]) -> str | None:
    """Take the due time of a job, by a conditional update; None where nothing is due, or another had it.

    Flushes. Called inside a transaction of its own.
    """
    moment = clock.now()
    found = db.session.execute(
        select(DueJob.name, DueJob.due_at)
        .where(DueJob.due_at <= moment, DueJob.name.in_(list(jobs)))
        .order_by(DueJob.due_at, DueJob.name)
        .limit(1)
    ).first()
    if found is None:
        return None
    name, due_at = found
    taken = change(
        update(DueJob)
        .where(DueJob.name == name, DueJob.due_at == due_at)
        .values(due_at=next_due(moment, jobs[name].every), started_at=moment, ended_at=None, error="")
    )
    return str(name) if taken == 1 else None


def work_on_next_due(jobs: Mapping[str, Job], stopped: Callable[[], bool] = lambda: False) -> bool:
    """Do one job that is due, to its end; False where none is."""
    with transaction():
        name = claim(jobs)
    if name is None:
        return False
    error = ""
    try:
        while jobs[name].step() and not stopped():
            pass
    except Exception as problem:
        # The kind of error alone: its text may hold a name.
        error = type(problem).__name__
        log.warning("job %s failed: %s", name, error, exc_info=True)
        db.session.rollback()
    with transaction():
        change(update(DueJob).where(DueJob.name == name).values(ended_at=clock.now(), error=error))
    return True
