"""A solver that can be ended: a child process, started when first asked and killed when overdue."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from errno import ECHILD
from pathlib import Path
from select import select
from time import monotonic
from types import TracebackType
from typing import IO

from matching.engines.highs.request import INFINITE, Answer, Request

# What the child may take beyond the limit it was given before it is killed.
GRACE_SECONDS = 1.0
# What it is told to take of the time that there is.
OF_THE_TIME = 0.8
_ROOT = Path(__file__).resolve().parents[3]


class TimeIsUp(Exception):
    """The deadline passed, or the child had to be ended; no answer came."""


class ChildDied(OSError):
    """The child could not start, or ended without an answer, twice; no time limit is to blame."""


class Process:
    """Answers requests before the deadline, or not at all."""

    def __init__(self, deadline: float = INFINITE) -> None:
        """``deadline`` is a time of ``time.monotonic()``."""
        self.deadline = deadline
        self.overdue = False
        """Whether a clock ever cut something short: then another run may answer otherwise."""
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Process:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()

    @property
    def seconds_left(self) -> float:
        return self.deadline - monotonic()

    def out_of_time(self) -> bool:
        """Whether the deadline has passed; who asks is cut short by it."""
        self.overdue |= self.seconds_left <= 0
        return self.seconds_left <= 0

    @contextmanager
    def within(self, share: float) -> Iterator[None]:
        """Only a share of the time that is left."""
        deadline = self.deadline
        if share < 1 and deadline != INFINITE:
            self.deadline = monotonic() + share * self.seconds_left
        try:
            yield
        finally:
            self.deadline = deadline

    def ask(self, request: Request) -> Answer:
        """Have one request solved.

        Raises
        ------
        TimeIsUp
            Where the deadline passes without an answer. The next request starts a new child.
        ChildDied
            Where a child ends before it answers, and a second one too.
        """
        try:
            return self._ask(request)
        except (OSError, EOFError, pickle.UnpicklingError):
            self.end()
        try:
            return self._ask(request)
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            self.end()
            said = "its process ended twice before it answered; is there enough memory, and is it installed?"
            raise ChildDied(ECHILD, said, "the solver") from error

    def _ask(self, request: Request) -> Answer:
        left = min(self.seconds_left, request.seconds)
        if left <= 0:
            self.overdue = True
            raise TimeIsUp
        child = self._started()
        assert child.stdin is not None and child.stdout is not None
        overdue = monotonic() + left + GRACE_SECONDS
        try:
            # It overruns: what it has found is lost if it has to be killed.
            pickle.dump(
                replace(request, seconds=OF_THE_TIME * left), child.stdin, protocol=pickle.HIGHEST_PROTOCOL
            )
            child.stdin.flush()
            answer = _read(child.stdout, overdue)
            self.overdue |= answer.clock
            return answer
        except TimeIsUp:
            self.overdue = True
            self.end()
            raise

    def end(self) -> None:
        """Kill the child, if there is one."""
        if self._child is None:
            return
        self._child.kill()
        # Closes both pipes, too.
        self._child.communicate()
        self._child = None

    def _started(self) -> subprocess.Popen[bytes]:
        if self._child is None:
            path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH", ""))))
            self._child = subprocess.Popen(
                [sys.executable, "-m", "matching.engines.highs.child"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": path},
            )
        return self._child


def _read(stream: IO[bytes], overdue: float) -> Answer:
    """An answer as soon as it begins to come; only the wait for its beginning is timed."""
    wait = None if overdue == INFINITE else max(0.0, overdue - monotonic())
    if not select([stream], [], [], wait)[0]:
        raise TimeIsUp
    answer = pickle.load(stream)
    if isinstance(answer, Exception):
        raise answer
    assert isinstance(answer, Answer)
    return answer
