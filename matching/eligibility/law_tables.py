"""The rules that ship or that a district adds, against the opportunities of a round.

A rule is asked once for each distinct thing that it looks at, never once a pair.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from matching.eligibility.ages import Birthdays
from matching.eligibility.codes import groups
from matching.eligibility.hours import Breach, Judge
from matching.eligibility.labor_rules import AgeRule, HoursRule, Rule
from matching.eligibility.plans import KnownDates, Plan, PlanMaker
from matching.eligibility.school_year import SchoolYear
from matching.eligibility.stretches import NEVER
from matching.eligibility.work import Work
from matching.problem import UNKNOWN, BoolArray, IntArray, Problem

_NOT_JUDGED = -NEVER

DECIMALS = 6
"""Of minutes that are told in hours: 17.1 × 60 is 1026, but not for a computer."""


class AgeRules:
    """Rules about ages against the opportunities of a round."""

    def __init__(
        self,
        problem: Problem,
        rules: Sequence[AgeRule],
        spared: IntArray,
        kinds: Sequence[frozenset[str]],
        works: BoolArray,
        birthdays: Birthdays,
    ) -> None:
        self._opportunities, self._spared, self._works = problem.opportunities, spared, works
        self._birthdays = birthdays
        self._rules = [[r for r in rules if not r.condition and r.code not in codes] for codes in kinds]
        self._conditions = [rule for rule in rules if rule.condition]
        self._codes_of_kind = kinds
        self.asks = {rule.code: rule.condition for rule in self._conditions}
        self._known: dict[tuple[int, int, bool, int], list[AgeRule]] = {}
        # An order is asked from its exemption age on of those who learn the trade.
        self._columns = [
            [self._column(own, learner) for own in self._rules] for learner in (False, True)
        ]  # fmt: skip

    def _column(self, rules: Sequence[AgeRule], learner: bool) -> IntArray:
        """[m] column of the birthday that each opportunity asks for."""
        table = self._opportunities
        bounds = {r.effective.toordinal() for r in rules if r.effective}
        bounds |= {r.until.toordinal() + 1 for r in rules if r.until}
        era = np.searchsorted(np.array(sorted(bounds), np.int64), table.start_date, side="right")
        keys = np.column_stack([table.hazards.codes, table.drives, era])
        _, first, kind = np.unique(keys, axis=0, return_index=True, return_inverse=True)
        asked = []
        for one in first.tolist():
            ages = [0, *(_least(rule, learner) for rule in self._asked(rules, one))]
            asked.append(self._birthdays.column(max(ages) or None))
        return np.where(self._works, np.array(asked, np.int64)[kind.ravel()] if asked else 0, 0)

    def _asked(self, rules: Sequence[AgeRule], opportunity: int) -> list[AgeRule]:
        """Rules that an opportunity brings up, in order: to work at all, the tasks, driving."""
        table = self._opportunities
        hazards, start = table.hazards[opportunity], int(table.start_date[opportunity])
        found = [rule for rule in rules if rule.kind == "minimum_age"]
        tasks = [rule for rule in rules if rule.kind == "task" and rule.code in hazards]
        found += sorted(tasks, key=lambda rule: natural(rule.code))
        if table.drives[opportunity]:
            found += [rule for rule in rules if rule.kind == "driving"]
        return [rule for rule in found if rule.holds(start)]

    def under(self, student: IntArray, opportunity: IntArray, learns: BoolArray) -> BoolArray:
        """[p] whether a student is too young for a pair."""
        plain, learner = self._columns
        if len(plain) == 1:
            columns = np.where(learns, learner[0].take(opportunity), plain[0].take(opportunity))
        else:
            spared = self._spared.take(student)
            columns = np.where(
                learns, np.stack(learner)[spared, opportunity], np.stack(plain)[spared, opportunity]
            )
        return self._birthdays.under(student, columns, self._opportunities.start_date.take(opportunity))

    def tasks(self, student: int, opportunity: int) -> list[AgeRule]:
        """Rules of the tasks of an opportunity; none of an observation."""
        if not self._works[opportunity]:
            return []
        return [rule for rule in self._asked_of(student, opportunity) if rule.kind == "task"]

    def _asked_of(self, student: int, opportunity: int) -> list[AgeRule]:
        """Rules that a pair brings up, found once for all that are alike to them."""
        table, kind = self._opportunities, int(self._spared[student])
        hazards, drives = int(table.hazards.codes[opportunity]), bool(table.drives[opportunity])
        key = (kind, hazards, drives, int(table.start_date[opportunity]))
        if key not in self._known:
            self._known[key] = self._asked(self._rules[kind], opportunity)
        return self._known[key]

    def broken(self, student: int, opportunity: int, age: int | None, learns: bool) -> list[AgeRule]:
        """Rules for which a student is too young; of an unknown age the least age to work alone."""
        asked = self._asked_of(student, opportunity)
        if age is None:
            return [rule for rule in asked if rule.kind == "minimum_age"] or asked
        return [rule for rule in asked if age < rule.min_age and not (learns and exempts(rule, age))]

    def conditions(self, student: IntArray, opportunity: IntArray) -> Iterable[tuple[str, IntArray]]:
        """Rows of the pairs of whose student each rule asks something."""
        start = self._opportunities.start_date.take(opportunity)
        for rule in self._conditions:
            ends = self._birthdays.reached(rule.min_age).take(student)
            spares = np.array([rule.code in codes for codes in self._codes_of_kind], np.bool_)
            asked = (start < ends) & (ends != NEVER) & self._works.take(opportunity)
            asked &= ~spares[self._spared.take(student)]
            rows = np.flatnonzero(asked)
            holds = np.array([rule.holds(day) for day in start[rows].tolist()], np.bool_)
            yield rule.code, rows[holds]


class HoursRules:
    """Rules about hours against the opportunities of a round, for each setting of students.

    A setting is a school year with the rules that a student's credentials leave; a profile is all
    that the rules look at in an opportunity.
    """

    def __init__(
        self,
        problem: Problem,
        rules: Sequence[HoursRule],
        spared: IntArray,
        kinds: Sequence[frozenset[str]],
    ) -> None:
        table = problem.opportunities
        self._opportunities = table
        self._rules = [[rule for rule in rules if rule.code not in codes] for codes in kinds]
        self.conditional = {rule.code: rule for rule in rules if rule.condition}
        self.conditions: dict[int, list[str]] = {}
        for rule in rules:
            if rule.condition:
                self.conditions.setdefault(rule.under_age, []).append(rule.code)
        self._years, year = _school_years(problem)
        pairs, self.setting = np.unique(year * len(kinds) + spared, return_inverse=True)
        self._settings = [divmod(int(pair), len(kinds)) for pair in pairs]
        some = np.array([bool(windows) for windows in table.schedule.values], np.bool_)
        self.flexible = ~np.isnan(table.flexible_hours) & some[table.schedule.codes]
        self.profiles, self._examples = _profiles(problem)
        self._judges: dict[tuple[int, str, str], Judge] = {}
        self._breaches: dict[tuple[int, int], list[Breach]] = {}
        self._tables: dict[int | str, IntArray] = {}
        self._makers: dict[tuple[int, int], PlanMaker] = {}
        self._known_dates: dict[tuple[int, str], KnownDates] = {}

    def flexible_rules(self, setting: int) -> list[HoursRule]:
        """The rules that speak of flexible hours to students of a setting."""
        return [rule for rule in self.rules_of(setting) if rule.kind == "flexible"]

    def rules_of(self, setting: int) -> list[HoursRule]:
        """The rules that hold for students of a setting."""
        return self._rules[self._settings[setting][1]] if len(self._settings) else []

    def first(self, under_age: int, setting: IntArray, opportunity: IntArray) -> IntArray:
        """[p] first date on which a rule of an age is broken; NEVER if none."""

        def of(breaches: list[Breach]) -> int:
            own = [b.day for b in breaches if b.rule.under_age == under_age and not b.rule.condition]
            return min(own, default=NEVER)

        return self._table(under_age, of, setting, opportunity)

    def first_of(self, code: str, setting: IntArray, opportunity: IntArray) -> IntArray:
        """[p] first date that makes a condition necessary, whatever of the windows is then worked."""

        def of(breaches: list[Breach]) -> int:
            return next((b.day for b in breaches if b.rule.code == code), NEVER)

        return self._table(code, of, setting, opportunity)

    def _table(self, key: int | str, of: Any, setting: IntArray, opportunity: IntArray) -> IntArray:
        width = max(1, len(self._settings))
        if key not in self._tables:
            self._tables[key] = np.full(len(self._examples) * width, _NOT_JUDGED)
        table = self._tables[key]
        cells = self.profiles.take(opportunity) * width + setting
        found = table.take(cells)
        if (found == _NOT_JUDGED).any():
            for cell in np.unique(cells[found == _NOT_JUDGED]).tolist():
                profile, one = divmod(cell, width)
                row = int(self._examples[profile])
                table[cell] = of(self.breaches(one, row))
            found = table.take(cells)
        return found

    def breaches(self, setting: int, opportunity: int) -> list[Breach]:
        """The first breach of each rule, for somebody under every age; by date, as in the files."""
        key = (setting, int(self.profiles[opportunity]))
        if key not in self._breaches:
            rules = self._in_program(setting, opportunity)
            order = {rule.code: i for i, rule in enumerate(rules)}
            work = self._work(opportunity)
            if self.flexible[opportunity]:  # what else excludes is judged by plans
                found = [*self._judge(setting, opportunity, "papers").first_breaches(work).values()]
                if stated := stated_only(work, float(self._opportunities.flexible_hours[opportunity])):
                    found += self._judge(setting, opportunity, "week_hours").first_breaches(stated).values()
            else:
                found = [*self._judge(setting, opportunity, "all").first_breaches(work).values()]
            self._breaches[key] = sorted(found, key=lambda b: (b.day, order[b.rule.code]))
        return self._breaches[key]

    def _judge(self, setting: int, opportunity: int, which: str) -> Judge:
        """A judge of ``all`` rules, of those that ask for ``papers``, or of ``week_hours``."""
        key = (setting, self._opportunities.labor_program[opportunity], which)
        if key not in self._judges:
            rules = self._in_program(setting, opportunity)
            if which == "papers":
                rules = [rule for rule in rules if rule.condition]
            elif which == "week_hours":
                rules = [rule for rule in rules if rule.kind == which]
            self._judges[key] = Judge(rules, self.year(setting))
        return self._judges[key]

    def _in_program(self, setting: int, opportunity: int) -> list[HoursRule]:
        program = self._opportunities.labor_program[opportunity]
        return [rule.for_program(program) for rule in self.rules_of(setting)]

    def example(self, profile: int) -> int:
        """The first opportunity of a profile."""
        return int(self._examples[profile])

    def work_told(self, opportunity: int) -> Work:
        """When an opportunity has work done, as far as its dates are told: no window of flexible hours."""
        work = self._work(opportunity)
        return replace(work, schedule=()) if self.flexible[opportunity] else work

    def year(self, setting: int) -> SchoolYear:
        """The school year of the students of a setting."""
        return self._years[self._settings[setting][0]]

    def plans(
        self, setting: IntArray, opportunity: IntArray, ends: IntArray
    ) -> list[tuple[Plan, int, IntArray]]:
        """Plans of pairs with flexible hours; ``ends`` [p, ages] is the first day each age's rules spare."""
        width = max(1, len(self._settings))
        cells = self.profiles.take(opportunity) * width + setting
        found = []
        for cell, rows in groups(cells):
            maker = self._maker(cell % width, int(opportunity[rows[0]]))
            columns = [self._column(age) for age in maker.ages]
            moments = np.array(maker.moments(), np.int64)
            states = np.searchsorted(moments, ends[rows][:, columns], side="left")
            kinds, kind = np.unique(states, axis=0, return_inverse=True)
            for i, state in enumerate(kinds.tolist()):
                plan = maker.plan(tuple(state))
                found.append((plan, int(opportunity[rows[0]]), rows[kind.ravel() == i]))
        return found

    def _column(self, age: int) -> int:
        return bisect_left(sorted({rule.under_age for rules in self._rules for rule in rules}), age)

    def _maker(self, setting: int, opportunity: int) -> PlanMaker:
        key = (setting, int(self.profiles[opportunity]))
        if key not in self._makers:
            rules = self._in_program(setting, opportunity)
            program = self._opportunities.labor_program[opportunity]
            known = self._known_dates.setdefault((setting, program), {})
            self._makers[key] = PlanMaker(self._work(opportunity), rules, self.year(setting), known)
        return self._makers[key]

    def _work(self, opportunity: int) -> Work:
        table = self._opportunities
        stated = (float(table.hours_per_week[opportunity]), float(table.flexible_hours[opportunity]))
        return Work(
            table.schedule[opportunity],
            int(table.start_date[opportunity]),
            int(table.end_date[opportunity]),
            max(0.0 if math.isnan(hours) else round(hours * 60, DECIMALS) for hours in stated),
        )


