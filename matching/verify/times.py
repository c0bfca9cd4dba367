"""Stretches of time within one day: what is joined, taken away and in common."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from matching.problem import Window

Span = tuple[int, int]
"""Minutes after midnight, start before end."""


def joined(spans: Iterable[Span]) -> list[Span]:
    """Sorted spans, those that touch or overlap made one."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def common(a: Iterable[Span], b: Iterable[Span]) -> list[Span]:
    """What lies in both."""
    others = list(b)
    both = ((max(start, other[0]), min(end, other[1])) for start, end in a for other in others)
    return joined(span for span in both if span[0] < span[1])


def without(a: Iterable[Span], b: Iterable[Span]) -> list[Span]:
    """What of ``a`` lies outside ``b``."""
    left = list(a)
    for start, end in b:
        pieces = [((s, min(e, start)), (max(s, end), e)) for s, e in left]
        left = [span for pair in pieces for span in pair if span[0] < span[1]]
    return joined(left)


def length(spans: Iterable[Span]) -> int:
    """Minutes in all."""
    return sum(end - start for start, end in spans)


def by_day(windows: Iterable[Window]) -> dict[int, list[Span]]:
    """Joined spans of each day (weekday 0–6, or the ordinal of a date)."""
    days: dict[int, list[Span]] = defaultdict(list)
    for window in windows:
        days[window.day].append((window.start, window.end))
    return {day: joined(spans) for day, spans in days.items()}


def weekday(day: int) -> int:
    """0 (Monday) to 6 of a weekday or of an ordinal date."""
    return day if 0 <= day < 7 else (day + 6) % 7
