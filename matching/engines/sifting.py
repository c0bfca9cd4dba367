"""The best choice of a face that is too large to hand over whole: a part of the pairs at a time.

Solve with the pairs that each student likes best; its prices say which of the others would be
worth more than they cost; add those and solve again (sifting, Bixby et al. 1992). With none left
the prices prove the choice for all pairs. It takes a fraction of the memory: a pair costs the
network solver some hundred bytes and this one two. It takes longer than one solve of everything,
so it is for rounds where memory is what ends (measured at 41 million pairs: 300 s of one core and
1.1 GiB besides the pairs, in place of some 5 GiB; five rounds for the count, four for the utility).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from matching.engines.likely import likely_pairs
from matching.engines.mend import mend
from matching.engines.network import UNPLACED, Face, Network
from matching.engines.prices import Prices, recover
from matching.problem import BoolArray, IntArray

_BLOCK = 1 << 20

Solver = Callable[[Face], IntArray]


def sifted(
    network: Network, face: Face, weight: IntArray, seat: IntArray, solver: Solver, missing: int = 0
) -> tuple[IntArray, Prices]:
    """The best choice of a face and prices that prove it.

    Parameters
    ----------
    weight : [p]
        What each pair is worth to the goal.
    seat : [n]
        A choice that meets the face, so that every part of it that holds these pairs can be met.
    solver
        The best choice of a part of the face.
    missing
        What each unit that is missing to a floor is worth to the goal.
    """
    pairs = likely_pairs(network, face, weight)
    pairs[seat[seat != UNPLACED]] = True
    part = replace(face, pairs=pairs)
    found = None
    while True:
        if found is None:
            seat = solver(part)
            found = seat, recover(network, part, weight, seat, missing)
        if not _add(network, face, weight, found[1], pairs):
            return found
        # The last few pairs move but a few students, for whom nothing need be solved again.
        found = mend(network, part, weight, *found, missing)


def _add(network: Network, face: Face, weight: IntArray, prices: Prices, pairs: BoolArray) -> bool:
    """Add to ``pairs`` those of the face that cost less than they are worth; whether there are any."""
    added = False
    for block, cost in costs(network, prices):
        worth_it = face.pairs[block] & (cost < weight[block])
        added |= bool(worth_it.any())
        pairs[block] |= worth_it
    return added


def costs(network: Network, prices: Prices) -> Iterator[tuple[slice, IntArray]]:
    """What each pair costs at some prices, a stretch of pairs at a time: for all there is no room."""
    of_students, of_places = prices.of_nodes(network)
    for start in range(0, len(network.student), _BLOCK):
        block = slice(start, start + _BLOCK)
        cost = of_students.take(network.student[block])
        cost += of_places.take(network.opportunity[block])
        yield block, cost
