"""Sets of codes as 0/1 matrices, so that a rule over sets is one product over distinct values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from matching.problem import BoolArray, Codes, IntArray

Incidence = NDArray[np.float32]

# A table over distinct values on both sides is made whole up to this many cells; beyond it, only
# for the combinations that occur. One byte a cell.
_LARGEST_TABLE = 50_000_000


def incidence(values: Sequence[Codes], vocabulary: Sequence[str]) -> Incidence:
    """[len(values), len(vocabulary)] matrix, 1 where the value holds the code."""
    position = {code: i for i, code in enumerate(vocabulary)}
    matrix = np.zeros((len(values), len(position)), np.float32)
    for row, codes in enumerate(values):
        for code in codes:
            if code in position:
                matrix[row, position[code]] = 1
    return matrix


def vocabulary(values: Iterable[Codes]) -> list[str]:
    """Every code that occurs, sorted."""
    return sorted(set().union(*values))


def overlap(left: Sequence[Codes], right: Sequence[Codes]) -> BoolArray:
    """[len(left), len(right)]: whether the two sets have a code in common."""
    words = vocabulary(right)
    return incidence(left, words) @ incidence(right, words).T > 0


def lacking(held: Sequence[Codes], required: Sequence[Codes]) -> BoolArray:
    """[len(held), len(required)]: whether a required code is not held."""
    words = vocabulary(required)
    return (1 - incidence(held, words)) @ incidence(required, words).T > 0


def look_up(table: BoolArray, rows: IntArray, columns: IntArray) -> BoolArray:
    """``table[rows, columns]``, by one flat index (twice as fast as two)."""
    found: BoolArray = table.ravel().take(rows * table.shape[1] + columns)
    return found


def fits_in_table(rows: int, columns: int) -> bool:
    """Whether a table over all combinations is worth making."""
    return rows * columns <= _LARGEST_TABLE


def groups(keys: IntArray) -> Iterator[tuple[int, IntArray]]:
    """Each key that occurs, ascending, with the places where it does."""
    if not len(keys):
        return
    order = np.argsort(keys, kind="stable")
    found, first = np.unique(keys[order], return_index=True)
    yield from zip(found.tolist(), np.split(order, first[1:]), strict=True)
