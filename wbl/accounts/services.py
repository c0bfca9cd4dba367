"""Users, passwords, and the sessions that they are signed in by."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypedDict, Unpack

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask_babel import gettext as _
from sqlalchemy import Row, bindparam, func, select, update

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.accounts.models import Membership, PasswordReset, Role, User, UserSession
from wbl.accounts.tokens import hash_of
from wbl.audit.services import record
from wbl.db import change, db
from wbl.errors import DomainError, NotFound

_hasher = PasswordHasher()
# Verified against where no such user exists, so that the answer takes as long either way.
_NOBODY = _hasher.hash(secrets.token_hex(16))
SEEN_EVERY = timedelta(minutes=5)
LEAST_PASSWORD = 12


class Scope(TypedDict, total=False):
    """The rows that a membership may name."""

    district_id: int | None
    employer_id: int | None
    student_id: int | None
    school_id: int | None
    program: str | None


def create_user(
    *,
    email: str,
    name: str,
    password: str,
    role: Role,
    locale: str | None = None,
    **scope: Unpack[Scope],
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
    user.memberships.append(Membership(role=role, **scope))
    db.session.add(user)
    db.session.flush()
    return user


def add_membership(user: User, *, role: Role, **scope: Unpack[Scope]) -> Membership:
    """Give a user one more role; the one there is, where they have it already. Flushes."""
    made = Membership(role=role, **scope)
    for held in user.memberships:
        if all(getattr(held, name) == getattr(made, name) for name in ("role", *Scope.__annotations__)):
            return held
    user.memberships.append(made)
    db.session.flush()
    return made


def check_new_password(password: str, email: str) -> None:
    """Whether somebody may choose this password.

    Raises
    ------
    DomainError
        Where it is too short, or is their address.
    """
    if len(password) < LEAST_PASSWORD:
        raise DomainError(
            _(
                "The password needs %(least)s characters or more. Three or four words are good.",
                least=LEAST_PASSWORD,
            ),
            field="password",
        )
    if password.strip().lower() == email.lower() or len(set(password)) < 4:
        raise DomainError(_("That password is too easy to guess. Choose another."), field="password")


def set_password(user: User, password: str) -> None:
    """A new password; every session of the user ends. Flushes."""
    user.password_hash = _hasher.hash(password)
    db.session.execute(
        update(UserSession)
        .where(UserSession.user_id == user.id, UserSession.ended_at.is_(None))
        .values(ended_at=clock.now())
    )
    db.session.flush()


def change_own_password(actor: Actor, password: str, *, keep: int) -> None:
    """A new password of one's own; every session ends but ``keep``, and no mailed link opens. Flushes.

    Raises
    ------
    DomainError
        Where it is too easy.
    """
    user = db.session.get_one(User, actor.user_id)
    check_new_password(password, user.email)
    user.password_hash = _hasher.hash(password)
    db.session.execute(
        update(UserSession)
        .where(UserSession.user_id == user.id, UserSession.ended_at.is_(None), UserSession.id != keep)
        .values(ended_at=clock.now())
    )
    change(
        update(PasswordReset)
        .where(PasswordReset.user_id == user.id, PasswordReset.used_at.is_(None))
        .values(used_at=clock.now())
    )
    record(actor, "account.password_own", user)
    db.session.flush()


def user_by_email(email: str) -> User | None:
    """Who signs in by this address, or None."""
    return db.session.scalar(select(User).where(func.lower(User.email) == email.strip().lower()))


def check_password(email: str, password: str) -> User | None:
    """The active user with this e-mail and password, or None (in equal time)."""
    user = user_by_email(email)
    known = user is not None and user.active
    try:
        _hasher.verify(user.password_hash if user is not None and known else _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return None
    return user if known else None


def password_mark(user: User) -> str:
    """Tells one password of a user from the next, and nothing else of it."""
    return hash_of(user.password_hash)[:16]


def start_session(user: User, *, lifetime: timedelta, device: str) -> str:
    """Begin a session and return its token; only the token's hash is kept. Flushes."""
    token = secrets.token_urlsafe(32)
    moment = clock.now()
    db.session.add(
        UserSession(
            user_id=user.id,
            token_hash=hash_of(token),
            device=device[:80],
            created_at=moment,
            last_seen_at=moment,
            expires_at=moment + lifetime,
        )
    )
    record(actor_of(user), "account.sign_in", user)
    db.session.flush()
    return token


