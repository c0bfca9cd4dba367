"""A round as a program, with the weights of its goals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from matching.constraints import Constraints
from matching.pairs import Eligible, Scored
from matching.problem import IntArray, Problem
from matching.program import Previous, Program, Weight
from matching.program.goals import weights_of
from matching.program.rows import Builder


@dataclass(frozen=True, slots=True, eq=False)
class Round:
    """A program together with the weights of the policy's goals."""

    program: Program
    weights: dict[str, Weight]  # of every goal that is a sum
    utility: IntArray  # [p]
    any: tuple[tuple[int, IntArray], ...]
    missing: tuple[tuple[int, int, IntArray], ...]
    same: tuple[tuple[int, IntArray, IntArray], ...]  # column, pairs held before, the student's others

    def complete(self, chosen: IntArray) -> IntArray:
        """[columns] the choice of some pairs, with what the auxiliary columns are then."""
        x = np.zeros(self.program.columns, np.int64)
        x[chosen] = 1
        for column, pairs in self.any:
            x[column] = int(x[pairs].any())
        for column, low, counted in self.missing:
            x[column] = max(0, low - int(x[counted].sum()))
        for column, held, others in self.same:
            x[column] = int(x[held].all() and not x[others].any())
        return x


def round_program(
    problem: Problem,
    scored: Scored,
    constraints: Constraints,
    required: IntArray,
    previous: Previous | None = None,
) -> Round:
    """The integer program of a round.

    Parameters
    ----------
    required
        Indices of the pairs that pins require.
    previous
        What was held before, for the goal ``fewest_changes``.
    """
    from scipy.sparse import coo_array

    builder = Builder(problem, scored, constraints, previous)
    builder.build()
    rows, pairs = builder.rows, scored.pairs
    n, m, p = len(problem.students), len(problem.opportunities), len(pairs)
    row, column, coefficient = rows.entries()
    index = np.arange(p)
    matrix = coo_array(
        (
            np.concatenate((np.ones(2 * p, np.int64), coefficient)),
            (
                np.concatenate((pairs.student, n + pairs.opportunity, row)),
                np.concatenate((index, index, column)),
            ),
        ),
        shape=(n + m + rows.count, p + len(rows.columns)),
    ).tocsr()
    lo, hi, least = _pinned(pairs, constraints, required, n)
    seats = problem.opportunities.seats
    # An opportunity that needs more students than it has seats never runs.
    seats = np.where(constraints.cohorts > seats, 0, seats)
    low, high = rows.bounds()
    program = Program(
        student_ids=problem.students.ids,
        opportunity_ids=problem.opportunities.ids,
        student=pairs.student,
        opportunity=pairs.opportunity,
        matrix=matrix,
        low=np.concatenate((least, np.zeros(m, np.int64), low)),
        high=np.concatenate((constraints.capacity, seats, high)),
        lo=np.concatenate((lo, np.zeros(len(rows.columns), np.int64))),
        hi=np.concatenate((hi, np.array(rows.tops, np.int64))),
        side_names=rows.names,
        extra_names=tuple(rows.columns),
        cohorts=constraints.cohorts,
        about_runs=builder.about_runs,
    )
    return Round(
        program,
        weights_of(builder, program.columns),
        scored.utility,
        tuple(builder.any),
        tuple(builder.missing),
        tuple(_same(builder)),
    )


def _same(builder: Builder) -> Iterable[tuple[int, IntArray, IntArray]]:
    for student, column in builder.same.items():
        assert builder.previous is not None
        held = builder.kept(student, builder.previous[builder.ids[student]])
        mine = builder.of(student)
        yield column, np.array(held, np.int64), np.setdiff1d(mine, np.array(held, np.int64))


def _pinned(
    pairs: Eligible, constraints: Constraints, required: IntArray, students: int
) -> tuple[IntArray, IntArray, IntArray]:
    """Bounds of the pairs, and the least number of seats of each student."""
    single = np.zeros(students, np.bool_)
    single[pairs.student[required]] = True
    single &= constraints.capacity == 1
    lo = np.zeros(len(pairs), np.int64)
    lo[required] = 1
    hi = np.where(single[pairs.student], lo, 1)
    return lo, hi, single.astype(np.int64)
