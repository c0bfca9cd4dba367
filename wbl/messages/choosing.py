"""How somebody wants to be written to, and when a district sends nothing."""

from __future__ import annotations

from dataclasses import dataclass

from wbl.accounts.actor import Actor
from wbl.accounts.models import User
from wbl.audit.services import record
from wbl.db import db
from wbl.errors import NotFound
from wbl.messages import queries
from wbl.messages.models import MessageChoice, MessageSetting
from wbl.messages.quiet import Hours
from wbl.people.models import District, Guardian


@dataclass(frozen=True, slots=True)
class Person:
    """Who chooses: a user, or a guardian by their link; in which district, and who acts."""

    actor: Actor
    district: District
    user_id: int | None = None
    guardian_id: int | None = None

    @property
    def key(self) -> dict[str, int | None]:
        return {"user_id": self.user_id, "guardian_id": self.guardian_id}


def choose(person: Person, *, language: str, hours: Hours | None) -> None:
    """Keep a person's language and quiet hours (None: the district's). Flushes."""
    row = queries.choice_of(**person.key) or MessageChoice(**person.key)
    row.quiet_from, row.quiet_until = (hours.begins, hours.ends) if hours is not None else (None, None)
    if person.user_id is not None:
        db.session.get_one(User, person.user_id).locale = language
    else:
        db.session.get_one(Guardian, person.guardian_id).chosen_language = language
    db.session.add(row)
    db.session.flush()
    record(person.actor, "message.choose", row, district_id=person.district.id)


def set_district_hours(actor: Actor, district_id: int, hours: Hours) -> None:
    """When the district sends nothing that can wait. Flushes. Raises ``NotFound``."""
    if district_id not in actor.administrator_of:
        raise NotFound()
    row = db.session.get(MessageSetting, district_id) or MessageSetting(district_id=district_id)
    row.quiet_from, row.quiet_until = hours.begins, hours.ends
    db.session.add(row)
    record(actor, "message.hours", db.session.get_one(District, district_id), district_id=district_id)
    db.session.flush()
