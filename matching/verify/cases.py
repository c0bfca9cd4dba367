"""A proof as certificate.json writes it: prices, or a tree of cases that each have prices.

Every case splits in two on a whole number (at most so many, or more), so that the leaves cover
everything by construction. Trees are walked without recursion and only up to a size: a hostile one
costs time that is bounded, nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from matching.problem import IntArray
from matching.verify.outputs import shown, whole
from matching.verify.program import Bounds, NotChecked, Objective, Priced, Prices, Program
from matching.verify.rows import Name

MOST_LEAVES = 20_000
DEEPEST = 200
LARGEST_SCALE = 10**9


@dataclass(frozen=True, slots=True, eq=False)
class Proven:
    """A goal's upper bound. ``exact`` holds the prices that meet it without rounding, if such do."""

    bound: int
    exact: tuple[Prices, Priced] | None


def prove(program: Program, objective: Objective, record: Mapping[str, Any]) -> Proven:
    """What a record's ``prices`` or ``cases`` (with ``scale``) prove of a goal.

    Raises
    ------
    NotChecked
        Where they are malformed or name what the round has not.
    """
    scale = whole(record.get("scale", 1))
    if scale is None or not 1 <= scale <= LARGEST_SCALE or ("scale" in record and scale == 1):
        raise NotChecked(f"scale is {shown(record['scale'])}; expected a whole number above 1")
    if ("prices" in record) == ("cases" in record):
        raise NotChecked("expected either prices or cases")
    if "cases" in record:
        total = _dearest_case(program, objective, record["cases"], scale)
        return Proven(objective.constant + total // scale, None)
    prices = read_prices(program, record["prices"])
    priced = program.price(objective, prices, scale)
    exact = (prices, priced) if priced.total % scale == 0 else None
    return Proven(objective.constant + priced.total // scale, exact)


def _dearest_case(program: Program, objective: Objective, tree: object, scale: int) -> int:
    """The largest total of the leaves of a tree."""
    largest: int | None = None
    waiting: list[tuple[object, tuple[tuple[Name, str, int], ...]]] = [(tree, ())]
    leaves = 0
    while waiting:
        node, way = waiting.pop()
        if not isinstance(node, dict):
            raise NotChecked(f"a case is {shown(node)}; expected an object")
        if "prices" in node:
            leaves += 1
            if leaves > MOST_LEAVES:
                raise NotChecked(f"there are more than {MOST_LEAVES} cases")
            if len(node) > 1:
                raise NotChecked("a case has more than its prices")
            total = _leaf(program, objective, node["prices"], scale, way)
            largest = total if largest is None else max(largest, total)
            continue
        if len(way) >= DEEPEST:
            raise NotChecked(f"cases are more than {DEEPEST} deep")
        name, at = _read_split(program, node)
        waiting += [(node[side], (*way, (name, side, at))) for side in ("below", "above")]
    assert largest is not None
    return largest


def _leaf(
    program: Program, objective: Objective, prices: object, scale: int, way: tuple[tuple[Name, str, int], ...]
) -> int:
    """The total that a leaf's prices prove under the bounds of its case."""
    before: list[tuple[Name, Bounds]] = []
    try:
        for name, side, at in way:
            bounds = program.bounds(name)
            assert bounds is not None
            before.append((name, bounds))
            program.set_bounds(name, _half(program, name, bounds, side, at))
        return program.price(objective, read_prices(program, prices), scale).total
    finally:
        for name, bounds in reversed(before):
            program.set_bounds(name, bounds)


def _half(program: Program, name: Name, bounds: Bounds, side: str, at: int) -> Bounds:
    """The bounds of a quantity that is at most ``at``, or more."""
    low, high = bounds
    if side == "below":
        return low, at if high is None else min(high, at)
    least = at + 1
    if at == 0 and name[0] == "opportunity":
        # It runs with so many students or none: above none is at least so many.
        facts = program.rows.facts
        index = facts.opportunity_index[name[1]]
        least = max(least, int(facts.problem.opportunities.min_students[index]))
    return least if low is None else max(low, least), high


def _read_split(program: Program, node: Mapping[str, Any]) -> tuple[Name, int]:
    if set(node) != {"split", "at", "below", "above"}:
        raise NotChecked(f"a case holds {shown(', '.join(map(str, node)))}; expected split, at, below, above")
    name, at = _name(node["split"]), whole(node["at"])
    if name is None or program.bounds(name) is None:
        raise NotChecked(f"a case splits {shown(node['split'])}, which is no row and no pair")
    if at is None or (name[0] == "pair" and at != 0):
        raise NotChecked(f"a case splits {' '.join(name)} at {shown(node['at'])}")
    return name, at


def _name(value: object) -> Name | None:
    if isinstance(value, list) and value and all(isinstance(part, str) for part in value):
        return tuple(value)
    return None


def read_prices(program: Program, prices: object) -> Prices:
    """Read the prices of one record or case.

    Raises
    ------
    NotChecked
        Where they are not as the format says.
    """
    if not isinstance(prices, dict) or not set(prices) <= {"students", "opportunities", "rows"}:
        raise NotChecked("prices is not an object of students, opportunities and rows")
    facts = program.rows.facts
    return Prices(
        _side(prices.get("students"), "students", facts.student_index),
        _side(prices.get("opportunities"), "opportunities", facts.opportunity_index),
        _rows(prices.get("rows")),
    )


def _side(given: object, side: str, places: Mapping[str, int]) -> IntArray:
    """[n] or [m] prices, 0 where none is given."""
    if not isinstance(given, dict):
        raise NotChecked(f"prices of {side} are missing")
    found: IntArray = np.zeros(len(places), dtype=np.int64)
    for identifier, price in given.items():
        if identifier not in places:
            raise NotChecked(f"{side} has no {shown(identifier)}")
        found[places[identifier]] = _price(identifier, price)
    return found


def _rows(given: object) -> dict[Name, int]:
    """Prices of the other rows by name; they are sorted by it, and the key is absent without any."""
    if given is None:
        return {}
    found: dict[Name, int] = {}
    if not isinstance(given, list) or not given:
        raise NotChecked("prices of rows are not a list of rows")
    for entry in given:
        name = _name(entry[:-1]) if isinstance(entry, list) else None
        if name is None:
            raise NotChecked(f"prices of rows hold {shown(entry)}; expected a kind, identifiers and a price")
        if found and name <= next(reversed(found)):
            raise NotChecked(f"prices of rows are not sorted, or name {shown(' '.join(name))} twice")
        found[name] = _price(" ".join(name), entry[-1])
    return found


def _price(what: str, price: object) -> int:
    number = whole(price)
    if not number:
        raise NotChecked(f"the price of {shown(what)} is {shown(price)}, not a whole number but 0")
    return number
