"""Many documents drawn in batches: in this process, or by several others.

How documents are put into batches does not depend on who draws them, so that any number of processes
gives the same files and the same book. What goes to a process and what comes back is plain data.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from threading import Thread
from typing import Any

from wbl.paper import binding
from wbl.paper.binding import Leaves
from wbl.paper.laying_out import lay_out

BATCH = 20
"""Documents that are in memory at once in a process, some 3 MB each, and share their fonts in a book."""
# A process that draws needs a second to begin: it has to take so many batches off this one.
_BATCHES_EACH = 2

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A document to be drawn."""

    html: str
    style: str
    own_file: bool  # else it is drawn for the book alone


@dataclass(frozen=True, slots=True)
class Drawn:
    """What came of a batch: a PDF of each sheet that has a file of its own, and all pages for a book."""

    sheets: int
    files: tuple[bytes, ...]
    leaves: Leaves


def draw(sheets: Sequence[Sheet]) -> Drawn:
    """Draw a batch; runs in whichever process."""
    with _rubbish_left_lying():
        documents = [lay_out(sheet.html, sheet.style) for sheet in sheets]
        files, leaves = binding.draw(documents, [sheet.own_file for sheet in sheets])
        drawn = Drawn(len(sheets), files, leaves)
        del documents
    return drawn


@contextmanager
def _rubbish_left_lying() -> Iterator[None]:
    """No garbage collection inside, one of what was made inside after it.

    Layouts are a great many objects that are all alive until the batch is drawn: looking for rubbish
    among them takes a third of the time.
    """
    if not gc.isenabled():  # another thread is at it
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.collect(0)
        gc.enable()


def draw_all(sheets: Iterable[Sheet], count: int, processes: int) -> Generator[Drawn, None, None]:
    """Draw ``count`` sheets batch by batch, in their order.

    A few batches are under way at a time, so that neither sheets nor what came of them pile up. Where a
    process dies, the rest is drawn here. Close the iterator to stop early.
    """
    batches = in_batches(sheets, BATCH)
    processes = min(processes, count // (BATCH * _BATCHES_EACH))
    if processes < 2:
        yield from map(draw, batches)
        return
    # Forked from a process that has read WeasyPrint and has no threads: a fork of whoever called would copy
    # their threads' locks, held or not.
    context = get_context("forkserver")
    context.set_forkserver_preload([lay_out.__module__])
    pool = ProcessPoolExecutor(processes, mp_context=context, initializer=_begin)
    try:
        waiting: deque[tuple[list[Sheet], Future[Drawn] | None]] = deque()
        for batch in batches:
            waiting.append((batch, _submitted(pool, batch)))
            if len(waiting) > 2 * processes:
                yield _drawn(*waiting.popleft())
        while waiting:
            yield _drawn(*waiting.popleft())
    finally:
        # What they hold takes them half a second to let go of: nobody waits for that.
        pool.shutdown(wait=False, cancel_futures=True)


def in_batches(things: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """The things in their order, ``size`` at a time; the last ones may be fewer."""
    left = iter(things)
    while batch := list(islice(left, size)):
        yield batch


def _submitted(pool: ProcessPoolExecutor, batch: list[Sheet]) -> Future[Drawn] | None:
    """The batch under way in the pool; None where one of its processes has died."""
    try:
        return pool.submit(draw, batch)
    except BrokenProcessPool:
        return None


def _drawn(batch: list[Sheet], under_way: Future[Drawn] | None) -> Drawn:
    if under_way is not None:
        try:
            return under_way.result()
        except BrokenProcessPool:
            _log.warning("a process died, so its letters are drawn without others")
    return draw(batch)


def _begin() -> None:
    """Set up a process that draws: it ends with the one that began it, however that one ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the worker, which finishes what it does
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
