"""What each goal of a round measures, as a weight on every pair."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from matching.engines.goal import Goal
from matching.pairs import Scored
from matching.previous import Previous
from matching.problem import Problem


def weighted_goals(problem: Problem, scored: Scored, previous: Previous | None = None) -> tuple[Goal, ...]:
    """The goals of the policy in their order, each with its weight on the pairs of ``scored``.

    They are sums over pairs where every student holds one seat at most. A weight that is the same
    for every pair takes no memory.

    Parameters
    ----------
    previous
        What the goal ``fewest_changes`` compares with.

    Raises
    ------
    ValueError
        Where ``fewest_changes`` is a goal and there is nothing to compare with.
    """
    count = len(scored.pairs)
    made: dict[str, Callable[[], Goal]] = {
        "placed": lambda: Goal("placed", np.broadcast_to(np.int64(1), count)),
        "priority": lambda: Goal("priority", problem.students.priority[scored.pairs.student]),
        "floors": lambda: Goal("floors", np.broadcast_to(np.int64(0), count), missing=-1),
        "utility": lambda: Goal("utility", scored.utility),
        "worst_utility": lambda: Goal("worst_utility", scored.utility, worst=True),
        "first_choices": lambda: Goal("first_choices", (scored.rank == 1).astype(np.int64)),
        "fewest_changes": lambda: _fewest_changes(problem, scored, previous),
    }
    return tuple(made[name]() for name in problem.policy.goals)


def _fewest_changes(problem: Problem, scored: Scored, previous: Previous | None) -> Goal:
    """Minus the students whose seat is another one than before, or none, or the first they have."""
    if previous is None:
        raise ValueError("the goal fewest_changes needs a previous result to compare with")
    place = {name: index for index, name in enumerate(problem.opportunities.ids)}
    held = [previous.get(name, ()) for name in problem.students.ids]
    had = np.array([len(seats) > 0 for seats in held], np.bool_)
    # Who held several seats cannot hold the same set again: each student has one here.
    before = np.array([place.get(seats[0], -1) if len(seats) == 1 else -1 for seats in held], np.int64)
    kept = before[scored.pairs.student] == scored.pairs.opportunity
    gained = ~had[scored.pairs.student]
    return Goal("fewest_changes", kept.astype(np.int64) - gained, constant=-int(had.sum()))
