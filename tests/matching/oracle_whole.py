"""Whole results the slow way: every choice of seats tried, every rule asked of each.

Reads the text of a round, like the rest of the oracle; for rounds of a handful.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from itertools import combinations

from tests.matching.oracle import OVERHEADS, SPEEDS, Judged, judge_all, kilometers, place, travel
from tests.matching.oracle_law import has_hours_rules, unlawful_together
from tests.matching.oracle_round import Free, Pair, Round, cell, items, windows
from tests.matching.oracle_rules import start_of

Seats = Mapping[str, frozenset[str]]
"""Opportunities by student; who has none is not in it."""

NOBODY: frozenset[str] = frozenset()
FAR_AHEAD = timedelta(days=30)
"""As far as dates are walked where a placement has no end."""


@dataclass(frozen=True)
class Plan:
    """When an opportunity runs."""

    windows: list[Free]
    start: date | None
    end: date | None


@dataclass(frozen=True)
class Answer:
    """The round's pairs, and the best that any choice of seats reaches, goal by goal."""

    pairs: dict[Pair, Judged]
    goals: tuple[int, ...] | None  # None: nothing keeps to every rule

    @property
    def eligible(self) -> dict[Pair, Judged]:
        return {pair: judged for pair, judged in self.pairs.items() if not judged.reasons}


def answer(world: Round, previous: Seats | None = None) -> Answer:
    """Judge every pair and try every choice."""
    pairs = judge_all(world)
    eligible = {pair: judged for pair, judged in pairs.items() if not judged.reasons}
    rules = Rules(world, eligible)
    values = (goals(world, eligible, seats, previous) for seats in rules.choices() if rules.kept_by(seats))
    return Answer(pairs, max(values, default=None))


def goals(
    world: Round, eligible: Mapping[Pair, Judged], seats: Seats, previous: Seats | None = None
) -> tuple[int, ...]:
    """The values of the goals in the round's order."""
    worth = [eligible[student, o].utility for student, held in seats.items() for o in held]
    before = previous or {}

    def measure(goal: str) -> int:
        if goal == "placed":
            return len(seats)
        if goal == "priority":
            return sum(int(cell(world.students[student], "priority", "0")) for student in seats)
        if goal == "utility":
            return sum(worth)
        if goal == "worst_utility":
            return min(worth, default=0)
        if goal == "first_choices":
            return sum(
                any(world.ranks.get((student, o), (0,))[0] == 1 for o in held)
                for student, held in seats.items()
            )
        if goal == "fewest_changes":
            return -sum(seats.get(name, NOBODY) != before.get(name, NOBODY) for name in world.students)
        missing = 0
        for row in world.limits:
            if row["scope"] == "group" and row["min"]:
                members = sum(row["id"] in items(world.students[student], "groups") for student in seats)
                missing += max(0, int(row["min"]) - members)
        return -missing

    return tuple(map(measure, world.goals))


