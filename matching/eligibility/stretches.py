"""Stretches of time within a day, and days by number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from matching.problem import Windows

NEVER = 10_000_000  # an ordinal after every date
DAY = 24 * 60
SHORTEST_STRETCH = 120  # minutes; the format's two hours

Stretch = tuple[int, int]
"""Start and end, minutes after midnight."""

Stretches = tuple[Stretch, ...]


def join(stretches: Iterable[Stretch]) -> Stretches:
    """Union of stretches: sorted, joined where they touch or overlap."""
    joined: list[Stretch] = []
    for start, end in sorted(stretches):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)


def total(stretches: Iterable[Stretch]) -> int:
    """Minutes in all."""
    return sum(end - start for start, end in stretches)


def long_minutes(stretches: Iterable[Stretch]) -> int:
    """Minutes of the stretches of two hours or more."""
    return sum(end - start for start, end in stretches if end - start >= SHORTEST_STRETCH)


def meet(left: Iterable[Stretch], right: Sequence[Stretch]) -> bool:
    """Whether two sets of stretches overlap."""
    return any(a < d and c < b for a, b in left for c, d in right)


def clip(stretches: Stretches, earliest: int, latest: int) -> Stretches:
    """What lies between two times."""
    cut = ((max(a, earliest), min(b, latest)) for a, b in stretches)
    return tuple((a, b) for a, b in cut if a < b)


def without(stretches: Stretches, taken: Iterable[Stretch]) -> Stretches:
    """What is left outside other stretches."""
    left = list(stretches)
    for start, end in taken:
        pieces = [piece for a, b in left for piece in ((a, min(b, start)), (max(a, end), b))]
        left = [(a, b) for a, b in pieces if a < b]
    return tuple(left)


def common(left: Iterable[Stretch], right: Sequence[Stretch]) -> Stretches:
    """What lies in both."""
    both = ((max(a, c), min(b, d)) for a, b in left for c, d in right)
    return tuple((a, b) for a, b in both if a < b)


def by_day(windows: Windows) -> dict[int, Stretches]:
    """Joined stretches of each day of week, letter or date that occurs, in order of the day."""
    found: dict[int, list[Stretch]] = {}
    for window in sorted(windows):
        found.setdefault(window.day, []).append((window.start, window.end))
    return {day: join(stretches) for day, stretches in found.items()}


def weekday_of(day: int) -> int:
    """0 (Monday) to 6 of an ordinal: day 1 of the calendar was a Monday."""
    return (day + 6) % 7


def sunday_of(day: int) -> int:
    """The Sunday on or before a date (ordinals)."""
    return day - (weekday_of(day) + 1) % 7
