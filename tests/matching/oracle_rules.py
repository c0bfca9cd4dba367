"""The rule files as the oracle reads them, and ages."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from matching.eligibility import labor_rules
from tests.matching.oracle_round import Free, Round, cell, windows

OBSERVED_KINDS = {"career_talk", "site_visit", "job_shadow", "mentorship", "simulated"}


Row = dict[str, str]


Rule = dict[str, Any]


@cache
def shipped(jurisdiction: str) -> list[Rule]:
    folder = Path(labor_rules.__file__).parent
    rules: list[Rule] = tomllib.loads((folder / f"{jurisdiction.lower()}.toml").read_text("utf-8"))["rules"]
    return rules


def rules_of(world: Round) -> list[Rule]:
    """All rules that are applied, in the order of the policy."""
    return _applied(tuple(world.setting("law", "jurisdictions", ["US"])), tuple(world.overlays))


@cache
def _applied(jurisdictions: tuple[str, ...], overlays: tuple[str, ...]) -> list[Rule]:
    found = [rule for name in jurisdictions for rule in shipped(name)]
    found += [rule for text in overlays for rule in tomllib.loads(text)["rules"]]
    papers = ("permit", "condition")
    checked = (rule for rule in found if rule["kind"] in papers or rule.get("gates", rule["sure"] != "G"))
    return [rule for rule in checked if rule["kind"] != "note"]


def holds(rule: Rule, day: date) -> bool:
    return bool(rule.get("effective", date.min) <= day <= rule.get("until", date.max))


def birthday(born: date, age: int) -> date:
    try:
        return born.replace(year=born.year + age)
    except ValueError:
        return date(born.year + age, 3, 1)


def age_on(born: date, day: date) -> int:
    return max(age for age in range(200) if birthday(born, age) <= day)


def start_of(world: Round, offer: Row) -> date | None:
    text = cell(offer, "start_date")
    if text:
        return date.fromisoformat(text)
    on_date: date | None = world.policy.get("on_date")
    named = [window.on for window in windows(cell(offer, "schedule")) if isinstance(window.on, date)]
    return on_date and min([on_date, *named])


def observed(offer: Row) -> bool:
    by_kind = "observation" if cell(offer, "kind", "internship") in OBSERVED_KINDS else "employee"
    return cell(offer, "employment", by_kind) == "observation"


ONE_DAY = timedelta(days=1)


WHOLE_DAY = (1 << 1440) - 1


def mask(start: int, end: int) -> int:
    return ((1 << (end - start)) - 1) << start


def masks(plan: list[Free]) -> int:
    found = 0
    for window in plan:
        found |= mask(window.start, window.end)
    return found


def runs(minutes: int) -> list[tuple[int, int]]:
    """Stretches without a gap."""
    found, start = [], None
    for minute in range(1441):
        if minutes >> minute & 1:
            start = minute if start is None else start
        elif start is not None:
            found.append((start, minute))
            start = None
    return found


def stretches(minutes: int) -> int:
    """Minutes in stretches of two hours or more."""
    return sum(end - start for start, end in runs(minutes) if end - start >= 120)


def sunday_of(day: date) -> date:
    return day - timedelta(days=(day.weekday() + 1) % 7)


def is_summer(rule: Rule, day: date) -> bool:
    if "summer_time" not in rule:
        return False
    first = date(day.year, *map(int, rule["summer_first"].split("-")))
    if rule["summer_last"] == "labor-day":
        last = next(date(day.year, 9, n) for n in range(1, 8) if date(day.year, 9, n).weekday() == 0)
    else:
        month, of_month = map(int, rule["summer_last"].split("-"))
        last = date(day.year, month, of_month)
    return first <= day <= last


def clock(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)
