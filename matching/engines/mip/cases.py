"""Proof by cases: a small branch and bound of our own, whose tree anyone can check.

Solvers prove an optimum by cuts and trees that they do not hand out. Here each case splits a whole
quantity in two (at most so many, or more), and each leaf has prices that bound it. The count of
nodes is limited, never the time alone, so that equal rounds give equal trees.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from matching.engines.highs.process import TimeIsUp
from matching.engines.mip.relax import (
    MANY_COLUMNS,
    WHOLE,
    Proven,
    Relaxed,
    Solver,
    disprove,
    far_below,
    prove,
)
from matching.problem import FloatArray, IntArray
from matching.program import Name, Prices, Program, Weight

DEEPEST = 150


@dataclass(frozen=True, slots=True)
class Split:
    """A row or column (by index), at most ``at`` below and at least ``least`` above."""

    column: bool
    index: int
    at: int
    least: int

    def name(self, program: Program) -> Name:
        return program.column_name(self.index) if self.column else program.row_name(self.index)

    def below(self, program: Program) -> Program:
        if self.column:
            return replace(program, hi=_with(program.hi, self.index, self.at))
        return replace(program, high=_with(program.high, self.index, self.at))

    def above(self, program: Program) -> Program:
        if self.column:
            return replace(program, lo=_with(program.lo, self.index, self.least))
        return replace(program, low=_with(program.low, self.index, self.least))


def _with(values: IntArray, index: int, value: int) -> IntArray:
    changed = values.copy()
    changed[index] = value
    return changed


@dataclass(slots=True, eq=False)
class Node:
    """A case: a leaf with prices, or a split into two."""

    depth: int
    proven: Proven
    relaxed: Relaxed | None  # None where the case is impossible
    split: Split | None = None
    children: tuple[Node, Node] | None = None

    @property
    def bound(self) -> int:
        """The most that any leaf under it allows."""
        if self.children is None:
            return self.proven.bound.value
        return max(child.bound for child in self.children)

    def leaves(self) -> list[Node]:
        return [self] if self.children is None else [x for child in self.children for x in child.leaves()]

    def record(self, program: Program, scale: int, prices_of: Callable[[Prices], Any]) -> dict[str, Any]:
        """The tree in the words of the certificate, every price at one scale."""
        if self.children is None or self.split is None:
            own = self.proven.prices
            return {"prices": prices_of(Prices(own.rows * (scale // own.scale), scale))}
        below, above = (child.record(program, scale, prices_of) for child in self.children)
        split = list(self.split.name(program))
        return {"split": split, "at": self.split.at, "below": below, "above": above}

    def scale(self) -> int:
        return max(leaf.proven.prices.scale for leaf in self.leaves())


class Search:
    """Looks through the cases of one goal, best first."""

    def __init__(
        self,
        program: Program,
        weight: Weight,
        solver: Solver,
        complete: Callable[[IntArray], IntArray | None],
        enough: int | None = None,
    ) -> None:
        """``complete`` makes a checked choice of columns from chosen pairs, None where they break a row.

        With ``enough`` it is only asked whether so much can be reached.
        """
        self._program, self._weight, self._solver = program, weight, solver
        self._complete, self._enough = complete, enough
        self.best: IntArray | None = None
        self.value: int | None = None  # of the best so far

    def start_from(self, x: IntArray) -> None:
        value = self._weight.value(x)
        if self.value is None or value > self.value:
            self.best, self.value = x, value

    def offer(self, chosen: IntArray) -> None:
        """Take a choice of pairs, if it breaks nothing."""
        x = self._complete(chosen)
        if x is not None:
            self.start_from(x)

    def look(self, program: Program, relaxed: Relaxed) -> None:
        """Take the relaxation, if it is a choice already."""
        chosen = whole_choice(program, relaxed.x)
        if chosen is not None:
            self.offer(chosen)

    def closes(self, limit: int) -> bool:
        """Whether nothing need be looked for where the goal is at most ``limit``."""
        if self._enough is not None and (limit < self._enough or self._reached_enough()):
            return True
        return self.value is not None and limit <= self.value

    def _reached_enough(self) -> bool:
        return self._enough is not None and self.value is not None and self.value >= self._enough

    def run(self, relaxed: Relaxed, proven: Proven, most_nodes: int) -> Node:
        """Split until every leaf is closed or the nodes are used up."""
        root = Node(0, proven, relaxed)
        waiting = [(-proven.bound.value, 0, root, self._program)]
        count = 1
        while waiting and count < most_nodes and not self._reached_enough():
            _, _, node, program = heapq.heappop(waiting)
            if self.closes(node.proven.bound.value) or node.relaxed is None or node.depth >= DEEPEST:
                continue
            split = choose_split(program, node.relaxed.x)
            if split is None:
                continue
            try:
                halves = [split.below(program), split.above(program)]
                # Where pairs are few the whole proof that a case is impossible costs little.
                large = program.pairs > MANY_COLUMNS and not split.column
                doubtful = split.index if large else None
                children = [self._case(half, node, doubtful) for half in halves]
            except TimeIsUp:
                break
            node.split, node.children, node.relaxed = split, (children[0], children[1]), None
            for half, child in zip(halves, children, strict=True):
                count += 1
                if not self.closes(child.proven.bound.value):
                    heapq.heappush(waiting, (-child.proven.bound.value, count, child, half))
        return root

    def _case(self, program: Program, parent: Node, doubtful: int | None) -> Node:
        relaxed = self._solver.relax(program, self._weight, doubtful)
        if relaxed.status == "optimal":
            node = Node(parent.depth + 1, prove(program, self._weight, relaxed), relaxed)
            self.look(program, relaxed)
            return node
        if relaxed.charged is not None:
            duals = replace(relaxed, duals=relaxed.charged)
            return Node(parent.depth + 1, prove(program, self._weight, duals), None)
        against = disprove(program, relaxed)
        goal = self.value if self.value is not None else -1
        proven = far_below(program, self._weight, against, goal) if against else None
        # What the parent's prices prove holds here too; only as a last resort, for it closes nothing.
        return Node(parent.depth + 1, proven or parent.proven, None)


def whole_choice(program: Program, x: FloatArray) -> IntArray | None:
    """The pairs that a relaxation chooses, None where one is chosen in part."""
    pairs = x[: program.pairs]
    rounded = np.rint(pairs)
    if np.abs(pairs - rounded).max(initial=0) > WHOLE:
        return None
    return np.flatnonzero(rounded)


def choose_split(program: Program, x: FloatArray) -> Split | None:
    """What to split: the cohort that is furthest from none and from enough, else the halved pair."""
    n = len(program.student_ids)
    some = np.flatnonzero(program.cohorts)
    if len(some):
        filled = (program.matrix[n + some] @ x).reshape(-1)
        lack = np.minimum(filled, program.cohorts[some] - filled)
        lack[program.low[n + some] > 0] = 0
        worst = int(np.argmax(lack))
        if lack[worst] > WHOLE:
            opportunity = int(some[worst])
            return Split(False, n + opportunity, 0, int(program.cohorts[opportunity]))
    pairs = x[: program.pairs]
    away = np.abs(pairs - np.rint(pairs))
    most = int(np.argmax(away)) if len(away) else 0
    if len(away) and away[most] > WHOLE:
        return Split(True, most, 0, 1)
    return None
