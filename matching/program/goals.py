"""What each goal of a round counts, as a weight on the columns of its program."""

from __future__ import annotations

import numpy as np

from matching.program import Weight
from matching.program.rows import Builder


def weights_of(builder: Builder, columns: int) -> dict[str, Weight]:
    """The weight of every goal that is a sum, over the columns that ``builder`` has written."""
    problem, scored, pairs = builder.problem, builder.scored, builder.pairs
    p = len(pairs)
    alone = np.zeros(columns, np.int64)  # 1 on what says that a student is placed
    alone[:p] = ~builder.is_several[pairs.student]
    priority = np.zeros(columns, np.int64)
    priority[:p] = alone[:p] * problem.students.priority[pairs.student]
    for student, column in builder.placed.items():
        alone[column] = 1
        priority[column] = problem.students.priority[student]
    utility = np.zeros(columns, np.int64)
    utility[:p] = scored.utility
    floors = np.zeros(columns, np.int64)
    floors[[column for column, _, _ in builder.missing]] = -1
    found = [
        Weight("placed", alone),
        Weight("priority", priority),
        Weight("utility", utility),
        Weight("floors", floors),
        _first_choices(builder, columns),
    ]
    if builder.previous is not None:
        found.append(_fewest_changes(builder, columns))
    return {weight.name: weight for weight in found}


def _first_choices(builder: Builder, columns: int) -> Weight:
    first = np.zeros(columns, np.int64)
    first[: len(builder.pairs)] = builder.scored.rank == 1
    for student, column in builder.first.items():
        mine = builder.of(student)
        first[mine] = 0
        first[column] = 1
    return Weight("first_choices", first)


def _fewest_changes(builder: Builder, columns: int) -> Weight:
    """Minus the students whose seats differ from those they had."""
    assert builder.previous is not None
    weight, constant = np.zeros(columns, np.int64), 0
    for student, name in enumerate(builder.ids):
        held = builder.previous.get(name, ())
        if not held:
            several = student in builder.placed
            weight[builder.placed[student] if several else builder.of(student)] = -1
            continue
        constant -= 1
        if student in builder.same:
            weight[builder.same[student]] = 1
        elif len(held) == 1 and not builder.is_several[student]:
            weight[builder.kept(student, held) or []] = 1
    return Weight("fewest_changes", weight, constant)
