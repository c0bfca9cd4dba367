"""A round as plain look-ups by (student, opportunity): what checking one pair needs."""

from __future__ import annotations

import math
from collections import defaultdict

import numpy as np

from matching.problem import UNKNOWN, PairTable, Problem, Windows
from matching.verify.law import Law, LawOpportunity, LawStudent, Ruling

Pair = tuple[int, int]


def _pairs(table: PairTable) -> list[Pair]:
    return list(zip(table.student.tolist(), table.opportunity.tolist(), strict=True))


def _given(value: float) -> float | None:
    """None for the NaN that stands for an empty cell."""
    return None if math.isnan(value) else float(value)


class Facts:
    """The sparse tables of a problem as dictionaries, and its law.

    Indices are those of ``Problem.students`` and ``Problem.opportunities``.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.law = Law(problem)
        self.student_index = {name: i for i, name in enumerate(problem.students.ids)}
        self.opportunity_index = {name: i for i, name in enumerate(problem.opportunities.ids)}

        self.forbidden: set[Pair] = set()
        self.required: dict[int, list[int]] = defaultdict(list)
        for pair, require in zip(_pairs(problem.pins), problem.pins.require.tolist(), strict=True):
            if require:
                self.required[pair[0]].append(pair[1])
            else:
                self.forbidden.add(pair)
        self.refused = set(_pairs(problem.refusals))

        ranked = problem.preferences
        self.rank: dict[Pair, int] = {}
        self.opportunity_rank: dict[Pair, int] = {}
        self.ranked_by: dict[int, list[int]] = defaultdict(list)
        for pair, rank, back in zip(
            _pairs(ranked), ranked.rank.tolist(), ranked.opportunity_rank.tolist(), strict=True
        ):
            self.rank[pair] = rank
            self.ranked_by[pair[0]].append(pair[1])
            if back != UNKNOWN:
                self.opportunity_rank[pair] = back

        self._rankers = np.bincount(ranked.opportunity, minlength=len(problem.opportunities))
        self.growth: dict[Pair, float] = dict(
            zip(_pairs(problem.growth), problem.growth.value.tolist(), strict=True)
        )
        self._law_offers: dict[int, LawOpportunity] = {}
        self._equal_offers: dict[LawOpportunity, LawOpportunity] = {}
        self.listed: dict[Pair, int] | None = None
        if problem.eligible is not None:
            self.listed = dict(zip(_pairs(problem.eligible), problem.eligible.utility.tolist(), strict=True))

    def rankers(self, opportunity: int) -> int:
        """How many students ranked an opportunity."""
        return int(self._rankers[opportunity])

    def law_offer(self, opportunity: int) -> LawOpportunity:
        """What the law looks at in an opportunity; the same object for equal ones."""
        found = self._law_offers.get(opportunity)
        if found is None:
            table = self.problem.opportunities
            found = LawOpportunity(
                employment=table.employment[opportunity],
                labor_program=table.labor_program[opportunity],
                hazards=table.hazards[opportunity],
                drives=bool(table.drives[opportunity]),
                schedule=table.schedule[opportunity],
                flexible_hours=_given(table.flexible_hours[opportunity]),
                hours_per_week=_given(table.hours_per_week[opportunity]),
                start=int(table.start_date[opportunity]),
                end=int(table.end_date[opportunity]),
            )
            found = self._equal_offers.setdefault(found, found)
            self._law_offers[opportunity] = found
        return found

    def age(self, pair: Pair) -> int | None:
        """Whole years on the first day of the placement, None where a date is unknown."""
        birth = int(self.problem.students.birth_date[pair[0]])
        return self.law.age(birth, int(self.problem.opportunities.start_date[pair[1]]))

    def school_hours(self, student: int) -> Windows:
        """The hours of the student's school, or those of the policy."""
        school = int(self.problem.students.school[student])
        own = self.problem.schools.school_hours[school] if school != UNKNOWN else None
        return self.problem.policy.law.school_hours if own is None else own

    def law_student(self, student: int) -> LawStudent:
        """What the law looks at in a student."""
        table = self.problem.students
        return LawStudent(
            birth=int(table.birth_date[student]),
            learner=bool(table.student_learner[student]),
            credentials=table.credentials[student] & self.law.special,
            school_hours=self.school_hours(student),
        )

    def ruling(self, pair: Pair) -> Ruling:
        """What the law says of the pair."""
        return self.law.rule(self.law_offer(pair[1]), self.law_student(pair[0]))

    def student(self, index: int) -> str:
        return self.problem.students.ids[index]

    def opportunity(self, index: int) -> str:
        return self.problem.opportunities.ids[index]

    def pair(self, pair: Pair) -> str:
        """The pair in words, for a violation."""
        return f"student {self.student(pair[0])} at opportunity {self.opportunity(pair[1])}"
