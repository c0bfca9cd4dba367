"""Kills of a worker in the middle of a due job and of sending mail; two workers and one due time."""

from __future__ import annotations

import email
import multiprocessing
import os
import random
import signal
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update

from tests import factories as make
from tests.wbl.dying_worker import JOBS, main
from tests.wbl.smtp_server import mail_server
from wbl import clock
from wbl.accounts import invitations
from wbl.accounts.invitations import Place
from wbl.accounts.models import Invitation, Role
from wbl.accounts.services import actor_of
from wbl.app import FEATURES
from wbl.db import db, transaction
from wbl.jobs import outbox
from wbl.jobs.due import claim, enroll, next_due
from wbl.jobs.models import DueJob, OutboxItem, OutboxState

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(
    ["pytest", main.__module__, *(f"wbl.{feature}.routes" for feature in FEATURES)]
)
KILLS, MAILS = 20, 60


def begin(app: Flask, smtp_url: str) -> multiprocessing.process.BaseProcess:
    """A worker that is at work."""
    db.session.remove()
    folder = Path(app.instance_path)
    before = len(list(folder.glob("ready-*")))
    arguments = (app.config["SQLALCHEMY_DATABASE_URI"], str(folder), smtp_url)
    process = PROCESSES.Process(target=main, args=arguments, daemon=True)
    process.start()
    end = time.monotonic() + 60
    while len(list(folder.glob("ready-*"))) == before:
        assert process.is_alive() and time.monotonic() < end
        time.sleep(0.01)
    return process


def kill(process: multiprocessing.process.BaseProcess) -> None:
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join(30)


def take_over() -> None:
    """As if the time had passed after which another worker takes what a dead one held."""
    with transaction():
        db.session.execute(
            update(OutboxItem)
            .where(OutboxItem.state == OutboxState.TAKEN)
            # The kill counts as an attempt; so many in a row come from the test alone.
            .values(taken_at=clock.now() - outbox.TAKEN_FOR - timedelta(seconds=1), attempts=1)
        )


def left() -> int:
    db.session.rollback()
    waiting = (OutboxState.PENDING, OutboxState.TAKEN)
    items = db.session.scalars(select(OutboxItem).where(OutboxItem.state.in_(waiting))).all()
    return len(items)


def invite(count: int) -> list[int]:
    """So many invitations, whose mail nobody has queued yet."""
    with make.made():
        district = make.make_district()
        boss = actor_of(make.make_staff(district, Role.ADMINISTRATOR))
    with transaction():
        for number in range(count):
            invitations.invite(
                boss,
                Place(district_id=district.id, role=Role.COORDINATOR),
                email=f"person-{number}@home.example",
                name="",
                locale="en",
            )
    db.session.rollback()
    return list(db.session.scalars(select(Invitation.id)))


def received(folder: Path) -> Counter[str]:
    return Counter(email.message_from_bytes(path.read_bytes())["Message-ID"] for path in folder.glob("*.eml"))


@pytest.mark.slow
def test_twenty_kills_while_mail_is_sent(app: Flask, tmp_path: Path) -> None:
    ids = invite(MAILS)
    chance = random.Random(5)
    with mail_server(tmp_path / "mail") as url:
        for _kill in range(KILLS):
            process = begin(app, url)
            time.sleep(chance.uniform(0.0, 0.08))
            kill(process)
            take_over()
        process = begin(app, url)
        end = time.monotonic() + 60
        while left():
            assert time.monotonic() < end
            time.sleep(0.1)
        kill(process)
    found = received(tmp_path / "mail")
    assert set(found) == {f"<invitation-{row_id}@throughline.invalid>" for row_id in ids}  # nothing lost
    # Twice is what a kill between the server's yes and our note of it leaves; each time one mail.
    assert max(found.values()) <= 2
    assert sum(found.values()) - len(found) <= KILLS


@pytest.mark.slow
def test_twenty_kills_in_the_middle_of_a_due_job(app: Flask, tmp_path: Path) -> None:
    ids = invite(MAILS)
    with transaction():
        # What the job finds to do: each invitation once, instead of the mail that waits.
        for item in db.session.scalars(select(OutboxItem)):
            item.state, item.error = OutboxState.FAILED, "to tell"
        district_id = item.district_id
    assert district_id is not None
    enroll(JOBS)
    chance = random.Random(7)
    with mail_server(tmp_path / "mail") as url:
        for _kill in range(KILLS):
            process = begin(app, url)
            time.sleep(chance.uniform(0.0, 0.1))
            kill(process)
            take_over()
        process = begin(app, url)
        end = time.monotonic() + 90

        def to_tell() -> int:
            db.session.rollback()
            return len(db.session.scalars(select(OutboxItem).where(OutboxItem.error == "to tell")).all())

        while left() or to_tell():
            assert time.monotonic() < end
            time.sleep(0.1)
        kill(process)
    told = db.session.scalars(select(OutboxItem.key).where(OutboxItem.key.startswith("mail:told:"))).all()
    assert len(told) == len(set(told)) == MAILS  # each once, none lost
    found = received(tmp_path / "mail")
    assert set(found) == {f"<invitation-{row_id}@throughline.invalid>" for row_id in ids}
    assert max(found.values()) <= 2


@pytest.mark.slow
def test_two_workers_take_each_due_time_once(app: Flask, tmp_path: Path) -> None:
    enroll({"count": JOBS["count"]})
    with mail_server(tmp_path / "mail") as url:
        both = [begin(app, url), begin(app, url)]
        time.sleep(6)
        for process in both:
            kill(process)
    db.session.rollback()
    keys = db.session.scalars(select(OutboxItem.key).where(OutboxItem.key.startswith("run:"))).all()
    due_times = [key.rpartition(":")[0] for key in keys]
    assert len(due_times) == len(set(due_times)) >= 4


def test_a_due_time_is_on_a_grid_and_taken_once(app: Flask) -> None:
    jobs = {"count": JOBS["count"]}
    enroll(jobs)
    enroll(jobs)  # a second worker starts
    assert len(db.session.scalars(select(DueJob)).all()) == 1
    moment = clock.now()
    app.config["CLOCK"] = lambda: moment
    with transaction():
        assert claim(jobs) == "count"
        assert claim(jobs) is None
    row = db.session.scalars(select(DueJob)).one()
    assert row.due_at == next_due(moment, timedelta(seconds=1)) > moment
    assert (row.started_at, row.ended_at) == (moment, None)
