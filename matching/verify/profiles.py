"""Every rule that needs no dense sweep, and the utility, for arrays of pairs."""

from __future__ import annotations

import math

import numpy as np

from matching.problem import UNKNOWN, UTILITY_SCALE, BoolArray, FloatArray, IntArray
from matching.verify import rules, worth
from matching.verify.ages import Ages
from matching.verify.facts import Facts
from matching.verify.lawful import LawfulPairs
from matching.verify.lookup import Classes, Lookup, SparseValues, together
from matching.verify.transit import NO_WAY, TOLD_BEYOND, search_of
from matching.verify.transit_sweep import TransitSweep
from matching.verify.travel import EARTH_RADIUS_KM, TRANSIT, starts_from_school


class Profiles:
    """Answers for arrays ``student`` and ``opportunity`` of indices, [p] each."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        own, offer = facts.problem.students, facts.problem.opportunities
        self._places()
        self._ages = Ages(facts.problem)
        self._lawful = LawfulPairs(facts, self._ages)
        self._rules()
        columns = len(offer)
        ranked = facts.problem.preferences
        self.rank = SparseValues(ranked, ranked.rank.astype(np.float64), columns)
        self._growth = SparseValues(facts.problem.growth, facts.problem.growth.value, columns)
        self.ranks_something = np.zeros(len(own), dtype=bool)
        self.ranks_something[ranked.student] = True

    def _places(self) -> None:
        own, offer, schools = (
            self.facts.problem.students,
            self.facts.problem.opportunities,
            self.facts.problem.schools,
        )
        # One row more than there are schools: UNKNOWN (-1) reads the last one.
        latitude = np.radians(np.append(schools.latitude, np.nan))
        longitude = np.radians(np.append(schools.longitude, np.nan))
        self.school = np.stack([latitude[own.school], longitude[own.school]])
        home = np.radians(np.stack([own.latitude, own.longitude]))
        self.base: FloatArray = np.where(np.isnan(home), self.school, home)
        self.site = np.radians(np.stack([offer.latitude, offer.longitude]))
        driven = np.array(["transport" in needs for needs in own.needs.values], dtype=bool)
        on_site = np.array([place == "site" for place in offer.place.values], dtype=bool)
        self.travels: BoolArray = ~driven[own.needs.codes] & ~np.isnan(self.base[0])
        self.visited: BoolArray = on_site[offer.place.codes] & ~np.isnan(self.site[0])
        ways = [starts_from_school(self.facts, j) for j in range(len(offer))]
        self.from_school = np.array([way[0] for way in ways], dtype=bool)
        rides = np.array([TRANSIT in modes for modes in own.travel_modes.values], dtype=bool)
        self.rides: BoolArray = rides[own.travel_modes.codes]
        search = search_of(self.facts.problem)
        self._transit = TransitSweep(self.facts, search, self.visited) if search else None

    def _rules(self) -> None:
        own, offer = self.facts.problem.students, self.facts.problem.opportunities
        self.belongs, self.open_to = together(own.school_id, own.programs), offer.open_to
        self._have = together(own.credentials, own.courses, own.languages)
        self._want = together(offer.requires_credentials, offer.requires_courses, offer.requires_languages)
        self._scores_own, self._scores_offer = _standard(own.scores), _standard(offer.scores)
        self._letters_own = Classes(map(tuple, own.letters.tolist()))
        self._letters_offer = Classes(map(tuple, offer.letters.tolist()))

        def is_closed(member: int, open_to: int) -> bool:
            school, programs = self.belongs.values[member]
            return rules.reserved(offer.open_to.values[open_to], school, programs)

        def impossible(needs: int, cannot: int) -> bool:
            return rules.accommodation(own.needs.values[needs], offer.cannot.values[cannot])

        def lacks(have: int, want: int) -> bool:
            held, asked = self._have.values[have], self._want.values[want]
            return not all(a <= h for a, h in zip(asked, held, strict=True))

        def alike(a: int, b: int) -> float:
            return worth.letters_part(self._letters_own.values[a], self._letters_offer.values[b])

        self.closed = Lookup(len(offer.open_to.values), is_closed)
        self._cannot = Lookup(len(offer.cannot.values), impossible)
        self._lacks = Lookup(len(self._want), lacks)
        self._alike = Lookup(len(self._letters_offer), alike)
        self._learns = together(own.to_learn)
        self._records = Classes(
            zip(np.nan_to_num(offer.growth, nan=-1.0).tolist(), offer.teaches.codes.tolist(), strict=True)
        )

        def lifted(learner: int, offered: int) -> float:
            record, teaches = self._records.values[offered]
            known = record if record >= 0 else math.nan
            return worth.lifted(known, self._learns.values[learner][0], offer.teaches.values[teaches])

        self._lifted = Lookup(len(self._records), lifted)

    def minutes(self, student: IntArray, opportunity: IntArray) -> IntArray:
        """[p] minutes of the longer leg, UNKNOWN where travel is not considered."""
        found: IntArray = np.full(len(student), UNKNOWN, dtype=np.int64)
        counts = np.flatnonzero(self.travels[student] & self.visited[opportunity])
        who, where = student[counts], opportunity[counts]
        longest = self._leg(self.base, who, where)
        there = self.from_school[where] & ~np.isnan(self.school[0][who])
        ahead = np.flatnonzero(there)
        longest[ahead] = np.maximum(longest[ahead], self._leg(self.school, who[ahead], where[ahead]))
        found[counts] = np.ceil(longest).astype(np.int64)
        if self._transit is not None:
            rows = counts[self.rides[who] & self._transit.timed[where]]
            minutes = self._by_timetable(self._transit, student[rows], opportunity[rows])
            told = self.facts.problem.students.max_travel_minutes[student[rows]] + TOLD_BEYOND
            found[rows] = np.where(minutes <= told, minutes, NO_WAY)
        return found

    def _by_timetable(self, transit: TransitSweep, who: IntArray, where: IntArray) -> IntArray:
        """[p] minutes of the longest leg where ``transit`` goes by the timetable."""
        straight = [np.full(len(who), NO_WAY) for _ in range(2)]
        for place, minutes in zip((self.base, self.school), straight, strict=True):
            by_mode = self._leg(place, who, where, without=TRANSIT)
            some = np.flatnonzero(np.isfinite(by_mode))
            minutes[some] = np.ceil(by_mode[some]).astype(np.int64)
        return transit.longest(who, where, (straight[0], straight[1]))

    def _leg(
        self, place: FloatArray, student: IntArray, opportunity: IntArray, without: str = ""
    ) -> FloatArray:
        """[p] minutes, not rounded, by the quickest mode between a place and the site."""
        policy, modes = self.facts.problem.policy.travel, self.facts.problem.students.travel_modes
        latitude, longitude = place[0][student], place[1][student]
        site_latitude, site_longitude = self.site[0][opportunity], self.site[1][opportunity]
        north = np.sin((site_latitude - latitude) / 2)
        east = np.sin((site_longitude - longitude) / 2)
        h = north * north + np.cos(latitude) * np.cos(site_latitude) * east * east
        km = 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(1.0, np.sqrt(h)))
        road = km * policy.circuity
        best = np.full(len(student), np.inf)
        for mode, speed in policy.speed_km_h.items():
            rides = np.array([mode in own for own in modes.values], dtype=bool)
            taken = rides[modes.codes[student]] & (mode != without)
            by_mode = road / speed * 60 + policy.overhead_minutes[mode]
            best = np.where(taken & (by_mode < best), by_mode, best)
        return best

    def fails(self, reason: str, student: IntArray, opportunity: IntArray) -> BoolArray:
        """[p] whether the reason (from ``travel`` on, or ``reserved``) excludes each pair."""
        own, offer = self.facts.problem.students, self.facts.problem.opportunities
        if reason == "reserved":
            return self.closed(self.belongs.codes[student], self.open_to.codes[opportunity]) > 0
        if reason == "travel":
            return self.minutes(student, opportunity) > own.max_travel_minutes[student]
        if reason == "grade":
            # An unknown grade is -1, under every minimum.
            return own.grade[student] < offer.min_grade[opportunity]
        if reason == "age":
            return self._ages.years(student, opportunity) < offer.min_age[opportunity]
        if reason == "labor_law":
            return self._lawful.unlawful(student, opportunity)
        if reason == "schedule":
            return self._lawful.no_time(student, opportunity)
        if reason == "accommodation":
            return self._cannot(own.needs.codes[student], offer.cannot.codes[opportunity]) > 0
        if reason == "pay":
            wishes = [{"paid": 0, "unpaid": 1}.get(asked, 2) for asked in own.pay.values]
            unacceptable = np.array(wishes, dtype=np.int64)[own.pay.codes]
            clash: BoolArray = unacceptable[student] == offer.paid[opportunity]
            return clash
        if reason == "requirement":
            return self._lacks(self._have.codes[student], self._want.codes[opportunity]) > 0
        raise ValueError(reason)

    def utility(self, student: IntArray, opportunity: IntArray, minutes: IntArray) -> IntArray:
        """[p] the utility of each pair, 0 to 1,000,000, from its minutes of travel."""
        policy = self.facts.problem.policy
        shares = policy.weights
        nearness = np.maximum(0.0, 1 - minutes / policy.travel.reference_minutes)
        nearness[minutes == UNKNOWN] = worth.NEUTRAL
        growth = self._growth(student, opportunity)
        unknown = np.flatnonzero(np.isnan(growth))
        who, where = self._learns.codes[student[unknown]], self._records.codes[opportunity[unknown]]
        growth[unknown] = self._lifted(who, where)
        total = (
            shares.preference * self._preference(student, opportunity)
            + shares.interest * self._interest(student, opportunity)
            + shares.travel * nearness
            + shares.growth * growth
        )
        weight = shares.preference + shares.interest + shares.travel + shares.growth
        return np.floor(UTILITY_SCALE * total / weight + 0.5).astype(np.int64)

    def _preference(self, student: IntArray, opportunity: IntArray) -> FloatArray:
        rank = self.rank(student, opportunity)
        liked = np.where(rank <= 10, 1 - (rank - 1) / 10, worth.LEAST_PREFERENCE)
        liked[np.isnan(rank)] = 0.0
        liked[~self.ranks_something[student]] = worth.LEAST_PREFERENCE
        return liked

    def _interest(self, student: IntArray, opportunity: IntArray) -> FloatArray:
        found = self._alike(self._letters_own.codes[student], self._letters_offer.codes[opportunity])
        a, b = self._scores_own, self._scores_offer
        both = np.flatnonzero(~np.isnan(a[student, 0]) & ~np.isnan(b[opportunity, 0]))
        r = _in_order(a[student[both]] * b[opportunity[both]])
        found[both] = (1 + np.clip(r, -1, 1)) / 2
        return found


def _in_order(terms: FloatArray) -> FloatArray:
    """[p] sums of [p, 6] terms from left to right: see :func:`worth.sum_in_order`."""
    total = terms[:, 0].copy()
    for column in range(1, terms.shape[1]):
        total += terms[:, column]
    return total


def _standard(scores: FloatArray) -> FloatArray:
    """Rows of six scores with mean 0 and length 1, so that Pearson's r is an inner product."""
    off = scores - (_in_order(scores) / scores.shape[1])[:, None]
    standard: FloatArray = off / np.sqrt(_in_order(off * off))[:, None]
    return standard