def stated_only(work: Work, flexible_hours: float) -> Work | None:
    """What is said of a week beside flexible hours, to be judged alone; None where it is no more."""
    more = work.posted > round(flexible_hours * 60, DECIMALS)
    return replace(work, schedule=()) if more else None


def exempts(rule: AgeRule, age: int) -> bool:
    """Whether somebody who learns the trade may do the task at this age under an agreement."""
    return rule.exemption_age is not None and age >= rule.exemption_age


def _least(rule: AgeRule, learner: bool) -> int:
    return rule.exemption_age if learner and rule.exemption_age is not None else rule.min_age


def natural(code: str) -> tuple[str, int]:
    """Sort key under which HO2 comes before HO10."""
    number = re.search(r"\d+$", code)
    return (code[: number.start()], int(number.group())) if number else (code, 0)


def ages_of(rules: Iterable[AgeRule]) -> set[int]:
    return {age for rule in rules for age in (rule.min_age, rule.exemption_age) if age is not None}


def spared_by_credentials(problem: Problem, rules: Iterable[Rule]) -> tuple[IntArray, list[frozenset[str]]]:
    """Which rules each student's credentials lift: a kind of student, and its codes."""
    bound = [rule for rule in rules if rule.not_with]
    credentials = problem.students.credentials
    lifted = [frozenset(rule.code for rule in bound if rule.not_with & held) for held in credentials.values]
    kinds = list(dict.fromkeys([frozenset[str](), *lifted]))
    value = np.array([kinds.index(codes) for codes in lifted], np.int64)
    return value[credentials.codes] if len(value) else np.zeros(0, np.int64), kinds


def _school_years(problem: Problem) -> tuple[list[SchoolYear], IntArray]:
    """The distinct school years, and which one each student has."""
    law, own = problem.policy.law, problem.schools.school_hours
    hours = [law.school_hours, *(law.school_hours if v is None else v for v in own.values)]
    distinct = list(dict.fromkeys(hours))
    value = np.array([distinct.index(windows) for windows in hours], np.int64)
    school = problem.students.school
    codes = np.zeros(len(school), np.int64)
    known = school != UNKNOWN
    codes[known] = value[1:][own.codes[school[known]]]
    return [SchoolYear(windows, law.in_session, problem.calendar) for windows in distinct], codes


def _profiles(problem: Problem) -> tuple[IntArray, IntArray]:
    """Opportunities alike in all that the hours rules look at; the first of each kind."""
    table = problem.opportunities
    fields = [
        table.schedule.codes,
        table.labor_program.codes,
        table.start_date,
        table.end_date,
        np.nan_to_num(table.flexible_hours, nan=-1.0).view(np.int64),
        np.nan_to_num(table.hours_per_week, nan=0.0).view(np.int64),
    ]
    _, first, profile = np.unique(np.column_stack(fields), axis=0, return_index=True, return_inverse=True)
    return profile.ravel(), first
