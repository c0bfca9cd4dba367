"""A kill while hours are stored loses nothing and stores nothing twice: the phone sends again."""

from __future__ import annotations

import threading
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.wbl.dying_phone import STORING, act
from tests.wbl.hours_support import TUESDAY, clock_at, make_intern
from tests.wbl.killing import AFTER, KILLS, dying, in_any_order
from tests.wbl.machine_support import Worlds
from wbl.db import db, transaction
from wbl.hours import entries
from wbl.hours.entries import Sent
from wbl.hours.models import TimeEntry, TimeEntryChange

BEGAN, ENDS = clock_at(TUESDAY, 15, 30), clock_at(TUESDAY, 17, 30)
FIRST, SECOND = str(UUID(int=1)), str(UUID(int=2))
SENDINGS = (
    # First the check-in arrives, then both taps as one, then another stretch; what is stored after each.
    (Sent(FIRST, BEGAN), (1, 1, 0)),
    (Sent(FIRST, BEGAN, ENDS), (1, 2, 120)),
    (Sent(SECOND, ENDS, ENDS + timedelta(minutes=30)), (2, 3, 150)),
)


def stored() -> tuple[int, int, int]:
    """Entries, their changes, and minutes."""
    db.session.rollback()
    minutes = db.session.scalar(select(func.coalesce(func.sum(TimeEntry.minutes), 0)))
    counts = (
        db.session.scalar(select(func.count()).select_from(m)) or 0 for m in (TimeEntry, TimeEntryChange)
    )
    return (*counts, minutes or 0)  # type: ignore[return-value]


def kill_while_a_phone_sends(app: Flask, worlds: Worlds, lives: int) -> None:
    """In each life, each sending is cut off at each moment, and then before its answer."""
    intern = make_intern(app)
    student, placement_id, now = intern.chain.student, intern.id, ENDS + timedelta(hours=1)
    intern.now(now)
    worlds.keep("before")
    with dying(app, act) as dies:
        for life in range(lives):
            worlds.put_back("before")
            before = (0, 0, 0)
            for sent, after in SENDINGS:
                for point in in_any_order(STORING, life):
                    if point == "law asked" and sent.ended_at is None:
                        continue  # while it runs there is nothing to ask the law
                    dies.die(point, student.id, placement_id, sent, now=now)
                    assert stored() == before, (point, life)
                dies.die(AFTER, student.id, placement_id, sent, now=now)
                assert stored() == after, life
                with transaction():
                    entries.store_sent(student, placement_id, sent)
                assert stored() == after, life  # sent again, as no answer came
                before = after


def test_a_kill_at_any_moment_of_storing(app: Flask, worlds: Worlds) -> None:
    kill_while_a_phone_sends(app, worlds, 1)


@pytest.mark.slow
def test_twenty_kills_at_each_moment_of_storing(app: Flask, worlds: Worlds) -> None:
    kill_while_a_phone_sends(app, worlds, KILLS)


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
