"""The law as data: one TOML file a jurisdiction (``us.toml``, ``us-la.toml`` …), and a district's own.

A file is a list of rules: codes, figures, citations, sources and how sure they are. The head of
``us.toml`` says what each kind of rule means and how it is applied. Every rule of every file that
holds is applied on its own, so the stricter one decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType

_FOLDER = Path(__file__).parent

Words = Mapping[str, str]
"""A few words by language (``en``, ``es``)."""

CONDITION = "law"
"""``law:CODE`` is the condition of a rule that asks for something other than a work permit."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of law.

    Attributes
    ----------
    kind
        One of the kinds that the head of ``us.toml`` describes.
    sure
        V, V2 or G. A rule that is merely G and does not say ``gates`` is never asked.
    effective, until
        First and last date on which it holds; None where not known, or no end.
    not_with
        Credentials whose holders the rule does not protect (``diploma``).
    condition
        What the rule asks to be arranged (``permit``, ``law:CODE``); "" for a rule that excludes.
    issuer
        Who gives the paper that a condition asks for, in words.
    """

    code: str
    kind: str
    citation: str
    source: str
    sure: str
    text: Words
    effective: date | None = None
    until: date | None = None
    gates: bool = True
    not_with: frozenset[str] = frozenset()
    condition: str = ""
    issuer: Words | None = None

    def holds(self, day: int) -> bool:
        """Whether the rule is in force on a date (ordinal)."""
        begun = self.effective is None or self.effective.toordinal() <= day
        return begun and (self.until is None or day <= self.until.toordinal())

    @property
    def asked(self) -> bool:
        """Whether the rule is applied at all: what nobody has checked excludes nobody."""
        return bool(self.condition) or self.gates


@dataclass(frozen=True, slots=True)
class AgeRule(Rule):
    """A rule that asks for an age on the first day: to work at all, to drive, for a task.

    ``exemption_age`` is the age from which a student-learner or registered apprentice may do the
    task under an agreement; None where there is no such exemption. With a ``condition`` it is
    those *under* ``min_age`` of whom something is asked.
    """

    min_age: int = 0
    exemption_age: int | None = None
    exemption_citation: str = ""


@dataclass(frozen=True, slots=True)
class Summer:
    """Dates on which another time of day holds: from month and day ``first`` through ``last``."""

    first: tuple[int, int]
    last: tuple[int, int] | None  # None: Labor Day
    time: int  # minutes after midnight

    def holds(self, day: date) -> bool:
        """Whether a date lies in this summer."""
        if (day.month, day.day) < self.first:
            return False
        return day <= labor_day(day.year) if self.last is None else (day.month, day.day) <= self.last


@dataclass(frozen=True, slots=True)
class HoursRule(Rule):
    """A rule about when and how long those under ``under_age`` may work.

    Attributes
    ----------
    limit
        Minutes of work or of rest; minutes after midnight for ``earliest`` and ``latest``; days for
        ``week_days``.
    scope
        ``school``, ``other`` or ``any`` days or weeks; ``24h`` for any 24 hours. Of ``latest`` it
        is the next date that must be a school day.
    school_hours_limit
        Of ``day_hours``: the limit on a day whose work touches school hours, None for no other.
    open, cycle
        Of ``school_hours``: whether work in school hours is free; on how many days of each week of
        a cycle it is allowed.
    programs
        The rule as each labor program changes it.
    """

    under_age: int = 0
    limit: int = 0
    scope: str = "any"
    summer: Summer | None = None
    school_hours_limit: int | None = None
    open: bool = False
    cycle: tuple[int, ...] = ()
    programs: Mapping[str, HoursRule] = field(default_factory=lambda: MappingProxyType({}))

    def limit_on(self, day: int) -> int:
        """The limit of a date (ordinal): the evening is later in summer."""
        if self.summer is not None and self.summer.holds(date.fromordinal(day)):
            return self.summer.time
        return self.limit

    def for_program(self, labor_program: str) -> HoursRule:
        """The rule as it holds in a labor program."""
        return self.programs.get(labor_program, self)

    @property
    def says(self) -> str:
        """Which sentence of the catalogue speaks of a breach: ``law_`` and this."""
        school = self.scope == "school"
        if self.kind in ("day_hours", "week_hours"):
            span = "24h" if self.scope == "24h" else self.kind.split("_")[0]
            return f"hours_{'school_' if school else ''}{span}"
        if self.kind == "earliest":
            return "hours_early_school" if school else "hours_early"
        if self.kind == "latest":
            return "hours_late_school" if school else "hours_late" if self.summer else "hours_late_daily"
        return {"school_hours": "hours_school", "flexible": "hours_flexible"}.get(self.kind, self.kind)


@dataclass(frozen=True, slots=True)
class Note(Rule):
    """What else the law says about some rules, for people to read; nothing is decided by it."""

    about: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All rules of one jurisdiction or district, in the order of the file."""

    jurisdiction: str
    name: Words
    rules: tuple[Rule, ...]
    overlay: bool = False  # a district's own file

    @property
    def tasks(self) -> dict[str, AgeRule]:
        """Rules of single tasks, by hazard code."""
        return {r.code: r for r in self.rules if isinstance(r, AgeRule) and r.kind == "task"}

    @property
    def hours_rules(self) -> dict[str, HoursRule]:
        """Rules about hours that exclude, by code."""
        return {r.code: r for r in self.rules if isinstance(r, HoursRule) and not r.condition}

    @property
    def minimum_age(self) -> AgeRule:
        """The rule about working at all (the first, where a file has several)."""
        return next(r for r in self.rules if isinstance(r, AgeRule) and r.kind == "minimum_age")

    @property
    def driving(self) -> AgeRule:
        """The rule about driving."""
        return next(r for r in self.rules if isinstance(r, AgeRule) and r.kind == "driving")


