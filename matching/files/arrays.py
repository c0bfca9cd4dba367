"""Cells to arrays: each distinct text of a column is parsed once, however many rows hold it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from matching.files.cells import BadCell, Riasec, format_windows
from matching.files.columns import Spec, Specs
from matching.files.faults import Fault
from matching.files.table import Table
from matching.problem import UNKNOWN, BoolArray, Column, FloatArray, IntArray, Window
from matching.said import said

EMPTY = said("the cell is empty; this column must be filled")


def canonical(value: object) -> str:
    """Return the one text of a value that depends neither on spelling nor on order."""
    if value is None:
        return ""
    if isinstance(value, frozenset):
        return ";".join(sorted(value))
    if isinstance(value, tuple):
        return format_windows(tuple(Window(*window) for window in value))
    return str(value)


def encode(codes: IntArray, values: list[Any]) -> Column[Any]:
    """Return a column whose values are those in use, sorted: equal data give equal columns."""
    used = np.unique(codes)
    texts = [canonical(values[code]) for code in used]
    order = sorted(range(len(used)), key=texts.__getitem__)
    new_code = np.zeros(len(values), dtype=np.int64)
    new_code[used[order]] = np.arange(len(used))
    return Column(new_code[codes], tuple(values[used[index]] for index in order))


class TableReader:
    """One table being turned into arrays, in the order of its rows.

    Every column is parsed at once, so that all faults are found, read or not.
    """

    def __init__(self, table: Table, specs: Specs, faults: list[Fault]) -> None:
        self.table = table
        self._faults = faults
        self._parsed = {name: self._parse(name, spec) for name, spec in specs.items() if not spec.refers}

    def __len__(self) -> int:
        return len(self.table)

    def given(self, name: str) -> BoolArray:
        """Return which rows have something in this column."""
        return np.array([bool(cell) for cell in self.table.cells(name)], dtype=np.bool_)

    def ints(self, name: str) -> IntArray:
        """Return a column of whole numbers (or ordinals of dates)."""
        codes, values = self._parsed[name]
        return np.array(values, dtype=np.int64)[codes]

    def floats(self, name: str) -> FloatArray:
        """Return a column of numbers, NaN where not given."""
        codes, values = self._parsed[name]
        return np.array(values, dtype=np.float64)[codes]

    def bools(self, name: str) -> BoolArray:
        """Return a yes/no column."""
        codes, values = self._parsed[name]
        return np.array(values, dtype=np.bool_)[codes]

    def encoded(self, name: str) -> tuple[IntArray, list[Any]]:
        """Return a column as codes and distinct values."""
        return self._parsed[name]

    def column(self, name: str, order: IntArray) -> Column[Any]:
        """Return a column in another order of rows, with canonical values."""
        codes, values = self._parsed[name]
        return encode(codes[order], values)

    def fault(self, row: int, column: str, message: str) -> None:
        """Report one cell."""
        self._faults.append(self.table.fault(row, column, message))

    def _parse(self, name: str, spec: Spec) -> tuple[IntArray, list[Any]]:
        rows = len(self.table)
        cells = self.table.cells(name)
        if name not in self.table.columns:
            return np.zeros(rows, dtype=np.int64), [spec.default]
        code_of_value: dict[Any, int] = {spec.default: 0}
        code_of_cell: dict[str, int] = {}
        bad: dict[str, str] = {}
        for cell in dict.fromkeys(cells):
            value = spec.default
            if cell:
                try:
                    value = spec.parse(cell)
                except BadCell as error:
                    bad[cell] = str(error)
            elif spec.required:
                bad[cell] = EMPTY
            code_of_cell[cell] = code_of_value.setdefault(value, len(code_of_value))
        if bad:
            for row, cell in enumerate(cells):
                if cell in bad:
                    self.fault(row, name, bad[cell])
        codes = np.fromiter(map(code_of_cell.__getitem__, cells), dtype=np.int64, count=rows)
        return codes, list(code_of_value)


def riasec_arrays(reader: TableReader, order: IntArray) -> tuple[FloatArray, IntArray]:
    """Return scores [n, 6] (NaN where not given as scores) and letters [n, 3] (UNKNOWN-padded).

    The letters of scores are their three highest, ties in RIASEC order.
    """
    codes, values = reader.encoded("riasec")
    scores, letters = interest_arrays(values)
    return scores[codes][order], letters[codes][order]


def interest_arrays(values: Sequence[Riasec]) -> tuple[FloatArray, IntArray]:
    """Return scores [n, 6] and letters [n, 3] of interests that were read from cells."""
    padded = [(*value.letters, UNKNOWN, UNKNOWN, UNKNOWN)[:3] for value in values]
    letters: IntArray = np.array(padded, dtype=np.int64).reshape(len(values), 3)
    scored = np.array([value.scores is not None for value in values], dtype=np.bool_)
    scores = np.full((len(values), 6), np.nan)
    if scored.any():
        scores[scored] = [value.scores for value in values if value.scores is not None]
        letters[scored] = np.argsort(-scores[scored], axis=1, kind="stable")[:, :3]
    return scores, letters
