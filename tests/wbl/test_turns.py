"""Requests of one process take turns, and nobody waits long for one that takes long."""

from __future__ import annotations

from collections.abc import Iterable
from threading import Event, Lock, Thread
from typing import Any

import pytest

from wbl import turns
from wbl.turns import InTurns


class Counting:
    """An application that knows how many are inside at once; each stays until it may go."""

    def __init__(self) -> None:
        self.inside = self.most = 0
        self.counting = Lock()
        self.came, self.may_go = Event(), Event()

    def __call__(self, environ: dict[str, Any], _start: object) -> Iterable[bytes]:
        with self.counting:
            self.inside += 1
            self.most = max(self.most, self.inside)
            if self.inside == environ["expected"]:
                self.came.set()
        self.may_go.wait(10)
        with self.counting:
            self.inside -= 1
        if environ.get("breaks"):
            raise ValueError
        return [b"answer"]


unused: Any = None  # the application begins no answer


def ask(application: InTurns, environ: dict[str, Any], answers: list[bytes]) -> Thread:
    def run() -> None:
        try:
            answers.extend(application(environ, unused))
        except ValueError:
            answers.append(b"broken")

    thread = Thread(target=run)
    thread.start()
    return thread


def test_one_computes_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "PATIENCE", 10)
    counting = Counting()
    application, answers = InTurns(counting), list[bytes]()
    asked = [ask(application, {"expected": 1, "breaks": number == 0}, answers) for number in range(5)]
    assert counting.came.wait(10)
    counting.may_go.set()
    for thread in asked:
        thread.join(10)
    # One that breaks gives its turn back, too.
    assert counting.most == 1 and sorted(answers) == [*[b"answer"] * 4, b"broken"]


def test_one_that_takes_long_holds_up_nobody() -> None:
    counting = Counting()
    application, answers = InTurns(counting), list[bytes]()
    asked = [ask(application, {"expected": 2}, answers) for _ in range(2)]
    assert counting.came.wait(10), "the second came in while the first was at it"
    counting.may_go.set()
    for thread in asked:
        thread.join(10)
    assert answers == [b"answer", b"answer"]
