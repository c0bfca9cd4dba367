"""An infeasible round: that the rules named really cannot all hold, and that repairs are what they say.

The conflict is proved like a goal: on the program that holds the named rules alone, with seats and
``max_placements``, prices bound from above what is nothing, and the bound is below 0. Where it is
said to be smallest, the same proof must not do without one of its rules. That no other set is
smaller, and that repairs suffice, is the solver's word: of these, the form alone is checked.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np

from matching.problem import MONEY_SCALE, UNKNOWN, Companions, IntArray, Problem
from matching.verify.cases import prove
from matching.verify.census import Census
from matching.verify.facts import Facts
from matching.verify.outputs import SUMMARY, shown, unknown_keys
from matching.verify.profiles import Profiles
from matching.verify.program import NotChecked, Objective, Program
from matching.verify.rows import Rows
from matching.verify.sides import Sides
from matching.verify.violations import Report

HEAD_KEYS = (
    "format", "status", "method", "input_digest", "seed", "policy", "versions", "seconds", "peak_memory_mib",
)  # fmt: skip
KEYS = (*HEAD_KEYS, "conflict", "smallest", "repair", "repairs_complete", "proof")
PROOF_KEYS = ("prices", "cases", "scale")
ABOUT = {
    "pin": ("student_id", "opportunity_id"),
    "limit": ("scope", "id", "bound"),
    "van_seats": ("school_id",),
    "budget": ("budget_id",),
    "together": ("student_a", "student_b"),
    "apart": ("student_a", "student_b"),
    "min_students": ("opportunity_id",),
    "seats": ("opportunity_id",),
}
"""Identifiers of a rule, by its kind."""

Key = tuple[str, ...]
"""A rule: its kind, then the identifiers of ``ABOUT``."""


def check_infeasible(
    facts: Facts,
    profiles: Profiles,
    census: Census,
    summary: Mapping[str, Any],
    files: Collection[str],
    report: Report,
) -> None:
    """Check the conflict, its proof and the repairs; no other file may stand beside the summary."""
    for name in sorted(set(files) - {SUMMARY}):
        report.add(name, "an infeasible round has no such file; its summary stands alone")
    unknown_keys(SUMMARY, "the summary", summary, KEYS, report)
    if summary.get("method") not in ("flow", "mip", "stable"):
        report.add(SUMMARY, f"method is {shown(summary.get('method'))}; expected flow, mip or stable")
    for name in ("smallest", "repairs_complete"):
        if not isinstance(summary.get(name), bool):
            report.add(SUMMARY, f"{name} is {shown(summary.get(name))}; expected true or false")
    rules = rules_of(facts.problem)
    conflict = _read_conflict(rules, summary.get("conflict"), report)
    if conflict is None:
        return
    _check_repairs(rules, conflict, summary.get("repair"), report)
    proof = summary.get("proof")
    if not isinstance(proof, dict):
        report.add(SUMMARY, "the proof is missing: nothing shows that the conflict cannot hold")
        return
    unknown_keys(SUMMARY, "the proof", proof, PROOF_KEYS, report)
    try:
        bound = _bound(facts.problem, profiles, census, conflict, proof)
    except NotChecked as fault:
        report.add(SUMMARY, f"proof: {fault}")
    else:
        if bound >= 0:
            report.add(SUMMARY, "the proof does not show that the conflict cannot hold")
        elif summary.get("smallest") is True:
            for rule in _superfluous(facts.problem, profiles, census, conflict, proof):
                report.add(SUMMARY, f"the conflict is not smallest: it is one without {' '.join(rule)}, too")


def rules_of(problem: Problem) -> dict[Key, dict[str, Any]]:
    """Every rule that a conflict or a repair may name, with what else its record says."""
    students, offers, schools = problem.students.ids, problem.opportunities, problem.schools
    found: dict[Key, dict[str, Any]] = {}
    pins = problem.pins
    for s, o, require, line in zip(
        *_lists(pins.student, pins.opportunity, pins.require, pins.line), strict=True
    ):
        if require:
            found["pin", students[s], offers.ids[o]] = {"file": "pins.csv", "line": line}
    limits = problem.limits
    for scope, name, low, high, line in zip(
        limits.scope, limits.ids, *_lists(limits.low, limits.high, limits.line), strict=True
    ):
        for bound, value in (("min", low), ("max", high)):
            if value != UNKNOWN:
                record = {"value": value, "file": "limits.csv", "line": line}
                found["limit", scope, name, bound] = record
    for school, value in zip(schools.ids, schools.van_seats.tolist(), strict=True):
        if value != UNKNOWN:
            found["van_seats", school] = {"value": value, "file": "schools.csv"}
    for name, amount in zip(problem.budgets.ids, problem.budgets.amount.tolist(), strict=True):
        found["budget", name] = {"value": amount / MONEY_SCALE, "file": "budgets.csv"}
    two = problem.companions
    for a, b, together, line in zip(*_lists(two.first, two.second, two.together, two.line), strict=True):
        kind = "together" if together else "apart"
        found[kind, students[a], students[b]] = {"file": "pairs.csv", "line": line}
    for name, least, seats in zip(offers.ids, *_lists(offers.min_students, offers.seats), strict=True):
        found["seats", name] = {"value": seats, "file": "opportunities.csv"}
        if least > 1:
            found["min_students", name] = {"value": least, "file": "opportunities.csv"}
    return found


def _lists(*columns: Any) -> list[list[Any]]:
    return [column.tolist() for column in columns]


def _key(record: object) -> Key | None:
    """Which rule a record is about."""
    if not isinstance(record, dict) or not isinstance(record.get("kind"), str):
        return None
    names = [record.get(column) for column in ABOUT.get(record["kind"], ())]
    return (record["kind"], *map(str, names)) if all(isinstance(name, str) for name in names) else None


def _read_conflict(
    rules: Mapping[Key, Mapping[str, Any]], records: object, report: Report
) -> list[Key] | None:
    """The rules that conflict; None (and reported) where the records are not those of the round."""
    if not isinstance(records, list):
        report.add(SUMMARY, "conflict is not a list of rules")
        return None
    conflict: list[Key] = []
    for record in records:
        key = _key(record)
        # Seats always hold: they are part of every conflict, and named in none.
        if key is None or key not in rules or key[0] == "seats":
            report.add(SUMMARY, f"conflict names {shown(record)}, which is no rule of the round")
            return None
        if record != {"kind": key[0], **dict(zip(ABOUT[key[0]], key[1:], strict=True)), **rules[key]}:
            report.add(
                SUMMARY, f"conflict: {' '.join(key)} is {shown(record)}, recomputed {shown(rules[key])}"
            )
        conflict.append(key)
    if len(set(conflict)) < len(conflict):
        report.add(SUMMARY, "conflict names a rule twice")
    return conflict


def _check_repairs(
    rules: Mapping[Key, Mapping[str, Any]], conflict: Sequence[Key], repairs: object, report: Report
) -> None:
    """Each repair changes rules of the round so that it asks for less, one of the conflict's or seats."""
    if not isinstance(repairs, list) or not all(isinstance(changes, list) for changes in repairs):
        report.add(SUMMARY, "repair is not a list of lists of changes")
        return
    seen: list[list[object]] = []
    for changes in repairs:
        same = sorted(changes, key=repr)
        if same in seen:
            report.add(SUMMARY, f"repair {shown(changes)} stands here twice")
        seen.append(same)
        keys = [_key(change) for change in changes]
        for key, change in zip(keys, changes, strict=True):
            if key is None or key not in rules or not _is_change(key, rules[key], change):
                report.add(SUMMARY, f"repair: {shown(change)} is no change of a rule of the round")
        if len(set(keys)) < len(keys):
            report.add(SUMMARY, f"repair {shown(changes)} changes a rule twice")
        if not any(key is not None and (key[0] == "seats" or key in conflict) for key in keys):
            report.add(SUMMARY, f"repair {shown(changes)} leaves the whole conflict as it is")


