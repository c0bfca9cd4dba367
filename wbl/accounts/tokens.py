"""The tokens of links in mails about accounts: derived, never stored, as those of families' links.

A row keeps a nonce and the token's hash; the token is HMAC-SHA256 of the nonce under the application's
secret. So the outbox needs no token to mail one, and a stolen database opens nothing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from flask import current_app


def new_nonce() -> str:
    return secrets.token_hex(16)


def derived(purpose: str, nonce: str) -> bytes:
    """32 bytes that belong to a nonce for one purpose alone."""
    key = current_app.config["SECRET_KEY"].encode()
    return hmac.new(key, f"{purpose}:{nonce}".encode(), hashlib.sha256).digest()


def token_of(purpose: str, nonce: str) -> str:
    """The token that belongs to a nonce: 43 characters that an address takes as they are."""
    return base64.urlsafe_b64encode(derived(purpose, nonce)).decode().rstrip("=")


def hash_of(token: str) -> str:
    """How a token is stored and looked up: SHA-256, hex. Tokens are long and random, so no salt is needed."""
    return hashlib.sha256(token.encode()).hexdigest()
