"""The smallest set of rules that cannot hold together.

A minimal set comes from dropping rule after rule. A smallest one comes from the other side: every
conflict has a rule in common with whatever one choice of pairs leaves out, so a smallest set that
meets all such remainders is a lower bound, and where it conflicts it is a smallest conflict
(implicit hitting sets; Ignatiev, Previti, Liffiton and Marques-Silva 2015).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from matching.conflict.holds import holds
from matching.conflict.oracle import Oracle, OutOfTime
from matching.conflict.rules import Change, Rule

MOST_ROUNDS = 60
"""Hitting sets that are tried before it is left open whether a smaller conflict exists."""

MOST_RULES = 400
"""Of larger rounds the conflict is minimal, not always smallest."""

_GROWN = 6  # rules that are tried on top of each choice: fewer remainders have to be met then


def minimal(oracle: Oracle, rules: Sequence[Rule], changes: Sequence[Change] = ()) -> tuple[Rule, ...] | None:
    """A set of rules that cannot hold, though the others do without any one of it; None where all hold.

    Raises
    ------
    OutOfTime
        Before it was known whether all hold.
    """
    answer = oracle.ask(rules, changes)
    if answer.chosen is not None:
        return None
    kept = _narrowed(oracle, list(rules), changes, answer.proof)
    place = len(kept) - 1
    # Chunks first: most rules of a large round have nothing to do with its conflict.
    chunk = max(1, len(kept) // 4)
    try:
        while place >= 0:
            first = max(0, place - chunk + 1)
            without = kept[:first] + kept[place + 1 :]
            answer = oracle.ask(without, changes)
            if answer.chosen is None:
                kept = without
                place = first - 1
            elif chunk > 1:
                chunk = max(1, chunk // 2)
            else:
                place -= 1
    except OutOfTime:
        return tuple(kept)
    return tuple(kept)


def _narrowed(
    oracle: Oracle, rules: list[Rule], changes: Sequence[Change], proof: Mapping[str, Any] | None
) -> list[Rule]:
    """The rules that a proof names, where they alone conflict already; else all of them."""
    if proof is None or len(rules) < _GROWN:
        return rules
    named = _named(oracle, rules, proof)
    if len(named) == len(rules):
        return rules
    answer = oracle.ask(named, changes)
    return named if answer.chosen is None else rules


def _named(oracle: Oracle, rules: Iterable[Rule], proof: Mapping[str, Any]) -> list[Rule]:
    problem = oracle.problem
    names: set[tuple[str, ...]] = set()
    students: set[str] = set()
    opportunities: set[str] = set()
    for prices in _leaves(proof):
        names |= {tuple(row[:-1]) for row in prices.get("rows", ())}
        students |= prices["students"].keys()
        opportunities |= prices["opportunities"].keys()
    limits, pins, companions = problem.limits, problem.pins, problem.companions
    found = []
    for rule in rules:
        if rule.kind == "limit":
            name = (limits.scope[rule.row], limits.ids[rule.row])
            used = bool({("limit", *name), ("floor", *name)} & names)
        elif rule.kind == "pin":
            used = problem.students.ids[int(pins.student[rule.row])] in students
            used |= problem.opportunities.ids[int(pins.opportunity[rule.row])] in opportunities
        elif rule.kind == "budget":
            used = ("budget", problem.budgets.ids[rule.row]) in names
        elif rule.kind == "van_seats":
            used = ("van", problem.schools.ids[rule.row]) in names
        elif rule.kind in ("together", "apart"):
            both = (companions.first[rule.row], companions.second[rule.row])
            pair = tuple(problem.students.ids[int(student)] for student in both)
            used = any(name[0] == rule.kind and name[1:3] == pair for name in names)
        else:
            used = True
        if used:
            found.append(rule)
    return found


def _leaves(proof: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if "prices" in proof:
        return [proof["prices"]]
    node = proof.get("cases", proof)
    if "prices" in node:
        return [node["prices"]]
    return [*_leaves(node["below"]), *_leaves(node["above"])]


def smallest(oracle: Oracle, rules: Sequence[Rule], known: tuple[Rule, ...]) -> tuple[tuple[Rule, ...], bool]:
    """A conflict of fewest rules, and whether it is known that there is no smaller one.

    Parameters
    ----------
    known
        A minimal conflict: the answer where no smaller one is found.
    """
    if len(known) <= 1:
        return known, True
    if len(rules) > MOST_RULES:
        return known, False
    remainders: list[frozenset[Rule]] = []
    try:
        for _ in range(MOST_ROUNDS):
            meeting = _fewest(rules, remainders)
            if len(meeting) >= len(known):
                return known, True
            answer = oracle.ask(meeting)
            if answer.chosen is None:
                return tuple(sorted(meeting, key=rules.index)), True
            remainders.append(_remainder(oracle, rules, meeting, answer.chosen))
    except OutOfTime:
        pass
    return known, False


def _remainder(oracle: Oracle, rules: Sequence[Rule], kept: Collection[Rule], chosen: Any) -> frozenset[Rule]:
    """The rules that a choice breaks, after some of them were added to what it has to keep."""
    for _ in range(_GROWN):
        met = {rule for rule in rules if rule in kept or holds(oracle.problem, oracle.scored, rule, chosen)}
        for rule in rules:
            if rule not in met:
                answer = oracle.ask([*met, rule])
                if answer.chosen is not None:
                    kept, chosen = {*met, rule}, answer.chosen
                    break
        else:
            break
    return frozenset(
        rule for rule in rules if rule not in kept and not holds(oracle.problem, oracle.scored, rule, chosen)
    )


def _fewest(rules: Sequence[Rule], remainders: Sequence[frozenset[Rule]]) -> tuple[Rule, ...]:
    """A smallest set of rules with one of each remainder."""
    if not remainders:
        return ()
    from scipy.optimize import Bounds, LinearConstraint, milp

    table = np.array([[rule in remainder for rule in rules] for remainder in remainders], dtype=np.float64)
    answer = milp(
        np.ones(len(rules)),
        constraints=LinearConstraint(table, lb=1),
        integrality=np.ones(len(rules), np.int64),
        bounds=Bounds(0, 1),
    )
    assert answer.x is not None  # all rules together meet every remainder
    return tuple(rule for rule, taken in zip(rules, answer.x.tolist(), strict=True) if taken > 0.5)
