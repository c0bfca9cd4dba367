"""How alike interests are, outside of any round: the same measure that a match weighs a pair by."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from matching.files.arrays import interest_arrays
from matching.files.cells import NO_RIASEC, riasec
from matching.fit import Interests, Profiles
from matching.problem import FloatArray, IntArray


def congruence(own: str, others: Sequence[str]) -> FloatArray:
    """The part ``interest`` (0 to 1; 0.5 says nothing) of one with each of several.

    Parameters
    ----------
    own, others
        RIASEC cells as the round format writes them: letters in order, or six scores from 0 to 40;
        empty: not given.

    Raises
    ------
    matching.files.cells.BadCell
        Where a cell is none.
    """
    here: IntArray = np.zeros(len(others), np.int64)
    there: IntArray = np.arange(len(others), dtype=np.int64)
    return Interests(_profiles([own]), _profiles(others)).parts(here, there)


def _profiles(cells: Sequence[str]) -> Profiles:
    values = [riasec(cell) if cell else NO_RIASEC for cell in cells]
    return Profiles(*interest_arrays(values))