@dataclass(frozen=True, slots=True)
class SessionInForce:
    """Who is signed in by it, in which language, and when they were last noted."""

    id: int
    last_seen_at: datetime
    locale: str | None
    actor: Actor


# Every page of somebody signed in begins with it: columns, since whole objects take twice as long.
_BY_TOKEN = (
    select(
        UserSession.id.label("session_id"),
        UserSession.last_seen_at,
        User.id.label("user_id"),
        User.name,
        User.locale,
        Membership.role,
        Membership.district_id,
        Membership.employer_id,
        Membership.student_id,
        Membership.school_id,
        Membership.program,
        Membership.reads_sealed,
        Membership.safety_contact,
    )
    .join(UserSession.user)
    .outerjoin(User.memberships)
    .where(
        UserSession.token_hash == bindparam("token_hash"),
        UserSession.ended_at.is_(None),
        UserSession.expires_at > bindparam("moment"),
        User.active,
    )
)


def session_by_token(token: str) -> SessionInForce | None:
    """The session in force that this token opens, with who it is of, or None."""
    known = {"token_hash": hash_of(token), "moment": clock.now()}
    rows = db.session.connection().execute(_BY_TOKEN, known).all()
    if not rows:
        return None
    first = rows[0]
    return SessionInForce(
        first.session_id, first.last_seen_at, first.locale, _acting(first.user_id, first.name, rows)
    )


def note_seen(session_id: int) -> None:
    db.session.execute(
        update(UserSession).where(UserSession.id == session_id).values(last_seen_at=clock.now())
    )


def end_session(actor: Actor, session_id: int) -> None:
    """End one of the actor's own sessions. Flushes.

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
    record(actor, "account.sign_out", db.session.get_one(User, actor.user_id))
    db.session.flush()


def set_locale(actor: Actor, locale: str) -> None:
    """Remember the language that this user reads."""
    db.session.execute(update(User).where(User.id == actor.user_id).values(locale=locale))


def actor_of(user: User) -> Actor:
    """The user as an actor, with the scopes of their memberships."""
    return _acting(user.id, user.name, user.memberships)


def _acting(user_id: int, name: str, memberships: Sequence[Membership | Row[Any]]) -> Actor:
    def scopes(role: Role, column: str) -> frozenset[int]:
        return frozenset(
            getattr(membership, column)
            for membership in memberships
            if membership.role is role and getattr(membership, column) is not None
        )

    return Actor(
        kind="user",
        id=user_id,
        name=name,
        administrator_of=scopes(Role.ADMINISTRATOR, "district_id"),
        coordinator_of=scopes(Role.COORDINATOR, "district_id"),
        advisor_of=scopes(Role.ADVISOR, "district_id"),
        school_ids=scopes(Role.SCHOOL_STAFF, "school_id"),
        programs=frozenset(
            (membership.district_id, membership.program)
            for membership in memberships
            if membership.role is Role.PROGRAM_LEAD and membership.district_id and membership.program
        ),
        student_ids=scopes(Role.STUDENT, "student_id"),
        employer_ids=scopes(Role.EMPLOYER, "employer_id"),
        sealed_of=frozenset(
            membership.district_id
            for membership in memberships
            if membership.role is Role.COORDINATOR
            and membership.reads_sealed
            and membership.district_id is not None
        ),
        safety_of=frozenset(
            membership.school_id
            for membership in memberships
            if membership.role is Role.SCHOOL_STAFF
            and membership.safety_contact
            and membership.school_id is not None
        ),
    )


def set_sealed_reader(actor: Actor, user: User, district_id: int, *, may: bool) -> bool:
    """Let a coordinator open sealed reasons of a district, or end it; False where they are none. Flushes."""
    found = [
        membership
        for membership in user.memberships
        if membership.role is Role.COORDINATOR and membership.district_id == district_id
    ]
    for membership in found:
        membership.reads_sealed = may
        record(actor, "sealed.grant" if may else "sealed.end", membership, district_id=district_id)
    db.session.flush()
    return bool(found)
