"""A process that ends without a word while it publishes, withdraws or empties the outbox.

For tests of kills. Each point is a moment of ours between two things that belong together.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import event
from sqlalchemy.engine import Engine

from paper import batches, binding
from wbl import create_app
from wbl.accounts.models import User
from wbl.accounts.services import actor_of
from wbl.db import db, transaction
from wbl.jobs import mail, outbox
from wbl.jobs.worker import drain
from wbl.placements import publishing

ENDED = 9


def end(*_: Any, **__: Any) -> Any:
    os._exit(ENDED)


def leave_word() -> None:
    """Write down which processes are at work for this one."""
    at_work = [str(process.pid) for process in multiprocessing.active_children()]
    Path(current_app.instance_path, "at-work").write_text(" ".join(at_work))


def end_after(module: Any, name: str, first: Callable[[], None] = lambda: None) -> None:
    """End where ``module.name`` has done its work, and ``first`` too."""
    original: Callable[..., Any] = getattr(module, name)

    def dying(*args: Any, **kwargs: Any) -> None:
        original(*args, **kwargs)
        db.session.flush()
        first()
        end()

    setattr(module, name, dying)


def end_at(point: str) -> None:
    if point == "placements inserted":
        end_after(publishing, "_add_placements")
    elif point == "round opened":
        publishing.record = end  # type: ignore[attr-defined]
    elif point == "before the commit":
        event.listen(Engine, "commit", end)
    elif point == "half of the letters drawn":
        batches.BATCH = batches._BATCHES_EACH = 1  # two processes are at it
        end_after(outbox, "still_at_it", leave_word)
    elif point == "letters rendered":
        end_after(binding, "bind")
    elif point == "mail half written":
        Path.replace = end  # type: ignore[assignment, method-assign]
    elif point == "mail sent":
        end_after(mail, "send")
    elif point == "letters stored":
        outbox.done = end
    elif point != "after the commit":
        raise SystemExit(f"no such point: {point}")


def main(url: str, folder: str, what: str, point: str, user_id: int, subject_id: int) -> None:
    settings = {
        "SECRET_KEY": "for tests only",
        "SQLALCHEMY_DATABASE_URI": url,
        "INSTANCE_PATH": folder,
        "MAIL_FOLDER": str(Path(folder) / "mail"),
        "PUBLIC_URL": "http://localhost",
        "LETTER_PROCESSES": 2,
    }
    app = create_app(settings)
    with app.app_context():
        actor = actor_of(db.session.get_one(User, user_id))
        db.session.rollback()
        end_at(point)
        if what == "work":
            drain()
            return
        with transaction():
            if what == "publish":
                publishing.publish(actor, subject_id)
            else:
                publishing.withdraw(actor, subject_id, "The clinic closed its doors")
        end()
