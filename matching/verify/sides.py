"""What a result keeps to as a whole, read from the round: who counts where, and what clashes.

Plain readings of limits.csv, pairs.csv, budgets.csv, ``van_seats``, ``min_students`` and
``max_placements``, one member or one couple of seats at a time. The placements are checked against
them (``together.py``), and the rows of the certificate's program are made of them (``rows.py``).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from matching.problem import MONEY_SCALE, UNKNOWN, Codes, Column, IntArray
from matching.verify.census import Census
from matching.verify.facts import Facts, Pair
from matching.verify.times import Span
from matching.verify.travel import journey, leg_minutes
from matching.verify.year import WEEK

STUDENT_SCOPES = ("school", "program", "group")
VAN = "van"
LimitName = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Limit:
    """A row of limits.csv. ``soft``: a miss of ``low`` counts against the goal ``floors`` instead."""

    scope: str
    id: str
    low: int
    high: int | None
    soft: bool

    @property
    def of_students(self) -> bool:
        return self.scope in STUDENT_SCOPES


class Sides:
    """The side constraints of a round. Indices are those of ``Facts``."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        problem = facts.problem
        soft = "floors" in problem.policy.goals
        self.limits: dict[LimitName, Limit] = {}
        table = problem.limits
        for scope, name, low, high in zip(
            table.scope, table.ids, table.low.tolist(), table.high.tolist(), strict=True
        ):
            least = 0 if low == UNKNOWN else low
            most = None if high == UNKNOWN else high
            self.limits[scope, name] = Limit(
                scope, name, least, most, soft and scope == "group" and least > 0
            )
        self.budgets: dict[str, int] = dict(
            zip(problem.budgets.ids, problem.budgets.amount.tolist(), strict=True)
        )
        companions = problem.companions
        self.companions: dict[Pair, bool] = {
            (a, b): together
            for a, b, together in zip(
                companions.first.tolist(),
                companions.second.tolist(),
                companions.together.tolist(),
                strict=True,
            )
        }
        self.school_index = {name: i for i, name in enumerate(problem.schools.ids)}
        self._without_van: Facts | None = None
        self._most: IntArray | None = None

    def counts(self, limit: Limit) -> Callable[[int], bool]:
        """Whether a student (or an opportunity, by the scope) is among those that a limit counts."""
        own, offer, name = self.facts.problem.students, self.facts.problem.opportunities, limit.id
        sets: dict[str, Column[Codes]] = {"program": own.programs, "group": own.groups}
        texts = {
            "school": own.school_id,
            "employer": offer.employer_id,
            "site": offer.site_id,
            "kind": offer.kind,
        }
        if limit.scope in sets:
            codes = sets[limit.scope]
            return lambda index: name in codes[index]
        column = texts[limit.scope]
        return lambda index: column[index] == name

    def cost(self, opportunity: int) -> int:
        """What a seat costs, in 1/MONEY_SCALE."""
        cost = float(self.facts.problem.opportunities.cost[opportunity])
        return 0 if math.isnan(cost) else round(cost * MONEY_SCALE)

    def same_site(self, one: int, other: int) -> bool:
        """An opportunity without ``site_id`` is a site of its own."""
        sites = self.facts.problem.opportunities.site_id
        return one == other or (sites[one] != "" and sites[one] == sites[other])

    def van_seats(self, school: int) -> int | None:
        """The seats of a school's van; None where they are not limited."""
        seats = int(self.facts.problem.schools.van_seats[school])
        return None if seats == UNKNOWN else seats

    def without_van(self) -> Facts:
        """The same round if no student could take a van (who has no other mode keeps it)."""
        if self._without_van is None:
            problem = self.facts.problem
            modes = problem.students.travel_modes
            others = Column(modes.codes, tuple(ways - {VAN} or ways for ways in modes.values))
            self._without_van = Facts(
                replace(problem, students=replace(problem.students, travel_modes=others))
            )
        return self._without_van

    def needs_van(self, pair: Pair) -> bool:
        """Whether travel would exclude the pair if the student could not take the school's van."""
        modes = self.facts.problem.students.travel_modes[pair[0]]
        if self.facts.listed is not None or VAN not in modes:
            return False
        if journey(self.facts, pair).longer == UNKNOWN:
            return False
        longest = int(self.facts.problem.students.max_travel_minutes[pair[0]])
        return len(modes) == 1 or journey(self.without_van(), pair).longer > longest

    def clash(self, student: int, one: int, other: int) -> bool:
        """Whether a student cannot hold both: by the windows, the way between them, or the law."""
        return self.overlap(student, one, other) or self._unlawful_together(student, one, other)

    def _unlawful_together(self, student: int, one: int, other: int) -> bool:
        facts = self.facts
        if facts.listed is not None:
            return False
        offers = facts.law_offer(one), facts.law_offer(other)
        return facts.law.too_much(*offers, facts.law_student(student))

    def most_seats(self, census: Census) -> IntArray:
        """[n] seats that each student may hold: two where three of their pairs have rules of hours."""
        if self._most is None:
            facts, most = self.facts, self.facts.problem.students.max_placements.copy()
            for student in np.flatnonzero(most > 2).tolist() if facts.listed is None else ():
                first, last = np.searchsorted(census.student, (student, student + 1)).tolist()
                who = facts.law_student(student)
                offers = (facts.law_offer(o) for o in census.opportunity[first:last].tolist())
                if sum(facts.law.asks_any_hours(offer, who) for offer in offers) > 2:
                    most[student] = 2
            self._most = most
        return self._most

    def overlap(self, student: int, one: int, other: int) -> bool:
        """Whether on some date the windows overlap, or leave too little time for the way."""
        offer = self.facts.problem.opportunities
        if not (math.isnan(offer.flexible_hours[one]) and math.isnan(offer.flexible_hours[other])):
            return False
        way = self._minutes_between(student, one, other)
        return any(
            max(a[0], b[0]) - min(a[1], b[1]) < way  # an overlap is a gap below zero
            for day in self._days_to_compare(one, other)
            for a in self._spans_on(one, day)
            for b in self._spans_on(other, day)
        )

    def _minutes_between(self, student: int, one: int, other: int) -> int:
        own, offer = self.facts.problem.students, self.facts.problem.opportunities
        if "transport" in own.needs[student]:
            return 0
        places = []
        for opportunity in (one, other):
            place = (float(offer.latitude[opportunity]), float(offer.longitude[opportunity]))
            if offer.place[opportunity] != "site" or math.isnan(place[0]):
                return 0
            places.append(place)
        return leg_minutes(self.facts.problem.policy.travel, own.travel_modes[student], *places)

    def _days_to_compare(self, one: int, other: int) -> set[int]:
        """Dates that stand for all: a week in which both run, and each date that is named somewhere."""
        offer = self.facts.problem.opportunities
        first = max(1, int(offer.start_date[one]), int(offer.start_date[other]))
        days = set(range(first, first + WEEK))
        for opportunity in (one, other):
            for window in offer.schedule[opportunity]:
                if window.letter:
                    days.update(self.facts.problem.calendar.dates.tolist())
                elif not window.weekly:
                    days.add(window.day)
        return days

    def _spans_on(self, opportunity: int, day: int) -> list[Span]:
        """The windows of an opportunity on a date."""
        offer, calendar = self.facts.problem.opportunities, self.facts.problem.calendar
        end = int(offer.end_date[opportunity])
        runs = int(offer.start_date[opportunity]) <= day and (end == UNKNOWN or day <= end)
        found = []
        for window in offer.schedule[opportunity]:
            if window.letter:
                row = int(calendar.dates.searchsorted(day))
                named = row < len(calendar) and int(calendar.dates[row]) == day
                here = runs and named and calendar.letter[row] == window.letter
            elif window.weekly:
                # date.toordinal() 1 was a Monday.
                here = runs and (day - 1) % WEEK == window.day
            else:
                here = window.day == day
            if here:
                found.append((window.start, window.end))
        return found
