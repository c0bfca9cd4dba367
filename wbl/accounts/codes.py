"""One-time codes, the second step of signing in (RFC 6238), and the recovery codes beside them."""

from __future__ import annotations

import base64
import enum
import hmac
import secrets
import unicodedata
from datetime import timedelta

import pyotp
from sqlalchemy import delete, func, select, update

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.accounts.models import STAFF, Membership, OneTimeCode, RecoveryCode, User
from wbl.accounts.tokens import derived, hash_of
from wbl.audit.services import record
from wbl.db import change, db
from wbl.people.models import District

ISSUER = "Throughline"
STEP = 30  # seconds that a code stands for
RECOVERY_CODES = 10
# So many wrong ones, and none is taken for a while: a million codes are too many to try.
MOST_FAILURES = 5
LOCKED_FOR = timedelta(minutes=15)


class Answer(enum.Enum):
    """What came of a code that somebody typed."""

    RIGHT = enum.auto()
    WRONG = enum.auto()
    USED = enum.auto()  # right, but taken before
    LOCKED = enum.auto()


def secret_of(nonce: str) -> str:
    """The secret of the app on the phone, base32. Derived: a stolen database tells no code."""
    return base64.b32encode(derived("one-time-code", nonce)[:20]).decode()


def address_of(nonce: str, email: str) -> str:
    """The secret as the address in a square code that an app reads."""
    return pyotp.TOTP(secret_of(nonce)).provisioning_uri(name=email, issuer_name=ISSUER)


def of_user(user_id: int | None) -> OneTimeCode | None:
    """How this user's codes are set up, or None where they are not."""
    return db.session.get(OneTimeCode, user_id) if user_id is not None else None


def required_of(user_id: int | None) -> bool:
    """Whether a district asks this user for a second step: its staff, where it says so."""
    return bool(
        db.session.scalar(
            select(func.count())
            .select_from(Membership)
            .join(District, District.id == Membership.district_id)
            .where(Membership.user_id == user_id, Membership.role.in_(STAFF), District.codes_required)
        )
    )


def left(user_id: int | None) -> int:
    """How many recovery codes are unused."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(RecoveryCode)
            .where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
        )
        or 0
    )


def _step_of(nonce: str, code: str) -> int | None:
    """The time step that a code belongs to: this one, or its neighbours (clocks differ)."""
    now = int(clock.now().timestamp()) // STEP
    totp = pyotp.TOTP(secret_of(nonce), interval=STEP)
    found = None
    for step in (now - 1, now, now + 1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), code.encode()):
            found = step
    return found


def digits(text: str) -> str:
    """A code as it is compared: apps show it in two groups, and some phones write other digits."""
    return "".join(str(unicodedata.decimal(character, character)) for character in "".join(text.split()))


def set_up(actor: Actor, user: User, nonce: str, code: str) -> list[str] | None:
    """Take the app on the phone into use, once it has shown a right code. Flushes.

    Returns
    -------
    list of str, or None
        The recovery codes, which are shown this once; None where the code is wrong.
    """
    step = _step_of(nonce, digits(code))
    if step is None:
        return None
    db.session.execute(delete(OneTimeCode).where(OneTimeCode.user_id == user.id))
    db.session.add(OneTimeCode(user_id=user.id, nonce=nonce, since=clock.now(), last_step=step, failures=0))
    record(actor, "account.codes_on", user)
    db.session.flush()
    return new_recovery_codes(actor, user)


def new_recovery_codes(actor: Actor, user: User) -> list[str]:
    """Ten new ones; those before them open nothing any more. Flushes."""
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    made = [_recovery_code() for _number in range(RECOVERY_CODES)]
    db.session.add_all(RecoveryCode(user_id=user.id, code_hash=hash_of(_plain(code))) for code in made)
    record(actor, "account.recovery_codes", user)
    db.session.flush()
    return made


def _recovery_code() -> str:
    """80 bits in four groups of four, of letters and digits that are not taken for each other."""
    text = base64.b32encode(secrets.token_bytes(10)).decode().lower()
    return "-".join(text[at : at + 4] for at in range(0, 16, 4))


def _plain(code: str) -> str:
    return "".join(character for character in code.lower() if character.isalnum())


def check(user: User, code: str) -> Answer:
    """Take a code, or a recovery code, once. Wrong ones are counted: commit whatever the answer is."""
    # Locked: of many tries at once each is counted.
    row = db.session.get(OneTimeCode, user.id, with_for_update=True, populate_existing=True)
    if row is None:
        return Answer.WRONG
    moment = clock.now()
    if row.locked_until is not None and row.locked_until > moment:
        return Answer.LOCKED
    answer = _taken(row, digits(code))
    if answer is Answer.RIGHT:
        values: dict[str, object] = {"failures": 0, "locked_until": None}
    elif row.failures + 1 >= MOST_FAILURES:
        values = {"failures": 0, "locked_until": moment + LOCKED_FOR}
    else:
        values = {"failures": row.failures + 1}
    change(update(OneTimeCode).where(OneTimeCode.user_id == user.id).values(**values))
    return answer


def _taken(row: OneTimeCode, code: str) -> Answer:
    if len(code) != 6 or not code.isdigit():
        used = change(
            update(RecoveryCode)
            .where(
                RecoveryCode.user_id == row.user_id,
                RecoveryCode.code_hash == hash_of(_plain(code)),
                RecoveryCode.used_at.is_(None),
            )
            .values(used_at=clock.now())
        )
        return Answer.RIGHT if used == 1 else Answer.WRONG
    step = _step_of(row.nonce, code)
    if step is None:
        return Answer.WRONG
    # Of two who send the same code one is taken, whichever comes first.
    newer = change(
        update(OneTimeCode)
        .where(OneTimeCode.user_id == row.user_id, OneTimeCode.last_step < step)
        .values(last_step=step)
    )
    return Answer.RIGHT if newer == 1 else Answer.USED


def turn_off(actor: Actor, user: User, district_id: int | None = None) -> None:
    """No second step any more: by the user, or by an administrator where a phone is lost. Flushes.

    ``district_id``: on whose record it goes, where somebody else does it.
    """
    db.session.execute(delete(OneTimeCode).where(OneTimeCode.user_id == user.id))
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    record(actor, "account.codes_off", user, district_id=district_id)
    db.session.flush()
