"""The law as data: one TOML file a jurisdiction (``us.toml``; ``us-la.toml`` would be Louisiana).

A file states codes, figures, citations, sources and how sure they are; its header says how the
rules are applied. A state file adds to the federal one: each is applied on its own and a pair
must be lawful under all that the policy names, so the stricter rule decides.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

_FOLDER = Path(__file__).parent
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of law. ``text`` holds a short description by language (``en``, ``es``)."""

    code: str
    citation: str
    source: str
    sure: str  # V, V2 or G, as the file's header explains
    effective: date
    text: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AgeRule(Rule):
    """A rule that asks for an age: at work at all, for driving, or for a task.

    ``exemption_age`` is the age from which a student-learner or registered apprentice may do the
    task under an agreement; None where there is no such exemption.
    """

    min_age: int
    exemption_age: int | None = None


@dataclass(frozen=True, slots=True)
class HoursLimits:
    """Hours and times of day for those under ``under_age``. All times and limits in minutes.

    ``during_school``: work in school hours is free. ``during_school_days``: so many days a week
    may touch school hours, each with at most ``during_school_day`` minutes of work.
    """

    under_age: int
    week_starts: int  # 0 Monday to 6 Sunday
    earliest: int
    latest: int
    summer_latest: int
    summer_first: tuple[int, int]  # month, day
    school_day: int
    other_day: int
    school_week: int
    other_week: int
    during_school: bool
    during_school_days: int
    during_school_day: int
    citation: str

    def in_summer(self, day: date) -> bool:
        """Whether the later evening holds: from ``summer_first`` through Labor Day."""
        return self.summer_first <= (day.month, day.day) and day <= labor_day(day.year)


@dataclass(frozen=True, slots=True)
class LaborRules:
    """All rules of one jurisdiction."""

    jurisdiction: str
    name: Mapping[str, str]
    minimum_age: AgeRule
    driving: AgeRule
    tasks: Mapping[str, AgeRule]
    hours: HoursLimits
    programs: Mapping[str, HoursLimits]  # by labor_program, where it changes the limits
    hours_rules: Mapping[str, Rule]

    def limits(self, labor_program: str) -> HoursLimits:
        """Hours limits of a labor program; the general ones where it changes none."""
        return self.programs.get(labor_program, self.hours)


def labor_day(year: int) -> date:
    """The first Monday of September (5 U.S.C. 6103)."""
    first = date(year, 9, 1)
    return first.replace(day=1 + (7 - first.weekday()) % 7)


def jurisdictions() -> tuple[str, ...]:
    """Jurisdictions whose rules ship with the engine, e.g. ``("US",)``."""
    return tuple(sorted(path.stem.upper() for path in _FOLDER.glob("*.toml")))


@cache
def load_rules(jurisdiction: str = "US") -> LaborRules:
    """Rules of a jurisdiction, read once.

    Raises
    ------
    KeyError
        No rules ship for it; :func:`jurisdictions` lists those that do.
    """
    if jurisdiction not in jurisdictions():
        raise KeyError(jurisdiction)
    data = tomllib.loads((_FOLDER / f"{jurisdiction.lower()}.toml").read_text("utf-8"))
    hours = data["hours"]
    return LaborRules(
        jurisdiction=data["jurisdiction"],
        name=MappingProxyType(data["name"]),
        minimum_age=_age_rule(data["minimum_age"], data["minimum_age"]["age"]),
        driving=_age_rule(data["driving"], data["driving"]["min_age"]),
        tasks=MappingProxyType({t["code"]: _age_rule(t, t["min_age"]) for t in data["tasks"]}),
        hours=_limits(hours),
        programs=MappingProxyType(
            {name: _limits({**hours, **change}) for name, change in hours["programs"].items()}
        ),
        hours_rules=MappingProxyType(
            {rule["code"]: Rule(**_common({**hours, **rule})) for rule in hours["rules"]}
        ),
    )


@cache
def hazard_codes() -> frozenset[str]:
    """Every code that ``hazards`` may hold, over all jurisdictions that ship."""
    return frozenset(code for name in jurisdictions() for code in load_rules(name).tasks)


def find_rule(code: str) -> Rule | None:
    """The rule with this code in any jurisdiction that ships, or None."""
    found = _by_code().get(code)
    return found[1] if found else None


def find_jurisdiction(code: str) -> Mapping[str, str]:
    """The name, by language, of the jurisdiction whose rule this is.

    Raises
    ------
    KeyError
        No rule has this code.
    """
    return _by_code()[code][0].name


@cache
def _by_code() -> Mapping[str, tuple[LaborRules, Rule]]:
    found: dict[str, tuple[LaborRules, Rule]] = {}
    for name in jurisdictions():
        rules = load_rules(name)
        for rule in (
            rules.minimum_age,
            rules.driving,
            *rules.tasks.values(),
            *rules.hours_rules.values(),
        ):
            found.setdefault(rule.code, (rules, rule))
    return found


def _common(data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "code": data["code"],
        "citation": data["citation"],
        "source": data["source"],
        "sure": data["sure"],
        "effective": data["effective"],
        "text": MappingProxyType({"en": data["en"], "es": data["es"]}),
    }


def _age_rule(data: Mapping[str, Any], min_age: int) -> AgeRule:
    return AgeRule(**_common(data), min_age=min_age, exemption_age=data.get("exemption_age"))


def _limits(data: Mapping[str, Any]) -> HoursLimits:
    month, day = data["summer_first"].split("-")
    if data["summer_last"] != "labor-day":
        raise ValueError(f"summer_last {data['summer_last']!r}: only 'labor-day' is known")
    return HoursLimits(
        under_age=data["under_age"],
        week_starts=_WEEKDAYS.index(data["week_starts"]),
        earliest=_clock(data["earliest"]),
        latest=_clock(data["latest"]),
        summer_latest=_clock(data["summer_latest"]),
        summer_first=(int(month), int(day)),
        school_day=_minutes(data["school_day_hours"]),
        other_day=_minutes(data["other_day_hours"]),
        school_week=_minutes(data["school_week_hours"]),
        other_week=_minutes(data["other_week_hours"]),
        during_school=data["during_school"],
        during_school_days=data.get("during_school_days", 0),
        during_school_day=_minutes(data.get("during_school_day_hours", 0)),
        citation=data["citation"],
    )


def _clock(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def _minutes(hours: float) -> int:
    return round(hours * 60)
