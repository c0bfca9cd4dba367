"""Where many tests begin: made by the real services once in each process, then put back as it was.

A published round takes half a second, and one whose paperwork is done a whole one. What another test of the
same process has made by the same code, from the same files, at the same set time and on the same kind of
database is copied instead: see ``Worlds``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from flask import current_app
from sqlalchemy import select

from tests import factories as make
from tests.conftest import BEGINNINGS
from tests.wbl.machine_support import Worlds
from tests.wbl.rounds_support import Place
from wbl import clock
from wbl.accounts.actor import Actor
from wbl.accounts.models import User
from wbl.db import db
from wbl.people.models import District

Ids = tuple[int, ...]
"""What is known of what was made, so that it can be found again."""


@dataclass
class Beginnings:
    """The worlds of one application, and the ids of what is in them."""

    worlds: Worlds
    ids: dict[str, Ids] = field(default_factory=dict)


def begin(what: str, build: Callable[[], Ids], **changes: object) -> Ids:
    """The ids that ``build`` gives; ``what`` and ``changes`` say all that it depends on.

    It is built where there is somebody already, and on a database that is of one test alone.
    """
    if BEGINNINGS not in current_app.extensions or db.session.scalar(select(District.id).limit(1)):
        return build()
    kept = current_app.extensions[BEGINNINGS]
    if kept is None:
        kept = current_app.extensions[BEGINNINGS] = Beginnings(Worlds(current_app))
    moment = clock.now() if current_app.config.get("CLOCK") else None
    name = f"{what} {moment} {sorted(changes.items())}"
    if name in kept.ids:
        kept.worlds.put_back(name)
    else:
        kept.ids[name] = build()
        kept.worlds.keep(name)
    found: Ids = kept.ids[name]
    return found


def ids_of(place: Place) -> Ids:
    return place.district.id, place.user.id, place.round_id


def place_of(district_id: int, user_id: int, round_id: int) -> Place:
    user = db.session.get_one(User, user_id)
    return Place(db.session.get_one(District, district_id), user, make.actor(user), round_id)


def actor_of(user_id: int) -> Actor:
    return make.actor(db.session.get_one(User, user_id))
