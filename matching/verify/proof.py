"""The certificate: that no other choice of pairs is better, checked without any solver.

Goal by goal, prices bound the value from above by weak duality, and complementary slackness
leaves to the next goal exactly the optimal choices of the goals before it (the *face*).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from matching.problem import BoolArray, IntArray
from matching.verify.census import Census
from matching.verify.facts import Facts
from matching.verify.outputs import CERTIFICATE, shown, whole
from matching.verify.violations import Report

METHODS = ("flow", "stable")


def weights(facts: Facts, census: Census) -> dict[str, IntArray]:
    """[p] what each eligible pair adds to each goal."""
    pairs = len(census.student)
    return {
        "placed": np.ones(pairs, dtype=np.int64),
        "priority": facts.problem.students.priority[census.student],
        "floors": np.zeros(pairs, dtype=np.int64),
        "utility": census.utility,
    }


@dataclass(frozen=True, slots=True, eq=False)
class Seats:
    """The result as rows of the census: [k] places in it; pairs not in it are left out."""

    rows: IntArray

    @classmethod
    def of(cls, facts: Facts, census: Census, pairs: Sequence[tuple[int, int]]) -> Seats:
        width = max(1, len(facts.problem.opportunities))
        keys = census.student * width + census.opportunity
        wanted = np.array([s * width + o for s, o in pairs], dtype=np.int64)
        place = np.searchsorted(keys, wanted)
        inside = place < len(keys)
        place, wanted = place[inside], wanted[inside]
        return cls(place[keys[place] == wanted])


@dataclass(slots=True)
class _Face:
    """What the goals so far leave open."""

    pairs: BoolArray  # [p]
    tight_students: BoolArray  # [n] must be placed
    tight_opportunities: BoolArray  # [m] must be full


def check_certificate(
    facts: Facts,
    census: Census,
    seats: Seats,
    certificate: Mapping[str, Any],
    status: object,
    report: Report,
) -> None:
    """Check everything that certificate.json says, and that it proves what ``status`` claims."""
    if whole(certificate.get("format")) != 1:
        report.add(CERTIFICATE, "format is not 1")
    if certificate.get("digest") != facts.problem.digest:
        report.add(CERTIFICATE, "the digest is not that of this round")
    method = certificate.get("method")
    if method not in METHODS:
        report.add(CERTIFICATE, f"method is {shown(method)}; expected flow or stable")
    if (method == "stable") != (status == "stable"):
        report.add(CERTIFICATE, f"method {shown(method)} does not go with the status {shown(status)}")
    goals = certificate.get("goals")
    names = list(facts.problem.policy.goals)
    if not isinstance(goals, list) or not all(isinstance(goal, dict) for goal in goals):
        report.add(CERTIFICATE, "goals is not a list of objects")
        return
    if [goal.get("name") for goal in goals] != names:
        report.add(CERTIFICATE, f"goals are not those of the policy in order: {', '.join(names)}")
        return
    if unknown := set(names) - set(weights(facts, census)):
        report.add(CERTIFICATE, f"this version cannot check the goals {', '.join(sorted(unknown))}")
        return
    _check_goals(facts, census, seats, goals, status, report)


def check_canonical(text: str, certificate: Mapping[str, Any], report: Report) -> None:
    """Equal results are equal bytes: sorted keys, no spaces, one line."""
    try:
        canonical = json.dumps(certificate, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    except RecursionError:
        canonical = ""
    if text != canonical + "\n":
        report.add(CERTIFICATE, "the file is not in canonical form (sorted keys, no spaces)")


def _check_goals(
    facts: Facts,
    census: Census,
    seats: Seats,
    goals: Sequence[Mapping[str, Any]],
    status: object,
    report: Report,
) -> None:
    worth = weights(facts, census)
    for goal in goals:
        name, value = goal["name"], goal.get("value")
        reached = int(worth[name][seats.rows].sum())
        if whole(value) != reached:
            report.add(CERTIFICATE, f"goal {name}: value is {shown(value)}, the result reaches {reached}")
        if status == "stable" and (goal.get("bound") is not None or "prices" in goal):
            report.add(CERTIFICATE, f"goal {name}: a stable result proves no bound")
    if status == "stable":
        return
    face: _Face | None = _first_face(facts, census)
    for goal in goals:
        # What comes after a goal that is not proved has no face to be proved on.
        if face is None or (status == "feasible" and goal.get("bound") is None):
            return
        face = _check_bound(facts, census, seats, face, worth[goal["name"]], goal, status, report)


def _check_bound(
    facts: Facts,
    census: Census,
    seats: Seats,
    face: _Face,
    weight: IntArray,
    goal: Mapping[str, Any],
    status: object,
    report: Report,
) -> _Face | None:
    """Check one goal's proof; the face that it leaves, or None where it proves no optimum."""
    step = _check_prices(facts, census, face, weight, goal, report)
    if step is None:
        return None
    computed, left = step
    where, bound = f"goal {goal['name']}", goal.get("bound")
    reached = int(weight[seats.rows].sum())
    if whole(bound) != computed:
        report.add(CERTIFICATE, f"{where}: bound is {shown(bound)}, the prices give {computed}")
    if computed != reached:
        if computed < reached:
            report.add(CERTIFICATE, f"{where}: the prices allow {computed}, less than {reached}")
        elif status != "feasible":
            report.add(
                CERTIFICATE,
                f"{where}: not proved optimal: the result reaches {reached}, the prices allow {computed}",
            )
        return None
    outside = seats.rows[~left.pairs[seats.rows]]
    if len(outside):
        row = int(outside[0])
        pair = facts.pair((int(census.student[row]), int(census.opportunity[row])))
        report.add(CERTIFICATE, f"{where}: {pair} is not at its price (and {len(outside)} in all)")
    return left