def labor_day(year: int) -> date:
    """The first Monday of September (5 U.S.C. 6103)."""
    first = date(year, 9, 1)
    return first.replace(day=1 + (7 - first.weekday()) % 7)


@cache
def jurisdictions() -> tuple[str, ...]:
    """Jurisdictions whose rules ship with the engine, e.g. ``("US", "US-CO", …)``."""
    return tuple(sorted(path.stem.upper() for path in _FOLDER.glob("*.toml")))


@cache
def load_rules(jurisdiction: str = "US") -> RuleSet:
    """Rules of a jurisdiction, read once.

    Raises
    ------
    KeyError
        No rules ship for it; :func:`jurisdictions` lists those that do.
    """
    from matching.eligibility.labor_rules.reading import parse_rules

    if jurisdiction not in jurisdictions():
        raise KeyError(jurisdiction)
    name = f"{jurisdiction.lower()}.toml"
    return parse_rules((_FOLDER / name).read_text("utf-8"), name)


def rule_sets(names: Iterable[str], overlays: Mapping[str, str] = MappingProxyType({})) -> list[RuleSet]:
    """The rules of some jurisdictions and of a district's own files, in this order.

    Parameters
    ----------
    names
        Jurisdictions that ship.
    overlays
        Text of each overlay file by its name.

    Raises
    ------
    RuleFaults
        An overlay is not well formed, or a code of it is already taken by another file.
    """
    from matching.eligibility.labor_rules.reading import parse_overlays

    return [*(load_rules(name) for name in names), *parse_overlays(overlays)]


def hazard_codes(overlays: Mapping[str, str] = MappingProxyType({})) -> frozenset[str]:
    """Every code that ``hazards`` may hold: of all jurisdictions that ship and of some overlays.

    Raises
    ------
    RuleFaults
        An overlay is not well formed.
    """
    return frozenset(code for rules in rule_sets(jurisdictions(), overlays) for code in rules.tasks)


def find_rule(code: str) -> Rule | None:
    """The rule with this code in any jurisdiction that ships, or None."""
    found = _by_code().get(code)
    return found[1] if found else None


def find_jurisdiction(code: str) -> Words:
    """The name, by language, of the jurisdiction whose rule this is.

    Raises
    ------
    KeyError
        No rule has this code.
    """
    return _by_code()[code][0].name


@cache
def _by_code() -> Mapping[str, tuple[RuleSet, Rule]]:
    return {rule.code: (rules, rule) for rules in map(load_rules, jurisdictions()) for rule in rules.rules}
