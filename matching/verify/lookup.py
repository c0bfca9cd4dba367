"""A plain rule for many pairs at once.

A rule is evaluated in plain code once for each pair of *distinct* profiles that occurs (a
schedule and a student's free time, say) and read from a table for every other pair like it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any, Generic, TypeVar

import numpy as np

from matching.problem import Column, FloatArray, IntArray, PairTable

K = TypeVar("K", bound=Hashable)

LARGEST_TABLE = 8_000_000
"""Entries (64 MB) up to which a table is kept between calls."""


class Classes(Generic[K]):
    """Distinct profiles: ``codes[i]`` is the place of row *i*'s profile in ``values``."""

    def __init__(self, rows: Iterable[K]) -> None:
        places: dict[K, int] = {}
        self.codes: IntArray = np.fromiter(
            (places.setdefault(row, len(places)) for row in rows), dtype=np.int64
        )
        self.values: tuple[K, ...] = tuple(places)

    @classmethod
    def of(cls, codes: IntArray, values: tuple[K, ...]) -> Classes[K]:
        """Classes that are already known."""
        classes = cls(())
        classes.codes, classes.values = codes, values
        return classes

    def __len__(self) -> int:
        return len(self.values)


def together(*columns: Column[Any]) -> Classes[Any]:
    """Rows of several columns as one profile."""
    rows = zip(*(column.codes.tolist() for column in columns), strict=True)
    codes = Classes(rows)
    values = tuple(
        tuple(column.values[code] for column, code in zip(columns, row, strict=True)) for row in codes.values
    )
    return Classes.of(codes.codes, values)


class Lookup:
    """A function of two profile codes, remembered by value. New codes may come on the left."""

    def __init__(self, columns: int, function: Callable[[int, int], float]) -> None:
        self._columns = columns
        self._function = function
        self._table: FloatArray = np.zeros(0)

    def _evaluate(self, keys: IntArray) -> FloatArray:
        pairs = (divmod(key, self._columns) for key in keys.tolist())
        return np.array([float(self._function(*pair)) for pair in pairs], dtype=np.float64)

    def __call__(self, a: IntArray, b: IntArray) -> FloatArray:
        """Values for pairs of codes, each [p]."""
        keys = a * self._columns + b
        size = (int(a.max()) + 1) * self._columns if len(a) else 0
        if size > LARGEST_TABLE:
            distinct, place = np.unique(keys, return_inverse=True)
            found: FloatArray = self._evaluate(distinct)[place]
            return found
        if size > len(self._table):
            self._table = np.append(self._table, np.full(size - len(self._table), np.nan))
        values: FloatArray = self._table[keys]
        missing = np.isnan(values)
        if missing.any():
            fresh = np.unique(keys[missing])
            self._table[fresh] = self._evaluate(fresh)
            values = self._table[keys]
        return values


class SparseValues:
    """A file of values by pair, for arrays of pairs."""

    def __init__(self, table: PairTable, values: FloatArray, columns: int) -> None:
        keys = table.student * columns + table.opportunity
        order = np.argsort(keys)
        self._keys, self._values, self._columns = keys[order], values[order], columns

    def __call__(self, student: IntArray, opportunity: IntArray) -> FloatArray:
        """[p] values, NaN where the file has none."""
        found = np.full(len(student), np.nan)
        if len(self._keys) == 0:
            return found
        keys = student * self._columns + opportunity
        place = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        hit = self._keys[place] == keys
        found[hit] = self._values[place[hit]]
        return found
