"""The law, and a student's time, for arrays of pairs: judged once for all that are alike to them."""

from __future__ import annotations

import math
from collections import defaultdict

import numpy as np

from matching.problem import UNKNOWN, BoolArray, Codes, IntArray
from matching.verify import rules
from matching.verify.ages import Ages
from matching.verify.facts import Facts
from matching.verify.law import LawOpportunity, LawStudent, Reach
from matching.verify.lookup import Classes, Lookup
from matching.verify.year import WEEK, in_force, needs

OLDEST = 21
"""No rule of law tells ages apart beyond this."""


class LawfulPairs:
    """Answers for arrays ``student`` and ``opportunity`` of indices, [p] each."""

    def __init__(self, facts: Facts, ages: Ages) -> None:
        own, offer = facts.problem.students, facts.problem.opportunities
        self._law, self._ages = facts.law, ages
        self._start = offer.start_date
        law_offers = [facts.law_offer(j) for j in range(len(offer))]
        self._hours = Classes(facts.school_hours(i) for i in range(len(own)))
        special = [credentials & facts.law.special for credentials in own.credentials.values]
        credentials: Classes[Codes] = Classes(special)
        self._credentials = Classes.of(credentials.codes[own.credentials.codes], credentials.values)
        self._learns = own.student_learner.astype(np.int64)
        self._rules_of_age(law_offers)
        self._plan = Classes(offer.plan for offer in law_offers)
        self._rules_of_hours(law_offers)
        self._time(facts, law_offers)

    def _rules_of_age(self, offers: list[LawOpportunity]) -> None:
        law, kept = self._law, self._credentials.values
        like: dict[object, LawOpportunity] = {}
        keys: list[object] = []
        for offer in offers:
            apprentice = offer.labor_program == "registered_apprenticeship"
            held = tuple(in_force(rule, offer.start) for rule in law.age_rules)
            keys.append((offer.employment == "observation", apprentice, offer.hazards, offer.drives, held))
            like.setdefault(keys[-1], offer)
        self._age_offer = Classes(keys)
        examples = list(like.values())

        def unlawful(who: int, offer: int) -> bool:
            rest, learns = divmod(who, 2)
            age, held = divmod(rest, len(kept))
            student = LawStudent(UNKNOWN, bool(learns), kept[held], ())
            return bool(law.by_age(examples[offer], age - 1 if age else None, student)[0])

        self._unlawful_age = Lookup(len(examples), unlawful)

    def _rules_of_hours(self, offers: list[LawOpportunity]) -> None:
        law = self._law
        plans = self._plan.values
        self._asks = np.array([law.asks_hours(offer) for offer in offers], dtype=bool)
        self._until = {age: self._ages.until(age) for age in law.ages}
        groups: dict[tuple[int, Codes], list[str]] = defaultdict(list)
        for rule in law.hours_rules:
            if not rule.condition and rule.kind != "flexible":
                groups[rule.under_age, rule.not_with].append(rule.code)
        self._first: dict[tuple[int, Codes], Lookup] = {}
        for group, codes in groups.items():

            def first(hours: int, plan: int, codes: list[str] = codes) -> float:
                found = law.breaches(plans[plan], self._hours.values[hours])
                return min((found[code] for code in codes if code in found), default=math.inf)

            self._first[group] = Lookup(len(plans), first)

    def _time(self, facts: Facts, offers: list[LawOpportunity]) -> None:
        law, own = self._law, facts.problem.students
        plans, available = self._plan.values, own.available
        self._available = available
        self._flexible = np.array([plan.flexible for plan in plans], dtype=bool)[self._plan.codes]
        self._fixed = np.array([offer.flexible_hours is None for offer in offers], dtype=bool)
        self._flexible_rules = [
            (rule, np.array([in_force(rule, offer.start) for offer in offers], dtype=bool))
            for rule in law.hours_rules
            if rule.kind == "flexible"
        ]
        self._needs = Classes(needs(law.year, offer.schedule, offer.start, offer.end) for offer in offers)

        def clash(free: int, needed: int) -> bool:
            return rules.schedule_clash(self._needs.values[needed], available.values[free])

        self._clash = Lookup(len(self._needs), clash)
        self._born = Classes(own.birth_date.tolist())
        self._term = Classes(
            (plan.start, plan.end, tuple(w.day for w in plan.schedule if w.day >= WEEK)) for plan in plans
        )
        example = {code: plans[i] for i, code in enumerate(self._term.codes.tolist())}
        self._reaches: list[Reach] = [()]
        places: dict[Reach, int] = {(): 0}

        def reach(born: int, term: int) -> int:
            found = law.reach(self._born.values[born], example[term])
            if found not in places:
                places[found] = len(self._reaches)
                self._reaches.append(found)
            return places[found]

        self._reach = Lookup(len(self._term), reach)
        hours, kept = self._hours.values, self._credentials.values

        def too_little(who: int, plan: int) -> bool:
            who, free = divmod(who, len(available.values) + 1)
            who, school = divmod(who, len(hours))
            reach, held = divmod(who, len(kept))
            own = available.values[free - 1] if free else None
            time = rules.ALWAYS if free and own is None else own
            return law.too_little(plans[plan], hours[school], kept[held], self._reaches[reach], time)

        self._too_little = Lookup(len(plans), too_little)

    def unlawful(self, student: IntArray, opportunity: IntArray) -> BoolArray:
        """[p] whether the law excludes each pair."""
        age = np.clip(self._ages.years(student, opportunity), UNKNOWN, OLDEST) + 1
        who = age * len(self._credentials) + self._credentials.codes[student]
        who = who * 2 + self._learns[student]
        fails: BoolArray = self._unlawful_age(who, self._age_offer.codes[opportunity]) > 0
        for (under, not_with), first in self._first.items():
            rows = self._asked(student, opportunity, under, not_with)
            s, o = student[rows], opportunity[rows]
            broken = first(self._hours.codes[s], self._plan.codes[o])
            fails[rows] |= broken < self._until[under][s]
        named = np.zeros(len(student), dtype=bool)
        for rule, holds in self._flexible_rules:
            rows = self._asked(student, opportunity, rule.under_age, rule.not_with)
            named[rows] |= holds[opportunity[rows]]
        rows = np.flatnonzero(named & self._flexible[opportunity])
        fails[rows] |= self._lacks(student[rows], opportunity[rows], time=False)
        return fails

    def _asked(self, student: IntArray, opportunity: IntArray, under: int, not_with: Codes) -> IntArray:
        """Places of the pairs of which a rule of hours is asked."""
        protects = np.array([not not_with & kept for kept in self._credentials.values], dtype=bool)
        until = np.where(protects[self._credentials.codes], self._until[under], UNKNOWN)
        found: IntArray = np.flatnonzero(
            self._asks[opportunity]
            & (self._start[opportunity] != UNKNOWN)
            & (self._start[opportunity] < until[student])
        )
        return found

    def _lacks(self, student: IntArray, opportunity: IntArray, *, time: bool) -> BoolArray:
        """[p] whether too little of flexible hours is lawful, and in the student's time if so asked."""
        reach = np.zeros(len(student), dtype=np.int64)
        oldest = (
            self._until[self._law.ages[-1]] if self._law.ages else np.full(len(self._born.codes), UNKNOWN)
        )
        young = self._asks[opportunity] & (self._start[opportunity] < oldest[student])
        rows = np.flatnonzero(young & (self._start[opportunity] != UNKNOWN))
        term = self._term.codes[self._plan.codes[opportunity[rows]]]
        reach[rows] = self._reach(self._born.codes[student[rows]], term).astype(np.int64)
        protected = reach > 0
        who = reach * len(self._credentials) + np.where(protected, self._credentials.codes[student], 0)
        who = who * len(self._hours) + np.where(protected, self._hours.codes[student], 0)
        free = self._available.codes[student] + 1 if time else 0
        who = who * (len(self._available.values) + 1) + free
        return self._too_little(who, self._plan.codes[opportunity]) > 0

    def no_time(self, student: IntArray, opportunity: IntArray) -> BoolArray:
        """[p] whether the student's time lacks part of the schedule, or enough of a flexible one."""
        codes = self._needs.codes[opportunity]
        fails: BoolArray = self._clash(self._available.codes[student], codes) > 0
        fails &= self._fixed[opportunity]
        rows = np.flatnonzero(self._flexible[opportunity])
        fails[rows] = self._lacks(student[rows], opportunity[rows], time=True)
        return fails
