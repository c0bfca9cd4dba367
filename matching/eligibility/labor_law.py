"""Youth employment law over the pairs of a round.

The rules are data (``labor_rules``); the head of ``us.toml`` says how they are read. Every rule of
every jurisdiction and overlay of the policy is applied on its own, so the stricter decides.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from matching.eligibility.ages import Birthdays, age_on, birthday
from matching.eligibility.codes import groups
from matching.eligibility.details import Details, one_by_one
from matching.eligibility.hours import Breach
from matching.eligibility.labor_rules import AgeRule, HoursRule, Rule, rule_sets
from matching.eligibility.law_tables import (
    DECIMALS,
    AgeRules,
    HoursRules,
    ages_of,
    exempts,
    spared_by_credentials,
)
from matching.eligibility.plans import Plan
from matching.eligibility.stretches import NEVER
from matching.problem import UNKNOWN, BoolArray, IntArray, Problem

OBSERVATION = "observation"
APPRENTICESHIP = "registered_apprenticeship"


class LaborLaw:
    """What the law forbids, what it allows under an agreement, and what it asks to be arranged."""

    reason = "labor_law"

    def __init__(self, problem: Problem) -> None:
        students, opportunities = problem.students, problem.opportunities
        self._problem = problem
        employment = opportunities.employment
        self.works = np.array([e != OBSERVATION for e in employment.values], np.bool_)[employment.codes]
        exempt = problem.policy.law.trainees == "hours_exempt"
        asks_hours = [e != OBSERVATION and not (exempt and e == "trainee") for e in employment.values]
        self.asks_hours = np.array(asks_hours, np.bool_)[employment.codes]
        programs = opportunities.labor_program
        self._apprentice = np.array([p == APPRENTICESHIP for p in programs.values], np.bool_)[programs.codes]
        self._learner = students.student_learner
        self._start = opportunities.start_date
        sets = rule_sets(problem.policy.law.jurisdictions, problem.overlays)
        self.own: dict[str, dict[str, Any]] = {
            rule.code: {
                "citation": rule.citation,
                "words": dict(rule.text),
                "jurisdiction": dict(one.name),
            }
            for one in sets
            if one.overlay
            for rule in one.rules
        }
        """What a district's own rules say of themselves, by code: their words stand in no file that ships."""
        rules = [rule for one in sets for rule in one.rules if rule.asked]
        ages = [rule for rule in rules if isinstance(rule, AgeRule)]
        hours = [rule for rule in rules if isinstance(rule, HoursRule)]
        self.under_ages = tuple(sorted({rule.under_age for rule in hours}))
        self.birthdays = Birthdays(students.birth_date, {*ages_of(ages), *self.under_ages})
        spared, kinds = spared_by_credentials(problem, rules)
        self.ages = AgeRules(problem, ages, spared, kinds, self.works, self.birthdays)
        self.hours = HoursRules(problem, hours, spared, kinds)
        self.needed = np.round(opportunities.flexible_hours * 60, DECIMALS)  # [m] minutes of flexible hours

    def fails(self, student: IntArray, opportunity: IntArray) -> BoolArray:
        learns = self._learner.take(student) | self._apprentice.take(opportunity)
        bad = self.ages.under(student, opportunity, learns)
        for under_age in self.under_ages:
            rows = self.hours_rows(under_age, student, opportunity)
            if len(rows):
                s, o = student.take(rows), opportunity.take(rows)
                first = self._first_unlawful(under_age, s, o)
                bad[rows] |= self.birthdays.reached(under_age).take(s) > first
        rows = np.flatnonzero(self.hours.flexible.take(opportunity) & ~bad)
        if len(rows):
            s, o = student.take(rows), opportunity.take(rows)
            bad[rows] = self._too_little(s, o)
        return bad

    def _first_unlawful(self, under_age: int, student: IntArray, opportunity: IntArray) -> IntArray:
        return self.hours.first(under_age, self.hours.setting.take(student), opportunity)

    def hours_rows(self, under_age: int, student: IntArray, opportunity: IntArray) -> IntArray:
        """Which of the pairs the rules of an age are asked of: known to be under it at the start."""
        ends = self.birthdays.reached(under_age).take(student)
        young = (self._start.take(opportunity) < ends) & (ends != NEVER)
        return np.flatnonzero(young & self.asks_hours.take(opportunity))

    def plans(self, student: IntArray, opportunity: IntArray) -> list[tuple[Plan, int, IntArray]]:
        """Plans of pairs with flexible hours: each with one of its opportunities, and its rows."""
        ends = np.zeros((len(student), len(self.under_ages)), np.int64)
        for column, age in enumerate(self.under_ages):
            rows = self.hours_rows(age, student, opportunity)
            ends[rows, column] = self.birthdays.reached(age).take(student.take(rows))
        return self.hours.plans(self.hours.setting.take(student), opportunity, ends)

    def _too_little(self, student: IntArray, opportunity: IntArray) -> BoolArray:
        """Whether a rule on flexible hours protects the student, and too little is lawful for anybody."""
        bad = np.zeros(len(student), np.bool_)
        named = np.zeros(len(student), np.bool_)
        for setting, those in groups(self.hours.setting.take(student)):
            for rule in self.hours.flexible_rules(setting):
                rows = those[self.hours_rows(rule.under_age, student[those], opportunity[those])]
                named[rows] |= self._in_force(rule, opportunity[rows])
        rows = np.flatnonzero(named)
        o = opportunity[rows]
        needed = self.needed.take(o)
        for plan, _, places in self.plans(student[rows], o):
            bad[rows[places]] = plan.lawful < needed[places]
        return bad

    def _in_force(self, rule: Rule, opportunity: IntArray) -> BoolArray:
        """[p] whether a rule holds on the first day of each."""
        return np.array([rule.holds(day) for day in self._start.take(opportunity).tolist()], np.bool_)

    def details(self, student: IntArray, opportunity: IntArray) -> list[Details]:
        """Every rule that forbids the pair: code, citation and figures."""
        return one_by_one(self._detail, student, opportunity)

    def _detail(self, student: int, opportunity: int) -> Details:
        if not self.works[opportunity]:
            return []
        birth = int(self._problem.students.birth_date[student])
        age = age_on(birth, int(self._start[opportunity]))
        found = [
            self._named(rule, {"age": age, "min_age": rule.min_age}, birth, rule.min_age, "on")
            for rule in self.ages.broken(student, opportunity, age, self._learns(student, opportunity))
        ]
        for breach in self._breaches(student, opportunity):
            figures = {"found": breach.found, "limit": breach.limit, "under_age": breach.rule.under_age}
            found.append(self._named(breach.rule, figures, birth, breach.rule.under_age, "until"))
        return found

    def _breaches(self, student: int, opportunity: int) -> list[Breach]:
        """The first breach of each rule about hours under whose age the student is."""
        if not self.asks_hours[opportunity]:
            return []
        found = self.hours.breaches(int(self.hours.setting[student]), opportunity)
        flexible: list[Breach] = []
        if self.hours.flexible[opportunity]:
            flexible = self._flexible_breach(student, opportunity)
        return flexible + [
            breach
            for breach in found
            if not breach.rule.condition and self._protects(breach.rule, student, opportunity) > breach.day
        ]

    def _protects(self, rule: HoursRule, student: int, opportunity: int) -> int:
        """First day on which a rule no longer protects the student there, 0 where it never did."""
        ends = int(self.birthdays.reached(rule.under_age)[student])
        return ends if self._start[opportunity] < ends != NEVER else 0

    def _flexible_breach(self, student: int, opportunity: int) -> list[Breach]:
        s, o = np.array([student]), np.array([opportunity])
        if not self._too_little(s, o)[0]:
            return []
        rules = [
            rule for rule in self.hours.flexible_rules(int(self.hours.setting[student]))
            if self._protects(rule, student, opportunity) and self._in_force(rule, o)[0]
        ]  # fmt: skip
        plan = self.plans(s, o)[0][0]
        needed = round(float(self.needed[opportunity]))
        rule = min(rules, key=lambda rule: rule.under_age)
        return [Breach(int(self._start[opportunity]), rule, plan.lawful, needed)]

    def _named(
        self, rule: Rule, figures: dict[str, Any], birth: int, age: int, turning: str
    ) -> dict[str, Any]:
        found: dict[str, Any] = {"rule": rule.code, "citation": rule.citation, **figures}
        if birth != UNKNOWN:
            found[turning] = birthday(birth, age).isoformat()
        if rule.code in self.own:
            found |= self.own[rule.code]
            if isinstance(rule, HoursRule):
                found["says"] = rule.says
        return found

    def _learns(self, student: int, opportunity: int) -> bool:
        return bool(self._learner[student] or self._apprentice[opportunity])

    def agreements(self, student: int, opportunity: int) -> list[str]:
        """Codes of the orders under which the pair is lawful by an agreement alone."""
        age = age_on(int(self._problem.students.birth_date[student]), int(self._start[opportunity]))
        if age is None or not self._learns(student, opportunity):
            return []
        return [
            rule.code
            for rule in self.ages.tasks(student, opportunity)
            if age < rule.min_age and exempts(rule, age)
        ]

    def may_need_agreement(self, student: IntArray, opportunity: IntArray) -> BoolArray:
        """Pairs worth asking :meth:`agreements` about."""
        learns = self._learner.take(student) | self._apprentice.take(opportunity)
        return self.ages.under(student, opportunity, np.zeros(len(student), np.bool_)) & learns

    def to_arrange(self, student: IntArray, opportunity: IntArray) -> list[tuple[str, IntArray]]:
        """What rules ask to be arranged: a code of the rule (see :meth:`condition`), and the pairs."""
        found = list(self.ages.conditions(student, opportunity))
        for under_age in self.under_ages:
            rows = self.hours_rows(under_age, student, opportunity)
            s, o = student.take(rows), opportunity.take(rows)
            ends = self.birthdays.reached(under_age).take(s)
            for code in self.hours.conditions.get(under_age, ()):
                first = self.hours.first_of(code, self.hours.setting.take(s), o)
                asked = rows[ends > first]
                holds = self._in_force(self.hours.conditional[code], opportunity.take(asked))
                found.append((code, asked[holds]))
        return found

    def condition(self, code: str) -> str:
        """The condition that a rule asks for: ``permit`` or ``law:CODE``."""
        return self.ages.asks.get(code) or self.hours.conditional[code].condition
