"""The JSON Web Token proof format: a credential as a signed token, and back.

Base64url leaves room: some characters at the end of a part carry bits that nobody reads, so that two
texts would be the same signature. Only the one that a signer writes is taken, so that no byte of a
signed credential can change.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from wbl.credentials.checking import Fault

ALGORITHM = "RS256"
"""What the specification asks every issuer and every reader to know."""
BY_KEY = {"RSA": ALGORITHM, "EC": "ES256", "OKP": "EdDSA"}
"""What each kind of key signs with: the key says it, never the token."""
READ = tuple(BY_KEY.values())
HEADERS = {"alg", "kid", "jwk", "typ"}
LONGEST = 256 * 1024
"""Characters of a document that is looked at; ours have some 3,000."""
PublicKey = RSAKey | ECKey | OKPKey


class Malformed(Exception):
    """No token, or no JSON, at all."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.code)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Token:
    """A token, taken apart; whether its signature holds is another question."""

    text: str
    header: dict[str, Any]
    payload: dict[str, Any]


def sign(key: RSAKey, key_id: str, payload: dict[str, Any]) -> str:
    """The payload as a signed token. ``key_id``: the address at which the public key lies."""
    header = {"alg": ALGORITHM, "kid": key_id, "typ": "JWT"}
    return jws.serialize_compact(header, _written(payload), key, algorithms=[ALGORITHM])


def signature_holds(token: Token, key: dict[str, Any]) -> bool:
    """Whether the token is signed with the private half of this public key (a JWK)."""
    if token.header["alg"] != BY_KEY.get(str(key.get("kty"))):
        return False
    try:
        public = _imported(key)
        jws.deserialize_compact(token.text.encode("ascii"), public, algorithms=list(READ))
    except (JoseError, ValueError, TypeError, KeyError):
        return False
    return True


def key_for(token: Token, keys: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """The one of these public keys that the token names: by its address, or by the key itself.

    A key in the token's own head is never believed; it only says which of the known ones it is.
    """
    named, shown = token.header.get("kid"), token.header.get("jwk")
    for key in keys:
        if named is not None and key.get("kid") == named:
            return key
        if named is None and isinstance(shown, dict) and _thumbprint(shown) == _thumbprint(key) is not None:
            return key
    return None


def parse(text: str) -> Token:
    """A token's head and payload.

    Raises
    ------
    Malformed
        Where it is none, or is not written as its signer would have.
    """
    parts = text.split(".")
    if len(parts) != 3 or len(text) > LONGEST:
        raise Malformed(Fault("no_token"))
    header = strict_json(_decoded(parts[0]))
    payload = strict_json(_decoded(parts[1]))
    _decoded(parts[2])
    if not isinstance(header, dict) or not isinstance(payload, dict):
        raise Malformed(Fault("no_token"))
    if set(header) - HEADERS or header.get("typ", "JWT") != "JWT":
        raise Malformed(Fault("header", "JOSE"))
    if header.get("alg") not in READ:
        raise Malformed(Fault("algorithm", "JOSE.alg", ", ".join(READ)))
    if not isinstance(header.get("kid"), str) and not isinstance(header.get("jwk"), dict):
        raise Malformed(Fault("header", "JOSE.kid"))
    return Token(text, header, payload)


def strict_json(data: bytes | str) -> Any:
    """JSON, and nothing that readers understand differently: no name twice, no number that is none.

    Raises
    ------
    Malformed
        Where it is none.
    """
    try:
        return json.loads(data, object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Malformed(Fault("no_json")) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice")
    return found


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number in JSON")


def _written(payload: dict[str, Any]) -> str:
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":"))


def _decoded(part: str) -> bytes:
    try:
        data = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise Malformed(Fault("no_token")) from None
    if not data or base64.urlsafe_b64encode(data).decode().rstrip("=") != part:
        raise Malformed(Fault("no_token"))
    return data


def _imported(key: dict[str, Any]) -> PublicKey:
    kinds: dict[str, type[RSAKey] | type[ECKey] | type[OKPKey]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
    return kinds[str(key["kty"])].import_key(key)


def _thumbprint(key: dict[str, Any]) -> str | None:
    try:
        return _imported(key).thumbprint()
    except (JoseError, ValueError, TypeError, KeyError):
        return None
