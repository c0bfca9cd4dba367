"""Youth employment law over the pairs of a round.

The rules are data (``labor_rules``); the head of ``us.toml`` says how they are read. Every
jurisdiction of the policy is applied on its own, so the stricter rule decides.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Any

import numpy as np

from matching.eligibility.ages import Birthdays, age_on, birthday
from matching.eligibility.details import Details, one_by_one
from matching.eligibility.hours import (
    NEVER,
    Breach,
    Lessons,
    Plan,
    Work,
    breaches,
    by_day,
    lawful_plans,
)
from matching.eligibility.labor_rules import AgeRule, LaborRules, load_rules
from matching.problem import UNKNOWN, BoolArray, IntArray, Problem

OBSERVATION = "observation"
APPRENTICESHIP = "registered_apprenticeship"


class LaborLaw:
    """What the law forbids, and what it allows under an agreement."""

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
        rules = [load_rules(name) for name in problem.policy.law.jurisdictions]
        self.birthdays = Birthdays(students.birth_date, _ages(rules))
        lessons = _lessons(problem)
        self.files = [_OneLaw(problem, one, self.works, self.birthdays, lessons) for one in rules]
        self.lessons = lessons[0]

    def fails(self, student: IntArray, opportunity: IntArray) -> BoolArray:
        bad = np.zeros(len(student), np.bool_)
        learns = self._learner.take(student) | self._apprentice.take(opportunity)
        start = self._start.take(opportunity)
        for law in self.files:
            columns = np.where(learns, law.learner_column.take(opportunity), law.column.take(opportunity))
            bad |= self.birthdays.under(student, columns, start)
            rows = self.hours_rows(law, student, opportunity)
            if len(rows):
                s, o = student.take(rows), opportunity.take(rows)
                first = law.first_breach(self.lessons.take(s), o)
                bad[rows] |= self.birthdays.reached(law.rules.hours.under_age).take(s) > first
        return bad

    def hours_rows(self, law: _OneLaw, student: IntArray, opportunity: IntArray) -> IntArray:
        """Which of the pairs the hours rules are asked of: known to be under the age at the start."""
        ends = self.birthdays.reached(law.rules.hours.under_age).take(student)
        young = (self._start.take(opportunity) < ends) & (ends != NEVER)
        return np.flatnonzero(young & self.asks_hours.take(opportunity))

    def details(self, student: IntArray, opportunity: IntArray) -> list[Details]:
        """Every rule that forbids the pair: code, citation and figures."""
        return one_by_one(self._detail, student, opportunity)

    def _detail(self, student: int, opportunity: int) -> Details:
        if not self.works[opportunity]:
            return []
        found: Details = []
        for law in self.files:
            found += self._age_details(law, student, opportunity)
            found += self._hours_details(law, student, opportunity)
        return found

    def agreements(self, student: int, opportunity: int) -> list[str]:
        """Codes of the orders under which the pair is lawful by an agreement alone."""
        age = self._age(student, opportunity)
        if age is None or not (self._learner[student] or self._apprentice[opportunity]):
            return []
        return [
            rule.code
            for law in self.files
            for rule in law.tasks(opportunity)
            if age < rule.min_age and _exempts(rule, age)
        ]

    def may_need_agreement(self, student: IntArray, opportunity: IntArray) -> BoolArray:
        """Pairs worth asking :meth:`agreements` about."""
        learns = self._learner.take(student) | self._apprentice.take(opportunity)
        some = np.zeros(len(student), np.bool_)
        start = self._start.take(opportunity)
        for law in self.files:
            some |= self.birthdays.under(student, law.column.take(opportunity), start)
        return some & learns

    def _age(self, student: int, opportunity: int) -> int | None:
        return age_on(int(self._problem.students.birth_date[student]), int(self._start[opportunity]))

    def _age_details(self, law: _OneLaw, student: int, opportunity: int) -> Details:
        rules, birth = law.rules, int(self._problem.students.birth_date[student])
        age = self._age(student, opportunity)
        if age is None:
            return [_age_detail(rules.minimum_age, None, birth)]
        learns = self._learner[student] or self._apprentice[opportunity]
        asked = [rules.minimum_age]
        asked += [r for r in law.tasks(opportunity) if not (learns and _exempts(r, age))]
        if self._problem.opportunities.drives[opportunity]:
            asked.append(rules.driving)
        return [_age_detail(rule, age, birth) for rule in asked if age < rule.min_age]

    def _hours_details(self, law: _OneLaw, student: int, opportunity: int) -> Details:
        birth = int(self._problem.students.birth_date[student])
        if birth == UNKNOWN or not self.asks_hours[opportunity]:
            return []
        under_age = law.rules.hours.under_age
        ends = int(self.birthdays.reached(under_age)[student])
        if ends <= int(self._start[opportunity]):
            return []
        return [
            {
                "rule": breach.code,
                "citation": law.rules.hours_rules[breach.code].citation,
                "found": breach.found,
                "limit": breach.limit,
                "under_age": under_age,
                "until": birthday(birth, under_age).isoformat(),
            }
            for breach in law.breaches_by_code(int(self.lessons[student]), opportunity, ends - 1)
        ]


class _OneLaw:
    """The rules of one jurisdiction against the opportunities of a round."""

    def __init__(
        self,
        problem: Problem,
        rules: LaborRules,
        works: BoolArray,
        birthdays: Birthdays,
        lessons: tuple[IntArray, list[Lessons]],
    ) -> None:
        self.rules = rules
        self._opportunities = problem.opportunities
        self._lessons = lessons[1]
        self._works = works
        self._tasks = [
            [rules.tasks[code] for code in sorted(hazards, key=natural) if code in rules.tasks]
            for hazards in problem.opportunities.hazards.values
        ]
        self.column, self.learner_column = self._age_columns(works, birthdays)
        self.profile, self._profile_row = self._profiles()
        self._works_by_profile: dict[int, Work] = {}
        self._first: dict[tuple[int, int], int] = {}
        self._by_code: dict[tuple[int, int, int], list[Breach]] = {}
        self._plans: dict[tuple[int, int], list[tuple[int, Plan]]] = {}

    def _age_columns(self, works: BoolArray, birthdays: Birthdays) -> tuple[IntArray, IntArray]:
        """Age that each opportunity asks of others and of student-learners, as columns."""
        table = self._opportunities
        least = self.rules.minimum_age.min_age
        plain, learner = [], []
        for tasks in self._tasks:
            plain.append(max([least, *(task.min_age for task in tasks)]))
            learner.append(max([least, *(t.exemption_age or t.min_age for t in tasks)]))
        driving = np.where(table.drives, self.rules.driving.min_age, least)
        both = []
        for ages in (plain, learner):
            asked = np.maximum(np.array(ages, np.int64)[table.hazards.codes], driving)
            columns = np.zeros(int(asked.max(initial=0)) + 1, np.int64)
            for age in np.unique(asked):
                columns[age] = birthdays.column(int(age))
            both.append(np.where(works, columns[asked], 0))
        return both[0], both[1]

    def _profiles(self) -> tuple[IntArray, IntArray]:
        """Opportunities alike in all that the hours rules look at; the first of each kind."""
        table = self._opportunities
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

    def tasks(self, opportunity: int) -> list[AgeRule]:
        """Rules of the tasks of an opportunity, in order of their codes; none of an observation."""
        return (
            self._tasks[int(self._opportunities.hazards.codes[opportunity])]
            if self._works[opportunity]
            else []
        )

    def first_breach(self, lessons: IntArray, opportunity: IntArray) -> IntArray:
        """First date on which the schedule is unlawful for somebody under the age; NEVER if none."""
        width = len(self._lessons)
        keys = self.profile.take(opportunity) * width + lessons
        table = np.full(len(self._profile_row) * width, NEVER)
        for key in np.flatnonzero(np.bincount(keys, minlength=len(table))).tolist():
            profile, lesson = divmod(key, width)
            table[key] = self._first_of(lesson, int(self._profile_row[profile]))
        return table.take(keys)

    def _first_of(self, lesson: int, opportunity: int) -> int:
        key = (lesson, int(self.profile[opportunity]))
        if key not in self._first:
            found = self.all_breaches(lesson, opportunity, NEVER)
            self._first[key] = next((breach.day for breach in found), NEVER)
        return self._first[key]

    def breaches_by_code(self, lesson: int, opportunity: int, until: int) -> list[Breach]:
        """The first breach of each rule up to a date."""
        # Students who stay under the age to the end share one answer.
        until = min(until, self._work(opportunity).last_judged)
        key = (lesson, int(self.profile[opportunity]), until)
        if key not in self._by_code:
            first: dict[str, Breach] = {}
            for breach in self.all_breaches(lesson, opportunity, until):
                first.setdefault(breach.code, breach)
            self._by_code[key] = list(first.values())
        return self._by_code[key]

    def all_breaches(self, lesson: int, opportunity: int, until: int) -> Iterable[Breach]:
        """Breaches for somebody under the age up to a date, in order of date."""
        table = self._opportunities
        limits = self.rules.limits(table.labor_program[opportunity])
        hours = float(table.flexible_hours[opportunity])
        if np.isnan(hours) or not table.schedule[opportunity]:
            return breaches(self._work(opportunity), limits, self._lessons[lesson], until)
        return (
            Breach(day, "HOURS-FLEXIBLE", plan.minutes(), round(hours * 60))
            for day, plan in self.plans(lesson, opportunity)
            if day <= until and plan.minutes() < hours * 60
        )

    def plans(self, lesson: int, opportunity: int) -> list[tuple[int, Plan]]:
        """Lawful plans of an opportunity with flexible hours; see :func:`lawful_plans`."""
        key = (lesson, int(self.profile[opportunity]))
        if key not in self._plans:
            limits = self.rules.limits(self._opportunities.labor_program[opportunity])
            self._plans[key] = lawful_plans(self._work(opportunity), limits, self._lessons[lesson])
        return self._plans[key]

    def _work(self, opportunity: int) -> Work:
        profile = int(self.profile[opportunity])
        if profile not in self._works_by_profile:
            table = self._opportunities
            posted = float(table.hours_per_week[opportunity])
            self._works_by_profile[profile] = Work(
                table.schedule[opportunity],
                int(table.start_date[opportunity]),
                int(table.end_date[opportunity]),
                0.0 if math.isnan(posted) else posted * 60,
            )
        return self._works_by_profile[profile]


def _exempts(rule: AgeRule, age: int) -> bool:
    """Whether somebody who learns the trade may do the task at this age under an agreement."""
    return rule.exemption_age is not None and age >= rule.exemption_age


def _age_detail(rule: AgeRule, age: int | None, birth: int) -> dict[str, Any]:
    found = {"rule": rule.code, "citation": rule.citation, "age": age, "min_age": rule.min_age}
    if birth != UNKNOWN:
        found["on"] = birthday(birth, rule.min_age).isoformat()
    return found


def natural(code: str) -> tuple[str, int]:
    """Sort key under which HO2 comes before HO10."""
    number = re.search(r"\d+$", code)
    return (code[: number.start()], int(number.group())) if number else (code, 0)


def _ages(rules: Iterable[LaborRules]) -> set[int]:
    ages: set[int] = set()
    for one in rules:
        ages |= {one.minimum_age.min_age, one.driving.min_age, one.hours.under_age}
        for task in one.tasks.values():
            ages |= {task.min_age, task.exemption_age or task.min_age}
    return ages


def _lessons(problem: Problem) -> tuple[IntArray, list[Lessons]]:
    """Which school hours each student has, and the distinct ones."""
    law, own = problem.policy.law, problem.schools.school_hours
    if not law.in_session:
        return np.zeros(len(problem.students), np.int64), [{}]
    hours = [law.school_hours, *(law.school_hours if v is None else v for v in own.values)]
    distinct = list(dict.fromkeys(hours))
    value = np.array([distinct.index(windows) for windows in hours], np.int64)
    school = problem.students.school
    codes = np.zeros(len(school), np.int64)
    known = school != UNKNOWN
    codes[known] = value[1:][own.codes[school[known]]]
    return codes, [by_day(windows) for windows in distinct]
