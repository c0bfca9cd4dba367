"""What came of each student in a result, as columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from matching.files import Fault, read_table
from matching.problem import UNKNOWN, BoolArray, FloatArray, IntArray, Problem

PLACEMENTS = "placements.csv"
_NEEDED = ("student_id", "opportunity_id", "utility")
_COLUMNS = (*_NEEDED, "rank", "travel_minutes")


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """[n] each; of several seats the best rank, the longest way, and any that is paid."""

    placed: BoolArray
    utility: FloatArray  # of all seats together, NaN where none
    rank: FloatArray  # NaN where none or not ranked
    minutes: FloatArray  # NaN where none or travel is not considered
    paid: BoolArray
    opportunity: IntArray  # the first seat, UNKNOWN where none


def read_outcomes(problem: Problem, files: Mapping[str, bytes]) -> Outcomes:
    """The outcomes in a result folder of this very round.

    Raises
    ------
    KeyError, ValueError
        placements.csv is missing or malformed.
    """
    faults: list[Fault] = []
    table = read_table(PLACEMENTS, files[PLACEMENTS], _COLUMNS, _NEEDED, faults)
    if faults:
        raise ValueError(str(faults[0]))
    n = len(problem.students)
    students = {name: index for index, name in enumerate(problem.students.ids)}
    opportunities = {name: index for index, name in enumerate(problem.opportunities.ids)}
    student = np.array([students[name] for name in table.cells("student_id")], np.int64)
    seat = np.array([opportunities[name] for name in table.cells("opportunity_id")], np.int64)
    placed, paid = np.zeros(n, np.bool_), np.zeros(n, np.bool_)
    placed[student] = True
    paid[student[problem.opportunities.paid[seat] == 1]] = True
    utility, rank, minutes = (_numbers(table.cells(name)) for name in _COLUMNS[2:])
    worth = np.zeros(n)
    np.add.at(worth, student, utility)
    first = np.full(n, UNKNOWN)
    first[student[::-1]] = seat[::-1]
    return Outcomes(
        placed=placed,
        utility=np.where(placed, worth, np.nan),
        rank=_of_students(n, student, rank, np.fmin),
        minutes=_of_students(n, student, minutes, np.fmax),
        paid=paid,
        opportunity=first,
    )


def _numbers(cells: Sequence[str]) -> FloatArray:
    return np.array([float(cell) if cell else np.nan for cell in cells], np.float64)


def _of_students(n: int, student: IntArray, values: FloatArray, join: np.ufunc) -> FloatArray:
    found = np.full(n, np.nan)
    join.at(found, student, values)
    return found
