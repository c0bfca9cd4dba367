"""A round as the oracle reads it: the text of its files, by identifier."""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
GOALS = ["placed", "priority", "floors", "utility"]

Pair = tuple[str, str]
Span = tuple[int, int]


@dataclass
class Round:
    """The tables of a round as text, by identifier."""

    students: dict[str, dict[str, str]]
    opportunities: dict[str, dict[str, str]]
    schools: dict[str, dict[str, str]]
    ranks: dict[Pair, tuple[int, int | None]]
    refused: set[Pair]
    pins: dict[Pair, str]
    growth: dict[Pair, float]
    listed: dict[Pair, int] | None
    limits: list[dict[str, str]] = field(default_factory=list)
    companions: dict[Pair, str] = field(default_factory=dict)  # relation by two students
    budgets: dict[str, str] = field(default_factory=dict)
    letters: dict[date, str] = field(default_factory=dict)  # day letters of calendar.csv
    sessions: dict[date, bool] = field(default_factory=dict)  # its dates in session or not
    overlays: list[str] = field(default_factory=list)  # a district's rule files, by name
    policy: dict[str, Any] = field(default_factory=dict)

    def setting(self, table: str, key: str, default: Any) -> Any:
        return self.policy.get(table, {}).get(key, default)

    @property
    def goals(self) -> list[str]:
        return list(self.setting("objective", "goals", GOALS))


def read(files: Mapping[str, bytes]) -> Round:
    """Read the files of a well-formed round."""

    def rows(name: str) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(files.get(name, b"").decode("utf-8-sig"))))

    def by_pair(name: str, column: str) -> dict[Pair, str]:
        return {(row["student_id"], row["opportunity_id"]): row.get(column, "") for row in rows(name)}

    policy = tomllib.loads(files.get("policy.toml", b"").decode())
    overlays = sorted(policy.get("law", {}).get("overlays", []))
    listed = by_pair("eligible.csv", "utility") if "eligible.csv" in files else None
    back = by_pair("preferences.csv", "opportunity_rank")
    return Round(
        students={row["student_id"]: row for row in rows("students.csv")},
        opportunities={row["opportunity_id"]: row for row in rows("opportunities.csv")},
        schools={row["school_id"]: row for row in rows("schools.csv")},
        ranks={
            pair: (int(rank), int(back[pair]) if back[pair] else None)
            for pair, rank in by_pair("preferences.csv", "rank").items()
        },
        refused=set(by_pair("refusals.csv", "")),
        pins=by_pair("pins.csv", "decision"),
        growth={pair: float(value) for pair, value in by_pair("growth.csv", "value").items()},
        listed=None if listed is None else {pair: int(value) for pair, value in listed.items()},
        limits=rows("limits.csv"),
        companions={(row["student_a"], row["student_b"]): row["relation"] for row in rows("pairs.csv")},
        budgets={row["budget_id"]: row["amount"] for row in rows("budgets.csv")},
        letters={date.fromisoformat(row["date"]): row.get("day_letter", "") for row in rows("calendar.csv")},
        sessions={
            date.fromisoformat(row["date"]): row["in_session"] == "yes" for row in rows("calendar.csv")
        },
        overlays=[files[name].decode() for name in overlays],
        policy=policy,
    )


# --- cells ---------------------------------------------------------------------------------------


def cell(row: Mapping[str, str], name: str, default: str = "") -> str:
    return row.get(name) or default


def items(row: Mapping[str, str], name: str, default: str = "") -> set[str]:
    return set(filter(None, cell(row, name, default).split(";")))


@dataclass(frozen=True)
class Free:
    """A window: of a weekday (0 Monday), of a date or of the dates with a day letter."""

    on: int | date | str
    start: int
    end: int

    def holds_on(self, day: date) -> bool:
        return self.on == day or self.on == day.weekday()


def windows(text: str) -> list[Free]:
    found = []
    for item in filter(None, text.split(";")):
        name, times = item.split()
        start, end = (int(t[:2]) * 60 + int(t[3:]) for t in times.split("-"))
        on = DAYS.index(name) if name in DAYS else name if len(name) == 1 else date.fromisoformat(name)
        found.append(Free(on, start, end))
    return found


def minutes_of(spans: list[Span]) -> set[int]:
    return {minute for start, end in spans for minute in range(start, end)}


def stretches(minutes: set[int]) -> int:
    """Minutes in stretches of two hours or more."""
    total, run = 0, 0
    for minute in range(24 * 60 + 1):
        if minute in minutes:
            run += 1
        else:
            total += run if run >= 120 else 0
            run = 0
    return total
