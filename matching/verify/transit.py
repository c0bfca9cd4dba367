"""One way by the timetable, found by a plain search outward from the site.

Stops are settled in the order of the clock (Dijkstra). Whoever gets on a vehicle may get off at
every later call; a vehicle is looked at once from each call on.
"""

from __future__ import annotations

import heapq
import math
from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING

from matching.problem import Problem, TravelPolicy
from matching.verify.timetable import LONGEST_LEG, Clock, Network, Place, Run

if TYPE_CHECKING:
    from matching.eligibility.transit.timetable import Feed

NO_WAY = 2**31 - 1
"""Minutes of a leg that cannot be made."""

_NEVER = LONGEST_LEG + 1

TOLD_BEYOND = 30
"""Minutes by which a leg may pass the student's limit and still be told."""


class Moment:
    """What runs about a clock, and the ways from sites that were asked for."""

    def __init__(self, network: Network, clock: Clock, horizon: int) -> None:
        self._runs: list[Run] = network.runs(clock, horizon)
        self._calls: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for index, run in enumerate(self._runs):
            for place, call in enumerate(run):
                if call.lets_on:
                    self._calls[call.stop].append((index, place))
        # Outward one changes from the stop of the later ride to that of the earlier one, on the way there.
        self._changes: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for (a, b), seconds in network.changes.items():
            here, there = (a, b) if clock.forward else (b, a)
            self._changes[here].append((there, seconds))
        self._known: dict[tuple[tuple[int, int], ...], dict[int, int]] = {}

    def rides(self, start: dict[int, int]) -> dict[int, int]:
        """For each stop the first moment at which a vehicle can be left there.

        Parameters
        ----------
        start
            Seconds on foot between the site and the stops about it.
        """
        key = tuple(sorted(start.items()))
        if key not in self._known:
            self._known[key] = self._search(start)
        return self._known[key]

    def _search(self, start: dict[int, int]) -> dict[int, int]:
        foot = dict(start)
        off: dict[int, int] = {}
        seen_from = [len(run) for run in self._runs]
        waiting = [(seconds, stop) for stop, seconds in start.items()]
        heapq.heapify(waiting)
        while waiting:
            now, stop = heapq.heappop(waiting)
            if now > foot[stop]:
                continue
            for index, place in self._calls.get(stop, ()):
                run = self._runs[index]
                if run[place].on_at < now or place >= seen_from[index]:
                    continue
                for call in run[place + 1 : seen_from[index] + 1]:
                    if call.lets_off and call.off_at < off.get(call.stop, _NEVER):
                        off[call.stop] = call.off_at
                        for other, seconds in self._changes.get(call.stop, ()):
                            then = call.off_at + seconds
                            if then < foot.get(other, _NEVER):
                                foot[other] = then
                                heapq.heappush(waiting, (then, other))
                seen_from[index] = place
        return off


class Search:
    """Ways of single pairs through one feed; ``horizon`` is the longest that is told, in seconds."""

    def __init__(self, feed: Feed, policy: TravelPolicy, horizon: int) -> None:
        self.network, self.horizon = Network(feed, policy), min(horizon, LONGEST_LEG)
        self._moments: dict[tuple[object, ...], Moment] = {}

    def minutes(self, origin: Place, site: Place, clock: Clock) -> int:
        """Minutes of the leg between a place and a site, waits included; NO_WAY without one."""
        key = (self.network.services(clock.day), clock.seconds, clock.forward)
        if key not in self._moments:
            self._moments[key] = Moment(self.network, clock, self.horizon)
        rides = self._moments[key].rides(self.network.near(site))
        ways = [rides[stop] + walk for stop, walk in self.network.near(origin).items() if stop in rides]
        direct = self.network.direct(origin, site)
        if direct is not None:
            ways.append(direct)
        seconds = min(ways, default=_NEVER)
        return NO_WAY if seconds > self.horizon else math.ceil(seconds / 60)


@lru_cache(maxsize=1)
def search_of(problem: Problem) -> Search | None:
    """The search through a round's feed, kept for the next question; None without a feed."""
    if problem.feed is None:
        return None
    longest = int(problem.students.max_travel_minutes.max(initial=0))
    return Search(problem.feed, problem.policy.travel, (longest + TOLD_BEYOND) * 60)
