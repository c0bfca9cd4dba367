"""Student-proposing deferred acceptance (Gale and Shapley 1962, with seats).

The result is stable: no student and opportunity that rank each other would both rather have one
another. Of the stable results it is the best one for every student at once.
"""

from __future__ import annotations

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
    pairs = np.flatnonzero((rank != UNKNOWN) & (opportunity_rank != UNKNOWN))
    if len(required):
        free = (seat == UNPLACED).take(network.student.take(pairs))
        pairs = pairs[free & (left > 0).take(network.opportunity.take(pairs))]
    student = network.student.take(pairs)
    wishes = pairs.take(_order(student, rank.take(pairs)))
    regard = _joined(opportunity_rank.take(wishes), student)
    chosen = wishes[_propose(student, network.opportunity.take(wishes), regard, left)]
    seat[network.student[chosen]] = chosen
    return seat


def _joined(first: IntArray, second: IntArray) -> IntArray:
    """One number a row that sorts by ``first``, then by ``second``: both at most a million."""
    return first * (int(second.max(initial=0)) + 1) + second


def _order(student: IntArray, rank: IntArray) -> IntArray:
    """Positions by student, then rank, ties in the order they come in, which is by identifier.

    Both are small numbers, so they are counted and not compared (four times as fast).
    """
    from scipy.sparse import coo_matrix

    shape = (int(student.max(initial=0)) + 1, int(rank.max(initial=0)) + 1)
    rows, columns = student.astype(np.int32), rank.astype(np.int32)
    pairs = coo_matrix((np.arange(len(student), dtype=np.int32), (rows, columns)), shape)
    pairs.has_canonical_format = True  # or ties would be added up
    order: IntArray = pairs.tocsc().tocsr().data.astype(np.int64)
    return order


def _propose(student: IntArray, opportunity: IntArray, regard: IntArray, left: IntArray) -> IntArray:
    """Positions of the wishes that are met, ascending.

    They are in order by student; a lower regard is better. In each round everybody who is free
    goes down their list to the next opportunity that would have them, then each opportunity keeps
    the best. The order of proposals does not change what comes out (Dubins and Freedman 1981), and
    so there are some fifty rounds of arrays in place of a million steps.
    """
    count = np.bincount(student)
    end = np.cumsum(count)
    # What a proposal has to beat: the worst that is kept where all seats are taken.
    bar = np.where(left > 0, np.iinfo(np.int64).max, -1)
    held = np.zeros(0, np.int64)
    wish = (end - count)[count > 0]
    while len(new := _next_wishes(wish, end[student[wish]], opportunity, regard, bar)):
        asked = np.zeros(len(left), np.bool_)
        asked[opportunity[new]] = True
        again = asked[opportunity[held]]
        rivals = np.concatenate([held[again], new])
        rivals = rivals[np.lexsort((regard[rivals], opportunity[rivals]))]
        place = opportunity[rivals]
        standing = np.arange(len(place)) - np.searchsorted(place, place)
        keeps = standing < left[place]
        worst = standing == left[place] - 1
        bar[place[worst]] = regard[rivals[worst]]
        held = np.concatenate([held[~again], rivals[keeps]])
        lost = rivals[~keeps]
        wish = lost[lost + 1 < end[student[lost]]] + 1
    return np.sort(held)


def _next_wishes(
    wish: IntArray, stop: IntArray, opportunity: IntArray, regard: IntArray, bar: IntArray
) -> IntArray:
    """The first from each of ``wish`` on, and before ``stop``, that is regarded well enough."""
    found = [np.zeros(0, np.int64)]
    while len(wish):
        heard = regard.take(wish) < bar.take(opportunity.take(wish))
        found.append(wish[heard])
        wish, stop = wish[~heard] + 1, stop[~heard]
        more = wish < stop
        wish, stop = wish[more], stop[more]
    return np.concatenate(found)
