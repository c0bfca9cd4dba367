"""A rule file to a :class:`RuleSet`, with everything that is wrong with it by line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from matching.eligibility.labor_rules import (
    CONDITION,
    AgeRule,
    HoursRule,
    Note,
    Rule,
    RuleSet,
    Summer,
    jurisdictions,
    load_rules,
)

OLDEST = 21
OF_AGE = 18  # no rule of hours reaches further, see hours.py
_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{1,39}")
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00")
_MONTH_DAY = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_HEADER = re.compile(r"\s*\[\[\s*rules\s*\]\]")
_KEY = re.compile(r"\s*(?:\[\s*rules\s*\.\s*)?([A-Za-z_]+)\s*[.=]")
_SHOWN = 40


@dataclass(frozen=True, slots=True)
class RuleFault:
    """One thing that is wrong in a rule file; the fields are those of ``matching.files.Fault``."""

    file: str
    line: int
    column: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.column}: {self.message}"


class RuleFaults(Exception):
    """A rule file cannot be read; ``faults`` holds all that is wrong with it."""

    def __init__(self, faults: Sequence[RuleFault]) -> None:
        self.faults = tuple(faults)
        super().__init__(self.faults)

    def __str__(self) -> str:
        return "\n".join(map(str, self.faults))


class _BadValue(Exception):
    """What is wrong with one value, and what was expected."""


def parse_rules(text: str, name: str) -> RuleSet:
    """The rules of one file.

    Parameters
    ----------
    text
        TOML as the head of ``us.toml`` describes it.
    name
        The file's name, for faults.

    Raises
    ------
    RuleFaults
        Every fault with its line: no TOML, unknown keys or kinds, values that are not of their
        kind, a code that occurs twice.
    """
    return _Reader(text, name).rule_set()


def parse_overlays(overlays: Mapping[str, str]) -> list[RuleSet]:
    """A district's own files, in order of their names; their codes must be new.

    Raises
    ------
    RuleFaults
        With the faults of all files.
    """
    faults: list[RuleFault] = []
    found: list[RuleSet] = []
    taken = {rule.code: shipped for shipped in jurisdictions() for rule in load_rules(shipped).rules}
    for name in sorted(overlays):
        try:
            rules = parse_rules(overlays[name], name)
        except RuleFaults as error:
            faults += error.faults
            continue
        for rule in rules.rules:
            if rule.code in taken:
                line = _line_of_code(overlays[name], rule.code)
                message = f'"{rule.code}" is a code of {taken[rule.code]} already; choose one of your own'
                faults.append(RuleFault(name, line, "code", message))
            taken[rule.code] = name
        found.append(replace(rules, overlay=True))
    if faults:
        raise RuleFaults(faults)
    return found


def _line_of_code(text: str, code: str) -> int:
    lines = text.split("\n")
    return next((i for i, line in enumerate(lines, 1) if code in line and "code" in line), 1)


# --- values -------------------------------------------------------------------------------------


def _shown(value: Any) -> str:
    text = str(value)
    return f'"{text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"}"'.replace("\n", " ")


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise _BadValue(f"{_shown(value)} is not a line of text")
    return value


def _word(*allowed: str) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if value not in allowed:
            raise _BadValue(f"{_shown(value)} is not known; expected {', '.join(allowed)}")
        return str(value)

    return check


def _whole(low: int, high: int) -> Callable[[Any], int]:
    def check(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise _BadValue(f"{_shown(value)} is not a whole number from {low} to {high}")
        return value

    return check


def _hours(value: Any) -> int:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 168:
        raise _BadValue(f"{_shown(value)} is not a number of hours from 0 to 168")
    return round(value * 60)


def _clock(value: Any) -> int:
    if not isinstance(value, str) or not _CLOCK.fullmatch(value):
        raise _BadValue(f'{_shown(value)} is not a time of day in quotes, like "19:00"')
    return int(value[:2]) * 60 + int(value[3:])


def _month_day(value: Any) -> tuple[int, int]:
    if not isinstance(value, str) or not _MONTH_DAY.fullmatch(value):
        raise _BadValue(f'{_shown(value)} is not a month and day in quotes, like "06-01"')
    return int(value[:2]), int(value[3:])


def _month_day_or_labor_day(value: Any) -> tuple[int, int] | None:
    return None if value == "labor-day" else _month_day(value)


def _date(value: Any) -> date:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise _BadValue(f"{_shown(value)} is not a date without quotes, like 2027-01-11")
    return value


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _BadValue(f"{_shown(value)} is neither true nor false")
    return value


def _codes(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(item, str) for item in value):
        raise _BadValue(f'{_shown(value)} is not a list of codes, like ["diploma"]')
    return tuple(value)


def _cycle(value: Any) -> tuple[int, ...]:
    good = isinstance(value, list) and value and all(type(item) is int and 0 <= item <= 7 for item in value)
    if not good:
        raise _BadValue(f"{_shown(value)} is not a list of days for each week, like [1, 1, 1, 2]")
    return tuple(value)


def _words(value: Any) -> Mapping[str, str]:
    if not isinstance(value, dict) or set(value) != {"en", "es"}:
        raise _BadValue(f'{_shown(value)} is not {{ en = "…", es = "…" }}')
    return MappingProxyType({language: _text(text) for language, text in value.items()})


def _table(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _BadValue(f"{_shown(value)} is not a table of programs")
    return value


Checks = Mapping[str, Callable[[Any], Any]]

_AGE = _whole(1, OLDEST)
_UNDER = _whole(1, OF_AGE)
_COMMON: Checks = {
    "code": _text, "kind": _text, "citation": _text, "source": _text,
    "sure": _word("V", "V2", "G"), "en": _text, "es": _text,
    "effective": _date, "until": _date, "gates": _boolean, "not_with": _codes,
}  # fmt: skip
_NEEDED = ("code", "kind", "citation", "source", "sure", "en", "es")
_SCOPE = _word("school", "other", "any")
_ASKED = _word("always", "school_hours")
_SUMMER: Checks = {"summer_time": _clock, "summer_first": _month_day, "summer_last": _month_day_or_labor_day}

# Of each kind: its own keys that must be there, and those that may.
_KINDS: Mapping[str, tuple[Checks, Checks]] = {
    "minimum_age": ({"min_age": _AGE}, {}),
    "driving": ({"min_age": _AGE}, {}),
    "task": (
        {"min_age": _AGE},
        {"exemption": _word("student_learner"), "exemption_age": _AGE, "exemption_citation": _text},
    ),
    "school_hours": ({"under_age": _UNDER}, {"programs": _table}),
    "day_hours": ({"under_age": _UNDER, "hours": _hours, "days": _word("school", "other", "any", "24h")},
                  {"programs": _table}),
    "week_hours": ({"under_age": _UNDER, "hours": _hours, "weeks": _SCOPE}, {"programs": _table}),
    "week_days": ({"under_age": _UNDER, "most_days": _whole(1, 7)}, {}),
    "earliest": ({"under_age": _UNDER, "time": _clock, "days": _word("school", "any")}, {}),
    "latest": ({"under_age": _UNDER, "time": _clock, "before": _word("school", "any")}, _SUMMER),
    "rest": ({"under_age": _UNDER, "hours": _hours}, {}),
    "flexible": ({"under_age": _UNDER}, {}),
    "permit": ({"under_age": _UNDER, "asked": _ASKED, "issuer": _words}, {}),
    "condition": ({"under_age": _UNDER, "asked": _ASKED}, {"after": _clock, "issuer": _words}),
    "note": ({"about": _codes}, {}),
}  # fmt: skip
_PROGRAMS: Mapping[str, Checks] = {
    "school_hours": {"open": _boolean, "days_in_cycle": _cycle},
    "day_hours": {"hours": _hours, "hours_in_school_hours": _hours},
    "week_hours": {"hours": _hours},
}
_PROGRAM_NAMES = ("wecep", "work_study", "registered_apprenticeship")
_TOP = ("jurisdiction", "name", "rules")


class _Reader:
    """One file on its way to rules; faults are collected, never raised half-way."""

    def __init__(self, text: str, name: str) -> None:
        self._name = name
        self._lines = text.split("\n")
        self._starts = [i for i, line in enumerate(self._lines, 1) if _HEADER.match(line)]
        self._faults: list[RuleFault] = []
        self._data = self._load(text.replace("\r\n", "\n"))
        self._count = 0

    def _load(self, text: str) -> dict[str, Any]:
        from matching.files.toml_lines import parse_toml  # the files package imports this one

        try:
            return parse_toml(text)
        except tomllib.TOMLDecodeError as error:
            place = re.search(r"line (\d+)", str(error))
            self._fault(int(place[1]) if place else 1, "rules", f"this is not valid TOML: {error}")
        except ValueError as error:
            self._fault(1, "rules", str(error))
        raise RuleFaults(self._faults)

    def _fault(self, line: int, column: str, message: str) -> None:
        self._faults.append(RuleFault(self._name, line, column, message))

    def rule_set(self) -> RuleSet:
        for key in self._data:
            if key not in _TOP:
                self._fault(self._line(None, key), key, f"unknown key; expected one of {', '.join(_TOP)}")
        jurisdiction = self._top("jurisdiction", _text)
        name = self._top("name", _words)
        tables = self._data.get("rules")
        if not isinstance(tables, list) or not tables:
            self._fault(self._line(None, "rules"), "rules", "there are none; expected tables [[rules]]")
            tables = []
        self._count = len(tables)
        rules = [rule for i, table in enumerate(tables) if (rule := self._rule(i, table)) is not None]
        seen: set[str] = set()
        for i, rule in enumerate(rules):
            if rule.code in seen:
                self._fault(self._line(i, "code"), "code", f'"{rule.code}" is the code of two rules')
            seen.add(rule.code)
        if self._faults:
            raise RuleFaults(self._faults)
        return RuleSet(jurisdiction, name, tuple(rules))

    def _top(self, key: str, check: Callable[[Any], Any]) -> Any:
        try:
            return check(self._data.get(key))
        except _BadValue as error:
            missing = key not in self._data
            message = "it is missing" if missing else str(error)
            self._fault(self._line(None, key), key, message)
            return None

    def _line(self, index: int | None, key: str) -> int:
        """Line of a key of the top, or of a rule; the rule's own line where it is not found."""
        if index is None:
            first, last = 0, self._starts[0] - 1 if self._starts else len(self._lines)
        elif self._count != len(self._starts):  # written otherwise than as [[rules]] tables
            return 1
        else:
            ends = [*self._starts[1:], len(self._lines) + 1]
            first, last = self._starts[index], ends[index] - 1
        for number in range(first, last):
            found = _KEY.match(self._lines[number])
            if found and found[1] == key:
                return number + 1
        return max(first, 1)

    def _rule(self, index: int, table: Any) -> Rule | None:
        before = len(self._faults)
        if not isinstance(table, dict):
            self._fault(1, "rules", f"{_shown(table)} is not a table of keys and values")
            return None
        kind = table.get("kind")
        if not isinstance(kind, str) or kind not in _KINDS:
            known = ", ".join(_KINDS)
            self._fault(self._line(index, "kind"), "kind", f"{_shown(kind)} is no kind; expected {known}")
            return None
        needed, optional = _KINDS[kind]
        checks = {**_COMMON, **needed, **optional}
        values: dict[str, Any] = {}
        for key, value in table.items():
            if key not in checks:
                self._fault(self._line(index, key), key, f"unknown key of the kind {kind}")
                continue
            try:
                values[key] = checks[key](value)
            except _BadValue as error:
                self._fault(self._line(index, key), key, str(error))
        for key in (*_NEEDED, *needed):
            if key not in table:
                self._fault(self._line(index, "code"), key, f"it is missing; the kind {kind} needs it")
        self._across(index, kind, values)
        programs = self._programs(index, kind, values)
        return None if len(self._faults) > before else _build(values, programs)

    def _across(self, index: int, kind: str, values: Mapping[str, Any]) -> None:
        """What values imply for one another."""
        if "code" in values and not _CODE.fullmatch(values["code"]):
            message = f"{_shown(values['code'])} is not a code of capital letters, digits and hyphens"
            self._fault(self._line(index, "code"), "code", message)
        summer = [key for key in _SUMMER if key in values]
        if summer and len(summer) < len(_SUMMER):
            self._fault(
                self._line(index, summer[0]), summer[0], "a summer needs a time, a first and a last day"
            )
        if ("exemption" in values) != ("exemption_age" in values):
            self._fault(self._line(index, "code"), "exemption", "an exemption and its age belong together")
        if kind == "condition" and "after" in values and values.get("asked") == "school_hours":
            self._fault(self._line(index, "after"), "after", "after a time or in school hours, not both")

    def _programs(self, index: int, kind: str, values: dict[str, Any]) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for name, changes in values.pop("programs", {}).items():
            line = self._line(index, "programs")
            if name not in _PROGRAM_NAMES or not isinstance(changes, dict):
                known = ", ".join(_PROGRAM_NAMES)
                self._fault(line, "programs", f"{_shown(name)} is no table of a program; expected {known}")
                continue
            found[name] = {}
            for key, value in changes.items():
                check = _PROGRAMS[kind].get(key)
                if check is None:
                    self._fault(line, "programs", f"{_shown(key)} cannot change in a program")
                    continue
                try:
                    found[name][key] = check(value)
                except _BadValue as error:
                    self._fault(line, "programs", str(error))
        return found


