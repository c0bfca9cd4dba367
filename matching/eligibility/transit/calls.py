"""When every trip calls at its stops: stop_times.txt and frequencies.txt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.eligibility.transit.text import Archive, BadFeed, BadValue, Cells, line_of, read_columns, shown
from matching.said import said

Int32Array = NDArray[np.int32]
BoolArray = NDArray[np.bool_]

_FILE = "stop_times.txt"
_HEADWAYS = "frequencies.txt"
_NOT_GIVEN = -1
_LATEST_HOUR = 99
MOST_CALLS = 10_000_000
"""Calls of a feed with its headways written out; a metropolis has some five million."""


@dataclass(frozen=True, slots=True, eq=False)
class Calls:
    """The calls of t trips, trip by trip in their order; see :class:`timetable.Feed`."""

    trip: Int32Array  # [t] index of the trip in trips.txt, sorted by identifier
    first: Int32Array  # [t + 1]
    stop: Int32Array  # [e] as stops.txt is sorted by identifier
    arrival: Int32Array
    departure: Int32Array
    boards: BoolArray
    alights: BoolArray


def read_calls(archive: Archive, trips: Mapping[str, int], stops: Mapping[str, int]) -> Calls:
    """stop_times.txt; times that are not given are spread evenly between those that are.

    Parameters
    ----------
    trips, stops
        Index of each identifier.
    """

    def index(table: Mapping[str, int], file: str) -> Cells:
        def find(text: str) -> int:
            found = table.get(text)
            if found is None:
                raise BadValue(said("{value} is no stop or trip of {file}", value=shown(text), file=file))
            return found

        return Cells(find)

    columns = {
        "trip_id": index(trips, "trips.txt"),
        "stop_id": index(stops, "stops.txt"),
        "stop_sequence": Cells(_sequence),
        "arrival_time": Cells(seconds),
        "departure_time": Cells(seconds),
        "pickup_type": Cells(_possible, required=False),
        "drop_off_type": Cells(_possible, required=False),
    }
    parts: dict[str, list[Int32Array]] = {column: [np.zeros(0, np.int32)] for column in columns}

    def collect(column: str, values: Iterator[Any], count: int) -> None:
        parts[column].append(np.fromiter(values, np.int32, count))

    read_columns(archive, _FILE, columns, collect)
    raw = {column: np.concatenate(pieces) for column, pieces in parts.items()}
    order = np.lexsort((raw["stop_sequence"], raw["trip_id"]))
    table = {column: values[order] for column, values in raw.items()}
    _check_sequence(archive, table, order)
    trip, starts = np.unique(table["trip_id"], return_index=True)
    first = np.append(starts, len(order)).astype(np.int32)
    arrival, departure = _times(archive, table, order, first)
    return Calls(
        trip=trip,
        first=first,
        stop=table["stop_id"],
        arrival=arrival,
        departure=departure,
        boards=table["pickup_type"] == 1,
        alights=table["drop_off_type"] == 1,
    )


def seconds(text: str) -> int:
    """``H:MM:SS`` after the midnight of the service day, which may pass 24 hours; -1 if empty."""
    text = text.strip()
    if not text:
        return _NOT_GIVEN
    parts = text.split(":")
    if len(parts) == 3 and all(part.isascii() and part.isdigit() and len(part) <= 2 for part in parts):
        hour, minute, second = map(int, parts)
        if hour <= _LATEST_HOUR and minute < 60 and second < 60:
            return hour * 3600 + minute * 60 + second
    raise BadValue(said("{value}; expected a time as HH:MM:SS", value=shown(text)))


def _sequence(text: str) -> int:
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise BadValue(said("{value}; expected a whole number", value=shown(text)))
    return int(text)


def _possible(text: str) -> bool:
    """Whether one can simply get on or off here: a stop by telephone call is not one to rely on."""
    if text.strip() not in ("", "0", "1", "2", "3"):
        raise BadValue(said("{value}; expected 0, 1, 2 or 3", value=shown(text)))
    return text.strip() in ("", "0", "3")


def _check_sequence(archive: Archive, table: Mapping[str, Int32Array], order: NDArray[np.int64]) -> None:
    trip, sequence = table["trip_id"], table["stop_sequence"]
    again = np.flatnonzero((trip[1:] == trip[:-1]) & (sequence[1:] == sequence[:-1]))
    if len(again):
        row = int(order[again[0] + 1])
        message = said("the trip has two calls with number {number}", number=int(sequence[again[0]]))
        raise BadFeed(_FILE, line_of(archive.text(_FILE), row), "stop_sequence", message)


def _times(
    archive: Archive, table: Mapping[str, Int32Array], order: NDArray[np.int64], first: Int32Array
) -> tuple[Int32Array, Int32Array]:
    """Every arrival and departure, in strict order within a trip."""
    arrival = np.where(table["arrival_time"] < 0, table["departure_time"], table["arrival_time"])
    departure = np.where(table["departure_time"] < 0, arrival, table["departure_time"])

    def blame(row: int, column: str, message: str) -> BadFeed:
        return BadFeed(_FILE, line_of(archive.text(_FILE), int(order[row])), column, message)

    missing = arrival < 0
    ends = np.unique(np.concatenate((first[:-1], first[1:] - 1)))
    bare = ends[missing[ends]]
    if len(bare):
        message = said("the first and the last call of a trip need a time")
        raise blame(int(bare[0]), "arrival_time", message)
    if missing.any():
        # Ends have times, so that no gap reaches from one trip into the next.
        row, known = np.flatnonzero(missing), np.flatnonzero(~missing)
        after = np.searchsorted(known, row)
        before, then = known[after - 1], known[after]
        share = (row - before) / (then - before)
        between = departure[before] + np.floor(share * (arrival[then] - departure[before])).astype(np.int32)
        arrival[row] = departure[row] = between
    inner = np.ones(len(arrival), np.bool_)
    inner[first[:-1]] = False
    previous = np.roll(departure, 1)
    for column, wrong in (
        ("departure_time", departure < arrival),
        ("arrival_time", inner & (arrival < previous)),
    ):
        rows = np.flatnonzero(wrong)
        if len(rows):
            message = said("the time is before the one that precedes it in the trip")
            raise blame(int(rows[0]), column, message)
    return _strictly(arrival, departure, first)


def _strictly(arrival: Int32Array, departure: Int32Array, first: Int32Array) -> tuple[Int32Array, Int32Array]:
    """Put calls of one second a second apart: ``arrival[i + 1] > departure[i]`` within a trip."""
    count = len(arrival)
    trip = np.repeat(np.arange(len(first) - 1), np.diff(first))
    both = np.empty(2 * count, np.int64)
    both[0::2], both[1::2] = arrival, departure
    # Times rise by at least one a call exactly where times less the call's number never fall.
    lift = np.repeat(trip * 10**7 - np.arange(count), 2)
    both = np.maximum.accumulate(both + lift) - lift
    return both[0::2].astype(np.int32), both[1::2].astype(np.int32)


def expand_headways(archive: Archive, trips: Mapping[str, int], calls: Calls) -> Calls:
    """Write out frequencies.txt: trips with a headway run from start to end, and not as themselves."""
    if _HEADWAYS not in archive:
        return calls
    columns = {
        "trip_id": Cells(_trip_of(trips)),
        "start_time": Cells(seconds),
        "end_time": Cells(seconds),
        "headway_secs": Cells(_sequence),
    }
    table: dict[str, list[Any]] = {column: [] for column in columns}

    def collect(column: str, values: Iterator[Any], _count: int) -> None:
        table[column].extend(values)

    read_columns(archive, _HEADWAYS, columns, collect)
    place = {trip: row for row, trip in enumerate(calls.trip.tolist())}
    length, leaves = np.diff(calls.first).tolist(), calls.departure[calls.first[:-1]].tolist()
    runs: list[tuple[int, range]] = []  # trip of ``calls``, seconds by which its runs are later
    total = len(calls.stop)
    for row, (trip, start, end, headway) in enumerate(zip(*table.values(), strict=True)):
        message = ""
        if not headway or min(start, end) < 0:
            message = said("expected a start, an end and seconds from 1 on")
        elif trip in place:
            at = place[trip]
            runs.append((at, range(start - leaves[at], end - leaves[at], headway)))
            total += length[at] * len(runs[-1][1])
            if total > MOST_CALLS:
                message = said("the headways make more than {count:,} calls", count=MOST_CALLS)
        if message:
            raise BadFeed(_HEADWAYS, line_of(archive.text(_HEADWAYS), row), "headway_secs", message)
    replaced = {at for at, _ in runs}
    runs.extend((at, range(1)) for at in range(len(calls.trip)) if at not in replaced)
    return _runs(calls, runs) if replaced else calls


def _trip_of(trips: Mapping[str, int]) -> Any:
    def find(text: str) -> int:
        if text not in trips:
            raise BadValue(said("{value} is not in {file}", value=shown(text), file="trips.txt"))
        return trips[text]

    return find


def _runs(calls: Calls, runs: list[tuple[int, range]]) -> Calls:
    """The calls of each run: a trip of ``calls``, moved by some seconds."""
    at = np.repeat([trip for trip, _ in runs], [len(seconds) for _, seconds in runs])
    later = np.concatenate([np.arange(some.start, some.stop, some.step) for _, some in runs])
    order = np.lexsort((later, at))
    at, later = at[order], later[order]
    length = np.diff(calls.first)[at]
    first = np.append(0, np.cumsum(length)).astype(np.int32)
    row = np.arange(first[-1]) - np.repeat(first[:-1] - calls.first[at], length)
    moved = np.repeat(later, length).astype(np.int32)
    return Calls(
        trip=calls.trip[at],
        first=first,
        stop=calls.stop[row],
        arrival=calls.arrival[row] + moved,
        departure=calls.departure[row] + moved,
        boards=calls.boards[row],
        alights=calls.alights[row],
    )
