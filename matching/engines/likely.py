"""A few of each student's pairs, among which most of what matters lies."""

from __future__ import annotations

import numpy as np

from matching.engines.network import Face, Network
from matching.problem import BoolArray, IntArray

BEST, SPREAD = 8, 4  # pairs a student: the best ones, and some from all over the list
_BLOCK = 1 << 17


def likely_pairs(network: Network, face: Face, weight: IntArray) -> BoolArray:
    """Pairs of the face to begin with: [p]; among pairs of equal weight no student's are all taken."""
    count = np.bincount(network.student, minlength=network.students)
    end = np.cumsum(count)
    pairs = np.zeros(len(weight), np.bool_)
    several = max(1, _BLOCK // max(1, int(count.max(initial=0))))
    for first in range(0, network.students, several):
        last = min(first + several, network.students)
        block = slice(int(end[first] - count[first]), int(end[last - 1]))
        number = count[first:last]
        place = np.arange(block.start, block.stop) - np.repeat(end[first:last] - number, number)
        step = np.maximum(number // SPREAD, 1)
        spread = place % np.repeat(step, number) == 0
        pairs[block] = face.pairs[block] & (spread | _best(weight[block], face.pairs[block], number))
    return pairs


def _best(weight: IntArray, open_pairs: BoolArray, number: IntArray) -> BoolArray:
    """Which of some students' pairs are above their ``BEST``-th best weight."""
    width = int(number.max(initial=0))
    if width <= BEST:
        return np.ones(len(weight), np.bool_)
    least = np.iinfo(np.int64).min
    table = np.full((len(number), width), least, np.int64)
    table[np.arange(width) < number[:, None]] = np.where(open_pairs, weight, least)
    bar = np.partition(table, width - BEST, axis=1)[:, width - BEST]
    above: BoolArray = weight > np.repeat(bar, number)
    return above
