"""The tokens of family links: derived, never stored.

A link row keeps a nonce and the token's hash. The token itself is HMAC-SHA256 of the nonce under
the application's secret, so that a letter can be printed again, and a stolen database opens nothing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from flask import current_app

# 100 bits: far beyond guessing, short enough to type from paper.
TOKEN_LENGTH = 20


def new_nonce() -> str:
    return secrets.token_hex(16)


def token_of(nonce: str) -> str:
    """The token that belongs to a nonce: 20 characters of a-z and 2-7."""
    key = current_app.config["SECRET_KEY"].encode()
    digest = hmac.new(key, f"family-link:{nonce}".encode(), hashlib.sha256).digest()
    return base64.b32encode(digest).decode().lower()[:TOKEN_LENGTH]


def hash_of(token: str) -> str:
    """How a token is stored and looked up. What a hand adds when typing (spaces, dashes, capitals)
    does not matter."""
    plain = "".join(character for character in token.lower() if character.isalnum())
    return hashlib.sha256(plain.encode()).hexdigest()


def grouped(token: str) -> str:
    """The token in groups of five, as a letter prints it."""
    return "-".join(token[at : at + 5] for at in range(0, len(token), 5))
