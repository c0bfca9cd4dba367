"""Kills at named points: a process that is ready forks one for each action that ends without a word.

A new Python takes a second, a fork of one that has everything loaded some hundredths: so each point can
be died at twenty times.
"""

from __future__ import annotations

import multiprocessing
import os
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.engine import Engine

from tests.wbl.machine_support import Worlds
from wbl.app import FEATURES, create_app
from wbl.db import db
from wbl.errors import Conflict

ENDED, KILLS = 9, 20
AFTER = "after the commit"
Act = Callable[..., None]
"""What a forked process does; it gets the name of the point to end at, and what ``Dying.die`` was given."""

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["pytest", __name__, *(f"wbl.{feature}.routes" for feature in FEATURES)])


def end(*_: Any, **__: Any) -> Any:
    os._exit(ENDED)


def end_after(module: Any, name: str) -> None:
    """End where ``module.name`` has done its work."""
    original: Callable[..., Any] = getattr(module, name)

    def dying(*args: Any, **kwargs: Any) -> None:
        original(*args, **kwargs)
        db.session.flush()
        end()

    setattr(module, name, dying)


def end_before_the_commit() -> None:
    event.listen(Engine, "commit", end)


class _Stop(Exception):
    """Nothing of a rehearsal is committed."""


def _rehearse(act: Act, arguments: Sequence[Any]) -> None:
    """Do it up to its first commit, and take it back: who is forked then has every statement ready."""

    def stop(_connection: object) -> None:
        raise _Stop

    event.listen(Engine, "commit", stop)
    try:
        with suppress(_Stop):
            act(AFTER, *arguments)
    finally:
        event.remove(Engine, "commit", stop)
        db.session.remove()
        db.engine.dispose()  # no connection is shared with who is forked


def serve(connection: Connection, settings: dict[str, Any], act: Act) -> None:
    """Fork a process for each thing that is asked for, and say how it ended; until the other end closes."""
    app = create_app(settings)
    rehearsed = False
    with app.app_context():
        while True:
            try:
                point, now, arguments = connection.recv()
            except EOFError:
                return
            app.config["CLOCK"] = lambda now=now: now
            if not rehearsed:
                _rehearse(act, arguments)
                rehearsed = True
            child = os.fork()
            if child == 0:
                try:
                    act(point, *arguments)
                finally:
                    os._exit(1)
            _pid, status = os.waitpid(child, 0)
            connection.send(os.waitstatus_to_exitcode(status))


class Dying:
    """Lets another process act on the test's database and end at a named point."""

    def __init__(self, app: Flask, connection: Connection) -> None:
        self.app, self.connection = app, connection

    def die(self, point: str, *arguments: Any, now: datetime) -> None:
        """Act with these arguments, by this clock, and end at the point."""
        db.session.remove()
        self.connection.send((point, now, arguments))
        assert self.connection.poll(60), f"{point} was not met in a minute"
        assert self.connection.recv() == ENDED, f"{point} was not met"


@contextmanager
def dying(app: Flask, act: Act, **more: str) -> Iterator[Dying]:
    """A process that is ready to act, with ``more`` settings; it ends with the block."""
    settings = {
        "SECRET_KEY": app.config["SECRET_KEY"],
        "SQLALCHEMY_DATABASE_URI": app.config["SQLALCHEMY_DATABASE_URI"],
        "INSTANCE_PATH": app.instance_path,
        "MAIL_FOLDER": str(Path(app.instance_path) / "mail"),
        "PUBLIC_URL": "http://localhost",
        **more,
    }
    ours, theirs = PROCESSES.Pipe()
    process = PROCESSES.Process(target=serve, args=(theirs, settings, act), daemon=True)
    process.start()
    theirs.close()
    try:
        yield Dying(app, ours)
    finally:
        ours.close()  # what it waits for never comes
        process.join(30)
        process.kill()


def in_any_order(points: Sequence[str], life: int) -> list[str]:
    """The points in another order for each life, the same in each run."""
    return random.Random(life).sample(points, len(points))


def kill_at_each_point(
    worlds: Worlds,
    state: Callable[[], object],
    die: Callable[[str], None],
    again: Callable[[], object],
    points: Sequence[str],
) -> None:
    """One kill at each point, after which the same is done to its end; then one when it was done.

    Parameters
    ----------
    state
        Tells what anybody would notice, of the world "before" and after it.
    die, again
        Do it in another process that ends at a point; do it here.
    """
    worlds.put_back("before")
    before = state()
    again()
    after = state()
    assert after != before
    for point in points:
        worlds.put_back("before")
        die(point)
        assert state() == before, point
        again()
        assert state() == after, point
    worlds.put_back("before")
    die(AFTER)
    assert state() == after
    with pytest.raises(Conflict):
        again()
    assert state() == after


def kill_many_times(
    worlds: Worlds,
    state: Callable[[], object],
    die: Callable[[str], None],
    again: Callable[[], object],
    points: Sequence[str],
) -> None:
    """In each of twenty lives a kill at each point, one after the other: the last when it was done."""
    worlds.put_back("before")
    before = state()
    again()
    after = state()
    assert after != before
    for life in range(KILLS):
        worlds.put_back("before")
        for point in in_any_order(points, life):
            die(point)
            assert state() == before, (point, life)
        die(AFTER)
        assert state() == after, life
        # Whoever got no answer tries once more: it is done, and nothing is done twice.
        with pytest.raises(Conflict):
            again()
        assert state() == after, life
