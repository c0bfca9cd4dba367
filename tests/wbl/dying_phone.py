"""What ends without a word while it stores what a phone has sent. For tests of kills."""

from __future__ import annotations

from tests.wbl.killing import AFTER, end, end_after, end_before_the_commit
from wbl.accounts.models import User
from wbl.accounts.services import actor_of
from wbl.db import db, transaction
from wbl.hours import entries
from wbl.hours.entries import Sent

STORING = ("entry inserted", "law asked", "before the commit")


def end_at(point: str) -> None:
    if point == "entry inserted":
        end_after(entries, "note_change")
    elif point == "law asked":
        end_after(entries, "look_again")
    elif point == "before the commit":
        end_before_the_commit()
    elif point != AFTER:
        raise SystemExit(f"no such point: {point}")


def act(point: str, user_id: int, placement_id: int, sent: Sent) -> None:
    """Store it and end at the point; at the latest before the phone gets its answer."""
    actor = actor_of(db.session.get_one(User, user_id))
    db.session.rollback()
    end_at(point)
    with transaction():
        entries.store_sent(actor, placement_id, sent)
    if point == AFTER:
        end()
