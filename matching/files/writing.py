"""A problem back to the files of its folder: reading them again gives the same digest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

import numpy as np

from matching.files.arrays import canonical
from matching.files.cells import format_windows
from matching.files.columns import POLICY_FILE, SPECS
from matching.files.table import write_table
from matching.problem import (
    MONEY_SCALE,
    RIASEC,
    UNKNOWN,
    Column,
    FloatArray,
    IntArray,
    PairTable,
    Policy,
    Problem,
    TravelPolicy,
)


def round_files(problem: Problem) -> dict[str, bytes]:
    """Return the files of a round's folder.

    What empty cells implied is written out, and a file that would be empty is left out. Reasons
    of pins and the names of schools are not part of a problem, so they are not in the files.
    """
    files = {
        "students.csv": _profiles("students.csv", "student_id", problem.students),
        "opportunities.csv": _profiles("opportunities.csv", "opportunity_id", problem.opportunities),
        POLICY_FILE: _policy(problem.policy).encode(),
    }
    if problem.schools.ids:
        files["schools.csv"] = _profiles("schools.csv", "school_id", problem.schools)
    preferences, pins = problem.preferences, problem.pins
    columns = {"rank": preferences.rank, "opportunity_rank": preferences.opportunity_rank}
    tables: list[tuple[str, PairTable, dict[str, Any]]] = [
        ("preferences.csv", preferences, columns),
        ("refusals.csv", problem.refusals, {}),
        ("pins.csv", pins, {"decision": np.where(pins.require, "require", "forbid")}),
        ("growth.csv", problem.growth, {"value": problem.growth.value}),
    ]
    for name, table, values in tables:
        if len(table):
            files[name] = _pairs(problem, table, values)
    if problem.eligible is not None:
        utility = {"utility": problem.eligible.utility}
        files["eligible.csv"] = _pairs(problem, problem.eligible, utility)
    return files | _side_files(problem) | _named_files(problem)


def _side_files(problem: Problem) -> dict[str, bytes]:
    """Limits, companions, budgets and the calendar, where there are any."""
    limits, companions, budgets, calendar = (
        problem.limits,
        problem.companions,
        problem.budgets,
        problem.calendar,
    )
    ids = problem.students.ids
    tables: dict[str, dict[str, Sequence[str]]] = {
        "limits.csv": {
            "scope": limits.scope,
            "id": limits.ids,
            "min": _texts("min", limits.low),
            "max": _texts("max", limits.high),
        },
        "pairs.csv": {
            "student_a": [ids[student] for student in companions.first],
            "student_b": [ids[student] for student in companions.second],
            "relation": ["together" if together else "apart" for together in companions.together],
        },
        "budgets.csv": {"budget_id": budgets.ids, "amount": _texts("amount", budgets.amount / MONEY_SCALE)},
        "calendar.csv": {
            "date": _texts("date", calendar.dates),
            "in_session": _texts("in_session", calendar.in_session),
            "day_letter": _texts("day_letter", calendar.letter),
        },
    }
    return {
        name: write_table(list(columns), zip(*columns.values(), strict=True))
        for name, columns in tables.items()
        if len(next(iter(columns.values())))
    }


def _named_files(problem: Problem) -> dict[str, bytes]:
    """The files that the policy names, as they were read."""
    files = {name: text.encode() for name, text in problem.overlays.items()}
    if problem.feed:
        files[problem.policy.travel.feed] = problem.feed_file
    return files


def _profiles(file: str, identifier: str, table: Any) -> bytes:
    columns: dict[str, Sequence[str]] = {}
    for name in SPECS[file]:
        if name == identifier:
            columns[name] = table.ids
        elif name == "riasec":
            columns[name] = [_riasec(*pair) for pair in zip(table.scores, table.letters, strict=True)]
        elif hasattr(table, name):
            columns[name] = _texts(name, getattr(table, name))
    return write_table(list(columns), zip(*columns.values(), strict=True))


def _pairs(problem: Problem, table: PairTable, values: dict[str, Any]) -> bytes:
    students = [problem.students.ids[index] for index in table.student]
    opportunities = [problem.opportunities.ids[index] for index in table.opportunity]
    rest: Iterable[Sequence[str]] = [_texts(*value) for value in values.items()]
    names = ["student_id", "opportunity_id", *values]
    return write_table(names, zip(students, opportunities, *rest, strict=True))


def _texts(name: str, values: Any) -> list[str]:
    if isinstance(values, Column):
        texts = [canonical(value) for value in values.values]
        return [texts[code] for code in values.codes]
    by_kind: dict[str, Callable[[Any], str]] = {"b": _yes_no, "i": str, "f": _decimal, "U": str}
    text_of = _BY_NAME.get(name, by_kind[values.dtype.kind])
    empty = values == UNKNOWN if values.dtype.kind == "i" else np.zeros(len(values), np.bool_)
    return ["" if nothing else text_of(value) for value, nothing in zip(values, empty, strict=True)]


def _decimal(value: float) -> str:
    return "" if np.isnan(value) else np.format_float_positional(value, trim="-")


def _yes_no(value: int) -> str:
    return "yes" if value else "no"


def _iso_date(ordinal: int) -> str:
    return date.fromordinal(int(ordinal)).isoformat()


def _riasec(scores: FloatArray, letters: IntArray) -> str:
    if np.isnan(scores[0]):
        return "".join(RIASEC[letter] for letter in letters if letter != UNKNOWN)
    return ";".join(map(_decimal, scores))


_BY_NAME: dict[str, Callable[[Any], str]] = {
    "birth_date": _iso_date,
    "start_date": _iso_date,
    "end_date": _iso_date,
    "date": _iso_date,
    "paid": _yes_no,
}


def _policy(policy: Policy) -> str:
    plain = asdict(policy)
    lines = [f"format = {policy.format}"]
    if policy.on_date:
        lines.append(f"on_date = {policy.on_date.isoformat()}")
    tables = {
        "objective": {"goals": list(policy.goals)},
        "weights": plain["weights"],
        "pairs": {"unranked": policy.unranked},
        "travel": _travel(policy.travel),
        "law": {**plain["law"], "school_hours": format_windows(policy.law.school_hours)},
        "solver": plain["solver"],
    }
    for table, values in tables.items():
        lines += ["", f"[{table}]"]
        lines += [f"{key} = {_toml(value)}" for key, value in values.items()]
    return "\n".join(lines) + "\n"


def _travel(travel: TravelPolicy) -> dict[str, Any]:
    """The table [travel], its feed and date where they are given."""
    plain = asdict(travel)
    feed, service_date = plain.pop("feed"), plain.pop("service_date")
    return plain | ({"feed": feed} if feed else {}) | ({"date": service_date} if service_date else {})


def _toml(value: Any) -> str:
    """Return a value in TOML; the strings of a policy are plain words and need no escapes."""
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{key} = {_toml(item)}' for key, item in value.items())} }}"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float):
        return np.format_float_positional(value, trim="-")
    if isinstance(value, str):
        return f'"{value}"'
    return f"[{', '.join(map(_toml, value))}]"
