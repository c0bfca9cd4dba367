"""How gunicorn serves: two workers, which take one request after another from one queue.

``gunicorn wsgi:app --config python:wbl.web_server``

A worker of gunicorn has several threads, so that a slow line or an upload keeps nobody waiting. Left alone,
it takes whatever comes, also while it computes and the other worker has nothing to do; and threads that
compute side by side hand each other Python's lock at each query, so that all of them end late. Here a worker
takes a connection when it has answered the one before. What takes longer than ``PATIENCE`` (a file by a slow
line, an import of thousands, a connection on which a browser says nothing yet) holds up nobody.
docs/decisions/web-server.md has the figures.
"""

from __future__ import annotations

from time import monotonic

from gunicorn.workers.gthread import TConn, ThreadWorker

PATIENCE = 0.15
"""Seconds for which a request that is under way keeps its worker from taking another."""

workers = 2
threads = 4
timeout = 60
graceful_timeout = 10
keepalive = 0
"""A connection belongs to one worker, and the next request on it would wait for that one: each has its own.
Where phones come over the internet there is a proxy in front, for TLS, and it keeps theirs."""
control_socket_disable = True


class InTurns(ThreadWorker):
    """A worker with threads that listens while nothing it took lately is under way."""

    def __init__(self, *arguments: object, **named: object) -> None:
        super().__init__(*arguments, **named)
        self._taken: dict[TConn, float] = {}

    def enqueue_req(self, conn: TConn) -> None:
        """Answer in a thread, and listen no longer."""
        self._taken[conn] = monotonic()
        super().enqueue_req(conn)
        self.set_accept_enabled(self._accepting)

    def finish_request(self, conn: TConn, fs: object) -> None:
        """The answer is given; the loop of gunicorn listens again."""
        self._taken.pop(conn, None)
        super().finish_request(conn, fs)

    def set_accept_enabled(self, enabled: bool) -> None:
        """Listen, if gunicorn has no reason not to and neither have we."""
        super().set_accept_enabled(enabled and self._to_wait() == 0)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Wait for connections and answers, no longer than patience lasts."""
        super().wait_for_and_dispatch_events(min(timeout, self._to_wait() or timeout))

    def _to_wait(self) -> float:
        """Seconds until patience with what was taken last ends; 0 where nothing is under way."""
        last = max(self._taken.values(), default=0.0)
        return max(0.0, last + PATIENCE - monotonic()) if self._taken else 0.0


worker_class = InTurns
