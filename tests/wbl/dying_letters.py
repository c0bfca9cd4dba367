"""A process that ends without a word while letters are written. For tests of kills."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import current_app

from wbl.app import create_app
from wbl.db import db
from wbl.jobs import outbox
from wbl.jobs.worker import drain
from wbl.paper import batches, binding

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
    if point == "half of the letters drawn":
        batches.BATCH = batches._BATCHES_EACH = 1  # two processes are at it
        end_after(outbox, "still_at_it", leave_word)
    elif point == "letters rendered":
        end_after(binding.Book, "written")
    elif point == "letters stored":
        outbox.done = end
    else:
        raise SystemExit(f"no such point: {point}")


def main(url: str, folder: str, point: str) -> None:
    """Do what is due, and end at the point."""
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
        end_at(point)
        drain()
