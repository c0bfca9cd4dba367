"""A new password by mail. Whether an address has a sign-in is never told."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select, update

from wbl import clock
from wbl.accounts import services, tokens
from wbl.accounts.models import PasswordReset, User
from wbl.audit.services import record
from wbl.db import change, db
from wbl.errors import NotFound
from wbl.jobs.models import OutboxKind
from wbl.jobs.outbox import enqueue

PURPOSE = "password-reset"
LIFETIME = timedelta(hours=1)
# More than so many mails an hour help nobody, and could be made to annoy somebody.
MOST_AN_HOUR = 3


def ask(email: str) -> None:
    """Mail a link to whoever signs in by this address; nothing where nobody does. Flushes."""
    user = services.user_by_email(email)
    if user is not None and user.active:
        send(user)


def send(user: User) -> bool:
    """Mail this user a link; False where enough were mailed in the last hour. Flushes."""
    moment = clock.now()
    recent = db.session.scalar(
        select(func.count())
        .select_from(PasswordReset)
        .where(PasswordReset.user_id == user.id, PasswordReset.created_at > moment - timedelta(hours=1))
    )
    if (recent or 0) >= MOST_AN_HOUR:
        return False
    nonce = tokens.new_nonce()
    made = PasswordReset(
        user_id=user.id,
        nonce=nonce,
        token_hash=tokens.hash_of(tokens.token_of(PURPOSE, nonce)),
        created_at=moment,
        expires_at=moment + LIFETIME,
    )
    db.session.add(made)
    db.session.flush()
    enqueue(
        OutboxKind.MAIL,
        f"password-reset:{made.id}",
        {"about": "password_reset", "reset_id": made.id},
        district_id=None,
    )
    return True


def by_token(token: str) -> PasswordReset | None:
    """The reset in force that this link opens, or None."""
    return db.session.scalar(
        select(PasswordReset)
        .join(User)
        .where(
            PasswordReset.token_hash == tokens.hash_of(token),
            PasswordReset.used_at.is_(None),
            PasswordReset.expires_at > clock.now(),
            User.active,
        )
    )


def choose(token: str, password: str) -> User:
    """Set the new password; every session ends, and every other link of the user opens nothing. Flushes.

    Raises
    ------
    NotFound
        Where the link opens nothing, or was used a moment ago.
    DomainError
        Where the password is too easy.
    """
    found = by_token(token)
    if found is None:
        raise NotFound()
    user = db.session.get_one(User, found.user_id)
    services.check_new_password(password, user.email)
    taken = change(
        update(PasswordReset)
        .where(PasswordReset.id == found.id, PasswordReset.used_at.is_(None))
        .values(used_at=clock.now())
    )
    if taken != 1:
        raise NotFound()
    change(
        update(PasswordReset)
        .where(PasswordReset.user_id == user.id, PasswordReset.used_at.is_(None))
        .values(used_at=clock.now())
    )
    services.set_password(user, password)
    record(services.actor_of(user), "account.password_reset", user)
    db.session.flush()
    return user
