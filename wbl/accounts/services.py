"""Users, passwords, and the sessions that they are signed in by."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import func, select, update

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.accounts.models import Membership, Role, User, UserSession
from wbl.audit.services import record
from wbl.db import change, db
from wbl.errors import NotFound

_hasher = PasswordHasher()
# Verified against where no such user exists, so that the answer takes as long either way.
_NOBODY = _hasher.hash(secrets.token_hex(16))
SEEN_EVERY = timedelta(minutes=5)


def token_hash(token: str) -> str:
    """How a token is stored: SHA-256, hex. Tokens are long and random, so no salt is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


def create_user(
    *,
    email: str,
    name: str,
    password: str,
    role: Role,
    district_id: int | None = None,
    employer_id: int | None = None,
    student_id: int | None = None,
    locale: str | None = None,
) -> User:
    """Add a user with one membership. Flushes."""
    user = User(
        email=email.strip().lower(),
        name=name,
        password_hash=_hasher.hash(password),
        locale=locale,
        created_at=clock.now(),
        active=True,
    )
    user.memberships.append(
        Membership(role=role, district_id=district_id, employer_id=employer_id, student_id=student_id)
    )
    db.session.add(user)
    db.session.flush()
    return user


def add_membership(
    user: User,
    *,
    role: Role,
    district_id: int | None = None,
    employer_id: int | None = None,
    student_id: int | None = None,
) -> None:
    """Give a user one more role. Flushes."""
    user.memberships.append(
        Membership(role=role, district_id=district_id, employer_id=employer_id, student_id=student_id)
    )
    db.session.flush()


def set_password(user: User, password: str) -> None:
    """A new password; every session of the user ends. Flushes."""
    user.password_hash = _hasher.hash(password)
    db.session.execute(
        update(UserSession)
        .where(UserSession.user_id == user.id, UserSession.ended_at.is_(None))
        .values(ended_at=clock.now())
    )
    db.session.flush()


def check_password(email: str, password: str) -> User | None:
    """The active user with this e-mail and password, or None (in equal time)."""
    user = db.session.scalar(select(User).where(func.lower(User.email) == email.strip().lower()))
    known = user is not None and user.active
    try:
        _hasher.verify(user.password_hash if user is not None and known else _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return None
    return user if known else None


def start_session(user: User, *, lifetime: timedelta, device: str) -> str:
    """Begin a session and return its token; only the token's hash is kept. Flushes."""
    token = secrets.token_urlsafe(32)
    moment = clock.now()
    db.session.add(
        UserSession(
            user_id=user.id,
            token_hash=token_hash(token),
            device=device[:80],
            created_at=moment,
            last_seen_at=moment,
            expires_at=moment + lifetime,
        )
    )
    record(actor_of(user), "account.sign_in", user)
    db.session.flush()
    return token


def session_by_token(token: str) -> UserSession | None:
    """The session in force that this token opens, or None."""
    return db.session.scalar(
        select(UserSession)
        .join(User)
        .where(
            UserSession.token_hash == token_hash(token),
            UserSession.ended_at.is_(None),
            UserSession.expires_at > clock.now(),
            User.active,
        )
    )


def note_seen(session_id: int) -> None:
    db.session.execute(
        update(UserSession).where(UserSession.id == session_id).values(last_seen_at=clock.now())
    )


def end_session(actor: Actor, session_id: int) -> None:
    """End one of the actor's own sessions.

    Raises
    ------
    NotFound
        Where it is not theirs, or ended already.
    """
    ended = change(
        update(UserSession)
        .where(
            UserSession.id == session_id,
            UserSession.user_id == actor.user_id,
            UserSession.ended_at.is_(None),
        )
        .values(ended_at=clock.now())
    )
    if ended == 0:
        raise NotFound()


def set_locale(actor: Actor, locale: str) -> None:
    """Remember the language that this user reads."""
    db.session.execute(update(User).where(User.id == actor.user_id).values(locale=locale))


def actor_of(user: User) -> Actor:
    """The user as an actor, with the scopes of their memberships."""

    def scopes(role: Role, column: str) -> frozenset[int]:
        return frozenset(
            getattr(membership, column)
            for membership in user.memberships
            if membership.role is role and getattr(membership, column) is not None
        )

    return Actor(
        kind="user",
        id=user.id,
        name=user.name,
        coordinator_of=scopes(Role.COORDINATOR, "district_id"),
        student_ids=scopes(Role.STUDENT, "student_id"),
        employer_ids=scopes(Role.EMPLOYER, "employer_id"),
    )
