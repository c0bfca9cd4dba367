"""Reading what was done in bulk, scoped to the actor's districts."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from wbl.accounts.actor import Actor
from wbl.bulk.models import BulkAction, BulkKind
from wbl.db import db
from wbl.errors import NotFound


def action(actor: Actor, action_id: int) -> BulkAction:
    """One action.

    Raises
    ------
    NotFound
        Where there is none, or it is another district's.
    """
    found = db.session.scalar(
        select(BulkAction).where(BulkAction.id == action_id, BulkAction.district_id.in_(actor.coordinator_of))
    )
    if found is None:
        raise NotFound()
    return found


def just_done(
    actor: Actor, action_id: int | None, kinds: Collection[BulkKind], round_id: int
) -> BulkAction | None:
    """The action that a list was sent back to, so that it can say so and offer to undo it."""
    if action_id is None:
        return None
    return db.session.scalar(
        select(BulkAction).where(
            BulkAction.id == action_id,
            BulkAction.kind.in_(kinds),
            BulkAction.round_id == round_id,
            BulkAction.district_id.in_(actor.coordinator_of),
        )
    )
