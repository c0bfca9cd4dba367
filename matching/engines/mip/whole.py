"""The integer program itself, given to HiGHS: it finds choices, and what it proves is not used."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from matching.engines.highs.process import Process
from matching.engines.highs.request import INFINITE
from matching.engines.mip.relax import opened
from matching.problem import BoolArray, IntArray
from matching.program import Program, Weight, cohort_columns


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """The pairs of the best choice that was found, None where there was none.

    ``impossible`` where the solver says that none exists.
    """

    chosen: IntArray | None
    impossible: bool


def choose(
    program: Program,
    weight: Weight,
    process: Process,
    *,
    among: BoolArray | None = None,
    seconds: float = INFINITE,
) -> Found:
    """The best choice of whole pairs, as HiGHS finds it.

    Parameters
    ----------
    among
        [columns] which columns may be chosen besides what is fixed; all, where not given.
    seconds
        When to stop early.

    Raises
    ------
    TimeIsUp
    """
    view = opened(program, weight.columns.astype(np.float64), among)
    if not view.possible:
        return Found(None, True)
    whole = (view.columns < program.pairs) | _asked(program)[view.columns]
    request = replace(view.request, whole=whole, seconds=seconds)
    answer = process.ask(request)
    if answer.status == "infeasible":
        return Found(None, True)
    if answer.status == "none":
        return Found(None, False)
    x = view.fixed.copy()
    x[view.columns] = np.rint(answer.x[: len(view.columns)])
    return Found(np.flatnonzero(x[: program.pairs]), False)


def _asked(program: Program) -> BoolArray:
    """[columns] which of them say whether a cohort runs."""
    asked = np.zeros(program.columns, np.bool_)
    asked[cohort_columns(program)[1]] = True
    return asked
