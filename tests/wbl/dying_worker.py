"""A worker that works until it is killed. For tests of kills at any moment."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from wbl import clock
from wbl.app import create_app
from wbl.db import db, transaction
from wbl.jobs import outbox
from wbl.jobs.due import Job, work_on_next_due
from wbl.jobs.models import DueJob, OutboxItem, OutboxKind, OutboxState
from wbl.jobs.worker import work_on_next_item


def tell_next() -> bool:
    """One step of a job as ours are: it takes one district that is not told yet, and queues its mail."""
    with transaction():
        item = db.session.scalar(
            select(OutboxItem)
            .where(OutboxItem.state == OutboxState.FAILED, OutboxItem.error == "to tell")
            .order_by(OutboxItem.id)
            .limit(1)
        )
        if item is None:
            return False
        item.error = "told"
        db.session.flush()
        time.sleep(0.01)  # so that a kill falls within
        payload = {"about": "invitation", "invitation_id": item.payload["invitation_id"]}
        outbox.enqueue(OutboxKind.MAIL, f"mail:told:{item.id}", payload, district_id=item.district_id)
    return True


def count_run() -> bool:
    """One step that leaves a trace for each time a due time was taken."""
    with transaction():
        due_at = db.session.scalars(select(DueJob.due_at).where(DueJob.name == "count")).one()
        db.session.add(
            OutboxItem(
                kind=OutboxKind.MAIL,
                key=f"run:{due_at.isoformat()}:{time.time_ns()}",
                payload={},
                state=OutboxState.DONE,
                due_at=clock.now(),
            )
        )
    return False


JOBS = {"tell": Job(timedelta(seconds=1), tell_next), "count": Job(timedelta(seconds=1), count_run)}


def main(url: str, folder: str, smtp_url: str) -> None:
    """Work on mail and due jobs, for ever."""
    settings = {
        "SECRET_KEY": "for tests only",
        "SQLALCHEMY_DATABASE_URI": url,
        "INSTANCE_PATH": folder,
        "PUBLIC_URL": "http://localhost",
        "SMTP_URL": smtp_url,
    }
    app = create_app(settings)
    with app.app_context():
        Path(folder, f"ready-{time.time_ns()}").touch()
        while True:
            if not work_on_next_due(JOBS) and not work_on_next_item():
                time.sleep(0.02)
