"""Ctrl-C while a solver written in C++ runs in this process.

Python handles a signal between two of its own instructions, and a solve of a minute is one of
them. So for as long as it runs the system's own handling ends the process at once. Files are
written whole or not at all, and never during a solve, so nothing half-done is left.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def ended_at_once() -> Iterator[None]:
    """Let Ctrl-C end the process, where Python's own handling of it was in place.

    A program with handling of its own keeps it, and so does every thread but the main one.
    """
    ours = (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    )
    if not ours:
        yield
        return
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
