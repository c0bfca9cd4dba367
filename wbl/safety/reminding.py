"""What the worker does for safety: remind of a concern that nobody has read."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from wbl import clock
from wbl.db import db, transaction
from wbl.jobs.models import OutboxItem
from wbl.safety import telling
from wbl.safety.models import ConcernEntry, ConcernState, EntryKind, SafetyConcern

AFTER = timedelta(hours=12)
MOST = 6
"""So many reminders, twelve hours apart: then it stands on the home page, as it has from the first."""


def remind_next() -> bool:
    """Remind the readers of one concern (the worker's job); False where none is due."""
    with transaction():
        waiting = db.session.execute(
            select(SafetyConcern, ConcernEntry)
            .join(ConcernEntry, ConcernEntry.concern_id == SafetyConcern.id)
            .where(
                SafetyConcern.state == ConcernState.RAISED,
                SafetyConcern.waits_since <= clock.now() - AFTER,
                ConcernEntry.id
                == select(func.max(ConcernEntry.id))
                .where(
                    ConcernEntry.concern_id == SafetyConcern.id,
                    ConcernEntry.kind.in_((EntryKind.RAISED, EntryKind.SAID)),
                )
                .correlate(SafetyConcern)
                .scalar_subquery(),
            )
            .order_by(SafetyConcern.waits_since, SafetyConcern.id)
            # Of two workers one takes a concern, the other the next.
            .with_for_update(of=SafetyConcern, skip_locked=True)
        ).tuples()
        for concern, entry in waiting:
            again = min((clock.now() - concern.waits_since) // AFTER, MOST)
            keys = [telling.key_of("concern", entry, user, again) for user in telling.readers_of(concern)]
            if db.session.scalar(select(OutboxItem.id).where(OutboxItem.key.in_(keys)).limit(1)) is None:
                telling.tell_readers(concern, entry, again)
                return True
    return False
