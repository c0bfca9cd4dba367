"""What is to be said of a document that somebody holds up as a credential.

It reads the document, public keys and, where there are any, status lists; nothing is fetched. A
signature over linked data (an embedded proof) cannot be checked without fetching the contexts it names:
of such a document it is said that the signature was not checked, and never that it is valid.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from wbl.credentials import revocation, tokens
from wbl.credentials.checking import Fault, check, dates_of, moment_of
from wbl.credentials.specification import V2_CONTEXT
from wbl.credentials.tokens import Malformed, Token

ENVELOPE = "EnvelopedVerifiableCredential"
ENVELOPED = ("data:application/vc+jwt,", "data:application/vc-ld+jwt,", "data:application/jwt,")

Revoked = Callable[[dict[str, Any]], bool | None]
"""Whether a credential is revoked; None where that cannot be said."""


class Verdict(enum.StrEnum):
    """From the best to the worst."""

    VALID = "valid"
    UNCHECKED = "unchecked"  # well formed, but nobody could check the signature
    EARLY = "early"  # valid only from a later day on
    EXPIRED = "expired"
    REVOKED = "revoked"
    FOREIGN = "foreign"  # signed with none of the keys we know
    CHANGED = "changed"  # names a key of ours that did not sign this
    MALFORMED = "malformed"


@dataclass(frozen=True, slots=True)
class Report:
    """``document`` is what was read, believed or not; ``status_known``: whether a revocation would show."""

    verdict: Verdict
    faults: tuple[Fault, ...] = ()
    document: dict[str, Any] | None = None
    status_known: bool = False
    key: dict[str, Any] | None = None

    @property
    def signed(self) -> bool:
        """Whether a key that we know has signed it: what it says is its issuer's word."""
        return self.key is not None and self.verdict not in (Verdict.CHANGED, Verdict.MALFORMED)


def unknown_status(_document: dict[str, Any]) -> bool | None:
    """For whoever has no list at hand."""
    return None


def by_lists(lists: Sequence[dict[str, Any]]) -> Revoked:
    """By the status lists that somebody has at hand."""

    def revoked(document: dict[str, Any]) -> bool | None:
        said = [revocation.revoked_by(document, one) for one in lists]
        return True if True in said else (False if False in said else None)

    return revoked


def verify(data: bytes, keys: Sequence[dict[str, Any]], now: datetime, revoked: Revoked) -> Report:
    """Look at a document: a token, or JSON.

    Parameters
    ----------
    keys
        Public keys (JWK) that are believed; one with an ``issuer`` speaks for that one alone.
    """
    try:
        text = data.decode().strip()
        if not text or len(text) > tokens.LONGEST:
            raise Malformed(Fault("long" if text else "empty"))
        if not text.startswith("{"):
            return _token(tokens.parse(text), keys, now, revoked)
        document = tokens.strict_json(text)
        if document.get("type") == ENVELOPE:
            return _token(tokens.parse(_unwrapped(document)), keys, now, revoked)
        return _embedded(document, now, revoked)
    except UnicodeDecodeError:
        return Report(Verdict.MALFORMED, (Fault("no_json"),))
    except Malformed as broken:
        return Report(Verdict.MALFORMED, (broken.fault,))


def _unwrapped(envelope: dict[str, Any]) -> str:
    """The token within an envelope, which nobody has signed: it may hold nothing of its own."""
    address = envelope.get("id")
    if envelope.get("@context") != V2_CONTEXT or set(envelope) != {"@context", "id", "type"}:
        raise Malformed(Fault("envelope"))
    for before in ENVELOPED:
        if isinstance(address, str) and address.startswith(before):
            return address.removeprefix(before)
    raise Malformed(Fault("envelope", "id"))


def _token(token: Token, keys: Sequence[dict[str, Any]], now: datetime, revoked: Revoked) -> Report:
    # By the older data model the credential is one claim of the payload; by the newer it is the payload.
    inner = token.payload.get("vc")
    document = inner if isinstance(inner, dict) else token.payload
    faults = (*check(document), *_claims(token.payload, document))
    key = tokens.key_for(
        token, [one for one in keys if one.get("issuer") in (None, token.payload.get("iss"))]
    )
    if key is not None and not tokens.signature_holds(token, key):
        return Report(Verdict.CHANGED, faults, document, key=key)
    if faults:
        return Report(Verdict.MALFORMED, (*faults, *_date_faults(document, now)), document, key=key)
    if key is None:
        return Report(Verdict.FOREIGN, (), document)
    said = revoked(document)
    verdict = Verdict.REVOKED if said else _by_date(document, now) or Verdict.VALID
    known = said is not None or "credentialStatus" not in document
    return Report(verdict, (), document, status_known=known, key=key)


def _embedded(document: dict[str, Any], now: datetime, revoked: Revoked) -> Report:
    faults = tuple(check(document))
    if not document.get("proof"):
        faults = (*faults, Fault("no_proof", "proof"))
    if faults:
        return Report(Verdict.MALFORMED, (*faults, *_date_faults(document, now)), document)
    said = revoked(document)
    verdict = Verdict.REVOKED if said else _by_date(document, now) or Verdict.UNCHECKED
    known = said is not None or "credentialStatus" not in document
    return Report(verdict, (), document, status_known=known)


def _by_date(document: dict[str, Any], now: datetime) -> Verdict | None:
    since, until = (moment_of(document.get(name)) for name in dates_of(document))
    if since is not None and since > now:
        return Verdict.EARLY
    return Verdict.EXPIRED if until is not None and until <= now else None


def _date_faults(document: dict[str, Any], now: datetime) -> list[Fault]:
    """What would be said of the dates alone, where there is more to say."""
    verdict = _by_date(document, now)
    since, until = dates_of(document)
    return [Fault(verdict.value, since if verdict is Verdict.EARLY else until)] if verdict else []


def _claims(payload: dict[str, Any], document: dict[str, Any]) -> list[Fault]:
    """The token's own claims say the same as the credential within."""
    since, until = dates_of(document)
    issuer, subject = document.get("issuer"), document.get("credentialSubject")
    wanted: dict[str, Any] = {
        "iss": issuer.get("id") if isinstance(issuer, dict) else issuer,
        "jti": document.get("id"),
        "sub": subject.get("id") if isinstance(subject, dict) else None,
        "nbf": _seconds(document.get(since)),
    }
    if "exp" in payload or until in document:
        wanted["exp"] = _seconds(document.get(until))
    return [
        Fault("claim", name) for name, value in wanted.items() if value is None or payload.get(name) != value
    ]


def _seconds(value: Any) -> float | None:
    moment = moment_of(value)
    return None if moment is None else moment.timestamp()