def _build(values: dict[str, Any], programs: Mapping[str, Mapping[str, Any]]) -> Rule:
    kind, code = values["kind"], values["code"]
    common: dict[str, Any] = {
        name: values[name]
        for name in ("code", "kind", "citation", "source", "sure", "effective", "until", "issuer")
        if name in values
    }
    common["text"] = MappingProxyType({"en": values["en"], "es": values["es"]})
    common["gates"] = values.get("gates", values["sure"] != "G")
    common["not_with"] = frozenset(values.get("not_with", ()))
    if kind in ("permit", "condition"):
        common["condition"] = "permit" if kind == "permit" else f"{CONDITION}:{code}"
        return _condition(values, common)
    if kind == "note":
        return Note(**common, about=values["about"])
    if "min_age" in values:
        exemption = {key: values[key] for key in ("exemption_age", "exemption_citation") if key in values}
        return AgeRule(**common, min_age=values["min_age"], **exemption)
    rule = HoursRule(**common, **_figures(values))
    changed = {name: _in_program(rule, change) for name, change in programs.items()}
    return replace(rule, programs=MappingProxyType(changed))


def _condition(values: Mapping[str, Any], common: dict[str, Any]) -> Rule:
    """A condition of everybody under an age, or only of work at some times."""
    if "after" in values:
        return HoursRule(**common, under_age=values["under_age"], limit=values["after"])
    if values["asked"] == "school_hours":
        return HoursRule(**common, under_age=values["under_age"], scope="school")
    return AgeRule(**common, min_age=values["under_age"])


def _figures(values: Mapping[str, Any]) -> dict[str, Any]:
    named = {"hours": "limit", "time": "limit", "most_days": "limit",
             "days": "scope", "weeks": "scope", "before": "scope"}  # fmt: skip
    found = {named[key]: value for key, value in values.items() if key in named}
    if "summer_time" in values:
        found["summer"] = Summer(values["summer_first"], values["summer_last"], values["summer_time"])
    return {"under_age": values["under_age"], **found}


def _in_program(rule: HoursRule, change: Mapping[str, Any]) -> HoursRule:
    named = {"hours": "limit", "hours_in_school_hours": "school_hours_limit",
             "days_in_cycle": "cycle", "open": "open"}  # fmt: skip
    return replace(rule, **{named[key]: value for key, value in change.items()})
