"""A round in independent parts: solved one by one, on processes or on a cluster, and put together.

Two students depend on one another only through the opportunities and limits that they can meet
in, so regions far apart are problems of their own. How a round is split depends on the round
alone, never on who solves the parts: any number of workers gives the same result.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from itertools import pairwise
from multiprocessing import get_context
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from matching.constraints import LimitSet
from matching.engines.flow import CannotHold, Goal, Proof, goal_by_goal
from matching.engines.network import UNPLACED, Network
from matching.engines.prices import Prices, no_prices
from matching.pairs import among
from matching.problem import IntArray

# Components are solved together until they have so many pairs: below it, a solve of its own costs
# more in overhead than it saves.
_PAIRS_TOGETHER = 50_000
# A part with more of the pairs is as good as the whole, which then need not be copied.
_SHARE_OF_A_WHOLE = 0.75
# Of so many pairs one is looked at to find most of the components.
_ONE_IN = 8
# Pairs that processes have to take off this one, so that starting them pays (see docs/scale.md).
_PAIRS_TO_SPARE = 3_000_000

_log = logging.getLogger(__name__)

_Nodes = NDArray[np.int32] | IntArray


class Executor(Protocol):
    """Something that runs a function on each part: processes, or a cluster."""

    def map(self, solve: Callable[[Part], Solved], parts: Iterable[Part], /) -> Iterator[Solved]: ...


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One part of a network, with a numbering of its own, and what is asked of it."""

    network: Network
    goals: tuple[Goal, ...]
    required: IntArray


class Solved(NamedTuple):
    """What came of a part."""

    seat: IntArray
    proofs: tuple[Proof, ...]  # their goals hold no weights: those stay where the whole is
    conflict: Prices | None = None  # it cannot hold, for these prices


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Where the parts of a network lie in it: a part after the other, each in ascending order."""

    students: tuple[IntArray, ...]
    opportunities: tuple[IntArray, ...]
    pairs: tuple[IntArray, ...]
    limits: tuple[tuple[int, ...], ...]

    def __len__(self) -> int:
        return len(self.pairs)


def solve_parts(
    network: Network,
    goals: Sequence[Goal],
    required: IntArray,
    reached: Callable[[Proof], None] | None = None,
    *,
    workers: int = 1,
    executor: Executor | None = None,
) -> tuple[IntArray, tuple[Proof, ...]]:
    """The best seats for the goals in their order, each proved: as ``goal_by_goal``, part by part.

    Parameters
    ----------
    network, goals, required, reached
        As for :func:`matching.engines.flow.goal_by_goal`; ``reached`` is told when all parts are
        solved.
    workers
        How many processes may solve at once. They are started only where they pay.
    executor
        Solves the parts instead, wherever there is more than one.

    Raises
    ------
    CannotHold
        Where required pairs, seats and limits cannot all hold; for the first part that says so.
    """
    if len(network.student) < _PAIRS_TOGETHER:  # one part, whatever belongs together
        return goal_by_goal(network, goals, required, reached)
    split = split_network(network)
    largest = max(map(len, split.pairs), default=0)
    worst = any(goal.worst for goal in goals)
    if not len(split) or worst or largest > _SHARE_OF_A_WHOLE * len(network.student):
        del split
        return goal_by_goal(network, goals, required, reached)
    solved: list[Solved] = []
    parts = (_part(network, goals, required, split, index) for index in range(len(split)))
    if executor is not None:
        solved += executor.map(solve_part, parts)
    elif pays(split, workers):
        # Spawned: a fork would copy the threads' locks of whoever called, held or not.
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            try:
                # One by one, so that what was solved before a process died is kept.
                for one in pool.map(solve_part, parts):
                    solved.append(one)
            except BrokenProcessPool:
                _log.warning("a process died, so the rest of the round is solved without others")
    left = range(len(solved), len(split))
    solved += [solve_part(_part(network, goals, required, split, index)) for index in left]
    seat, proofs = merge(network, goals, split, solved)
    if reached:
        for proof in proofs:
            reached(proof)
    return seat, proofs


def pays(split: Split, workers: int) -> bool:
    """Whether processes take enough off this one that starting them pays."""
    sizes = [len(pairs) for pairs in split.pairs]
    return workers > 1 and sum(sizes) - max(max(sizes), sum(sizes) // workers) >= _PAIRS_TO_SPARE


def solve_part(part: Part) -> Solved:
    """Solve one part; runs wherever the executor has it run."""
    try:
        seat, proofs = goal_by_goal(part.network, part.goals, part.required)
    except CannotHold as error:
        return Solved(np.empty(0, np.int64), (), error.prices)
    nothing = np.empty(0, np.int64)
    light = (replace(proof, goal=replace(proof.goal, weight=nothing)) for proof in proofs)
    return Solved(seat, tuple(light))


def split_network(network: Network) -> Split:
    """The parts of a network, independent of who solves them.

    Connected components of the pairs, where a limit connects all its members; small ones are
    joined in the order of their first students. Who has neither a pair nor a limit is in no part.
    """
    n = network.students
    part, count = _joined(network, _components(network))
    limits: list[list[int]] = [[] for _ in range(count)]
    for index, limit in enumerate(network.limits if count else ()):
        # One without members can hold anywhere, or nowhere.
        first = int(limit.members[0]) if len(limit.members) else 0
        limits[part[first if limit.of_students else n + first] if len(limit.members) else 0].append(index)
    return Split(
        _grouped(part[:n], count),
        _grouped(part[n:], count),
        _grouped(part.take(network.student), count),
        tuple(tuple(each) for each in limits),
    )


def _components(network: Network) -> IntArray:
    """[n + m] the component of each student and each opportunity, numbered by first members."""
    n, nodes = network.students, network.students + len(network.seats)
    # A few pairs of everybody connect nearly all that belongs together; then only what connects
    # two of those components is looked at.
    few = slice(None, None, _ONE_IN)
    rough = _connected(nodes, network.student[few], n + network.opportunity[few])
    source, target = rough.take(network.student), rough[n:].take(network.opportunity)
    across = np.flatnonzero(source != target)
    edges = [(source.take(across), target.take(across))]
    for limit in network.limits:
        members = rough[limit.members if limit.of_students else n + limit.members]
        edges.append((members[:-1], members[1:]))
    source, target = (np.concatenate(side) for side in zip(*edges, strict=True))
    found = _connected(nodes, source, target).take(rough)
    _, first, label = np.unique(found, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first)).take(label)


def _connected(nodes: int, source: _Nodes, target: _Nodes) -> NDArray[np.int32]:
    """[nodes] the connected component of each node."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    edges = coo_matrix((np.ones(len(source), np.int8), (source, target)), shape=(nodes, nodes))
    label: NDArray[np.int32] = connected_components(edges, directed=False)[1]
    return label


