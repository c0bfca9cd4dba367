"""A worker's word that it is still at it, and the coordinator's word that it should stop.

The engine speaks when a phase begins and when a goal is proved, which may be far apart; so a
thread of its own writes, in short transactions, at most twice a second, and at least every few
seconds.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from threading import Event, Thread
from types import TracebackType
from typing import Any

from flask import Flask
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from wbl import clock
from wbl.db import db, transaction
from wbl.rounds.models import RunState, SolveRun

log = logging.getLogger("wbl.rounds")
BETWEEN_WRITES = 0.5  # seconds
BETWEEN_HEARTBEATS = timedelta(seconds=3)


@dataclass(frozen=True, slots=True)
class Claim:
    """A run in a worker's hands. ``attempt`` tells it from an earlier worker that was given up."""

    run_id: int
    round_id: int
    method: str
    attempt: int
    previous: int | None = None  # the number of the run to stay close to


class RunReporter:
    """Writes the progress of a claimed run while the ``with`` block works on it.

    Attributes
    ----------
    stop
        Set when somebody asked the run to stop, or another worker has taken it over.
    """

    def __init__(self, app: Flask, claim: Claim) -> None:
        self.stop = Event()
        self._app = app
        self._claim = claim
        self._latest: dict[str, Any] | None = None
        self._written: dict[str, Any] | None = None
        self._ended = Event()
        self._thread = Thread(target=self._report, name=f"run-{claim.run_id}", daemon=True)

    def __enter__(self) -> RunReporter:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()

    def say(self, **progress: Any) -> None:
        """Note where the run is; cheap, and never waits for the database."""
        self._latest = progress

    def _report(self) -> None:
        with self._app.app_context():
            due = clock.now()
            while not self._ended.wait(BETWEEN_WRITES):
                latest = self._latest
                if latest is self._written and clock.now() < due:
                    continue
                try:
                    self._write(latest)
                except OperationalError as problem:
                    # The database is busy or away: the next word will be written, or the run be given up.
                    log.warning("run %s: progress not written: %s", self._claim.run_id, problem.orig)
                    continue
                self._written = latest
                due = clock.now() + BETWEEN_HEARTBEATS
            db.session.remove()

    def _write(self, progress: dict[str, Any] | None) -> None:
        with transaction() as session:
            session.execute(
                update(SolveRun)
                .where(*mine(self._claim))
                .values(heartbeat_at=clock.now(), progress=progress)
                .execution_options(synchronize_session=False)
            )
            standing = session.get(SolveRun, self._claim.run_id, populate_existing=True)
            if standing is None or not holds(standing, self._claim) or standing.stop_requested:
                self.stop.set()
        db.session.remove()


def mine(claim: Claim) -> tuple[Any, ...]:
    """The condition under which a run is still in this worker's hands."""
    return (
        SolveRun.id == claim.run_id,
        SolveRun.state == RunState.RUNNING,
        SolveRun.attempts == claim.attempt,
    )


def holds(run: SolveRun, claim: Claim) -> bool:
    return run.state is RunState.RUNNING and run.attempts == claim.attempt
