"""Putting work into the outbox, and taking it out without two workers doing it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, or_, select, update

from wbl import clock
from wbl.db import change, db
from wbl.jobs.models import OutboxItem, OutboxKind, OutboxState
from wbl.jobs.underway import Hopeless, Unreached

MOST_ATTEMPTS = 8
"""The first again after two minutes, each after twice as long: the last comes four hours later."""
# A worker that died leaves its item taken; after so long another may take it over.
TAKEN_FOR = timedelta(minutes=5)


def enqueue(kind: OutboxKind, key: str, payload: dict[str, Any], *, district_id: int | None) -> None:
    """Queue one thing to do after this transaction's commit. Flushes.

    Raises
    ------
    sqlalchemy.exc.IntegrityError
        Where the key is queued already.
    """
    item = OutboxItem(kind=kind, key=key, district_id=district_id, payload=payload)
    item.state, item.due_at = OutboxState.PENDING, clock.now()
    db.session.add(item)
    db.session.flush()


def enqueue_all(kind: OutboxKind, payloads: Mapping[str, dict[str, Any]], *, district_id: int | None) -> None:
    """Queue many things of a kind, by their keys, in one statement; else as ``enqueue``."""
    common = {"kind": kind, "district_id": district_id, "state": OutboxState.PENDING, "due_at": clock.now()}
    rows = [{**common, "key": key, "payload": payload} for key, payload in payloads.items()]
    if rows:
        db.session.execute(insert(OutboxItem), rows)


def claim() -> OutboxItem | None:
    """Take the next thing that is due, by a conditional update: a second worker loses harmlessly."""
    moment = clock.now()
    abandoned = (OutboxItem.state == OutboxState.TAKEN) & (OutboxItem.taken_at < moment - TAKEN_FOR)
    # What ended its worker so often would end the next one too.
    change(
        update(OutboxItem)
        .where(abandoned, OutboxItem.attempts >= MOST_ATTEMPTS)
        .values(state=OutboxState.FAILED, error="WorkerEnded")
    )
    free = or_(OutboxItem.state == OutboxState.PENDING, abandoned)
    item_id = db.session.scalar(
        select(OutboxItem.id)
        .where(free, OutboxItem.due_at <= moment)
        .order_by(OutboxItem.due_at, OutboxItem.id)
        .limit(1)
    )
    if item_id is None:
        return None
    taken = change(
        update(OutboxItem)
        .where(OutboxItem.id == item_id, free)
        .values(state=OutboxState.TAKEN, taken_at=moment, attempts=OutboxItem.attempts + 1)
    )
    return db.session.get(OutboxItem, item_id, populate_existing=True) if taken == 1 else None


def still_at_it(publication_id: int) -> None:
    """Say that the letters of a publication are still being written, so that nobody takes them for
    a dead worker's."""
    change(
        update(OutboxItem)
        .where(
            OutboxItem.kind == OutboxKind.LETTERS,
            OutboxItem.state == OutboxState.TAKEN,
            OutboxItem.payload["publication_id"].as_integer() == publication_id,
        )
        .values(taken_at=clock.now())
    )


def done(item: OutboxItem) -> None:
    item.state = OutboxState.DONE
    item.done_at = clock.now()
    item.error = ""


def failed(item: OutboxItem, error: Exception) -> None:
    """Try again later, twice as late each time; after the last attempt it waits for a person."""
    # The kind of error alone: its text may hold an address.
    item.error = str(error) if isinstance(error, Hopeless) else type(error).__name__
    if item.attempts >= MOST_ATTEMPTS or isinstance(error, Hopeless | Unreached):
        item.state = OutboxState.FAILED
    else:
        item.state = OutboxState.PENDING
        item.due_at = clock.now() + timedelta(minutes=2**item.attempts)


def put_off(item: OutboxItem, until: datetime) -> None:
    """Wait until then. It counts as no attempt: nothing went wrong."""
    item.state, item.due_at, item.attempts = OutboxState.PENDING, until, item.attempts - 1


def retry(item: OutboxItem) -> None:
    """Give a failed item its attempts back, now."""
    item.state = OutboxState.PENDING
    item.attempts = 0
    item.due_at = clock.now()
