"""What youth employment law asks of a place for one person: every rule in force, broken or not.

A round asks which rules a pair breaks. Somebody who is about to agree to a place asks what the rules
are: this lists them, from the same data, without judging anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from matching.eligibility.ages import age_on, birthday
from matching.eligibility.labor_law import APPRENTICESHIP, OBSERVATION
from matching.eligibility.labor_rules import AgeRule, HoursRule, Rule, Words, rule_sets
from matching.eligibility.law_check import Job, Law, Person
from matching.eligibility.law_tables import exempts


@dataclass(frozen=True, slots=True)
class Protection:
    """The hours rules that end on one birthday, in the order of the files."""

    under_age: int
    until: date  # the birthday
    rules: tuple[HoursRule, ...]


@dataclass(frozen=True, slots=True)
class Protections:
    """What protects a person at a job from a first day on.

    Attributes
    ----------
    employment
        False for an observation, of which the law asks nothing: then all else is empty.
    age
        On the first day; None where the birth date is not known, and then all else is empty too.
    hours
        By the age at which they end, the lowest first.
    forbidden
        Tasks (and driving) that are too dangerous at that age, whether or not this job has them, in
        the order of the files.
    names
        Whose each rule is, in words by language, by the rule's code.
    """

    employment: bool = True
    age: int | None = None
    hours: tuple[Protection, ...] = ()
    forbidden: tuple[AgeRule, ...] = ()
    names: Mapping[str, Words] = field(default_factory=lambda: MappingProxyType({}))


def protections(law: Law, person: Person, job: Job, first: date, last: date | None = None) -> Protections:
    """Every rule that protects a person at a job on any day from ``first`` to ``last`` (None: open).

    Raises
    ------
    RuleFaults
        An overlay is not well formed.
    """
    if job.employment == OBSERVATION:
        return Protections(employment=False)
    if person.birth_date is None:
        return Protections()
    born = person.birth_date.toordinal()
    age = age_on(born, first.toordinal())
    assert age is not None
    learns = person.student_learner or job.labor_program == APPRENTICESHIP
    sets = rule_sets(law.jurisdictions, law.overlays)
    rules = [
        rule
        for one in sets
        for rule in one.rules
        if rule.asked and not rule.condition and not rule.not_with & person.credentials
        and _in_force(rule, first, last)
    ]  # fmt: skip
    exempt = law.trainees_are_exempt and job.employment == "trainee"
    hours = [
        rule.for_program(job.labor_program)
        for rule in rules
        if isinstance(rule, HoursRule) and rule.kind != "flexible" and age < rule.under_age and not exempt
    ]
    forbidden = [
        rule
        for rule in rules
        if isinstance(rule, AgeRule)
        and rule.kind in ("task", "driving")
        and age < rule.min_age
        and not (learns and exempts(rule, age))
    ]
    return Protections(
        age=age,
        hours=tuple(
            Protection(
                under_age, birthday(born, under_age), tuple(r for r in hours if r.under_age == under_age)
            )
            for under_age in sorted({rule.under_age for rule in hours})
        ),
        forbidden=tuple(forbidden),
        names={rule.code: one.name for one in sets for rule in one.rules},
    )


def _in_force(rule: Rule, first: date, last: date | None) -> bool:
    """Whether a rule holds on any day of a stretch."""
    begun = rule.effective is None or last is None or rule.effective <= last
    return begun and (rule.until is None or first <= rule.until)
