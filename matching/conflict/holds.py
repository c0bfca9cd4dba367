"""Whether one choice of pairs keeps to one rule, and which number it would need."""

from __future__ import annotations

import numpy as np

from matching.conflict.rules import Rule, number_of
from matching.constraints import STUDENT_SCOPES, members_of, seat_costs, sites
from matching.eligibility import van_only
from matching.pairs import Scored
from matching.problem import IntArray, Problem


def holds(problem: Problem, scored: Scored, rule: Rule, chosen: IntArray) -> bool:
    """Whether ``chosen`` (indices of pairs) keeps to the rule."""
    student, opportunity = scored.pairs.student[chosen], scored.pairs.opportunity[chosen]
    if rule.kind == "pin":
        pins = problem.pins
        pair = (student == pins.student[rule.row]) & (opportunity == pins.opportunity[rule.row])
        return bool(pair.any())
    if rule.kind in ("together", "apart"):
        first, second = problem.companions.first[rule.row], problem.companions.second[rule.row]
        ours, theirs = opportunity[student == first], opportunity[student == second]
        if rule.kind == "together":
            return set(ours.tolist()) == set(theirs.tolist())
        site = sites(problem)
        return not np.isin(site[ours], site[theirs]).any()
    found, number = needed(problem, scored, rule, chosen), number_of(problem, rule)
    if rule.kind == "min_students":
        return found == 0 or found >= number
    return found >= number if rule.bound == "min" else found <= number


def needed(problem: Problem, scored: Scored, rule: Rule, chosen: IntArray) -> int:
    """What a choice has where the rule holds a number: the number that would just allow it."""
    student, opportunity = scored.pairs.student[chosen], scored.pairs.opportunity[chosen]
    if rule.kind in ("seats", "min_students"):
        return int((opportunity == rule.row).sum())
    if rule.kind == "budget":
        column = problem.opportunities.budget_id
        ours = np.array([value == problem.budgets.ids[rule.row] for value in column.values], np.bool_)
        return int(np.where(ours[column.codes], seat_costs(problem), 0)[opportunity].sum())
    if rule.kind == "van_seats":
        by_van = van_only(problem, scored.pairs)[chosen]
        return len(np.unique(student[by_van & (problem.students.school[student] == rule.row)]))
    scope = problem.limits.scope[rule.row]
    members = members_of(problem, scope, problem.limits.ids[rule.row])
    counted = members[student] if scope in STUDENT_SCOPES else members[opportunity]
    return len(np.unique(student[counted]))
