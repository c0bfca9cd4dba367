"""A process that ends without a word at a named point: ``python -m tests.wbl.dying``, for tests of kills.

Arguments: database address, instance folder, what to do (``import`` or ``solve``), the function at
whose call to end (``module:name``), whether to end before or after it, and for an import the
identifiers of round, upload and user.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any

from wbl.accounts.models import User
from wbl.accounts.services import actor_of
from wbl.app import create_app
from wbl.db import db, transaction

ENDED = 9


def end_at(place: str, when: str) -> None:
    module, _colon, name = place.partition(":")
    holder = import_module(module)
    original = getattr(holder, name)

    def dying(*args: Any, **kwargs: Any) -> Any:
        if when == "after":
            original(*args, **kwargs)
            db.session.flush()
        os._exit(ENDED)

    setattr(holder, name, dying)


def main(url: str, folder: str, what: str, place: str, when: str, *ids: str) -> None:
    app = create_app({"SECRET_KEY": "x", "SQLALCHEMY_DATABASE_URI": url, "INSTANCE_PATH": folder})
    with app.app_context():
        if what == "import":
            from wbl.rounds import imports

            round_id, import_id, user_id = map(int, ids)
            user = db.session.get_one(User, user_id)
            actor = actor_of(user)
            end_at(place, when)
            with transaction():
                imports.confirm(actor, round_id, import_id)
        else:
            from wbl.rounds.solving import work_on_next_run

            end_at(place, when)
            work_on_next_run()


if __name__ == "__main__":
    main(*sys.argv[1:])
