"""Putting on record that a list was taken away."""

from __future__ import annotations

from typing import Any

from wbl.accounts.actor import Actor
from wbl.audit.services import record
from wbl.db import db
from wbl.people.queries import districts_of


class _List:
    """What an audit row is about, where it is no row of a table."""

    __tablename__ = "list"
    id: Any = None


def note(actor: Actor, name: str, kind: str) -> None:
    """One line on the record of each of the actor's districts. Flushes."""
    for district_id in sorted(districts_of(actor)):
        record(actor, "list.export", _List(), district_id=district_id, list=name, format=kind)
    db.session.flush()
