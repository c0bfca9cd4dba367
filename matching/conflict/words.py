"""A conflict in plain words, and in the identifiers and numbers of summary.json."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from matching.conflict.rules import Change, Rule, number_of
from matching.problem import MONEY_SCALE, Problem

if TYPE_CHECKING:
    from matching.conflict import Conflict

_SCOPES = {
    "employer": "the employer",
    "site": "the site",
    "school": "the school",
    "program": "the program",
    "group": "the group",
    "kind": "the kind",
}


def message(conflict: Conflict) -> str:
    """The rules, each with its place, and the repairs."""
    problem, rules = conflict.problem, conflict.rules
    if len(rules) == 1:
        lines = ["What is required cannot hold. This alone is impossible:"]
    else:
        lines = [f"What is required cannot all hold. These {len(rules)} conflict:"]
    lines += [f"  {_place(problem, rule)}: {_said(problem, rule)}" for rule in rules]
    if len(rules) > 1:
        known = "No smaller set conflicts." if conflict.is_smallest else "No smaller set was found."
        lines.append(f"{known} Without any one of them the others can hold.")
    if not conflict.repairs:
        lines.append("No repair was found.")
    else:
        lines.append("Each of these repairs the round, the smallest change first:")
        lines += [f"  {_repair(problem, changes)}" for changes in conflict.repairs]
    if not conflict.repairs_complete:
        lines.append("Not every possible repair was looked at.")
    return "\n".join(lines)


def record(conflict: Conflict) -> dict[str, Any]:
    """``conflict``, ``smallest``, ``repair``, ``repairs_complete`` and ``proof`` of summary.json."""
    problem = conflict.problem
    return {
        "conflict": [_record(problem, rule) for rule in conflict.rules],
        "smallest": conflict.is_smallest,
        "repair": [[_changed(problem, change) for change in changes] for changes in conflict.repairs],
        "repairs_complete": conflict.repairs_complete,
        "proof": dict(conflict.proof) if conflict.proof is not None else None,
    }


def _place(problem: Problem, rule: Rule) -> str:
    """File, and line where it is known, of a rule."""
    if rule.kind == "pin":
        return f"pins.csv:{int(problem.pins.line[rule.row])}"
    if rule.kind == "limit":
        return f"limits.csv:{int(problem.limits.line[rule.row])}"
    if rule.kind in ("together", "apart"):
        return f"pairs.csv:{int(problem.companions.line[rule.row])}"
    files = {"budget": "budgets.csv", "van_seats": "schools.csv"}
    return files.get(rule.kind, "opportunities.csv")


def _said(problem: Problem, rule: Rule) -> str:
    number, opportunities = number_of(problem, rule), problem.opportunities.ids
    if rule.kind == "pin":
        place = int(problem.pins.opportunity[rule.row])
        seats = int(problem.opportunities.seats[place])
        student = problem.students.ids[int(problem.pins.student[rule.row])]
        return f"student {student} is required at {opportunities[place]}, which has {_seats(seats)}"
    if rule.kind == "limit":
        word = "at least" if rule.bound == "min" else "at most"
        return f"{word} {_students(number)} of {_limited(problem, rule)}"
    if rule.kind == "van_seats":
        return f"the van of {problem.schools.ids[rule.row]} has {_seats(number)}"
    if rule.kind == "budget":
        return f"the budget {problem.budgets.ids[rule.row]} is {_money(number)}"
    if rule.kind == "min_students":
        return f"{opportunities[rule.row]} runs with at least {_students(number)} or none"
    if rule.kind == "seats":
        return f"{opportunities[rule.row]} has {_seats(number)}"
    first, second = _companions(problem, rule)
    return f"{first} and {second} {_relation(rule)}"


def _repair(problem: Problem, changes: Sequence[Change]) -> str:
    said = ", and ".join(_change(problem, change) for change in changes)
    return f"{said[:1].upper()}{said[1:]}."


def _change(problem: Problem, change: Change) -> str:
    rule, before, after = change.rule, change.before, change.after
    if rule.kind == "pin":
        student = problem.students.ids[int(problem.pins.student[rule.row])]
        place = problem.opportunities.ids[int(problem.pins.opportunity[rule.row])]
        return f"withdraw the pin of {student} at {place} ({_place(problem, rule)})"
    if rule.kind in ("together", "apart"):
        first, second = _companions(problem, rule)
        return f"take out that {first} and {second} {_relation(rule)} ({_place(problem, rule)})"
    assert after is not None
    verb = "raise" if after > before else "lower"
    if rule.kind == "budget":
        return f"{verb} the budget {problem.budgets.ids[rule.row]} from {_money(before)} to {_money(after)}"
    if rule.kind == "van_seats":
        what = f"the van seats of {problem.schools.ids[rule.row]}"
    elif rule.kind == "limit":
        bound = "smallest" if rule.bound == "min" else "largest"
        what = f"the {bound} number of {_limited(problem, rule)} ({_place(problem, rule)})"
    elif rule.kind == "min_students":
        what = f"min_students of {problem.opportunities.ids[rule.row]}"
    else:
        what = f"the seats of {problem.opportunities.ids[rule.row]}"
    return f"{verb} {what} from {before} to {after}"


def _relation(rule: Rule) -> str:
    return "go together" if rule.kind == "together" else "stay apart"


def _limited(problem: Problem, rule: Rule) -> str:
    limits = problem.limits
    return f"{_SCOPES[limits.scope[rule.row]]} {limits.ids[rule.row]}"


def _companions(problem: Problem, rule: Rule) -> tuple[str, str]:
    table, ids = problem.companions, problem.students.ids
    return ids[int(table.first[rule.row])], ids[int(table.second[rule.row])]


def _record(problem: Problem, rule: Rule) -> dict[str, Any]:
    named = _named(problem, rule)
    if rule.kind not in ("pin", "together", "apart"):
        named["value"] = _amount(rule, number_of(problem, rule))
    named["file"], _, line = _place(problem, rule).partition(":")
    return named | ({"line": int(line)} if line else {})


def _changed(problem: Problem, change: Change) -> dict[str, Any]:
    named = _named(problem, change.rule)
    if change.after is None:
        return named | {"withdraw": True}
    return named | {"from": _amount(change.rule, change.before), "to": _amount(change.rule, change.after)}


def _named(problem: Problem, rule: Rule) -> dict[str, Any]:
    """The kind of a rule and whom it is about."""
    if rule.kind == "pin":
        about = {
            "student_id": problem.students.ids[int(problem.pins.student[rule.row])],
            "opportunity_id": problem.opportunities.ids[int(problem.pins.opportunity[rule.row])],
        }
    elif rule.kind == "limit":
        limits = problem.limits
        about = {"scope": limits.scope[rule.row], "id": limits.ids[rule.row], "bound": rule.bound}
    elif rule.kind == "van_seats":
        about = {"school_id": problem.schools.ids[rule.row]}
    elif rule.kind == "budget":
        about = {"budget_id": problem.budgets.ids[rule.row]}
    elif rule.kind in ("together", "apart"):
        first, second = _companions(problem, rule)
        about = {"student_a": first, "student_b": second}
    else:
        about = {"opportunity_id": problem.opportunities.ids[rule.row]}
    return {"kind": rule.kind, **about}


def _amount(rule: Rule, number: int) -> int | float:
    return number / MONEY_SCALE if rule.kind == "budget" else number


def _students(number: int) -> str:
    return "1 student" if number == 1 else f"{number} students"


def _seats(number: int) -> str:
    return {0: "no seat", 1: "1 seat"}.get(number, f"{number} seats")


def _money(amount: int) -> str:
    return f"{amount / MONEY_SCALE:.4f}".rstrip("0").rstrip(".")
