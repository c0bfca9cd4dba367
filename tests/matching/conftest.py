"""Fixtures of the engine's tests."""

from __future__ import annotations

import pytest

from matching.engines.highs import child
from matching.engines.highs.process import Process
from matching.engines.highs.request import Answer, Request


@pytest.fixture
def solver_at_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """HiGHS in this process: many small rounds would start as many others.

    ``test_mip.py`` and ``test_mip_process.py`` have a process of its own, as users do.
    """

    def ask(process: Process, request: Request) -> Answer:
        return child.solve(request)

    monkeypatch.setattr(Process, "ask", ask)
