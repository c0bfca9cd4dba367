"""A student's week as half hours, for a grid of boxes, and as windows of the round format."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from matching.files.cells import format_windows, parse_windows
from matching.problem import Window

STEP, HOUR, DAY = 30, 60, 24 * 60
FIRST, LAST = 6 * 60, 22 * 60
"""The hours that every grid shows; it grows by whole hours where something begins earlier or ends later."""
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

Slot = tuple[int, int]
"""A day from 0 (Monday) and the minute after midnight at which its half hour begins."""


@dataclass(frozen=True, slots=True)
class Week:
    """Half hours that are free, and what a grid cannot show (dates, day letters, odd minutes)."""

    slots: frozenset[Slot] = frozenset()
    others: tuple[Window, ...] = field(default=())


def starts(needed: Iterable[Window] = ()) -> range:
    """When the half hours that a grid shows begin, in minutes after midnight: all of ``needed`` too."""
    windows = tuple(needed)
    first = min((FIRST, *(window.start // HOUR * HOUR for window in windows)))
    last = max((LAST, *(-(-window.end // HOUR) * HOUR for window in windows)))
    return range(max(first, 0), min(last, DAY), STEP)


def read_week(cell: str) -> Week:
    """A cell of windows as half hours; a half hour counts where it is free as a whole."""
    slots: set[Slot] = set()
    others: list[Window] = []
    for window in parse_windows(cell) if cell else ():
        found = _slots_of(window) if window.weekly else set()
        slots |= found
        others += [window] if not window.weekly else _outside(window, found)
    return Week(frozenset(slots), tuple(others))


def _slots_of(window: Window) -> set[Slot]:
    first = -(-window.start // STEP) * STEP
    return {(window.day, at) for at in range(first, min(window.end, DAY) - STEP + 1, STEP)}


def _outside(window: Window, slots: set[Slot]) -> list[Window]:
    """What of a weekly window its half hours do not cover."""
    if not slots:
        return [window]
    first, last = min(at for _day, at in slots), max(at for _day, at in slots) + STEP
    pieces = [Window(window.day, window.start, first), Window(window.day, last, window.end)]
    return [piece for piece in pieces if piece.start < piece.end]


def week_cell(week: Week) -> str:
    """The week as a cell: stretches of half hours joined, with what touches them."""
    pieces = [Window(day, at, at + STEP) for day, at in week.slots]
    weekly = sorted([*pieces, *(window for window in week.others if window.weekly)])
    joined: list[Window] = []
    for piece in weekly:
        if joined and joined[-1].day == piece.day and piece.start <= joined[-1].end:
            last = joined[-1]
            joined[-1] = Window(last.day, last.start, max(last.end, piece.end))
        else:
            joined.append(piece)
    return format_windows((*joined, *(window for window in week.others if not window.weekly)))


def slot_name(slot: Slot) -> str:
    """A half hour as a form sends it: ``0-930`` is Monday at half past three in the afternoon."""
    return f"{slot[0]}-{slot[1]}"


def slots_named(names: Iterable[str], whole_days: Iterable[str], shown: range) -> frozenset[Slot]:
    """The half hours that a form sent, with all that its grid ``shown`` has of whole days it asks for."""
    known = {slot_name((day, at)): (day, at) for day in range(len(DAYS)) for at in range(0, DAY, STEP)}
    found = {known[name] for name in names if name in known}
    for name in whole_days:
        if name in DAYS:
            found |= {(DAYS.index(name), at) for at in shown}
    return frozenset(found)
