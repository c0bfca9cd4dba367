"""What a rule file may say: the keys of each kind of rule, and how their values are read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from matching.said import said

OLDEST = 21
OF_AGE = 18  # no rule of hours reaches further, see hours.py
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00")
_MONTH_DAY = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_SHOWN = 40


class BadValue(Exception):
    """What is wrong with one value, and what was expected."""


def shown(value: Any) -> str:
    said = str(value)
    return f'"{said if len(said) <= _SHOWN else said[: _SHOWN - 1] + "…"}"'.replace("\n", " ")


def as_text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise BadValue(said("{value} is not a line of text", value=shown(value)))
    return value


def _word(*allowed: str) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if value not in allowed:
            raise BadValue(
                said("{cell} is not known; expected {words}", cell=shown(value), words=", ".join(allowed))
            )
        return str(value)

    return check


def _whole(low: int, high: int) -> Callable[[Any], int]:
    def check(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise BadValue(
                said(
                    "{cell} is not a whole number from {low} to {high}", cell=shown(value), low=low, high=high
                )
            )
        return value

    return check


def _hours(value: Any) -> int:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 168:
        raise BadValue(said("{value} is not a number of hours from 0 to 168", value=shown(value)))
    return round(value * 60)


def _clock(value: Any) -> int:
    if not isinstance(value, str) or not _CLOCK.fullmatch(value):
        raise BadValue(said('{value} is not a time of day in quotes, like "19:00"', value=shown(value)))
    return int(value[:2]) * 60 + int(value[3:])


def _month_day(value: Any) -> tuple[int, int]:
    if not isinstance(value, str) or not _MONTH_DAY.fullmatch(value):
        raise BadValue(said('{value} is not a month and day in quotes, like "06-01"', value=shown(value)))
    return int(value[:2]), int(value[3:])


def _month_day_or_labor_day(value: Any) -> tuple[int, int] | None:
    return None if value == "labor-day" else _month_day(value)


def _date(value: Any) -> date:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise BadValue(said("{value} is not a date without quotes, like 2027-01-11", value=shown(value)))
    return value


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise BadValue(said("{value} is neither true nor false", value=shown(value)))
    return value


def _codes(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(item, str) for item in value):
        raise BadValue(said('{value} is not a list of codes, like ["diploma"]', value=shown(value)))
    return tuple(value)


def _cycle(value: Any) -> tuple[int, ...]:
    good = isinstance(value, list) and value and all(type(item) is int and 0 <= item <= 7 for item in value)
    if not good:
        raise BadValue(
            said("{value} is not a list of days for each week, like [1, 1, 1, 2]", value=shown(value))
        )
    return tuple(value)


def as_words(value: Any) -> Mapping[str, str]:
    if not isinstance(value, dict) or set(value) != {"en", "es"}:
        raise BadValue(said('{value} is not {{ en = "…", es = "…" }}', value=shown(value)))
    return MappingProxyType({language: as_text(said) for language, said in value.items()})


def _table(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadValue(said("{value} is not a table of programs", value=shown(value)))
    return value


Checks = Mapping[str, Callable[[Any], Any]]

_AGE = _whole(1, OLDEST)
_UNDER = _whole(1, OF_AGE)
COMMON: Checks = {
    "code": as_text, "kind": as_text, "citation": as_text, "source": as_text,
    "sure": _word("V", "V2", "G"), "en": as_text, "es": as_text,
    "effective": _date, "until": _date, "gates": _boolean, "not_with": _codes,
}  # fmt: skip
NEEDED = ("code", "kind", "citation", "source", "sure", "en", "es")
_SCOPE = _word("school", "other", "any")
_ASKED = _word("always", "school_hours")
SUMMER: Checks = {"summer_time": _clock, "summer_first": _month_day, "summer_last": _month_day_or_labor_day}

# Of each kind: its own keys that must be there, and those that may.
KINDS: Mapping[str, tuple[Checks, Checks]] = {
    "minimum_age": ({"min_age": _AGE}, {}),
    "driving": ({"min_age": _AGE}, {}),
    "task": (
        {"min_age": _AGE},
        {"exemption": _word("student_learner"), "exemption_age": _AGE, "exemption_citation": as_text},
    ),
    "school_hours": ({"under_age": _UNDER}, {"programs": _table}),
    "day_hours": ({"under_age": _UNDER, "hours": _hours, "days": _word("school", "other", "any", "24h")},
                  {"programs": _table}),
    "week_hours": ({"under_age": _UNDER, "hours": _hours, "weeks": _SCOPE}, {"programs": _table}),
    "week_days": ({"under_age": _UNDER, "most_days": _whole(1, 7)}, {}),
    "earliest": ({"under_age": _UNDER, "time": _clock, "days": _word("school", "any")}, {}),
    "latest": ({"under_age": _UNDER, "time": _clock, "before": _word("school", "any")}, SUMMER),
    "rest": ({"under_age": _UNDER, "hours": _hours}, {}),
    "flexible": ({"under_age": _UNDER}, {}),
    "permit": ({"under_age": _UNDER, "asked": _ASKED, "issuer": as_words}, {}),
    "condition": ({"under_age": _UNDER, "asked": _ASKED}, {"after": _clock, "issuer": as_words}),
    "note": ({"about": _codes}, {}),
}  # fmt: skip
PROGRAMS: Mapping[str, Checks] = {
    "school_hours": {"open": _boolean, "days_in_cycle": _cycle},
    "day_hours": {"hours": _hours, "hours_in_school_hours": _hours},
    "week_hours": {"hours": _hours},
}
PROGRAM_NAMES = ("wecep", "work_study", "registered_apprenticeship")
TOP = ("jurisdiction", "name", "rules")
