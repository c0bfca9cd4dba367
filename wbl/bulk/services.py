"""Remembering actions on many rows, and taking them back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from flask_babel import gettext as _
from sqlalchemy import update

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.audit.services import record
from wbl.bulk.models import BulkAction, BulkKind
from wbl.bulk.queries import action
from wbl.db import change, db
from wbl.errors import Conflict

Undo = Callable[[Actor, BulkAction], int]


def remember(
    actor: Actor,
    kind: BulkKind,
    items: Sequence[int],
    *,
    district_id: int,
    round_id: int | None = None,
    left_out: Mapping[str, int] | None = None,
) -> BulkAction:
    """Note what was done to many rows, with one line on the record. Flushes."""
    done = BulkAction(
        district_id=district_id,
        round_id=round_id,
        kind=kind,
        items=list(items),
        left_out={reason: count for reason, count in (left_out or {}).items() if count},
        done_by=actor.user_id,
        done_at=clock.now(),
    )
    db.session.add(done)
    db.session.flush()
    record(actor, f"bulk.{kind}", done, district_id=district_id, round=round_id, count=len(items))
    db.session.flush()
    return done


def undo(actor: Actor, action_id: int, handlers: Mapping[BulkKind, Undo]) -> int:
    """Take an action back, as far as it still can be; how many rows that were. Flushes.

    Raises
    ------
    NotFound
        Where there is none, or it is another district's.
    Conflict
        Where somebody took it back already.
    """
    done = action(actor, action_id)
    first = change(
        update(BulkAction)
        .where(BulkAction.id == done.id, BulkAction.undone_at.is_(None))
        .values(undone_at=clock.now())
    )
    if first == 0:
        raise Conflict(_("This was taken back already."))
    count = handlers[done.kind](actor, done)
    record(actor, "bulk.undo", done, district_id=done.district_id, round=done.round_id, count=count)
    db.session.flush()
    return count
