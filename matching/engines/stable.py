"""Student-proposing deferred acceptance (Gale and Shapley 1962, with seats).

The result is stable: no student and opportunity that rank each other would both rather have one
another. Of the stable results it is the best one for every student at once.
"""

from __future__ import annotations

from heapq import heappush, heapreplace
from math import inf

import numpy as np

from matching.engines.network import UNPLACED, Network
from matching.problem import UNKNOWN, IntArray


def deferred_acceptance(
    network: Network, rank: IntArray, opportunity_rank: IntArray, required: IntArray
) -> IntArray:
    """Propose down each student's list; an opportunity keeps the best who have come so far.

    Only pairs that both sides ranked take part; ties break by identifier, which is the order of
    the indices. A required pair is seated first and takes its seat away from the rest.

    Parameters
    ----------
    rank, opportunity_rank : [p]
        ``UNKNOWN`` where not given; 1 is best.
    required
        Indices of required pairs, at most one a student and never more than there are seats.

    Returns
    -------
    seat : [n]
        The index of each student's pair, ``UNPLACED`` where none.
    """
    seat = np.full(network.students, UNPLACED, np.int64)
    seat[network.student[required]] = required
    left = network.seats - np.bincount(network.opportunity[required], minlength=len(network.seats))
    takes_part = (rank != UNKNOWN) & (opportunity_rank != UNKNOWN)
    takes_part &= (seat[network.student] == UNPLACED) & (left[network.opportunity] > 0)
    pairs = np.flatnonzero(takes_part)
    # Pairs are sorted by identifiers, so a stable sort leaves ties in the order of opportunities.
    wishes = pairs[np.argsort(_joined(network.student[pairs], rank[pairs]), kind="stable")]
    student = network.student[wishes]
    regard = _joined(opportunity_rank[wishes], student)
    chosen = wishes[_propose(student, network.opportunity[wishes], regard, left)]
    seat[network.student[chosen]] = chosen
    return seat


def _joined(first: IntArray, second: IntArray) -> IntArray:
    """One number a row that sorts by ``first``, then by ``second``: both at most a million."""
    return first * (int(second.max(initial=0)) + 1) + second


def _propose(student: IntArray, opportunity: IntArray, regard: IntArray, left: IntArray) -> IntArray:
    """Positions of the wishes that are met. They are in order by student; a lower regard is better.

    Plain lists and heaps: proposals depend on each other, and at 10,000 students this is faster
    than sweeps over arrays, of which most would move a handful of students.
    """
    count = np.bincount(student)
    end = np.cumsum(count)
    ends, owner = end.tolist(), student.tolist()
    host, order, seats = opportunity.tolist(), (-regard).tolist(), left.tolist()
    kept: list[list[tuple[int, int]]] = [[] for _ in seats]
    # What a proposal has to beat: nothing while a seat is free, then the worst that is kept.
    bar = [-inf] * len(seats)
    for wish, stop in zip((end - count).tolist(), ends, strict=True):
        while wish < stop:
            place = host[wish]
            if order[wish] > bar[place]:
                holders = kept[place]
                if len(holders) < seats[place]:
                    heappush(holders, (order[wish], wish))
                    if len(holders) == seats[place]:
                        bar[place] = holders[0][0]
                    break
                # The one who has to leave goes on with their own next wish.
                wish = heapreplace(holders, (order[wish], wish))[1]
                stop = ends[owner[wish]]
                bar[place] = holders[0][0]
            wish += 1
    return np.array(sorted(wish for holders in kept for _, wish in holders), np.int64)