def _is_change(key: Key, rule: Mapping[str, Any], change: Mapping[str, Any]) -> bool:
    """Whether a change takes a rule out, or moves its number to where it asks for less."""
    named = {"kind": key[0], **dict(zip(ABOUT[key[0]], key[1:], strict=True))}
    if "value" not in rule:
        return change == named | {"withdraw": True}
    after = change.get("to")
    if isinstance(after, bool) or not isinstance(after, int | float) or not 0 <= after < 10**15:
        return False
    unit = MONEY_SCALE if key[0] == "budget" else 1
    if after != round(after * unit) / unit:
        return False  # no whole number of students or seats, or no amount of money
    lowers = key[0] == "min_students" or key[-1] == "min"
    helps = after < rule["value"] if lowers else after > rule["value"]
    return helps and change == named | {"from": rule["value"], "to": after}


def _bound(
    problem: Problem, profiles: Profiles, census: Census, conflict: Sequence[Key], proof: Mapping[str, Any]
) -> int:
    """What the proof says of nothing at all: below 0 where the conflict cannot hold."""
    facts = Facts(_with_rules(problem, set(conflict)))
    rows = Rows(facts, profiles, census, Sides(facts), {})
    index = facts.student_index, facts.opportunity_index
    pins = [(index[0][key[1]], index[1][key[2]]) for key in conflict if key[0] == "pin"]
    return prove(Program(rows, pins), Objective(np.zeros(len(census.student), dtype=np.int64)), proof).bound


