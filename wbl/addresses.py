"""E-mail addresses: what is one, and only one."""

from __future__ import annotations

import re

_ONE = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]+")
LONGEST = 254


def is_address(text: str) -> bool:
    """Whether mail to this text goes to one person: a list of two would also reach the second."""
    return _ONE.fullmatch(text) is not None and len(text) <= LONGEST


def one_address(text: str) -> str:
    """An address as it came from elsewhere, or "" where it is none, or several."""
    stripped = text.strip()
    return stripped if is_address(stripped) else ""


def addresses_in(text: str) -> set[str]:
    """Every address that a field holds, in small letters: a roster's may hold several."""
    return {part.lower() for part in re.split(r"[\s,;<>]+", text) if "@" in part}
