"""A rule file to a :class:`RuleSet`, with everything that is wrong with it by line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
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
from matching.eligibility.labor_rules.keys import (
    COMMON,
    KINDS,
    NEEDED,
    PROGRAM_NAMES,
    PROGRAMS,
    SUMMER,
    TOP,
    BadValue,
    as_text,
    as_words,
    shown,
)
from matching.said import said

_PLACE = re.compile(r"(?P<why>.*) \(at line (?P<line>\d+), column (?P<column>\d+)\)")
_AT_END = " (at end of document)"
_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{1,39}")
_HEADER = re.compile(r"\s*\[\[\s*rules\s*\]\]")
_KEY = re.compile(r"\s*(?:\[\s*rules\s*\.\s*)?([A-Za-z_]+)\s*[.=]")


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
                message = said(
                    '"{code}" is a code of {file} already; choose one of your own',
                    code=rule.code,
                    file=taken[rule.code],
                )
                faults.append(RuleFault(name, line, "code", message))
            taken[rule.code] = name
        found.append(replace(rules, overlay=True))
    if faults:
        raise RuleFaults(faults)
    return found


def _line_of_code(text: str, code: str) -> int:
    lines = text.split("\n")
    return next((i for i, line in enumerate(lines, 1) if code in line and "code" in line), 1)


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
        # The files package imports this one.
        from matching.files.toml_lines import parse_toml, syntax_words

        try:
            return parse_toml(text)
        except tomllib.TOMLDecodeError as error:
            line, message = 1, said("this is not valid TOML: {why}", why=str(error))
            if place := _PLACE.fullmatch(str(error)):
                line = int(place["line"])
                message = said(
                    "this is not valid TOML: {why} (at line {line}, column {column})",
                    why=syntax_words(place["why"]),
                    line=line,
                    column=place["column"],
                )
            elif str(error).endswith(_AT_END):
                why = syntax_words(str(error).removesuffix(_AT_END))
                message = said("this is not valid TOML: {why} (at end of document)", why=why)
            self._fault(line, "rules", message)
        except ValueError as error:
            self._fault(1, "rules", str(error))
        raise RuleFaults(self._faults)

    def _fault(self, line: int, column: str, message: str) -> None:
        self._faults.append(RuleFault(self._name, line, column, message))

    def rule_set(self) -> RuleSet:
        for key in self._data:
            if key not in TOP:
                message = said("unknown key; expected one of {keys}", keys=", ".join(TOP))
                self._fault(self._line(None, key), key, message)
        jurisdiction = self._top("jurisdiction", as_text)
        name = self._top("name", as_words)
        tables = self._data.get("rules")
        if not isinstance(tables, list) or not tables:
            message = said("there are none; expected tables [[rules]]")
            self._fault(self._line(None, "rules"), "rules", message)
            tables = []
        self._count = len(tables)
        rules = [rule for i, table in enumerate(tables) if (rule := self._rule(i, table)) is not None]
        seen: set[str] = set()
        for i, rule in enumerate(rules):
            if rule.code in seen:
                message = said('"{code}" is the code of two rules', code=rule.code)
                self._fault(self._line(i, "code"), "code", message)
            seen.add(rule.code)
        if self._faults:
            raise RuleFaults(self._faults)
        return RuleSet(jurisdiction, name, tuple(rules))

    def _top(self, key: str, check: Callable[[Any], Any]) -> Any:
        try:
            return check(self._data.get(key))
        except BadValue as error:
            missing = key not in self._data
            message = said("it is missing") if missing else str(error)
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
            message = said("{value} is not a table of keys and values", value=shown(table))
            self._fault(1, "rules", message)
            return None
        kind = table.get("kind")
        if not isinstance(kind, str) or kind not in KINDS:
            known = ", ".join(KINDS)
            message = said("{kind} is no kind; expected {known}", kind=shown(kind), known=known)
            self._fault(self._line(index, "kind"), "kind", message)
            return None
        needed, optional = KINDS[kind]
        checks = {**COMMON, **needed, **optional}
        values: dict[str, Any] = {}
        for key, value in table.items():
            if key not in checks:
                message = said("unknown key of the kind {kind}", kind=kind)
                self._fault(self._line(index, key), key, message)
                continue
            try:
                values[key] = checks[key](value)
            except BadValue as error:
                self._fault(self._line(index, key), key, str(error))
        for key in (*NEEDED, *needed):
            if key not in table:
                message = said("it is missing; the kind {kind} needs it", kind=kind)
                self._fault(self._line(index, "code"), key, message)
        self._across(index, kind, values)
        programs = self._programs(index, kind, values)
        return None if len(self._faults) > before else _build(values, programs)

    def _across(self, index: int, kind: str, values: Mapping[str, Any]) -> None:
        """What values imply for one another."""
        if "code" in values and not _CODE.fullmatch(values["code"]):
            message = said(
                "{code} is not a code of capital letters, digits and hyphens", code=shown(values["code"])
            )
            self._fault(self._line(index, "code"), "code", message)
        summer = [key for key in SUMMER if key in values]
        if summer and len(summer) < len(SUMMER):
            message = said("a summer needs a time, a first and a last day")
            self._fault(self._line(index, summer[0]), summer[0], message)
        if ("exemption" in values) != ("exemption_age" in values):
            message = said("an exemption and its age belong together")
            self._fault(self._line(index, "code"), "exemption", message)
        if kind == "condition" and "after" in values and values.get("asked") == "school_hours":
            message = said("after a time or in school hours, not both")
            self._fault(self._line(index, "after"), "after", message)

    def _programs(self, index: int, kind: str, values: dict[str, Any]) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for name, changes in values.pop("programs", {}).items():
            line = self._line(index, "programs")
            if name not in PROGRAM_NAMES or not isinstance(changes, dict):
                known = ", ".join(PROGRAM_NAMES)
                message = said(
                    "{name} is no table of a program; expected {known}", name=shown(name), known=known
                )
                self._fault(line, "programs", message)
                continue
            found[name] = {}
            for key, value in changes.items():
                check = PROGRAMS[kind].get(key)
                if check is None:
                    message = said("{key} cannot change in a program", key=shown(key))
                    self._fault(line, "programs", message)
                    continue
                try:
                    found[name][key] = check(value)
                except BadValue as error:
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
