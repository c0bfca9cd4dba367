"""Youth employment law, read from its rules and applied in plain code.

The rules (codes, figures, dates) come from the TOML files of ``matching/eligibility/labor_rules``
and a district's overlays; how they are applied is written at the head of ``us.toml``. Nothing but
those files and their reading into rules is shared with the code that decides eligibility.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import date
from functools import cache

from matching.eligibility.labor_rules import AgeRule, HoursRule, Note, Rule, rule_sets
from matching.problem import UNKNOWN, Codes, Problem, Windows
from matching.verify.flexible import LawfulWeek, Protection, free_time, lawful_week
from matching.verify.hours import Plan, Worked, first_breaches, minutes_of
from matching.verify.joint import Both, first_together, judged_together
from matching.verify.year import WEEK, Alike, Year, in_force, in_program, is_applied, limit_on


@dataclass(frozen=True, slots=True)
class LawOpportunity:
    """What the law looks at in an opportunity. Hours are None where not given."""

    employment: str
    labor_program: str
    hazards: Codes
    drives: bool
    schedule: Windows
    flexible_hours: float | None
    hours_per_week: float | None
    start: int
    end: int

    @property
    def plan(self) -> Plan:
        """What the rules about hours look at."""
        hours = (self.flexible_hours, self.hours_per_week)
        return Plan(self.schedule, *hours, self.labor_program, self.start, self.end)


@dataclass(frozen=True, slots=True)
class LawStudent:
    """What the law looks at in a student. ``credentials`` are those that any rule speaks of."""

    birth: int
    learner: bool
    credentials: Codes
    school_hours: Windows


@dataclass(frozen=True, slots=True)
class Ruling:
    """Codes of the rules that exclude a pair, and the conditions under which it is lawful."""

    against: tuple[str, ...]
    conditions: tuple[str, ...]


def age_on(birth: int, day: int) -> int:
    """Whole years on an ordinal day; born on 29 February, a year older on 1 March."""
    born, then = date.fromordinal(birth), date.fromordinal(day)
    return then.year - born.year - ((then.month, then.day) < (born.month, born.day))


@cache
def first_day_of_age(birth: int, age: int) -> int:
    """Ordinal of the day on which somebody reaches an age; 1 March for 29 February."""
    born = date.fromordinal(birth)
    try:
        return born.replace(year=born.year + age).toordinal()
    except ValueError:
        return date(born.year + age, 3, 1).toordinal()


Reach = tuple[int, ...]
"""Of each age in ``Law.ages``: how many kinds of dates begin while the student is under it, 0 for none."""


class Law:
    """The rules of a round, each applied on its own: the stricter decides."""

    def __init__(self, problem: Problem) -> None:
        self.policy = problem.policy.law
        self.year = Year(problem)
        sets = rule_sets(self.policy.jurisdictions, problem.overlays)
        asked = [
            rule for found in sets for rule in found.rules if is_applied(rule) and not isinstance(rule, Note)
        ]
        self.age_rules = [rule for rule in asked if isinstance(rule, AgeRule)]
        self.hours_rules = [rule for rule in asked if isinstance(rule, HoursRule)]
        self.by_code: dict[str, Rule] = {rule.code: rule for rule in asked}
        self.names_of_own = {rule.code: one.name for one in sets if one.overlay for rule in one.rules}
        """The name, by language, of the district whose own rule it is."""
        self.special: Codes = frozenset().union(*(rule.not_with for rule in asked))
        self.ages = tuple(sorted({rule.under_age for rule in self.hours_rules}))
        self.alike = Alike(self.year, self._regime)
        youngest = int(problem.students.birth_date.max(initial=UNKNOWN))
        self.horizon = UNKNOWN
        if youngest != UNKNOWN and self.ages:
            self.horizon = first_day_of_age(youngest, self.ages[-1]) - 1
        self._programs: dict[str, list[HoursRule]] = {}
        self._breaches: dict[tuple[Plan, Windows], dict[str, int]] = {}
        self._together: dict[tuple[Plan, Plan, str, Windows], dict[str, int]] = {}
        self._terms: dict[tuple[int, int, tuple[int, ...]], list[int]] = {}
        self._weeks: dict[tuple[Plan, Windows, Codes, Reach], LawfulWeek] = {}

    def _regime(self, day: int) -> tuple[int, ...]:
        """The limit on a date of each rule of hours, -1 where it does not hold."""
        return tuple(limit_on(rule, day) if in_force(rule, day) else -1 for rule in self.hours_rules)

    def in_program(self, labor_program: str) -> list[HoursRule]:
        """The rules of hours, those that only ask for something too, in a labor program."""
        if labor_program not in self._programs:
            self._programs[labor_program] = [in_program(rule, labor_program) for rule in self.hours_rules]
        return self._programs[labor_program]

    # --- one pair -------------------------------------------------------------------------------

    def rule(self, offer: LawOpportunity, student: LawStudent) -> Ruling:
        """What the law says of one student at one opportunity."""
        against, conditions = self.by_age(offer, self.age(student.birth, offer.start), student)
        breaches = self.breaches(offer.plan, student.school_hours)
        for rule, until in self.protections(offer, student):
            broken = breaches.get(rule.code, until) < until
            if rule.condition and broken and in_force(rule, offer.start):
                conditions.append(rule.condition)
            elif not rule.condition and broken:
                against.append(rule.code)
        flexible = self.flexible_rule(offer, student)
        if flexible is not None and self.lacks_time(offer, student, None):
            against.append(flexible.code)
        return Ruling(tuple(dict.fromkeys(against)), tuple(sorted(set(conditions))))

    @staticmethod
    def age(birth: int, start: int) -> int | None:
        """Whole years on the first day, None where a date is unknown."""
        return None if UNKNOWN in (birth, start) else age_on(birth, start)

    def by_age(
        self, offer: LawOpportunity, age: int | None, student: LawStudent
    ) -> tuple[list[str], list[str]]:
        """Codes of the rules of age that exclude, and conditions that go by the age alone."""
        against: list[str] = []
        conditions: list[str] = []
        if offer.employment == "observation":
            return against, conditions
        learns = student.learner or offer.labor_program == "registered_apprenticeship"
        for rule in self.age_rules:
            if rule.not_with & student.credentials or not in_force(rule, offer.start):
                continue
            if age is None:
                against += [rule.code] if rule.kind == "minimum_age" else []
            elif age >= rule.min_age or not _is_about(rule, offer):
                continue
            elif rule.condition:
                conditions.append(rule.condition)
            elif rule.exemption_age is not None and learns and age >= rule.exemption_age:
                conditions.append(f"agreement:{rule.code}")
            else:
                against.append(rule.code)
        return against, conditions

    def asks_hours(self, offer: LawOpportunity) -> bool:
        """Whether the rules of hours are asked of an opportunity at all."""
        exempt = offer.employment == "trainee" and self.policy.trainees == "hours_exempt"
        return offer.employment != "observation" and not exempt

    def protections(self, offer: LawOpportunity, student: LawStudent) -> list[Protection]:
        """The rules of hours that are asked of a pair, each until the birthday that ends it."""
        if not self.asks_hours(offer) or UNKNOWN in (student.birth, offer.start):
            return []
        found = []
        for rule in self.in_program(offer.labor_program):
            until = first_day_of_age(student.birth, rule.under_age)
            if offer.start < until and not rule.not_with & student.credentials:
                found.append((rule, until))
        return found

    def breaches(self, plan: Plan, school_hours: Windows) -> dict[str, int]:
        """The first date, by code, on which each rule of hours is broken; see :func:`first_breaches`."""
        key = (plan, school_hours)
        if key not in self._breaches:
            worked = Worked(plan, self.year, self.year.lessons(school_hours))
            rules = self.in_program(plan.labor_program) if plan.start != UNKNOWN else []
            self._breaches[key] = first_breaches(rules, worked, self.alike, self.horizon)
        return self._breaches[key]

    # --- two seats ------------------------------------------------------------------------------

    def asks_any_hours(self, offer: LawOpportunity, student: LawStudent) -> bool:
        """Whether a rule of hours that excludes is asked of a pair."""
        return any(not rule.condition for rule, _ in self.protections(offer, student))

    def too_much(self, one: LawOpportunity, other: LawOpportunity, student: LawStudent) -> bool:
        """Whether a student would break a rule of hours by the work of two seats together."""
        also = {rule.code for rule, _ in self.protections(other, student)}
        until = {rule.code: end for rule, end in self.protections(one, student) if rule.code in also}
        if not until:
            return False
        programs = {one.labor_program, other.labor_program}
        plans = sorted((one.plan, other.plan), key=repr)
        return any(
            broken < until.get(code, UNKNOWN)
            for program in programs
            for code, broken in self._first_together(plans[0], plans[1], program, student).items()
        )

    def _first_together(self, one: Plan, other: Plan, program: str, student: LawStudent) -> dict[str, int]:
        key = (one, other, program, student.school_hours)
        if key not in self._together:
            same = one.labor_program == other.labor_program
            rules = judged_together(self.in_program(program), one_program=same)
            both = Both((one, other), self.year, self.year.lessons(student.school_hours))
            self._together[key] = first_together(rules, both, self.alike, self.horizon)
        return self._together[key]

    # --- flexible hours -------------------------------------------------------------------------

    def flexible_rule(self, offer: LawOpportunity, student: LawStudent) -> Rule | None:
        """The rule to name where too little is lawful of flexible hours."""
        asked = [
            rule
            for rule, _ in self.protections(offer, student)
            if rule.kind == "flexible" and in_force(rule, offer.start)
        ]
        return min(asked, key=lambda rule: rule.under_age, default=None)

    def lacks_time(self, offer: LawOpportunity, student: LawStudent, available: Windows | None) -> bool:
        """Whether a student's time (None: the law alone) leaves too little of flexible hours."""
        return self.too_little(offer.plan, *self._protected(offer, student), available)

    def minutes_left(self, offer: LawOpportunity, student: LawStudent, available: Windows | None) -> int:
        """Minutes a week of flexible hours that are lawful and in a student's time."""
        return self._minutes_left(offer.plan, *self._protected(offer, student), available)

    def _protected(self, offer: LawOpportunity, student: LawStudent) -> tuple[Windows, Codes, Reach]:
        """What tells students apart where hours are flexible: school, credentials, and reach of the ages."""
        reach = self.reach(student.birth, offer.plan) if self.asks_hours(offer) else ()
        return student.school_hours, student.credentials, reach

    def too_little(
        self, plan: Plan, school_hours: Windows, credentials: Codes, reach: Reach, available: Windows | None
    ) -> bool:
        """The same for all students who are protected alike."""
        if not plan.flexible or plan.flexible_hours is None:
            return False
        left = self._minutes_left(plan, school_hours, credentials, reach, available)
        return left < minutes_of(plan.flexible_hours)

    def _minutes_left(
        self, plan: Plan, school_hours: Windows, credentials: Codes, reach: Reach, available: Windows | None
    ) -> int:
        week = self.lawful_week(plan, school_hours, credentials, reach)
        return week.minutes(free_time(plan, available, self.year))

    def first_dates(self, plan: Plan) -> list[int]:
        """The first date of every kind on which a plan may be worked, ascending."""
        dated = tuple(sorted({window.day for window in plan.schedule if window.day >= WEEK}))
        key = (plan.start, plan.end, dated)
        if key not in self._terms:
            last = self.horizon if plan.end == UNKNOWN else min(plan.end, self.horizon)
            self._terms[key] = sorted({*self.alike.first_dates(plan.start, last), *dated})
        return self._terms[key]

    def reach(self, birth: int, plan: Plan) -> Reach:
        """How much of a plan each age protects a student in; empty where none does."""
        if UNKNOWN in (birth, plan.start):
            return ()
        dates = self.first_dates(plan)
        untils = [first_day_of_age(birth, age) for age in self.ages]
        reach = tuple(bisect_left(dates, until) if plan.start < until else 0 for until in untils)
        return reach if any(reach) else ()

    def lawful_week(self, plan: Plan, school_hours: Windows, credentials: Codes, reach: Reach) -> LawfulWeek:
        """What the law leaves of flexible hours to all students whom it protects alike."""
        key = (plan, school_hours, credentials, reach)
        if key not in self._weeks:
            dates = self.first_dates(plan) if reach else []
            until = {age: dates[n - 1] + 1 for age, n in zip(self.ages, reach, strict=bool(reach)) if n}
            asked = [
                (rule, until[rule.under_age])
                for rule in self.in_program(plan.labor_program)
                if not rule.condition and rule.under_age in until and not rule.not_with & credentials
            ]
            lessons = self.year.lessons(school_hours)
            self._weeks[key] = lawful_week(plan, asked, dates, self.year, lessons)
        return self._weeks[key]


def _is_about(rule: AgeRule, offer: LawOpportunity) -> bool:
    if rule.kind == "driving":
        return offer.drives
    return rule.kind != "task" or rule.code in offer.hazards
