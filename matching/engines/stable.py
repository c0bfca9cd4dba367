"""Student-proposing deferred acceptance (Gale and Shapley 1962, with seats).

The result is stable: no student and opportunity that rank each other would both rather have one
another. Of the stable results it is the best one for every student at once.
"""

from __future__ import annotations

from heapq import heappush, heapreplace

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
    student, opportunity = network.student[pairs], network.opportunity[pairs]
    standing = np.empty(len(pairs), np.int64)
    by_opportunity = np.lexsort((student, opportunity_rank[pairs], opportunity))
    standing[by_opportunity] = np.arange(len(pairs))
    wishes = np.lexsort((opportunity, rank[pairs], student))
    held = _propose(student[wishes], opportunity[wishes], standing[wishes], left)
    chosen = pairs[wishes[held]]
    seat[network.student[chosen]] = chosen
    return seat


def _propose(student: IntArray, opportunity: IntArray, standing: IntArray, left: IntArray) -> IntArray:
    """Positions held in the end. Wishes are in order by student; a smaller standing is better.

    Plain lists and heaps: proposals depend on each other, and at 10,000 students this is faster
    than sweeps over arrays, of which most would move a handful of students.
    """
    first = np.flatnonzero(np.diff(student, prepend=-1)).tolist()
    owner, host, order = student.tolist(), opportunity.tolist(), (-standing).tolist()
    owner.append(-1)
    seats = left.tolist()
    kept: list[list[tuple[int, int]]] = [[] for _ in seats]
    for wish in first:
        who = owner[wish]
        while owner[wish] == who:
            holders = kept[host[wish]]
            if len(holders) < seats[host[wish]]:
                heappush(holders, (order[wish], wish))
                break
            if holders[0][0] < order[wish]:
                wish = heapreplace(holders, (order[wish], wish))[1]
                who = owner[wish]
            wish += 1
    return np.array(sorted(wish for holders in kept for _, wish in holders), np.int64)
