"""The walks and rides of a leg, made one after the other on one clock, to the second.

What is told in whole minutes is worked out again from the feed and the places: a walk takes what it
takes between these two places, a ride is one that runs on that date, and a change leaves time enough.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from matching.verify.timetable import DAY, Clock, Network, Place

Step = Mapping[str, Any]


class _Ride(NamedTuple):
    """A ride of the feed: stops, and seconds after the midnight of the clock's date."""

    on: int
    leaves: int
    off: int
    arrives: int


class _State(NamedTuple):
    """After a ride: the stop, the second, and the second at which the way began."""

    stop: int
    now: int
    began: int


def can_be_made(
    network: Network, clock: Clock, way: object, origin: Place, site: Place, minutes: int
) -> bool:
    """Whether a way is one of the feed between two places, in exactly these minutes.

    Parameters
    ----------
    clock
        ``forward`` from the end of a window: then the way leads home, else to the site.
    origin
        Where the student comes from, or goes home to.
    """
    steps = _steps(way)
    if steps is None:
        return False
    rides, walks = steps
    first, last = (site, origin) if clock.forward else (origin, site)
    if not rides:
        return _on_foot(network.direct(first, last), walks[0], clock, minutes)
    leaving, arriving = network.near(first), network.near(last)
    states = {
        _State(ride.off, ride.arrives, begins)
        for ride in _rides(network, rides[0], clock.day)
        for begins in _beginnings(leaving.get(ride.on), ride, walks[0], clock)
    }
    for step, walk in zip(rides[1:], walks[1:-1], strict=True):
        states = {
            _State(ride.off, ride.arrives, state.began)
            for ride in _rides(network, step, clock.day)
            for state in states
            if _changes(network, state, ride, walk)
        }
    return any(_ends(arriving.get(state.stop), state, walks[-1], clock, minutes) for state in states)


def _steps(way: object) -> tuple[list[Step], list[Step | None]] | None:
    """The rides, and the walk before each and after the last (None: none); None if it is no way."""
    if not isinstance(way, list) or not way or not all(isinstance(step, dict) for step in way):
        return None
    if not all(type(step.get(key)) is int for step in way for key in ("at", "minutes")):
        return None
    rides: list[Step] = []
    walks: list[Step | None] = [None]
    for step in way:
        if step.get("mode") != "walk":
            rides.append(step)
            walks.append(None)
        elif walks[-1] is None:
            walks[-1] = step
        else:
            return None
    return rides, walks


def _is_walk(told: Step | None, seconds: int, begins: int) -> bool:
    """Whether a walk is told as it is: minutes rounded up, its start without the seconds."""
    minutes = math.ceil(seconds / 60)
    if told is None:
        return minutes == 0
    return told == {"mode": "walk", "minutes": minutes, "at": begins // 60}


def _on_foot(seconds: int | None, told: Step | None, clock: Clock, minutes: int) -> bool:
    if seconds is None or math.ceil(seconds / 60) != minutes:
        return False
    return _is_walk(told, seconds, clock.seconds if clock.forward else clock.seconds - seconds)


def _rides(network: Network, step: Step, day: int) -> list[_Ride]:
    """The rides of the feed about a date that are told like this one."""
    feed, names = network.feed, network.feed.stops.names
    if set(step) != {"mode", "line", "at", "from_stop", "to_stop", "minutes"}:
        return []
    found = []
    for first in network.leaving(step["at"]):
        trip = int(np.searchsorted(feed.trip_first, first, side="right")) - 1
        line = feed.lines[int(feed.trip_line[trip])]
        asked = (line.name, line.mode, names[int(feed.stop[first])], bool(feed.boards[first]))
        if asked != (step["line"], step["mode"], step["from_stop"], True):
            continue
        later = step["at"] * 60 - int(feed.departure[first]) // 60 * 60  # whole days: of which date it is
        runs = feed.services[int(feed.trip_service[trip])].runs
        if later not in (-DAY, 0, DAY) or not runs(day + later // DAY):
            continue
        on, leaves = int(feed.stop[first]), int(feed.departure[first]) + later
        for call in range(first + 1, int(feed.trip_first[trip + 1])):
            off, arrives = int(feed.stop[call]), int(feed.arrival[call]) + later
            gets_off = names[off] == step["to_stop"] and feed.alights[call]
            if gets_off and math.ceil((arrives - leaves) / 60) == step["minutes"]:
                found.append(_Ride(on, leaves, off, arrives))
    return found


def _beginnings(walk: int | None, ride: _Ride, told: Step | None, clock: Clock) -> Sequence[int]:
    """When a way begins whose first ride this is; nothing where it does not begin so."""
    if walk is None or (clock.forward and clock.seconds + walk > ride.leaves):
        return []
    begins = clock.seconds if clock.forward else ride.leaves - walk
    return [begins] if _is_walk(told, walk, begins) else []


def _changes(network: Network, state: _State, ride: _Ride, told: Step | None) -> bool:
    change = network.changes.get((state.stop, ride.on))
    if change is None or state.now + change > ride.leaves:
        return False
    return _is_walk(told, 0 if ride.on == state.stop else change, state.now)


def _ends(walk: int | None, state: _State, told: Step | None, clock: Clock, minutes: int) -> bool:
    """Whether the last walk ends in time, and the whole took so many minutes."""
    if walk is None or not _is_walk(told, walk, state.now):
        return False
    ends = state.now + walk
    if clock.forward:
        return math.ceil((ends - clock.seconds) / 60) == minutes
    return ends <= clock.seconds and math.ceil((clock.seconds - state.began) / 60) == minutes
