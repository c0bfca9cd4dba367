"""What a GTFS feed says, as arrays: stops, the times of every trip, and the days on which it runs.

A feed counts by its content: identifiers are put in order, so that neither the order of rows nor
the packing of the archive matters to the arrays or to ``Feed.digest``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]
Int32Array = NDArray[np.int32]

IMPOSSIBLE = -1
"""Seconds of a transfer that cannot be made."""

NO_STATION = -1


@dataclass(frozen=True, slots=True, eq=False)
class Stops:
    """k stops at which trips call, sorted by identifier."""

    ids: tuple[str, ...]
    names: tuple[str, ...]  # the identifier where there is no name
    latitude: FloatArray  # of its station where it has no place of its own
    longitude: FloatArray
    station: Int32Array  # [k] equal for stops of one station, NO_STATION where of none

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class Line:
    """A route as people call it: its short name, else its long one, and its ``mode`` (``bus`` …)."""

    name: str
    mode: str


@dataclass(frozen=True, slots=True)
class Service:
    """The days on which some trips run; dates are ordinals, ``weekdays`` begins on Monday."""

    weekdays: tuple[bool, ...]
    first: int  # of the regular days
    last: int
    added: frozenset[int]
    removed: frozenset[int]

    def runs(self, day: int) -> bool:
        if day in self.removed or day in self.added:
            return day in self.added
        return self.first <= day <= self.last and self.weekdays[(day + 6) % 7]

    def extent(self) -> tuple[int, int] | None:
        """The first and the last date that it speaks of, None where it never runs."""
        days = sorted(self.added)
        if any(self.weekdays) and self.first <= self.last:
            days += [self.first, self.last]
        return (min(days), max(days)) if days else None


@dataclass(frozen=True, slots=True, eq=False)
class Transfers:
    """What transfers.txt says of changes between two stops (or at one), sorted by both."""

    first: Int32Array  # [x] index into Stops
    then: Int32Array
    seconds: Int32Array  # the least time that it takes; IMPOSSIBLE where it cannot be made


@dataclass(frozen=True, slots=True, eq=False)
class Feed:
    """A timetable of t trips that call e times in all.

    The calls of trip i are rows ``trip_first[i]`` to ``trip_first[i + 1]``; their times are seconds
    after the midnight that begins the service day and may pass 24 hours. Within a trip
    ``arrival <= departure < next arrival``: a vehicle that the feed has at two stops in one
    second is at the later one a second after.
    """

    stops: Stops
    lines: tuple[Line, ...]
    services: tuple[Service, ...]
    trip_line: Int32Array  # [t] index into lines
    trip_service: Int32Array  # [t] index into services
    trip_first: Int32Array  # [t + 1]
    stop: Int32Array  # [e] index into stops
    arrival: Int32Array  # [e] seconds
    departure: Int32Array
    boards: BoolArray  # [e] one may get on here
    alights: BoolArray
    transfers: Transfers
    digest: str = ""  # SHA-256 (hex) of all of the above

    @property
    def first_date(self) -> date:
        """The first date for which the feed speaks; ``date.max`` where for none."""
        found = self._extents()
        return date.fromordinal(min(first for first, _ in found)) if found else date.max

    @property
    def last_date(self) -> date:
        """The last date for which the feed speaks; ``date.min`` where for none."""
        found = self._extents()
        return date.fromordinal(max(last for _, last in found)) if found else date.min

    def _extents(self) -> list[tuple[int, int]]:
        used = np.unique(self.trip_service).tolist()
        return [extent for service in used if (extent := self.services[service].extent())]

    def covers(self, dates: Iterable[date]) -> bool:
        """Whether all the dates lie between the first and the last of the feed."""
        first, last = self.first_date, self.last_date
        return all(first <= day <= last for day in dates)

    def running(self, day: int) -> BoolArray:
        """[services] which run on a date (an ordinal)."""
        return np.array([service.runs(day) for service in self.services], np.bool_)


def with_digest(feed: Feed) -> Feed:
    """The feed with the digest of its content."""
    hasher = hashlib.sha256()
    texts = [*feed.stops.ids, *feed.stops.names]
    texts += [part for line in feed.lines for part in (line.name, line.mode)]
    for text in texts:
        hasher.update(f"{len(text)}:{text}\n".encode())
    for service in feed.services:
        days = (sorted(service.added), sorted(service.removed))
        hasher.update(f"{service.weekdays}{service.first}-{service.last}{days}\n".encode())
    arrays: list[NDArray[np.generic]] = [feed.stops.latitude, feed.stops.longitude, feed.stops.station]
    arrays += [feed.trip_line, feed.trip_service, feed.trip_first, feed.stop, feed.arrival, feed.departure]
    arrays += [feed.boards, feed.alights]
    arrays += [feed.transfers.first, feed.transfers.then, feed.transfers.seconds]
    for array in arrays:
        little = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
        hasher.update(f"{len(little)}\n".encode() + little.tobytes())
    values = {name: getattr(feed, name) for name in Feed.__slots__ if name != "digest"}
    return Feed(**values, digest=hasher.hexdigest())