class Rules:
    """What a choice of seats has to keep to."""

    def __init__(self, world: Round, eligible: Mapping[Pair, Judged]) -> None:
        self.world = world
        self.open = {s: [o for a, o in eligible if a == s] for s in sorted(world.students)}
        self.required = [pair for pair, decision in world.pins.items() if decision == "require"]
        self.clash = cache(self._clash)
        self.van_only = cache(self._van_only)

    def wishes(self, student: str) -> list[frozenset[str]]:
        """Every set of seats that the student can hold as far as they alone are concerned."""
        own = self.world.students[student]
        most = int(cell(own, "max_placements", "1"))
        offers = (self.world.opportunities[o] for o in self.open[student])
        if most > 2 and self.world.listed is None:
            most = 2 if sum(has_hours_rules(self.world, own, offer) for offer in offers) > 2 else most
        required = {o for s, o in self.required if s == student}
        found = []
        for size in range(min(most, len(self.open[student])) + 1):
            for held in combinations(self.open[student], size):
                if required <= set(held) and not any(
                    self.clash(student, *two) for two in combinations(held, 2)
                ):
                    found.append(frozenset(held))
        return found

    def size(self) -> int:
        """How many choices there are, seats apart."""
        return math.prod(len(self.wishes(student)) for student in self.open)

    def choices(self) -> Iterator[dict[str, frozenset[str]]]:
        """Every choice that keeps to seats, pins, ``max_placements`` and schedules."""
        free = {o: int(row["seats"]) for o, row in self.world.opportunities.items()}
        wishes = [(student, self.wishes(student)) for student in self.open]

        def extend(place: int, so_far: dict[str, frozenset[str]]) -> Iterator[dict[str, frozenset[str]]]:
            if place == len(wishes):
                yield dict(so_far)
                return
            student, sets = wishes[place]
            for held in sets:
                if not held:
                    yield from extend(place + 1, so_far)
                elif all(free[o] for o in held):
                    for o in held:
                        free[o] -= 1
                    so_far[student] = held
                    yield from extend(place + 1, so_far)
                    del so_far[student]
                    for o in held:
                        free[o] += 1

        yield from extend(0, {})

    def kept_by(self, seats: Seats) -> bool:
        """Whether a choice keeps to everything that concerns several students at once."""
        return (
            self.cohorts_kept(seats)
            and all(self._limit(row, seats) for row in self.world.limits)
            and all(
                self._companions(*pair, relation, seats) for pair, relation in self.world.companions.items()
            )
            and self._budgets(seats)
            and self._vans(seats)
        )

    def cohorts_kept(self, seats: Seats) -> bool:
        for name, row in self.world.opportunities.items():
            count = sum(name in held for held in seats.values())
            if 0 < count < int(cell(row, "min_students", "0")):
                return False
        return True

    def _limit(self, row: Mapping[str, str], seats: Seats) -> bool:
        scope, name = row["scope"], row["id"]
        students, offers = self.world.students, self.world.opportunities

        def counts(student: str, held: frozenset[str]) -> bool:
            if scope == "school":
                return cell(students[student], "school_id") == name
            if scope in ("program", "group"):
                return name in items(students[student], f"{scope}s")
            if scope == "kind":
                return any(cell(offers[o], "kind", "internship") == name for o in held)
            return any(cell(offers[o], f"{scope}_id") == name for o in held)

        count = sum(counts(student, held) for student, held in seats.items())
        soft = scope == "group" and "floors" in self.world.goals
        return (soft or not row["min"] or count >= int(row["min"])) and (
            not row["max"] or count <= int(row["max"])
        )

    def _companions(self, one: str, other: str, relation: str, seats: Seats) -> bool:
        a, b = seats.get(one, NOBODY), seats.get(other, NOBODY)
        if relation == "together":
            return a == b
        sites = [
            {cell(self.world.opportunities[o], "site_id") or ("alone", o) for o in held} for held in (a, b)
        ]
        return not sites[0] & sites[1]

    def _budgets(self, seats: Seats) -> bool:
        for name, amount in self.world.budgets.items():
            spent = sum(
                Decimal(cell(self.world.opportunities[o], "cost", "0"))
                for held in seats.values()
                for o in held
                if cell(self.world.opportunities[o], "budget_id") == name
            )
            if spent > Decimal(amount):
                return False
        return True

    def _vans(self, seats: Seats) -> bool:
        for name, school in self.world.schools.items():
            riders = sum(
                any(self.van_only(student, o) for o in held)
                for student, held in seats.items()
                if cell(self.world.students[student], "school_id") == name
            )
            if cell(school, "van_seats") and riders > int(school["van_seats"]):
                return False
        return True

    def _van_only(self, student: str, opportunity: str) -> bool:
        """Whether the pair would be too far if the student's modes lacked the van."""
        row, offer = self.world.students[student], self.world.opportunities[opportunity]
        modes = items(row, "travel_modes", "walk;transit")
        if self.world.listed is not None or "van" not in modes or travel(self.world, row, offer)[0] is None:
            return False
        if modes == {"van"}:
            return True
        without = {**row, "travel_modes": ";".join(modes - {"van"})}
        minutes = travel(self.world, without, offer)[0]
        assert minutes is not None
        return minutes > int(cell(row, "max_travel_minutes", "60"))

    # --- schedules -------------------------------------------------------------------------------

    def _clash(self, student: str, one: str, other: str) -> bool:
        """Walk the dates on which both may run."""
        a, b = (self.world.opportunities[o] for o in (one, other))
        own = self.world.students[student]
        if self.world.listed is None and unlawful_together(self.world, own, a, b):
            return True
        if cell(a, "flexible_hours") or cell(b, "flexible_hours"):
            return False
        way = self._way(student, a, b)
        plans = [self._plan(offer) for offer in (a, b)]
        return any(
            max(x[0], y[0]) < min(x[1], y[1]) or max(x[0], y[0]) - min(x[1], y[1]) < way
            for day in self._days(plans)
            for x in self._on(plans[0], day)
            for y in self._on(plans[1], day)
        )

    def _plan(self, offer: dict[str, str]) -> Plan:
        end = cell(offer, "end_date")
        found = windows(cell(offer, "schedule"))
        return Plan(found, start_of(self.world, offer), date.fromisoformat(end) if end else None)

    def _days(self, plans: Sequence[Plan]) -> Sequence[date]:
        starts = [plan.start for plan in plans if plan.start]
        named = [window.on for plan in plans for window in plan.windows if isinstance(window.on, date)]
        first = min([*starts, *named], default=date(2027, 1, 4))
        last = max([*starts, *named, *self.world.letters], default=first) + FAR_AHEAD
        return [first + timedelta(days=i) for i in range((last - first).days)]

    def _on(self, plan: Plan, day: date) -> list[tuple[int, int]]:
        runs = (not plan.start or plan.start <= day) and (not plan.end or day <= plan.end)
        letter = self.world.letters.get(day, "none")
        return [
            (window.start, window.end)
            for window in plan.windows
            if window.on == day or (runs and window.on in (day.weekday(), letter))
        ]

    def _way(self, student: str, a: Mapping[str, str], b: Mapping[str, str]) -> int:
        row = self.world.students[student]
        spots = [place(offer) for offer in (a, b)]
        at_sites = all(cell(offer, "place", "site") == "site" for offer in (a, b))
        if not at_sites or None in spots or "transport" in items(row, "needs"):
            return 0
        assert spots[0] and spots[1]
        road = kilometers(spots[0], spots[1]) * self.world.setting("travel", "circuity", 1.3)
        speeds = SPEEDS | self.world.setting("travel", "speed_km_h", {})
        overheads = OVERHEADS | self.world.setting("travel", "overhead_minutes", {})
        modes = items(row, "travel_modes", "walk;transit")
        return math.ceil(min(road / speeds[mode] * 60 + overheads[mode] for mode in modes) - 1e-9)
