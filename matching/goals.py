"""What each goal of a round measures, as a weight on every pair."""

from __future__ import annotations

import numpy as np

from matching.engines.flow import Goal
from matching.pairs import Scored
from matching.problem import Problem


def weighted_goals(problem: Problem, scored: Scored) -> tuple[Goal, ...]:
    """The goals of the policy in their order, each with its weight on the pairs of ``scored``.

    A student holds one seat, so "students with a seat" and "priority of the placed" are sums over
    pairs. Without limits no seat is ever missing to a floor: its weight is 0 throughout.

    Raises
    ------
    KeyError
        For a goal that this engine does not have; ``files.parse_round`` lets none pass.
    """
    count = len(scored.pairs)
    weights = {
        "placed": np.ones(count, np.int64),
        "priority": problem.students.priority[scored.pairs.student],
        "floors": np.zeros(count, np.int64),
        "utility": scored.utility,
    }
    return tuple(Goal(name, weights[name]) for name in problem.policy.goals)
