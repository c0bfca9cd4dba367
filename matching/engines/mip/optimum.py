"""The best choice for one goal, and what proves it: relaxation, whole choice, cases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from matching.engines.highs.process import TimeIsUp
from matching.engines.mip.cases import Node, Search
from matching.engines.mip.outcome import prices_record, scaled
from matching.engines.mip.relax import Solver, disprove, far_below, proof_of_value, prove
from matching.engines.mip.whole import choose
from matching.problem import IntArray
from matching.program import Prices, Program, Weight

MOST_NODES = 2_000
"""Cases that one goal's proof may take: what closes at all mostly closes within a hundred."""

Check = Callable[[IntArray], IntArray | None]


@dataclass(frozen=True, slots=True, eq=False)
class Optimum:
    """The best choice found for a goal (None where none was), and prices or cases that bound it.

    ``impossible`` where the solver says that there is no choice at all.
    """

    x: IntArray | None
    prices: Prices
    tree: Node | None = None
    impossible: bool = False


def optimise(
    program: Program,
    weight: Weight,
    solver: Solver,
    check: Check,
    start: IntArray | None = None,
    enough: int | None = None,
) -> Optimum:
    """The best choice for one goal.

    Parameters
    ----------
    check
        Makes a choice of columns from chosen pairs, None where they break a row of the program.
    start
        A choice that is known already.
    enough
        A value that need not be exceeded: it is asked only whether it can be reached.
    """
    search = Search(program, weight, solver, check, enough)
    if start is not None:
        search.start_from(start)
    try:
        relaxed = solver.relax(program, weight)
    except TimeIsUp:
        return Optimum(search.best, nothing(program))
    if relaxed.status == "infeasible":
        against = disprove(program, relaxed)
        proven = far_below(program, weight, against, 0) if against else None
        return Optimum(None, proven.prices if proven else nothing(program), impossible=True)
    if relaxed.status != "optimal":
        impossible = _whole(program, weight, solver, search)
        return Optimum(search.best, nothing(program), None, impossible)
    proven = prove(program, weight, relaxed)
    search.look(program, relaxed)
    impossible = False
    if not search.closes(proven.bound.value):
        impossible = _whole(program, weight, solver, search)
    tree = None
    if search.value == proven.bound.value:
        proven = proof_of_value(program, weight, relaxed, search.value)
    elif not search.closes(proven.bound.value):
        tree = search.run(relaxed, proven, MOST_NODES)
    return Optimum(search.best, proven.prices, tree, impossible)


def _whole(program: Program, weight: Weight, solver: Solver, search: Search) -> bool:
    """Have HiGHS look for a choice; whether it says that there is none.

    Where pairs are many it looks at those that the relaxation needed, which says nothing of the others.
    """
    looked_at = solver.active(program)
    try:
        found = choose(
            program, weight, solver.process, among=looked_at, seconds=solver.process.seconds_left / 2
        )
    except TimeIsUp:
        return False
    if found.chosen is not None:
        search.offer(found.chosen)
    return found.impossible and bool(looked_at.all())


def nothing(program: Program) -> Prices:
    """No price on any row."""
    return Prices(np.zeros(program.rows, np.int64))


def disproof(program: Program, solver: Solver, check: Check) -> dict[str, Any] | None:
    """The part of a record that shows that no choice at all is within the rows: its bound is below 0.

    None where the nodes or the time did not suffice.
    """
    weight = Weight("", np.zeros(program.columns, np.int64))
    try:
        relaxed = solver.relax(program, weight)
        if relaxed.status != "optimal":
            against = disprove(program, relaxed)
            record = {"prices": prices_record(program, against)} if against else None
            return scaled(record, against.scale) if record and against else None
        search = Search(program, weight, solver, check, 0)
        tree = search.run(relaxed, prove(program, weight, relaxed), MOST_NODES)
    except TimeIsUp:
        return None
    return tree_record(program, tree) if tree.bound < 0 else None


def tree_record(program: Program, tree: Node) -> dict[str, Any]:
    """The cases of a tree in the words of the certificate."""
    scale = tree.scale()
    return scaled({"cases": tree.record(program, scale, lambda p: prices_record(program, p))}, scale)
