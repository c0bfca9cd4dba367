"""A kill at any moment of publishing leaves the state before or the state after, and work goes on."""

from __future__ import annotations

import email
import shutil
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from tests.wbl.dying_publisher import PUBLISHING, WHY, WITHDRAWING, act
from tests.wbl.killing import KILLS, Dying, dying, kill_at_each_point, kill_many_times
from tests.wbl.machine_support import Worlds
from tests.wbl.paperwork_support import MOMENT, at
from tests.wbl.published import Published, published_place, solved_place
from tests.wbl.smtp_server import mail_server
from wbl.audit.models import AuditEvent
from wbl.db import db, transaction
from wbl.jobs import outbox
from wbl.jobs.models import OutboxItem, OutboxState
from wbl.jobs.worker import drain
from wbl.placements.publishing import publish, withdraw

LATER = outbox.TAKEN_FOR + timedelta(seconds=5)
"""After so long another worker takes over what a dead one held."""
# Without the numbers of new rows: on PostgreSQL a kill uses some up.
LINKS = (
    "SELECT student_id, guardian_id, revoked_at IS NULL FROM family_link"
    " JOIN placement ON placement.id = family_link.placement_id ORDER BY student_id, guardian_id"
)
NOTICED = {
    "rounds": "SELECT state, published_run_id FROM round",
    "publications": "SELECT run_id, withdrawn_at IS NULL FROM publication ORDER BY id",
    "placements": "SELECT student_id, offering_id, state FROM placement ORDER BY student_id",
    "links": LINKS,
    "outbox": "SELECT kind, state, count(*) FROM outbox_item GROUP BY kind, state ORDER BY kind, state",
    "recorded": "SELECT action, count(*) FROM audit_event GROUP BY action ORDER BY action",
}


def state() -> dict[str, list[tuple[Any, ...]]]:
    """What families and coordinators would notice of a publication."""
    db.session.rollback()
    return {name: [tuple(row) for row in db.session.execute(text(what))] for name, what in NOTICED.items()}


def count(model: type, *where: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model).where(*where)) or 0


def mails(app: Flask) -> list[Path]:
    return sorted(Path(app.config["MAIL_FOLDER"]).glob("*"))


def to_publish(app: Flask, worlds: Worlds, dies: Dying) -> tuple[Callable[[str], None], Callable[[], None]]:
    """A round that is solved: publish it in a process that ends at a point, or here."""
    at(app, MOMENT)
    place, run_id = solved_place()
    user_id, actor = place.user.id, place.actor
    worlds.keep("before")

    def again() -> None:
        with transaction():
            publish(actor, run_id)

    return (lambda point: dies.die(point, "publish", user_id, run_id, now=MOMENT)), again


def to_withdraw(app: Flask, worlds: Worlds, dies: Dying) -> tuple[Callable[[str], None], Callable[[], None]]:
    """A round that is published: withdraw that in a process that ends at a point, or here."""
    at(app, MOMENT)
    published = published_place()
    user_id, actor = published.place.user.id, published.place.actor
    publication_id = published.publication_id
    worlds.keep("before")

    def again() -> None:
        with transaction():
            withdraw(actor, publication_id, WHY)

    return (lambda point: dies.die(point, "withdraw", user_id, publication_id, now=MOMENT)), again


def test_a_kill_while_publishing(app: Flask, worlds: Worlds) -> None:
    with dying(app, act) as dies:
        kill_at_each_point(worlds, state, *to_publish(app, worlds, dies), PUBLISHING)
    left = state()
    assert {kind: len(left[kind]) for kind in ("publications", "placements", "links")} == {
        "publications": 1,
        "placements": 2,
        "links": 2,
    }
    assert left["outbox"] == [("letters", "pending", 1), ("mail", "pending", 2)]


def test_a_kill_while_withdrawing(app: Flask, worlds: Worlds) -> None:
    with dying(app, act) as dies:
        kill_at_each_point(worlds, state, *to_withdraw(app, worlds, dies), WITHDRAWING)
    left = state()
    assert left["rounds"] == [("review", None)]
    assert not any(in_force for *_whose, in_force in left["publications"] + left["links"])
    assert {row[2] for row in left["placements"]} == {"withdrawn"}


