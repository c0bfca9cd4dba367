"""What is asked of the solver's process, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass

from matching.problem import BoolArray, FloatArray, IntArray

INFINITE = float("inf")


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """``max cost @ x`` with ``low <= matrix @ x <= high`` and ``lo <= x <= hi``.

    The matrix is in triplets sorted by row, then column. Where ``whole`` is None it is an LP.
    """

    cost: FloatArray
    lo: FloatArray
    hi: FloatArray
    low: FloatArray
    high: FloatArray
    row: IntArray
    column: IntArray
    coefficient: FloatArray
    whole: BoolArray | None = None
    seconds: float = INFINITE


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What came of a request.

    Attributes
    ----------
    status
        ``optimal``, ``feasible`` (stopped early, ``x`` is there), ``infeasible`` or ``none``.
    clock
        Whether time ended it: then another run may answer otherwise.
    """

    status: str
    x: FloatArray
    duals: FloatArray
    clock: bool = False
