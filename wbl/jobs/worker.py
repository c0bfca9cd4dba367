"""The worker: a process of its own that solves runs and empties the outbox."""

from __future__ import annotations

import logging
import signal
from threading import Event
from types import FrameType

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask

from wbl.agreements.nudging import nudge_next
from wbl.db import db, transaction
from wbl.employers.vetting import remind_next
from wbl.growth.asking import ask_next
from wbl.hours.weeks import send_next
from wbl.jobs import outbox
from wbl.jobs.handlers import HANDLERS
from wbl.jobs.models import OutboxItem, OutboxState
from wbl.learning.working_out import learn_next
from wbl.retention.services import purge_next
from wbl.rosters.pick_up import pick_up_next
from wbl.rounds.advising import work_on_next_advice
from wbl.rounds.solving import release_stale_runs, work_on_next_run

log = logging.getLogger("wbl.worker")
OWN_THREAD = ("runs", "advice", "outbox", "learning")
NIGHTLY_EVERY = 600  # seconds: each district's night begins at another hour


def work_on_next_item() -> bool:
    """Do one thing of the outbox; False where there was none.

    The handler runs outside any transaction and opens its own. A kill before it is marked done
    means that it is done again: handlers are written so that doing a thing twice does it once.
    """
    with transaction():
        item = outbox.claim()
        taken = (item.id, item.kind, dict(item.payload)) if item is not None else None
    if taken is None:
        return False
    item_id, kind, payload = taken
    error: Exception | None = None
    try:
        HANDLERS[kind](payload)
    except Exception as problem:
        log.warning("outbox item %s (%s) failed: %s", item_id, kind, type(problem).__name__)
        error = problem
    with transaction():
        item = db.session.get_one(OutboxItem, item_id)
        if item.state is OutboxState.TAKEN:
            outbox.done(item) if error is None else outbox.failed(item, error)
    return True


def drain() -> None:
    """Work until nothing is due: for commands and tests."""
    while work_on_next_run() or work_on_next_item() or work_on_next_advice():
        pass


def run(app: Flask) -> None:
    """Work until told to stop (Ctrl-C or SIGTERM)."""
    stop = Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)

    def tick(job: str) -> None:
        steps = {
            "runs": work_on_next_run,
            "advice": work_on_next_advice,
            "outbox": work_on_next_item,
            "stale": release_stale_runs,
            "vetting": remind_next,
            "paperwork": nudge_next,
            "growth": ask_next,
            "hours": send_next,
            "rosters": pick_up_next,
            "retention": purge_next,
            "learning": learn_next,
        }
        with app.app_context():
            while steps[job]() and not stop.is_set():
                pass

    # A tick that finds the last one still at work is the normal case of a long solve.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    # One thread a kind of work, so that a long solve does not hold up the mail.
    scheduler = BackgroundScheduler(
        timezone="UTC",
        executors={name: ThreadPoolExecutor(1) for name in ("default", *OWN_THREAD)},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    poll = app.config["WORKER_POLL_SECONDS"]
    for name in OWN_THREAD:
        scheduler.add_job(tick, "interval", [name], seconds=poll, executor=name, id=name)
    scheduler.add_job(tick, "interval", ["stale"], seconds=app.config["RUN_STALE_SECONDS"] / 3, id="stale")
    scheduler.add_job(tick, "interval", ["vetting"], minutes=15, id="vetting")
    for name in ("rosters", "retention"):
        scheduler.add_job(tick, "interval", [name], seconds=NIGHTLY_EVERY, id=name, executor="default")
    for name in ("paperwork", "growth"):
        scheduler.add_job(tick, "interval", [name], minutes=5, id=name)
    scheduler.add_job(tick, "interval", ["hours"], minutes=15, id="hours")
    scheduler.start()
    log.info("worker started")
    stop.wait()
    scheduler.shutdown(wait=True)
    log.info("worker stopped")