def _first_face(facts: Facts, census: Census) -> _Face:
    """All eligible pairs; a student with a required pin keeps that pair alone."""
    pairs = np.ones(len(census.student), dtype=bool)
    students = np.zeros(len(facts.problem.students), dtype=bool)
    opportunities = np.zeros(len(facts.problem.opportunities), dtype=bool)
    for student, required in facts.required.items():
        students[student] = True
        first, last = np.searchsorted(census.student, [student, student + 1])
        pairs[first:last] = np.isin(census.opportunity[first:last], required)
    return _Face(pairs, students, opportunities)


def _read_prices(
    goal: Mapping[str, Any], side: str, places: Mapping[str, int], report: Report
) -> IntArray | None:
    """[n] or [m] prices, 0 where none is given; None (and reported) if they are malformed."""
    prices = goal.get("prices")
    given = prices.get(side) if isinstance(prices, dict) else None
    name = goal["name"]
    if not isinstance(given, dict):
        report.add(CERTIFICATE, f"goal {name}: prices of {side} are missing")
        return None
    found: IntArray = np.zeros(len(places), dtype=np.int64)
    for identifier, price in given.items():
        number = whole(price)
        if identifier not in places:
            report.add(CERTIFICATE, f"goal {name}: {side} has no {shown(identifier)}")
        elif not number:
            report.add(
                CERTIFICATE,
                f"goal {name}: the price of {shown(identifier)} is {shown(price)}, not a whole number but 0",
            )
        else:
            found[places[identifier]] = number
            continue
        return None
    return found


def _check_prices(
    facts: Facts,
    census: Census,
    face: _Face,
    weight: IntArray,
    goal: Mapping[str, Any],
    report: Report,
) -> tuple[int, _Face] | None:
    """The bound that the prices prove on the face, and the face that they leave."""
    p = _read_prices(goal, "students", facts.student_index, report)
    q = _read_prices(goal, "opportunities", facts.opportunity_index, report)
    if p is None or q is None:
        return None
    name = goal["name"]
    sound = True
    sides = (
        ("student", p, face.tight_students, facts.problem.students.ids),
        ("opportunity", q, face.tight_opportunities, facts.problem.opportunities.ids),
    )
    for kind, prices, tight, ids in sides:
        for place in np.flatnonzero((prices < 0) & ~tight).tolist():
            sound = False
            report.add(
                CERTIFICATE,
                f"goal {name}: the price of {kind} {ids[place]} is {int(prices[place])}; "
                "only one that every optimum uses up may be negative",
            )
    slack = p[census.student] + q[census.opportunity] - weight
    short = np.flatnonzero(face.pairs & (slack < 0))
    if len(short):
        sound = False
        row = int(short[0])
        pair = facts.pair((int(census.student[row]), int(census.opportunity[row])))
        report.add(
            CERTIFICATE,
            f"goal {name}: the prices do not cover {pair}, short by {-int(slack[row])} "
            f"({len(short)} such pairs)",
        )
    if not sound:
        return None
    seats = facts.problem.opportunities.seats
    bound = sum(p.tolist()) + sum(a * b for a, b in zip(seats.tolist(), q.tolist(), strict=True))
    left = _Face(
        face.pairs & (slack == 0),
        face.tight_students | (p != 0),
        face.tight_opportunities | (q != 0),
    )
    return bound, left
