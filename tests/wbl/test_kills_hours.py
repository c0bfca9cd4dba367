"""A kill while hours are stored loses nothing and stores nothing twice: the phone sends again."""

from __future__ import annotations

import multiprocessing
import threading
from datetime import timedelta
from uuid import uuid4

from flask import Flask
from sqlalchemy import func, select

from tests.wbl.dying_phone import ENDED, main
from tests.wbl.hours_support import TUESDAY, Intern, clock_at, make_intern
from wbl import FEATURES
from wbl.db import db, transaction
from wbl.hours import entries
from wbl.hours.entries import Sent
from wbl.hours.models import TimeEntry, TimeEntryChange

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(
    ["pytest", main.__module__, *(f"wbl.{feature}.routes" for feature in FEATURES)]
)
BEGAN, ENDS = clock_at(TUESDAY, 15, 30), clock_at(TUESDAY, 17, 30)


def die(app: Flask, intern: Intern, point: str, sent: Sent) -> None:
    """Let another process store it and end at the point."""
    url, folder = app.config["SQLALCHEMY_DATABASE_URI"], app.instance_path
    said = {
        "uid": sent.uid,
        "started_at": sent.started_at.isoformat(),
        "ended_at": sent.ended_at.isoformat() if sent.ended_at else None,
        "now": (ENDS + timedelta(hours=1)).isoformat(),
    }
    arguments = (url, folder, point, intern.chain.student.id, intern.id, said)
    db.session.remove()
    process = PROCESSES.Process(target=main, args=arguments)
    process.start()
    process.join(60)
    assert process.exitcode == ENDED, f"{point} was not met"


def stored() -> tuple[int, int, int]:
    """Entries, their changes, and minutes."""
    db.session.rollback()
    minutes = db.session.scalar(select(func.coalesce(func.sum(TimeEntry.minutes), 0)))
    counts = (
        db.session.scalar(select(func.count()).select_from(m)) or 0 for m in (TimeEntry, TimeEntryChange)
    )
    return (*counts, minutes or 0)  # type: ignore[return-value]


def test_a_kill_at_any_moment_of_storing(app: Flask) -> None:
    intern = make_intern(app)
    intern.now(ENDS + timedelta(hours=1))
    uid = str(uuid4())
    before = (0, 0, 0)
    # First the check-in arrives, then both taps as one: each is cut off at each moment.
    for sent, after in (
        (Sent(uid, BEGAN), (1, 1, 0)),
        (Sent(uid, BEGAN, ENDS), (1, 2, 120)),
        (Sent(str(uuid4()), ENDS, ENDS + timedelta(minutes=30)), (2, 3, 150)),
    ):
        for point in ("entry inserted", "law asked", "before the commit"):
            if point == "law asked" and sent.ended_at is None:
                continue  # while it runs there is nothing to ask the law
            die(app, intern, point, sent)
            assert stored() == before, point
        die(app, intern, "before the answer", sent)
        assert stored() == after
        with transaction():
            entries.store_sent(intern.chain.student, intern.id, sent)
        assert stored() == after  # sent again, as no answer came
        before = after


def test_two_phones_at_once_store_one(app: Flask) -> None:
    """Both send the same taps at the same moment, many times."""
    intern = make_intern(app)
    uid = str(uuid4())
    student, placement_id = intern.chain.student, intern.id
    faults: list[BaseException] = []
    gate = threading.Barrier(4)

    def send() -> None:
        with app.app_context():
            try:
                gate.wait(30)
                with transaction():
                    entries.store_sent(student, placement_id, Sent(uid, BEGAN, ENDS))
            except BaseException as fault:
                faults.append(fault)
            finally:
                db.session.remove()

    db.session.remove()
    threads = [threading.Thread(target=send) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert faults == []
    assert stored() == (1, 1, 120)
