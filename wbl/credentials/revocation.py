"""Whether a credential was revoked, by a list: W3C's Bitstring Status List, or 1EdTech's revocation list.

A bitstring names nobody: who reads the list learns that so many of 131,072 were revoked, and has to hold
a credential to know which bit is its own.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import io
from collections.abc import Iterable
from typing import Any

LENGTH = 131_072
"""Bits of a list: the least that the specification allows, so that one bit is hidden among many."""
LARGEST = 16 * 1024 * 1024
"""Bytes of a list of somebody else's that is unpacked."""
ENTRY = "BitstringStatusListEntry"
LIST = "BitstringStatusList"
REVOCATION_LIST = "1EdTechRevocationList"


def encode(positions: Iterable[int]) -> str:
    """A list with these bits set: packed, in base64url, the first bit the leftmost."""
    bits = bytearray(LENGTH // 8)
    for position in positions:
        bits[position // 8] |= 0x80 >> position % 8
    # No time within: the same bits give the same text.
    return "u" + base64.urlsafe_b64encode(gzip.compress(bytes(bits), mtime=0)).decode().rstrip("=")


def bit(encoded: Any, position: int) -> bool | None:
    """One bit of a list; None where the list cannot be read or is too short."""
    if not isinstance(encoded, str) or not encoded.startswith("u"):
        return None
    try:
        packed = base64.urlsafe_b64decode(encoded[1:] + "=" * (-(len(encoded) - 1) % 4))
        with gzip.GzipFile(fileobj=io.BytesIO(packed)) as file:
            bits = file.read(LARGEST)
    except (binascii.Error, ValueError, OSError, EOFError):
        return None
    if position < 0 or position // 8 >= len(bits):
        return None
    return bool(bits[position // 8] & (0x80 >> position % 8))


def is_list(document: dict[str, Any]) -> bool:
    """Whether a document is a status list of either kind."""
    subject = document.get("credentialSubject")
    bits = isinstance(subject, dict) and subject.get("type") == LIST
    return bits or "revokedCredentials" in document


def revoked_by(document: dict[str, Any], status_list: dict[str, Any]) -> bool | None:
    """Whether this list says that a credential is revoked; None where it is not the credential's list."""
    entry = document.get("credentialStatus")
    if not isinstance(entry, dict):
        return None
    if entry.get("type") == ENTRY:
        return _by_bits(entry, status_list)
    if entry.get("type") == REVOCATION_LIST and entry.get("id") == status_list.get("id"):
        return _by_name(document, status_list)
    return None


def _by_bits(entry: dict[str, Any], status_list: dict[str, Any]) -> bool | None:
    subject = status_list.get("credentialSubject")
    if (
        not isinstance(subject, dict)
        or subject.get("type") != LIST
        or entry.get("statusListCredential") != status_list.get("id")
        or entry.get("statusPurpose") != subject.get("statusPurpose")
        or entry.get("statusPurpose") != "revocation"
    ):
        return None
    place = str(entry.get("statusListIndex"))
    known = place.isascii() and place.isdecimal() and len(place) <= 10
    return bit(subject.get("encodedList"), int(place)) if known else None


def _by_name(document: dict[str, Any], status_list: dict[str, Any]) -> bool:
    named = status_list.get("revokedCredentials")
    rows = [row for row in named if isinstance(row, dict)] if isinstance(named, list) else []
    return any(
        row.get("id") is not None and row.get("id") == document.get("id") and row.get("revoked", True)
        for row in rows
    )