@pytest.mark.slow
def test_twenty_kills_at_each_point_of_publishing(app: Flask, worlds: Worlds) -> None:
    with dying(app, act) as dies:
        kill_many_times(worlds, state, *to_publish(app, worlds, dies), PUBLISHING)


@pytest.mark.slow
def test_twenty_kills_at_each_point_of_withdrawing(app: Flask, worlds: Worlds) -> None:
    with dying(app, act) as dies:
        kill_many_times(worlds, state, *to_withdraw(app, worlds, dies), WITHDRAWING)


def mails_only(published: Published) -> None:
    """Take the letters out of the way, which take seconds to render."""
    with transaction():
        item = db.session.scalars(
            select(OutboxItem).where(OutboxItem.key == f"letters:{published.publication_id}")
        ).one()
        outbox.done(item)


def work(app: Flask, kills: int) -> None:
    """What another worker does once the time of those before it is over."""
    at(app, MOMENT + LATER * kills)
    drain()


def assert_all_done() -> None:
    db.session.rollback()
    assert set(db.session.scalars(select(OutboxItem.state))) == {OutboxState.DONE}
    assert count(AuditEvent, AuditEvent.action == "round.publish") == 1


def ids(folder: Path) -> Counter[str]:
    """The identifiers of the mails in a folder: how often each arrived."""
    return Counter(email.message_from_bytes(path.read_bytes())["Message-ID"] for path in folder.glob("*.eml"))


def kill_while_mail_is_written(app: Flask, worlds: Worlds, lives: int) -> None:
    """In each life a kill while a mail is half written, and one when it is."""
    at(app, MOMENT)
    published = published_place()
    mails_only(published)
    user_id = published.place.user.id
    worlds.keep("before")
    with dying(app, act) as dies:
        for life in range(lives):
            worlds.put_back("before")
            shutil.rmtree(app.config["MAIL_FOLDER"], ignore_errors=True)
            dies.die("mail half written", "work", user_id, 0, now=MOMENT)
            assert [one.suffix == ".eml" for one in mails(app)] == [False], life
            dies.die("mail sent", "work", user_id, 0, now=MOMENT + LATER)
            (sent,) = (one for one in mails(app) if one.suffix == ".eml")
            before = email.message_from_bytes(sent.read_bytes())["Message-ID"]
            assert count(OutboxItem, OutboxItem.state == OutboxState.TAKEN) == 1
            work(app, 2)
            assert_all_done()
            # It was written twice, under one identifier; and nothing half written stays.
            assert len(mails(app)) == 2
            found = ids(Path(app.config["MAIL_FOLDER"]))
            assert (len(found), found[before]) == (2, 1), life
            item = db.session.scalars(select(OutboxItem).where(OutboxItem.attempts == 3)).one()
            assert str(item.payload["placement_id"]) in before


def test_a_kill_while_mail_is_written(app: Flask, worlds: Worlds) -> None:
    kill_while_mail_is_written(app, worlds, 1)


@pytest.mark.slow
def test_twenty_kills_while_mail_is_written(app: Flask, worlds: Worlds) -> None:
    kill_while_mail_is_written(app, worlds, KILLS)


@pytest.mark.slow
def test_twenty_kills_after_mail_was_handed_over(app: Flask, worlds: Worlds, tmp_path: Path) -> None:
    """A real mail server has it, and nobody noted that: it goes out twice, under one identifier."""
    at(app, MOMENT)
    published = published_place()
    mails_only(published)
    user_id = published.place.user.id
    worlds.keep("before")
    folder = tmp_path / "mail"
    with mail_server(folder) as url, dying(app, act, SMTP_URL=url) as dies:
        app.config["SMTP_URL"] = url
        for life in range(KILLS):
            worlds.put_back("before")
            for path in folder.glob("*.eml"):
                path.unlink()
            dies.die("mail sent", "work", user_id, 0, now=MOMENT)
            assert sorted(ids(folder).values()) == [1], life
            work(app, 1)
            assert_all_done()
            assert sorted(ids(folder).values()) == [1, 2], life
