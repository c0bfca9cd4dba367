"""The timetable followed for all sites together: how long before a window one must board where.

Both legs are one question, asked outward from the sites: time runs back from the start of a
window for the way there, and on from its end for the way home. Every hop (a ride from one call to
the next) is looked at once, second by second as that clock meets its ends, with the set of sites
that come so far by then. This is the connection scan of Dibbelt, Pajor, Strasser and Wagner
(arXiv:1703.05997) with sets in place of times: each is noted in the second in which it grows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matching.eligibility.transit.paths import Int16Array, Ways
from matching.eligibility.transit.timetable import Feed
from matching.problem import BoolArray, IntArray

LONGEST_LEG = 8 * 3600
"""Seconds beyond which no way is looked for."""

NEVER = LONGEST_LEG + 1
"""Seconds of what cannot be reached: with a walk or a change added it still fits 16 bits."""

# Rows whose bits are packed or unpacked together: enough to save calls, few enough for a cache.
_AT_ONCE = 100

_DAY = 24 * 3600


@dataclass(frozen=True, slots=True)
class Clock:
    """From where time is measured: the start of a window backward, or its end forward.

    Attributes
    ----------
    day
        Ordinal of the date.
    time
        Minutes after its midnight.
    back
        The way home after ``time``; else the way there before it.
    """

    day: int
    time: int
    back: bool


@dataclass(frozen=True, slots=True, eq=False)
class Hops:
    """Rides from one call to the next, outward; [h] sorted by ``near_at``.

    ``near`` is the stop nearer to the site and ``near_at`` the seconds between the clock's zero
    and the moment there; ``far`` and ``far_at`` likewise. One ``run`` is one vehicle's trip.
    """

    near: IntArray
    far: IntArray
    near_at: IntArray
    far_at: IntArray
    run: IntArray
    line: IntArray
    near_opens: BoolArray  # one may change between vehicle and stop at the near end
    far_opens: BoolArray


class Timetable:
    """The hops of a feed, ready to be cut out for any clock."""

    def __init__(self, feed: Feed) -> None:
        inner = np.ones(max(len(feed.stop) - 1, 0), np.bool_)
        ends = feed.trip_first[1:-1].astype(np.int64) - 1
        inner[ends] = False
        self._at = np.flatnonzero(inner)
        trip = np.repeat(np.arange(len(feed.trip_line)), np.diff(feed.trip_first))
        self._trip = trip[self._at]
        self._service = feed.trip_service[self._trip]
        self._leaves, self._arrives = feed.departure[self._at], feed.arrival[self._at + 1]
        self._feed = feed

    def services(self, day: int) -> bytes:
        """Equal for dates on and about which the same trips run."""
        return b"".join(self._feed.running(day + shift).tobytes() for shift in (-1, 0, 1))

    def hops(self, clock: Clock, horizon: int) -> Hops:
        """Rides whose far end lies at most ``horizon`` seconds from the clock's zero.

        Trips of the day before may pass midnight, and a way home may take those of the day after.
        """
        found = [self._of_day(clock, shift, horizon) for shift in (-1, 0, 1)]
        near_at, far_at, at, run = (np.concatenate(parts) for parts in zip(*found, strict=True))
        order = np.argsort(near_at, kind="stable")
        near_at, far_at, at = near_at[order], far_at[order], at[order]
        _, run = np.unique(run[order], return_inverse=True)
        feed, here, there = self._feed, self._at[at], self._at[at] + 1
        near, far = (here, there) if clock.back else (there, here)
        return Hops(
            near=feed.stop[near].astype(np.int64),
            far=feed.stop[far].astype(np.int64),
            near_at=near_at,
            far_at=far_at,
            run=run,
            line=feed.trip_line[self._trip[at]].astype(np.int64),
            near_opens=(feed.boards if clock.back else feed.alights)[near],
            far_opens=(feed.alights if clock.back else feed.boards)[far],
        )

    def _of_day(
        self, clock: Clock, shift: int, horizon: int
    ) -> tuple[IntArray, IntArray, IntArray, IntArray]:
        zero = clock.time * 60 - shift * _DAY
        if clock.back:
            near_at, far_at = self._leaves - zero, self._arrives - zero
        else:
            near_at, far_at = zero - self._arrives, zero - self._leaves
        at = np.flatnonzero((near_at >= 0) & (far_at <= horizon))
        at = at[self._feed.running(clock.day + shift)[self._service[at]]]
        run = self._trip[at].astype(np.int64) * 3 + shift
        return near_at[at].astype(np.int64), far_at[at].astype(np.int64), at, run


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """What a scan found for each stop and site, in seconds from the clock's zero; NEVER where not.

    ``ride`` is the moment at which one boards the first vehicle at a stop (there) or leaves the
    last one (back); ``foot`` the last moment at which one may arrive at the stop in a vehicle, or
    the first at which one may board there.
    """

    ride: Int16Array  # [stops, sites]
    foot: Int16Array


def reach(hops: Hops, changes: Ways, walks: Ways, stops: int) -> Reach:
    """Follow the hops outward from all sites, and say also when one comes on foot to each stop.

    Parameters
    ----------
    changes
        For each stop the stops on the near side of a change there.
    walks
        For each site the stops about it.
    """
    ride, foot = scan(hops, changes, walks, stops), _on_foot(walks, stops)
    for far in np.flatnonzero(np.any(ride < NEVER, axis=1)).tolist():
        others, seconds = changes.of(far)
        foot[others] = np.minimum(foot[others], ride[far] + seconds[:, None])
    return Reach(ride, foot)


def scan(hops: Hops, changes: Ways, walks: Ways, stops: int) -> Int16Array:
    """``Reach.ride``: the seconds are gone through outward, each with what happens in it.

    A set of sites is one number with a bit for each: Python's own are quicker to join and to
    compare than rows of an array, and nothing that a site has reached is looked at again.
    """
    sites = len(walks.first) - 1
    ends = int(hops.far_at.max()) + 1 if len(hops.far_at) else 0
    leaves, arrives = (
        _by_second(moments, opens, ends)
        for moments, opens in ((hops.near_at, hops.near_opens), (hops.far_at, hops.far_opens))
    )
    near, far, run = hops.near.tolist(), hops.far.tolist(), hops.run.tolist()
    straight = _walked_to(hops, _on_foot(walks, stops))
    # Who comes to a stop after the last vehicle has left need not be noted there.
    last = np.full(stops, -1)
    np.maximum.at(last, hops.near, hops.near_at)
    closes = last.tolist()
    first, others, times = changes.first.tolist(), changes.stop.tolist(), changes.seconds.tolist()
    changed: list[dict[int, int]] = [{} for _ in range(ends)]  # who comes when to which stop
    by_change, by_vehicle = [0] * stops, [0] * stops  # the sites that have come to each stop by now
    aboard = [0] * (max(run) + 1 if run else 0)
    found: list[tuple[int, int, int]] = []  # stop, second, the sites that come to it only then
    # Within a second: who arrives may change at once, and who has changed may ride at once.
    for now in range(ends):
        for hop in arrives[now]:
            stop, riders = far[hop], aboard[run[hop]]
            new = riders ^ (riders & by_vehicle[stop])
            if new:
                by_vehicle[stop] |= new
                found.append((stop, now, new))
                part = slice(first[stop], first[stop + 1])
                for other, seconds in zip(others[part], times[part], strict=True):
                    if now + seconds <= closes[other]:
                        then = changed[now + seconds]
                        then[other] = then.get(other, 0) | new
        for stop, some in changed[now].items():
            by_change[stop] |= some
        changed[now].clear()
        for hop in leaves[now]:
            aboard[run[hop]] |= by_change[near[hop]] | straight[hop]
    return _moments(found, stops, sites)


def _on_foot(walks: Ways, stops: int) -> Int16Array:
    """[stops, sites] seconds on foot from each site, NEVER where too far."""
    sites = len(walks.first) - 1
    foot = np.full((stops, sites), NEVER, np.int16)
    foot[walks.stop, np.repeat(np.arange(sites), np.diff(walks.first))] = walks.seconds
    return foot


def _walked_to(hops: Hops, foot: Int16Array) -> list[int]:
    """[h] the sites from which one comes to the near end of each hop on foot, in time."""
    found: list[int] = []
    for begin in range(0, len(hops.near), _AT_ONCE):
        part = slice(begin, begin + _AT_ONCE)
        in_time = foot[hops.near[part]] <= hops.near_at[part, None].astype(np.int16)
        packed = np.packbits(in_time, axis=1, bitorder="little")
        found += [int.from_bytes(row.tobytes(), "little") for row in packed]
    return found


def _by_second(moments: IntArray, kept: BoolArray, ends: int) -> list[list[int]]:
    """The places of the kept moments, for every second before the end."""
    found: list[list[int]] = [[] for _ in range(ends)]
    rows = np.flatnonzero(kept & (moments < ends))
    for row, moment in zip(rows.tolist(), moments[rows].tolist(), strict=True):
        found[moment].append(row)
    return found


def _moments(found: list[tuple[int, int, int]], stops: int, sites: int) -> Int16Array:
    """[stops, sites] the second at which each site's bit is found at a stop: no bit is found twice."""
    ride = np.full((stops, sites), NEVER, np.int16)
    width = -(-sites // 8)
    for begin in range(0, len(found), _AT_ONCE):
        part = found[begin : begin + _AT_ONCE]
        packed = b"".join(some.to_bytes(width, "little") for _, _, some in part)
        bits = np.unpackbits(np.frombuffer(packed, np.uint8), bitorder="little").view(np.bool_)
        for (stop, second, _), here in zip(part, bits.reshape(len(part), 8 * width), strict=True):
            np.putmask(ride[stop], here[:sites], np.int16(second))
    return ride
