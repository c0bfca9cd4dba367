"""The tokens of calendars: derived, never stored, as those of family links."""

from __future__ import annotations

import base64
import hashlib
import hmac

from flask import current_app

LENGTH = 26  # 130 bits, never typed by hand


def token_of(nonce: str) -> str:
    """The token that belongs to a nonce."""
    key = current_app.config["SECRET_KEY"].encode()
    digest = hmac.new(key, f"calendar:{nonce}".encode(), hashlib.sha256).digest()
    return base64.b32encode(digest).decode().lower()[:LENGTH]


def hash_of(token: str) -> str:
    """How a token is stored and looked up."""
    return hashlib.sha256(token.encode()).hexdigest()
