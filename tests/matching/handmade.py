"""Result files for any choice of seats, lawful or not: what ``verify`` has to judge."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from matching.eligibility import eligible_pairs
from matching.explain import tell
from matching.fit import parts, score
from matching.pairs import PARTS
from matching.phases import Phases
from matching.previous import Previous
from matching.problem import Problem
from matching.results import Result, unplaced_row

Files = dict[str, bytes]
Pair = tuple[str, str]


def result_of(
    problem: Problem,
    seats: Sequence[Pair],
    values: Sequence[int],
    previous: Previous | None = None,
) -> Files:
    """A ``feasible`` result with these seats (eligible pairs) and values of the goals, nothing proved."""
    scored = score(problem, eligible_pairs(problem))
    students, opportunities = problem.students.ids, problem.opportunities.ids
    wanted = set(seats)
    chosen = np.array(
        [
            row
            for row, (s, o) in enumerate(
                zip(scored.pairs.student.tolist(), scored.pairs.opportunity.tolist(), strict=True)
            )
            if (students[s], opportunities[o]) in wanted
        ],
        dtype=np.int64,
    )
    listed = problem.eligible is not None
    fit = (
        parts(problem, scored, chosen)[:, PARTS.index("interest")] if not listed else np.full(len(chosen), 0)
    )
    told = tell(problem, scored, chosen)
    result = Result(
        problem=problem,
        scored=scored,
        method="mip",
        status="feasible",
        chosen=chosen,
        interest_fit=fit,
        conditions=told.conditions,
        unplaced=tuple(unplaced_row(problem, why) for why in told.unplaced),
        goals=tuple(zip(problem.policy.goals, values, strict=True)),
        proofs=(),
        previous=previous if "fewest_changes" in problem.policy.goals else None,
        explanations=told.lines,
        phases=Phases(),
    )
    return result.files()
