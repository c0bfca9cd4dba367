"""The worker: a process of its own that solves runs and empties the outbox."""

from __future__ import annotations

import logging
import os
import signal
from contextlib import suppress
from pathlib import Path
from threading import Event
from types import FrameType

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask

from wbl.db import db, transaction
from wbl.jobs import outbox
from wbl.jobs.due import enroll, work_on_next_due
from wbl.jobs.handlers import HANDLERS, is_urgent
from wbl.jobs.list_of_jobs import DUE
from wbl.jobs.models import OutboxItem, OutboxState
from wbl.jobs.underway import Later, Underway, Unreached, doing
from wbl.learning.working_out import learn_next
from wbl.messages.unreachable import hold
from wbl.rounds.advising import work_on_next_advice
from wbl.rounds.solving import release_stale_runs, work_on_next_run

log = logging.getLogger("wbl.worker")
OWN_THREAD = ("runs", "advice", "outbox", "learning")
DUE_EVERY = 20  # polls: due times are minutes apart


def work_on_next_item() -> bool:
    """Do one thing of the outbox; False where there was none.

    The handler runs outside any transaction and opens its own. A kill before it is marked done
    means that it is done again: handlers are written so that doing a thing twice does it once.
    """
    with transaction():
        item = outbox.claim()
        taken = (item.kind, dict(item.payload), _underway(item)) if item is not None else None
    if taken is None:
        return False
    kind, payload, underway = taken
    error: Exception | None = None
    try:
        with doing(underway):
            HANDLERS[kind](payload)
    except Later as later:
        error = later
    except Exception as problem:
        log.warning("outbox item %s (%s) failed: %s", underway.item_id, kind, type(problem).__name__)
        error = problem
    with transaction():
        item = db.session.get_one(OutboxItem, underway.item_id)
        if item.state is OutboxState.TAKEN:
            _note(item, error)
    return True


def _underway(item: OutboxItem) -> Underway:
    return Underway(
        item.id, item.key, str(item.payload.get("about", "")), item.district_id, is_urgent(item.payload)
    )


def _note(item: OutboxItem, error: Exception | None) -> None:
    """What came of it."""
    if error is None:
        outbox.done(item)
    elif isinstance(error, Later):
        outbox.put_off(item, error.until)
    else:
        outbox.failed(item, error)
        if isinstance(error, Unreached) and item.district_id is not None:
            hold(item, item.district_id, error)


def drain() -> None:
    """Work until nothing is due: for commands and tests."""
    while work_on_next_run() or work_on_next_item() or work_on_next_advice():
        pass


def give_way(niceness: int) -> None:
    """Let pages go first: a solve takes all of a core for minutes, and its own letters are in no hurry.

    Where Linux shares out processors by session (``sched_autogroup_enabled``), niceness counts within a
    session alone; a worker that has one of its own, as a service does, lowers that too.
    """
    os.nice(niceness)
    if os.getsid(0) == os.getpid():
        with suppress(OSError):
            Path("/proc/self/autogroup").write_text(str(niceness))


def run(app: Flask) -> None:
    """Work until told to stop (Ctrl-C or SIGTERM)."""
    give_way(app.config["WORKER_NICENESS"])
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
            "learning": learn_next,
            "stale": release_stale_runs,
            "due": lambda: work_on_next_due(DUE, stop.is_set),
        }
        with app.app_context():
            while steps[job]() and not stop.is_set():
                pass

    with app.app_context():
        enroll(DUE)
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
    scheduler.add_job(tick, "interval", ["due"], seconds=poll * DUE_EVERY, id="due")
    scheduler.start()
    log.info("worker started")
    stop.wait()
    scheduler.shutdown(wait=True)
    log.info("worker stopped")
