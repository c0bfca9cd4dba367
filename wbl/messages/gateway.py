"""A district's gateway for text messages: an HTTP endpoint, named in the environment.

Off until its address, its token and the secret of its replies are set: without replies a stop word would
not be heard. What is sent and received is in docs/decisions/messages.md.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import requests

from wbl.jobs.underway import Hopeless

TIMEOUT = (5, 10)  # seconds: to connect, and for an answer
METHODS = ("POST", "PUT")
"""No GET: a number in an address would stand in everybody's logs."""
TRY_AGAIN = frozenset({408, 425, 429})


class GatewayBusy(Exception):
    """It could not take the text now: the outbox tries again."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """Where texts of one district go."""

    url: str
    method: str
    token: str = field(repr=False)
    secret: str = field(repr=False)

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""


def setting(name: str, slug: str) -> str:
    """What a setting of a district's gateway is called: ``TEXT_URL_MESA_CLARA``."""
    return f"TEXT_{name}_{slug.upper().replace('-', '_')}"


def gateway_of(slug: str) -> Gateway | None:
    """A district's gateway; None where it has none, or not all that it needs."""
    url, token, secret = (os.environ.get(setting(name, slug), "") for name in ("URL", "TOKEN", "SECRET"))
    method = os.environ.get(setting("METHOD", slug), "POST").upper()
    parts = urlsplit(url)
    here = parts.hostname in ("localhost", "127.0.0.1", "::1")
    encrypted = parts.scheme == "https" or (parts.scheme == "http" and here)
    if not (encrypted and parts.hostname and token and secret and method in METHODS):
        return None
    return Gateway(url, method, token, secret)


def send(gateway: Gateway, *, to: str, text: str, key: str) -> None:
    """Hand one text to the gateway. ``key`` is the same at every attempt, so that it sends it once.

    Raises
    ------
    GatewayBusy
        Where it does not answer, or answers that it cannot now: try again.
    Hopeless
        Where it refuses the text, or leads elsewhere: a token follows no redirect.
    """
    try:
        answer = requests.request(
            gateway.method,
            gateway.url,
            json={"to": to, "text": text, "id": key},
            headers={"Authorization": f"Bearer {gateway.token}", "Idempotency-Key": key},
            timeout=TIMEOUT,
            allow_redirects=False,
        )
    except requests.RequestException as problem:
        raise GatewayBusy(type(problem).__name__) from None
    status = answer.status_code
    if 200 <= status < 300:
        return
    if status >= 500 or status in TRY_AGAIN:
        raise GatewayBusy(str(status))
    raise Hopeless(f"HTTP {status}")


def signature(secret: str, body: bytes) -> str:
    """What a gateway signs a reply with: HMAC-SHA256 of the body, in hexadecimal."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def is_signed(gateway: Gateway, body: bytes, given: str) -> bool:
    """Whether a reply comes from the gateway."""
    return hmac.compare_digest(signature(gateway.secret, body), given.strip().lower().removeprefix("sha256="))