def _joined(network: Network, label: IntArray) -> tuple[IntArray, int]:
    """[n + m] the part of each student and each opportunity, -1 where none; and how many there are."""
    n = network.students
    count = int(label.max(initial=-1)) + 1
    pairs = np.bincount(label.take(network.student), minlength=count)
    asked = pairs > 0
    for limit in network.limits:
        asked[label[limit.members if limit.of_students else n + limit.members]] = True
    large = pairs >= _PAIRS_TOGETHER
    small = asked & ~large
    number = np.full(count, -1)
    number[small] = np.cumsum(pairs[small]) // _PAIRS_TOGETHER
    number[large] = number.max(initial=-1) + 1 + np.arange(large.sum())
    # Without the numbers that a cumulative sum leaves out.
    used, dense = np.unique(number[asked], return_inverse=True)
    number[asked] = dense
    return number.take(label), len(used)


def _grouped(part: IntArray, count: int) -> tuple[IntArray, ...]:
    """The indices of each part, ascending."""
    order = np.argsort(part.astype(np.int16 if count < 2**15 else np.int64), kind="stable")
    ends = np.cumsum(np.bincount(part + 1, minlength=count + 1))
    return tuple(order[start:end] for start, end in pairwise(ends.tolist()))


def _part(network: Network, goals: Sequence[Goal], required: IntArray, split: Split, index: int) -> Part:
    students, opportunities, pairs = split.students[index], split.opportunities[index], split.pairs[index]
    # Numbers of their own; those of other parts are never read.
    student, opportunity = np.empty(network.students, np.int64), np.empty(len(network.seats), np.int64)
    student[students], opportunity[opportunities] = np.arange(len(students)), np.arange(len(opportunities))
    limits = tuple(
        LimitSet(
            limit.scope,
            limit.id,
            limit.low,
            limit.high,
            limit.soft,
            limit.of_students,
            (student if limit.of_students else opportunity)[limit.members],
        )
        for limit in (network.limits[i] for i in split.limits[index])
    )
    mine = np.flatnonzero(among(required, pairs))
    return Part(
        Network(
            student.take(network.student.take(pairs)),
            opportunity.take(network.opportunity.take(pairs)),
            network.seats.take(opportunities),
            len(students),
            limits,
        ),
        # What a goal has for nothing is nobody's part.
        tuple(replace(goal, weight=goal.weight.take(pairs), constant=0) for goal in goals),
        np.searchsorted(pairs, required[mine]),
    )


def merge(
    network: Network, goals: Sequence[Goal], split: Split, solved: Sequence[Solved]
) -> tuple[IntArray, tuple[Proof, ...]]:
    """The result of the whole from those of its parts.

    Raises
    ------
    CannotHold
        With the prices of the first part that cannot hold: they prove it of the whole.
    """
    for index, one in enumerate(solved):
        if one.conflict is not None:
            raise CannotHold(_merged_prices(network, split, {index: one.conflict}))
    seat = np.full(network.students, UNPLACED, np.int64)
    for students, pairs, one in zip(split.students, split.pairs, solved, strict=True):
        placed = one.seat != UNPLACED
        seat[students[placed]] = pairs[one.seat[placed]]
    proofs = []
    for number, goal in enumerate(goals):
        of_parts = [one.proofs[number] for one in solved]
        value, bound = (goal.constant + sum(figures) for figures in _figures(of_parts))
        prices = _merged_prices(network, split, dict(enumerate(proof.prices for proof in of_parts)))
        proofs.append(Proof(goal, value, bound, prices))
    return seat, tuple(proofs)


def _figures(proofs: Sequence[Proof]) -> tuple[list[int], list[int]]:
    return [proof.value for proof in proofs], [proof.bound for proof in proofs]


def _merged_prices(network: Network, split: Split, of_parts: Mapping[int, Prices]) -> Prices:
    whole = no_prices(network)
    row = {name: index for index, name in enumerate(whole.names)}
    for index, prices in of_parts.items():
        whole.students[split.students[index]] = prices.students
        whole.opportunities[split.opportunities[index]] = prices.opportunities
        for name, price in zip(prices.names, prices.rows.tolist(), strict=True):
            whole.rows[row[name]] = price
    return whole
