"""A process that ends without a word while somebody signs, or closes the last task. For tests of kills."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from wbl import create_app
from wbl.accounts.models import User
from wbl.accounts.services import actor_of
from wbl.agreements import advancing, signing, tasks, telling, versions
from wbl.agreements.signing import Given
from wbl.db import db, transaction

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
    if point == "name checked":
        signing._has_signed = end  # type: ignore[assignment]
    elif point == "signature kept":
        signing.record = end
    elif point == "step moved":
        end_after(telling, "tell")
    elif point == "made active":
        advancing.record = end
    elif point == "before the commit":
        event.listen(Engine, "commit", end)
    elif point != "after the commit":
        raise SystemExit(f"no such point: {point}")


def main(url: str, folder: str, what: str, point: str, user_id: int, placement_id: int, task_id: int) -> None:
    settings = {"SECRET_KEY": "for tests only", "SQLALCHEMY_DATABASE_URI": url, "INSTANCE_PATH": folder}
    app = create_app({**settings, "PUBLIC_URL": "http://localhost"})
    with app.app_context():
        actor = actor_of(db.session.get_one(User, user_id))
        version = versions.current(placement_id)
        assert version is not None
        given = Given("Coordinator", "I agree to this.", "en", version.digest)
        db.session.rollback()
        end_at(point)
        with transaction():
            if what == "sign":
                signing.sign_for_school(actor, placement_id, given)
            else:
                tasks.close(actor, placement_id, task_id)
        end()
