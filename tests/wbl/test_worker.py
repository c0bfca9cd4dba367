"""The worker as a process: it takes up what is queued, and ends when it is told to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.conftest import ROOT
from tests.wbl.published import NEAR
from tests.wbl.rounds_support import bring_in, make_place, small_folder
from wbl.db import db, transaction
from wbl.jobs.models import OutboxItem, OutboxState
from wbl.letters.models import Letter
from wbl.placements.publishing import publish
from wbl.rounds import services
from wbl.rounds.models import RunState, SolveRun

PATIENCE = 60


@contextmanager
def worker(app: Flask, niceness: int = 0) -> Iterator[subprocess.Popen[str]]:
    """``flask worker run`` on this application's database, for the block."""
    log = Path(app.instance_path) / "worker.log"
    settings = {
        "DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"],
        "SECRET_KEY": "for tests only",
        "WORKER_NICENESS": str(niceness),
    }
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "flask", "--app", "wsgi", "worker", "run"],
            cwd=ROOT,
            env={**os.environ, **settings},
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def until(what: str, true: Callable[[], bool], process: subprocess.Popen[str], app: Flask) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        log = (Path(app.instance_path) / "worker.log").read_text()
        assert process.poll() is None, f"the worker ended: {log}"
        assert time.monotonic() < end, f"still not: {what}. {log}"
        db.session.rollback()
        time.sleep(0.1)


# Claims are tested on both kinds of database elsewhere; here it is the process that matters.
@pytest.mark.slow
@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_a_queued_run_is_solved_letters_are_written_and_sigterm_ends_it(app: Flask) -> None:
    place = make_place()
    bring_in(place, small_folder(students=NEAR, guardians="student_id,name,may_receive\nS1,Rosa,yes\n"))
    with transaction():
        run_id = services.queue_run(place.actor, place.round_id).id
    with worker(app) as process:

        def run_state() -> RunState | None:
            return db.session.scalar(select(SolveRun.state).where(SolveRun.id == run_id))

        def done() -> int:
            statement = select(func.count()).where(OutboxItem.state == OutboxState.DONE)
            return db.session.scalar(statement) or 0

        until("the run is done", lambda: run_state() is RunState.DONE, process, app)
        db.session.rollback()
        with transaction():
            publish(place.actor, run_id)
        until("letters and mail are done", lambda: done() == 2, process, app)
        assert db.session.scalar(select(func.count()).select_from(Letter)) == 2
        db.session.rollback()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=15) == 0
    log = (Path(app.instance_path) / "worker.log").read_text()
    assert "worker started" in log and "worker stopped" in log
    assert "Traceback" not in log
    assert "Rosa" not in log


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_it_lets_pages_go_first(app: Flask) -> None:
    with worker(app, niceness=19) as process:
        until("nice", lambda: os.getpriority(os.PRIO_PROCESS, process.pid) == 19, process, app)
