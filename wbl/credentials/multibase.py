"""Public keys as embedded proofs write them: multicodec in base58btc (Controlled Identifiers, Multikey)."""

from __future__ import annotations

_LETTERS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_LONGEST = 200
# The two bytes before a key, and how long it is then: Ed25519, P-256, P-384.
_KEYS = {b"\xed\x01": 32, b"\x80\x24": 33, b"\x81\x24": 49}


def key_of(text: str) -> bytes | None:
    """The bytes of a public key that is written as ``z…``; None where it is none of a kind we know."""
    if not text.startswith("z") or len(text) > _LONGEST:
        return None
    number = 0
    for letter in text[1:]:
        digit = _LETTERS.find(letter)
        if digit < 0:
            return None
        number = number * 58 + digit
    whole = number.to_bytes((number.bit_length() + 7) // 8, "big")
    length = _KEYS.get(whole[:2])
    return whole[2:] if length is not None and len(whole) == 2 + length else None
