"""What each floor costs: what the round would reach without it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from matching.advise.again import Round
from matching.problem import UNKNOWN, Limits, Problem


@dataclass(frozen=True, slots=True)
class FloorCost:
    """A ``min`` of limits.csv, and what more there would be without it."""

    scope: str
    id: str
    floor: int
    students: int | None  # placed; None where it is not proved
    utility: int | None


def floor_costs(problem: Problem) -> Iterator[FloorCost]:
    """What each floor costs in total utility and in students placed, by solving without it.

    Raises
    ------
    Infeasible, NothingYet
        As for ``solve``, of the round as it is.
    """
    limits = problem.limits
    rows = np.flatnonzero(limits.low > 0).tolist()
    if not rows:
        return
    with_all = Round.of(problem).solved()
    for row in rows:
        low = limits.low.copy()
        low[row] = UNKNOWN
        freed: Limits = replace(limits, low=low)
        without = Round.of(replace(problem, limits=freed)).tried()
        known = without is not None and without.optimal and with_all.optimal
        yield FloorCost(
            limits.scope[row],
            limits.ids[row],
            int(limits.low[row]),
            without.students_above(with_all) if without and known else None,
            without.utility_above(with_all) if without and known else None,
        )
