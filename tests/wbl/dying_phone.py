"""A process that ends without a word while it stores what a phone has sent. For tests of kills."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from wbl import create_app
from wbl.accounts.models import User
from wbl.accounts.services import actor_of
from wbl.db import db, transaction
from wbl.hours import entries
from wbl.hours.entries import Sent

ENDED = 9


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


def end_at(point: str) -> None:
    if point == "entry inserted":
        end_after(entries, "note_change")
    elif point == "law asked":
        end_after(entries, "look_again")
    elif point == "before the commit":
        event.listen(Engine, "commit", end)
    elif point != "before the answer":
        raise SystemExit(f"no such point: {point}")


def main(
    url: str, folder: str, point: str, user_id: int, placement_id: int, sent: dict[str, str | None]
) -> None:
    settings = {
        "SECRET_KEY": "for tests only",
        "SQLALCHEMY_DATABASE_URI": url,
        "INSTANCE_PATH": folder,
        "PUBLIC_URL": "http://localhost",
        "CLOCK": lambda: datetime.fromisoformat(str(sent["now"])),
    }
    app = create_app(settings)
    with app.app_context():
        actor = actor_of(db.session.get_one(User, user_id))
        db.session.rollback()
        end_at(point)
        ended = sent["ended_at"]
        what = Sent(
            str(sent["uid"]),
            datetime.fromisoformat(str(sent["started_at"])),
            datetime.fromisoformat(ended) if ended else None,
        )
        with transaction():
            entries.store_sent(actor, placement_id, what)
        end()
