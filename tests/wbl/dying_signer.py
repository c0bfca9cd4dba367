"""What ends without a word while somebody signs, or closes the last task. For tests of kills."""

from __future__ import annotations

from tests.wbl.killing import AFTER, end, end_after, end_before_the_commit
from wbl.accounts.models import User
from wbl.accounts.services import actor_of
from wbl.agreements import advancing, signing, tasks, telling, versions
from wbl.agreements.signing import Given
from wbl.db import db, transaction

SIGNING = ("name checked", "signature kept", "step moved", "before the commit")
CLOSING = ("made active", "before the commit")


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
        end_before_the_commit()
    elif point != AFTER:
        raise SystemExit(f"no such point: {point}")


def act(point: str, user_id: int, placement_id: int, task_id: int | None) -> None:
    """Sign for the school, or close a task, and end at the point; at the latest when it is done."""
    actor = actor_of(db.session.get_one(User, user_id))
    version = versions.current(placement_id)
    assert version is not None
    given = Given("Coordinator", "I agree to this.", "en", version.digest)
    db.session.rollback()
    end_at(point)
    with transaction():
        if task_id is None:
            signing.sign_for_school(actor, placement_id, given)
        else:
            tasks.close(actor, placement_id, task_id)
    if point == AFTER:
        end()