def _superfluous(
    problem: Problem, profiles: Profiles, census: Census, conflict: Sequence[Key], proof: Mapping[str, Any]
) -> list[Key]:
    """The rules without which the same proof still shows that the others conflict."""
    found = []
    for place, rule in enumerate(conflict):
        others = [*conflict[:place], *conflict[place + 1 :]]
        with suppress(NotChecked):  # the proof names the rule
            if _bound(problem, profiles, census, others, proof) < 0:
                found.append(rule)
    return found


def _with_rules(problem: Problem, kept: Collection[Key]) -> Problem:
    """The round with these rules alone, besides seats and ``max_placements`` (pins are told apart)."""
    limits, budgets, offers, two = problem.limits, problem.budgets, problem.opportunities, problem.companions
    names = list(zip(limits.scope, limits.ids, strict=True))
    students = problem.students.ids
    couples = np.array(
        [
            ("together" if together else "apart", students[a], students[b]) in kept
            for a, b, together in zip(*_lists(two.first, two.second, two.together), strict=True)
        ],
        dtype=bool,
    )
    with_budget = np.array([("budget", name) in kept for name in budgets.ids], dtype=bool)
    return replace(
        problem,
        limits=replace(
            limits,
            low=_where(limits.low, [("limit", *name, "min") in kept for name in names], UNKNOWN),
            high=_where(limits.high, [("limit", *name, "max") in kept for name in names], UNKNOWN),
        ),
        companions=Companions(
            two.first[couples], two.second[couples], two.together[couples], two.line[couples]
        ),
        budgets=replace(
            budgets,
            ids=tuple(name for name in budgets.ids if ("budget", name) in kept),
            amount=budgets.amount[with_budget],
        ),
        schools=replace(
            problem.schools,
            van_seats=_where(
                problem.schools.van_seats,
                [("van_seats", name) in kept for name in problem.schools.ids],
                UNKNOWN,
            ),
        ),
        opportunities=replace(
            offers,
            min_students=_where(
                offers.min_students, [("min_students", name) in kept for name in offers.ids], 0
            ),
        ),
    )


def _where(values: IntArray, kept: Sequence[bool], otherwise: int) -> IntArray:
    return np.where(np.array(kept, dtype=bool), values, otherwise)
