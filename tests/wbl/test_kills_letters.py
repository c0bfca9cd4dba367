"""A kill while letters are written: another worker writes them, once, and no process is left behind."""

from __future__ import annotations

import multiprocessing
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.wbl.dying_letters import ENDED, main
from tests.wbl.published import published_place
from wbl.app import FEATURES
from wbl.audit.models import AuditEvent
from wbl.db import db
from wbl.jobs import outbox
from wbl.jobs.models import OutboxItem, OutboxState
from wbl.jobs.worker import drain
from wbl.letters.models import Letter, LetterBook

# Each is forked from a server that has everything loaded: a new Python would take seconds.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(
    ["pytest", main.__module__, *(f"wbl.{feature}.routes" for feature in FEATURES)]
)


def die(app: Flask, point: str) -> None:
    """Let another process work and end at the point."""
    db.session.remove()
    process = PROCESSES.Process(
        target=main, args=(app.config["SQLALCHEMY_DATABASE_URI"], app.instance_path, point)
    )
    process.start()
    process.join(60)
    assert process.exitcode == ENDED, f"{point} was not met"


def count(model: type, *where: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model).where(*where)) or 0


def mails(app: Flask) -> list[Path]:
    return sorted(Path(app.config["MAIL_FOLDER"]).glob("*"))


def work_later(app: Flask) -> None:
    """What another worker does once the first one's time is over."""
    app.config["CLOCK"] = lambda: datetime.now(UTC) + outbox.TAKEN_FOR + timedelta(seconds=5)
    drain()


def assert_all_done() -> None:
    db.session.rollback()
    assert set(db.session.scalars(select(OutboxItem.state))) == {OutboxState.DONE}
    assert count(AuditEvent, AuditEvent.action == "round.publish") == 1


def assert_ended(processes: list[int]) -> None:
    """None of them outlives for long the process that it worked for."""
    until = time.monotonic() + 60
    while any(Path("/proc", str(process)).exists() for process in processes):
        assert time.monotonic() < until, "a process that draws was left behind"
        time.sleep(0.05)


@pytest.mark.slow
@pytest.mark.parametrize("point", ["half of the letters drawn", "letters rendered", "letters stored"])
def test_a_kill_while_letters_are_written(app: Flask, point: str) -> None:
    published_place()
    die(app, point)
    assert count(Letter) == (2 if point == "letters stored" else 0)
    if point == "half of the letters drawn":
        drawing = [int(word) for word in Path(app.instance_path, "at-work").read_text().split()]
        assert len(drawing) == 2
        assert_ended(drawing)
    assert count(OutboxItem, OutboxItem.state == OutboxState.TAKEN) == 1
    work_later(app)
    assert count(Letter) == 2
    assert count(LetterBook) == 1
    assert len(mails(app)) == 2
    assert_all_done()
