"""Links are made and ended."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, update

from wbl import clock
from wbl.accounts import tokens
from wbl.accounts.actor import Actor
from wbl.audit.services import Subject, record
from wbl.db import change, db
from wbl.errors import NotFound
from wbl.links.models import Link
from wbl.links.queries import L


def columns(model: type[Link], expires_at: datetime) -> dict[str, Any]:
    """The columns of a new link that works until then."""
    nonce = tokens.new_nonce()
    return {
        "nonce": nonce,
        "token_hash": model.hash_of(model.token_for(nonce)),
        "created_at": clock.now(),
        "expires_at": expires_at,
    }


def make(model: type[L], lifetime: timedelta, **leads_to: Any) -> L:
    """A new link that works for so long. Flushes."""
    link = model(**columns(model, clock.now() + lifetime), **leads_to)
    db.session.add(link)
    db.session.flush()
    return link


def end(model: type[Link], *which: ColumnElement[bool]) -> int:
    """End all of these that nobody ended yet; how many there were."""
    return change(update(model).where(*which, model.revoked_at.is_(None)).values(revoked_at=clock.now()))


def revoke(
    actor: Actor,
    action: str,
    model: type[Link],
    link_id: int,
    *which: ColumnElement[bool],
    subject: Subject,
    district_id: int,
) -> None:
    """End one link and record it: whoever has it opens nothing any more. Flushes.

    Parameters
    ----------
    which
        What it has to lead to, of what the actor may end.
    subject
        What the record is about.

    Raises
    ------
    NotFound
        Where there is no such link, or it was revoked before.
    """
    if end(model, model.id == link_id, *which) == 0:
        raise NotFound()
    record(actor, action, subject, district_id=district_id, link=link_id)
    db.session.flush()
