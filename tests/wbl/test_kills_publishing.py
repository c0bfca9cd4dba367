"""A kill at any moment of publishing leaves the state before or the state after, and work goes on."""

from __future__ import annotations

import email
import multiprocessing
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.wbl.dying_publisher import ENDED, main
from tests.wbl.published import Published, published_place, solved_place
from wbl import FEATURES
from wbl.audit.models import AuditEvent
from wbl.db import db, transaction
from wbl.jobs import outbox
from wbl.jobs.models import OutboxItem, OutboxState
from wbl.jobs.worker import drain
from wbl.letters.models import Letter, LetterBook
from wbl.placements.models import FamilyLink, Placement, PlacementState, Publication
from wbl.placements.publishing import publish, withdraw
from wbl.rounds.models import Round, RoundState

# Each is forked from a server that has everything loaded: a new Python would take seconds.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(
    ["pytest", main.__module__, *(f"wbl.{feature}.routes" for feature in FEATURES)]
)


def die(app: Flask, what: str, point: str, user_id: int, subject_id: int) -> None:
    """Let another process do it and end at the point."""
    db.session.remove()
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    arguments = (url, app.instance_path, what, point, user_id, subject_id)
    process = PROCESSES.Process(target=main, args=arguments)
    process.start()
    process.join(60)
    assert process.exitcode == ENDED, f"{point} was not met"


def count(model: type, *where: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model).where(*where)) or 0


def state() -> dict[str, Any]:
    """What families and coordinators would notice of a publication."""
    db.session.rollback()
    return {
        "round": [(row.state, row.published_run_id) for row in db.session.scalars(select(Round))],
        "in force": count(Publication, Publication.withdrawn_at.is_(None)),
        "placements": count(Placement, Placement.state == PlacementState.PUBLISHED),
        "open links": count(FamilyLink, FamilyLink.revoked_at.is_(None)),
        "outbox": count(OutboxItem),
        "recorded": count(AuditEvent, AuditEvent.action.in_(["round.publish", "round.withdraw"])),
    }


def mails(app: Flask) -> list[Path]:
    return sorted(Path(app.config["MAIL_FOLDER"]).glob("*"))


@pytest.mark.parametrize("point", ["placements inserted", "before the commit", "after the commit"])
def test_a_kill_while_publishing(app: Flask, point: str) -> None:
    place, run_id = solved_place()
    before = state()
    assert (before["placements"], before["outbox"]) == (0, 0)
    die(app, "publish", point, place.user.id, run_id)
    left = state()
    if point == "after the commit":
        assert left["round"] == [(RoundState.PUBLISHED, run_id)]
        assert left == {**left, "in force": 1, "placements": 2, "open links": 2, "outbox": 3, "recorded": 1}
    else:
        assert left == before
        with transaction():
            publish(place.actor, run_id)
        assert state()["placements"] == 2


@pytest.mark.parametrize("point", ["round opened", "before the commit", "after the commit"])
def test_a_kill_while_withdrawing(app: Flask, point: str) -> None:
    published = published_place()
    before = state()
    die(app, "withdraw", point, published.place.user.id, published.publication_id)
    left = state()
    if point == "after the commit":
        assert left["round"] == [(RoundState.REVIEW, None)]
        assert left == {**left, "in force": 0, "placements": 0, "open links": 0, "recorded": 2}
    else:
        assert left == before
        with transaction():
            withdraw(published.place.actor, published.publication_id, "The clinic closed its doors")
        assert state()["open links"] == 0


def work_later(app: Flask) -> None:
    """What another worker does once the first one's time is over."""
    app.config["CLOCK"] = lambda: datetime.now(UTC) + outbox.TAKEN_FOR + timedelta(seconds=5)
    drain()


def mails_only(published: Published) -> None:
    """Take the letters out of the way, which take seconds to render."""
    with transaction():
        item = db.session.scalars(
            select(OutboxItem).where(OutboxItem.key == f"letters:{published.publication_id}")
        ).one()
        outbox.done(item)


def assert_all_done(published: Published) -> None:
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
    published = published_place()
    die(app, "work", point, published.place.user.id, 0)
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
    assert_all_done(published)


@pytest.mark.parametrize("point", ["mail half written", "mail sent"])
def test_a_kill_while_mail_is_sent(app: Flask, point: str) -> None:
    published = published_place()
    mails_only(published)
    die(app, "work", point, published.place.user.id, 0)
    left = mails(app)
    assert len(left) == 1
    assert (left[0].suffix == ".eml") is (point == "mail sent")
    sent_before = left[0].read_bytes()
    assert count(OutboxItem, OutboxItem.state == OutboxState.TAKEN) == 1
    work_later(app)
    assert_all_done(published)
    now = [mail for mail in mails(app) if mail.suffix == ".eml"]
    assert len(now) == 2 == len(mails(app))  # nothing half written stays
    found = {mail.name: email.message_from_bytes(mail.read_bytes()) for mail in now}
    assert len({message["Message-ID"] for message in found.values()}) == 2
    if point == "mail sent":
        # It left twice, under one identifier, by which mail programs know the copy.
        again = found[left[0].name]
        assert again["Message-ID"] == email.message_from_bytes(sent_before)["Message-ID"]
        item = db.session.scalars(select(OutboxItem).where(OutboxItem.attempts == 2)).one()
        assert str(item.payload["placement_id"]) in again["Message-ID"]
