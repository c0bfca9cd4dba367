"""Youth employment law, read from its data and applied in plain code.

The figures and codes come from the TOML files of ``matching/eligibility/labor_rules``; how they
are applied (and where the law leaves a choice, which was made) is written at the head of
``us.toml``. Nothing but those files is shared with the code that decides eligibility.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from matching.problem import UNKNOWN, Codes, LawPolicy, Windows
from matching.verify.hours import Limits, Week, first_day_of_age, weeks_between
from matching.verify.times import by_day

RULES = Path(__file__).parent.parent / "eligibility" / "labor_rules"


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


@dataclass(frozen=True, slots=True)
class Situation:
    """What the law looks at in a student's age over the time of a placement.

    Attributes
    ----------
    age
        Whole years on the first day, None where a date is unknown.
    weeks
        The kinds of weeks (see :class:`Week`) in which the hours rules protect the student;
        empty from the age on at which they no longer do.
    until
        Ordinal of the first day on which they do not; UNKNOWN where ``weeks`` is empty.
    """

    age: int | None
    weeks: frozenset[Week] = frozenset()
    until: int = UNKNOWN


@dataclass(frozen=True, slots=True)
class Ruling:
    """Codes of the rules that exclude a pair, and the conditions under which it is lawful."""

    against: tuple[str, ...]
    conditions: tuple[str, ...]


LAWFUL = Ruling((), ())


def age_on(birth: int, day: int) -> int:
    """Whole years on an ordinal day; born on 29 February, a year older on 1 March."""
    born, then = date.fromordinal(birth), date.fromordinal(day)
    return then.year - born.year - ((then.month, then.day) < (born.month, born.day))


@cache
def _read(jurisdiction: str) -> dict[str, Any]:
    return tomllib.loads((RULES / f"{jurisdiction.lower()}.toml").read_text(encoding="utf-8"))


class Law:
    """The rules of some jurisdictions, each applied on its own: the stricter decides."""

    def __init__(self, jurisdictions: Iterable[str]) -> None:
        self._files = [_read(name) for name in jurisdictions]
        self._limits = [Limits.read(data["hours"]) for data in self._files if "hours" in data]
        self.codes = frozenset(code for data in self._files for code in _codes(data))

    @property
    def protected_under(self) -> int:
        """The age from which no hours rule holds any more."""
        return max((limits.under_age for limits in self._limits), default=0)

    def situation(self, birth: int, start: int, end: int) -> Situation:
        """The student's age over a placement; ordinals, UNKNOWN where not known."""
        if birth == UNKNOWN or start == UNKNOWN:
            return Situation(None)
        age = age_on(birth, start)
        if age >= self.protected_under:
            return Situation(age)
        until = first_day_of_age(birth, self.protected_under)
        last = until if end == UNKNOWN else min(until, end + 1)
        summers = {limits.summer_first for limits in self._limits}
        if len(summers) > 1:
            raise ValueError("jurisdictions with different summers need weeks of their own")
        return Situation(age, weeks_between(start, last, summers.pop()), until)

    def rule(
        self,
        offer: LawOpportunity,
        situation: Situation,
        *,
        student_learner: bool,
        school_hours: Windows,
        policy: LawPolicy,
    ) -> Ruling:
        """What the law says of one student at one opportunity."""
        if offer.employment == "observation":
            return LAWFUL
        against: list[str] = []
        conditions: list[str] = []
        for data in self._files:
            against += _ages(data, offer, situation.age)
            forbidden, agreements = _tasks(data, offer, situation.age, student_learner)
            against += forbidden
            conditions += agreements
        if self._asks_hours(offer, situation, policy):
            for limits in self._limits:
                against += limits.broken(offer, situation, school_hours, policy.in_session)
        return Ruling(tuple(dict.fromkeys(against)), tuple(sorted(set(conditions))))

    def possible_minutes(
        self,
        offer: LawOpportunity,
        situation: Situation,
        available: Windows | None,
        *,
        school_hours: Windows,
        policy: LawPolicy,
    ) -> int:
        """Minutes a week of flexible work that the student is free for and the law allows."""
        days = by_day(offer.schedule)
        if offer.employment == "observation" or not self._asks_hours(offer, situation, policy):
            return Limits.free_minutes(days, available)
        return min(
            limits.flexible_minutes(offer, situation, available, school_hours, policy.in_session)
            for limits in self._limits
        )

    def _asks_hours(self, offer: LawOpportunity, situation: Situation, policy: LawPolicy) -> bool:
        exempt = offer.employment == "trainee" and policy.trainees == "hours_exempt"
        return bool(situation.weeks) and not exempt


def _codes(data: dict[str, Any]) -> list[str]:
    rules = [*data.get("tasks", []), *data.get("hours", {}).get("rules", [])]
    rules += [data[name] for name in ("minimum_age", "driving") if name in data]
    return [rule["code"] for rule in rules]


def _ages(data: dict[str, Any], offer: LawOpportunity, age: int | None) -> list[str]:
    found = []
    minimum, driving = data.get("minimum_age"), data.get("driving")
    if minimum and (age is None or age < minimum["age"]):
        found.append(minimum["code"])
    if driving and offer.drives and age is not None and age < driving["min_age"]:
        found.append(driving["code"])
    return found


def _tasks(
    data: dict[str, Any], offer: LawOpportunity, age: int | None, student_learner: bool
) -> tuple[list[str], list[str]]:
    """Codes of tasks that are out of reach, and agreements under which others are not."""
    forbidden, agreements = [], []
    learns = student_learner or offer.labor_program == "registered_apprenticeship"
    for task in data.get("tasks", []):
        if task["code"] not in offer.hazards or age is None or age >= task["min_age"]:
            continue
        if task.get("exemption") and learns and age >= task["exemption_age"]:
            agreements.append(f"agreement:{task['code']}")
        else:
            forbidden.append(task["code"])
    return forbidden, agreements
