"""How Flask-Login and the server-side sessions meet."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, request
from flask_login import UserMixin, current_user

from wbl import clock
from wbl.accounts import services
from wbl.accounts.actor import Actor
from wbl.db import transaction
from wbl.extensions import login_manager


@dataclass
class SignedIn(UserMixin):
    """``current_user`` of a signed-in request: the actor, and the session it came by."""

    actor: Actor
    session_id: int
    locale: str | None
    token: str
    stale: bool  # last seen long enough ago to be noted again

    def get_id(self) -> str:
        return self.token


def load(token: str) -> SignedIn | None:
    """What the cookie's token stands for: nothing, once the session was ended or has expired."""
    found = services.session_by_token(token)
    if found is None:
        return None
    return SignedIn(
        actor=found.actor,
        session_id=found.id,
        locale=found.locale,
        token=token,
        stale=clock.now() - found.last_seen_at > services.SEEN_EVERY,
    )


def init_login(app: Flask) -> None:
    login_manager.init_app(app)
    login_manager.user_loader(load)

    @app.before_request
    def note_seen() -> None:
        if request.endpoint == "static":
            return
        if current_user.is_authenticated and current_user.stale:
            with transaction():
                services.note_seen(current_user.session_id)
