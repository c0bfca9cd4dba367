"""Reads a GTFS feed."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np

from matching.eligibility.transit.calls import expand_headways, read_calls
from matching.eligibility.transit.text import Archive, BadFeed, BadValue, Cells, line_of, read_columns, shown
from matching.eligibility.transit.timetable import (
    IMPOSSIBLE,
    NO_STATION,
    Feed,
    Int32Array,
    Line,
    Service,
    Stops,
    Transfers,
    with_digest,
)
from matching.said import said

__all__ = ["BadFeed", "Feed", "read_feed"]

# Of route types; the extended ones (100 to 1799) are known by their hundreds.
_MODES = {0: "tram", 1: "subway", 2: "rail", 3: "bus", 4: "ferry", 5: "tram", 6: "gondola"}
_MODES |= {7: "funicular", 11: "bus", 12: "monorail"}
_EXTENDED = {1: "rail", 2: "bus", 4: "subway", 5: "subway", 6: "subway", 7: "bus", 8: "bus", 9: "tram"}
_EXTENDED |= {10: "ferry", 12: "ferry", 13: "gondola", 14: "funicular"}
_OTHER_MODE = "transit"

_STATION, _PLATFORM_KINDS = 1, (0, 4)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LEAST_TIME, _NOT_POSSIBLE = 2, 3
_LONGEST_TRANSFER = 24 * 3600
MOST_TRANSFERS = 1_000_000
"""Transfers between stops, those between stations written out."""

_NARROWER = ("from_route_id", "to_route_id", "from_trip_id", "to_trip_id")

Table = dict[str, list[Any]]


def read_feed(data: bytes) -> Feed:
    """Read a feed from the bytes of its zip archive.

    Read are stops, routes, trips, stop_times, calendar, calendar_dates, frequencies and
    transfers; other files and columns are left alone. Headways count as a timetable that starts
    with the first departure.

    Raises
    ------
    BadFeed
        It is no GTFS feed; the first thing that is wrong, with its place.
    """
    archive = Archive(data)
    stops = _Places(archive)
    routes = _table(archive, "routes.txt", _ROUTES, key="route_id")
    order, line = _ranked(routes["route_id"])
    lines = tuple(_line(routes, row) for row in order)
    services, service = _services(archive)
    trips = _table(
        archive,
        "trips.txt",
        {
            "trip_id": Cells(_some_text),
            "route_id": Cells(_known(line, "routes.txt")),
            "service_id": Cells(str),
        },
        key="trip_id",
    )
    order, trip = _ranked(trips["trip_id"])
    calls = read_calls(archive, trip, stops.calling)
    calls = expand_headways(archive, trip, calls)
    at, where = np.unique(calls.stop, return_inverse=True)
    # A service of which no file knows a date never runs.
    never = len(services)
    of_trip = np.array([service.get(trips["service_id"][row], never) for row in order], np.int32)
    line_of_trip = np.array([trips["route_id"][row] for row in order], np.int32)
    feed = Feed(
        stops=stops.kept(at.tolist()),
        lines=lines,
        services=(*services, Service((False,) * 7, 1, 0, frozenset(), frozenset())),
        trip_line=line_of_trip[calls.trip],
        trip_service=of_trip[calls.trip],
        trip_first=calls.first,
        stop=where.astype(np.int32),
        arrival=calls.arrival,
        departure=calls.departure,
        boards=calls.boards,
        alights=calls.alights,
        transfers=_transfers(archive, stops, at.tolist()),
    )
    return with_digest(feed)


def _table(archive: Archive, name: str, columns: Mapping[str, Cells], key: str = "") -> Table:
    """A small file as lists; ``key`` names a column without duplicates."""
    table: Table = {column: [] for column in columns}

    def collect(column: str, values: Iterator[Any], _count: int) -> None:
        table[column].extend(values)

    read_columns(archive, name, columns, collect)
    if key and len(set(table[key])) < len(table[key]):
        seen: set[str] = set()
        for row, value in enumerate(table[key]):
            if value in seen:
                line = line_of(archive.text(name), row)
                raise BadFeed(name, line, key, said("{value} stands here twice", value=shown(value)))
            seen.add(value)
    return table


def _ranked(ids: Sequence[str]) -> tuple[list[int], dict[str, int]]:
    """Rows in the order of their identifiers, and the place of each identifier in that order."""
    order = sorted(range(len(ids)), key=ids.__getitem__)
    return order, {ids[row]: place for place, row in enumerate(order)}


def _some_text(text: str) -> str:
    if not text:
        raise BadValue(said("the cell is empty; expected an identifier"))
    return text


def _known(table: Mapping[str, int], file: str) -> Callable[[str], int]:
    def find(text: str) -> int:
        if text not in table:
            raise BadValue(said("{value} is not in {file}", value=shown(text), file=file))
        return table[text]

    return find


def _degrees(largest: int) -> Callable[[str], float]:
    def parse(text: str) -> float:
        if not text.strip():
            return math.nan
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not abs(value) <= largest:
            raise BadValue(
                said("{value}; expected degrees from -{most} to {most}", value=shown(text), most=largest)
            )
        return value

    return parse


def whole(text: str) -> int:
    """A whole number from 0 on; an empty cell is 0."""
    text = text.strip()
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise BadValue(said("{value}; expected a whole number", value=shown(text)))
    return int(text)


def _day(text: str) -> int:
    text = text.strip()
    try:
        if len(text) != 8 or not (text.isascii() and text.isdigit()):
            raise ValueError
        return date(int(text[:4]), int(text[4:6]), int(text[6:])).toordinal()
    except ValueError:
        raise BadValue(said("{value}; expected a date as YYYYMMDD", value=shown(text))) from None


def _yes(text: str) -> bool:
    if text.strip() not in ("0", "1"):
        raise BadValue(said("{value}; expected 0 or 1", value=shown(text)))
    return text.strip() == "1"


_ROUTES = {
    "route_id": Cells(_some_text),
    "route_short_name": Cells(str.strip, required=False),
    "route_long_name": Cells(str.strip, required=False),
    "route_type": Cells(whole),
}


def _line(routes: Table, row: int) -> Line:
    kind = routes["route_type"][row]
    mode = _MODES.get(kind) or _EXTENDED.get(kind // 100, _OTHER_MODE)
    name = routes["route_short_name"][row] or routes["route_long_name"][row] or routes["route_id"][row]
    return Line(name, mode)


class _Places:
    """stops.txt, sorted by identifier: stops, and the stations that they belong to."""

    def __init__(self, archive: Archive) -> None:
        columns = {
            "stop_id": Cells(_some_text),
            "stop_name": Cells(str.strip, required=False),
            "stop_lat": Cells(_degrees(90)),
            "stop_lon": Cells(_degrees(180)),
            "location_type": Cells(whole, required=False),
            "parent_station": Cells(str, required=False),
        }
        raw = _table(archive, "stops.txt", columns, key="stop_id")
        order, self.index = _ranked(raw["stop_id"])
        table = {column: [values[row] for row in order] for column, values in raw.items()}
        self._ids, self._names = table["stop_id"], table["stop_name"]
        self._kind = table["location_type"]
        self._place = list(zip(table["stop_lat"], table["stop_lon"], strict=True))
        self._parent = [
            self._checked_parent(archive, order[i], p) for i, p in enumerate(table["parent_station"])
        ]
        self.calling = {i: self.index[i] for i in self._ids if self._kind[self.index[i]] in _PLATFORM_KINDS}
        for i in self.calling.values():
            place = self._place[i]
            for above in self._above(i):
                if math.isnan(sum(place)):
                    place = self._place[above]
            if math.isnan(sum(place)):
                line = line_of(archive.text("stops.txt"), order[i])
                column = "stop_lat" if math.isnan(place[0]) else "stop_lon"
                raise BadFeed("stops.txt", line, column, said("the stop has no place; expected degrees"))
            self._place[i] = place

    def _checked_parent(self, archive: Archive, row: int, parent: str) -> int:
        if parent and parent not in self.index:
            line = line_of(archive.text("stops.txt"), row)
            message = said("{value} is not in {file}", value=shown(parent), file="stops.txt")
            raise BadFeed("stops.txt", line, "parent_station", message)
        return self.index[parent] if parent else NO_STATION

    def _above(self, place: int) -> list[int]:
        """The platform and the station that a boarding area or platform belongs to."""
        found: list[int] = []
        while (place := self._parent[place]) != NO_STATION and len(found) < 2:
            found.append(place)
        return found

    def _station(self, place: int) -> int:
        above = self._above(place)
        return above[-1] if above else NO_STATION

    def kept(self, places: Sequence[int]) -> Stops:
        """The stops at these places."""
        return Stops(
            ids=tuple(self._ids[i] for i in places),
            names=tuple(self._names[i] or self._ids[i] for i in places),
            latitude=np.array([self._place[i][0] for i in places], np.float64),
            longitude=np.array([self._place[i][1] for i in places], np.float64),
            station=_numbered([self._station(i) for i in places]),
        )

    def within(self, places: Sequence[int]) -> dict[int, list[int]]:
        """For every place of stops.txt the indices into ``places`` of the stops that it stands for."""
        found: dict[int, list[int]] = defaultdict(list)
        for index, place in enumerate(places):
            for one in (place, *self._above(place)):
                found[one].append(index)
        return found


def _numbered(stations: Sequence[int]) -> Int32Array:
    """The same stations, numbered from 0 in their order."""
    found = {station: index for index, station in enumerate(sorted({*stations} - {NO_STATION}))}
    return np.array([found.get(station, NO_STATION) for station in stations], np.int32)


def _services(archive: Archive) -> tuple[list[Service], dict[str, int]]:
    """Services sorted by identifier, from the regular days and the exceptions."""
    regular: dict[str, tuple[tuple[bool, ...], int, int]] = {}
    names = ("calendar.txt", "calendar_dates.txt")
    if not any(name in archive for name in names):
        message = said("the feed has neither this file nor calendar_dates.txt")
        raise BadFeed(names[0], 1, "", message)
    if names[0] in archive:
        columns = {"service_id": Cells(_some_text), **{day: Cells(_yes) for day in _DAYS}}
        columns |= {"start_date": Cells(_day), "end_date": Cells(_day)}
        table = _table(archive, names[0], columns, key="service_id")
        days = zip(*(table[day] for day in _DAYS), strict=True)
        for service, runs, first, last in zip(
            table["service_id"], days, table["start_date"], table["end_date"], strict=True
        ):
            regular[service] = (runs, first, last)
    added: dict[str, set[int]] = defaultdict(set)
    removed: dict[str, set[int]] = defaultdict(set)
    if names[1] in archive:
        columns = {"service_id": Cells(_some_text), "date": Cells(_day), "exception_type": Cells(_exception)}
        table = _table(archive, names[1], columns)
        for service, day, adds in zip(*(table[column] for column in columns), strict=True):
            (added if adds else removed)[service].add(day)
    ids = sorted({*regular, *added, *removed})
    never = ((False,) * 7, 1, 0)
    services = [
        Service(*regular.get(one, never), frozenset(added[one]), frozenset(removed[one] - added[one]))
        for one in ids
    ]
    return services, {one: index for index, one in enumerate(ids)}


def _exception(text: str) -> bool:
    if text.strip() not in ("1", "2"):
        raise BadValue(said("{value}; expected 1 (added) or 2 (removed)", value=shown(text)))
    return text.strip() == "1"


def _transfers(archive: Archive, places: _Places, kept: Sequence[int]) -> Transfers:
    """transfers.txt between the stops themselves; what it says of one route or trip alone is left out."""
    found: dict[tuple[int, int], int] = {}
    if "transfers.txt" in archive:
        known = _known({**places.index, "": NO_STATION}, "stops.txt")
        columns = {"from_stop_id": Cells(known), "to_stop_id": Cells(known)}
        columns |= {"transfer_type": Cells(whole, required=False)}
        columns |= {"min_transfer_time": Cells(whole, required=False)}
        columns |= {name: Cells(bool, required=False) for name in _NARROWER}
        table = _table(archive, "transfers.txt", columns)
        found = _between_stops(_between_places(table), places.within(kept))
    keys = sorted(found)
    return Transfers(
        np.array([first for first, _ in keys], np.int32),
        np.array([then for _, then in keys], np.int32),
        np.array([found[key] for key in keys], np.int32),
    )


def _between_places(table: Table) -> dict[tuple[int, int], int]:
    """The last word of transfers.txt on two places, in the order in which it falls."""
    told: dict[tuple[int, int], int] = {}
    for first, then, kind, seconds, *narrower in zip(*table.values(), strict=True):
        if any(narrower) or kind > _NOT_POSSIBLE or (not kind and first == then):
            continue
        told.pop((first, then), None)
        time = {_LEAST_TIME: min(seconds, _LONGEST_TRANSFER), _NOT_POSSIBLE: IMPOSSIBLE}.get(kind, 0)
        told[first, then] = time
    return told


def _between_stops(
    told: Mapping[tuple[int, int], int], stops: Mapping[int, Sequence[int]]
) -> dict[tuple[int, int], int]:
    """The same between stops: a station stands for all of its own."""
    total = sum(len(stops.get(first, ())) * len(stops.get(then, ())) for first, then in told)
    if total > MOST_TRANSFERS:
        message = said(
            "the transfers are {count:,} between stops; expected at most {most:,}",
            count=total,
            most=MOST_TRANSFERS,
        )
        raise BadFeed("transfers.txt", 1, "", message)
    return {
        (a, b): time
        for (first, then), time in told.items()
        for a in stops.get(first, ())
        for b in stops.get(then, ())
    }
