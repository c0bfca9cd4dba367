"""What the worker is doing now, and what may come of it besides done and failed.

A handler looks people up by itself and hands its mail to ``mail.send``; there, once for all of them,
it is asked whether the address works and whether the hour is quiet. So that nobody can forget to pass
it on, what the mail is for is kept here while its handler runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime


class Later(Exception):
    """Not now: a quiet hour, or as many texts today as there may be. It counts as no attempt."""

    def __init__(self, until: datetime) -> None:
        super().__init__()
        self.until = until


class Unreached(Exception):
    """The address does not work: known already, or said by the mail server just now (``code``)."""

    def __init__(self, address: str, code: int | None = None) -> None:
        super().__init__()
        self.address, self.code = address, code


class Hopeless(Exception):
    """Refused for good, but for another reason than the address: no use to try again by itself.

    The text is a code and nothing else, so that it may be shown.
    """


@dataclass(frozen=True, slots=True)
class Underway:
    """An item of the outbox while it is done."""

    item_id: int
    key: str
    about: str
    district_id: int | None
    urgent: bool


_underway: ContextVar[Underway | None] = ContextVar("underway", default=None)


def current() -> Underway | None:
    """The item that is done now; None outside of the worker."""
    return _underway.get()


@contextmanager
def doing(item: Underway) -> Iterator[None]:
    """``item`` is what is done, for the block."""
    token = _underway.set(item)
    try:
        yield
    finally:
        _underway.reset(token)
