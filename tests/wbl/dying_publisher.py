"""What ends without a word while it publishes, withdraws or empties the outbox.

For tests of kills. Each point is a moment of ours between two things that belong together.
"""

from __future__ import annotations

from pathlib import Path

from tests.wbl.killing import AFTER, end, end_after, end_before_the_commit
from wbl.accounts.models import User
from wbl.accounts.services import actor_of
from wbl.db import db, transaction
from wbl.jobs import mail
from wbl.jobs.worker import drain
from wbl.placements import publishing

PUBLISHING = ("placements inserted", "before the commit")
WITHDRAWING = ("round opened", "before the commit")
WHY = "The clinic closed its doors"


def end_at(point: str) -> None:
    if point == "placements inserted":
        end_after(publishing, "_add_placements")
    elif point == "round opened":
        publishing.record = end  # type: ignore[attr-defined]
    elif point == "before the commit":
        end_before_the_commit()
    elif point == "mail half written":
        Path.replace = end  # type: ignore[assignment, method-assign]
    elif point == "mail sent":
        end_after(mail, "send")
    elif point != AFTER:
        raise SystemExit(f"no such point: {point}")


def act(point: str, what: str, user_id: int, subject_id: int) -> None:
    """Publish a run, withdraw a publication or do what is due, and end at the point; at the latest when
    it is done."""
    actor = actor_of(db.session.get_one(User, user_id))
    db.session.rollback()
    end_at(point)
    if what == "work":
        drain()
    else:
        with transaction():
            if what == "publish":
                publishing.publish(actor, subject_id)
            else:
                publishing.withdraw(actor, subject_id, WHY)
    if point == AFTER:
        end()
