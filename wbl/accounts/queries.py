"""Reading accounts."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.accounts.models import UserSession
from wbl.db import db


def own_sessions(actor: Actor) -> Sequence[UserSession]:
    """The actor's sessions in force, the newest first."""
    return db.session.scalars(
        select(UserSession)
        .where(
            UserSession.user_id == actor.user_id,
            UserSession.ended_at.is_(None),
            UserSession.expires_at > clock.now(),
        )
        .order_by(UserSession.last_seen_at.desc())
    ).all()
