"""Requests of one process take turns.

A web worker has several threads, so that a slow line or an upload keeps nobody waiting. But only one of them
computes at a time: where several begin, they hand each other Python's lock at each query, and all of them end
late. In turns, a worker needs a fifth less for the same requests, and the slowest wait a third less
(docs/decisions/web-server.md).
"""

from __future__ import annotations

from collections.abc import Iterable
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATIENCE = 0.15
"""Seconds that a request waits for the one before it. What takes longer (a file that comes in by a slow line,
an import of thousands) does not hold up the others."""


class InTurns:
    """A WSGI application that is asked one request after another, as far as patience goes."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application
        self._turn = Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """The answer, as the application gives it."""
        mine = self._turn.acquire(timeout=PATIENCE)
        try:
            return self._application(environ, start_response)
        finally:
            if mine:
                self._turn.release()
