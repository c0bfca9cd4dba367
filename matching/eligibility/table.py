"""The table of eligible pairs, and what speaks against any pair.

Reasons are counted by the first that fails. Pairs out of reach are never built: their number is
what remains of all pairs when the others are taken away.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Protocol

import numpy as np

from matching.eligibility.accommodation import Accommodation
from matching.eligibility.labor_law import LaborLaw
from matching.eligibility.requirements import Age, Grade, Pay, Requirement, Reserved
from matching.eligibility.schedule import Schedule
from matching.eligibility.travel import Travel
from matching.pairs import REASONS, Eligible
from matching.problem import UNKNOWN, BoolArray, EligiblePairs, IntArray, PairTable, Problem


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that speaks against a pair: a code of ``REASONS`` and what it rests on.

    ``detail`` by code: travel ``minutes, limit``; grade ``grade, min_grade``; age ``age, min_age,
    on`` (the birthday); labor_law ``rule, citation`` with ``age, min_age, on`` or ``found, limit,
    under_age, until`` (minutes, or minutes after midnight); schedule ``windows`` ([day, start,
    end]) or ``minutes, needed``; accommodation ``need``; pay ``asks``; requirement ``kind, item``;
    reserved ``open_to``. What is unknown is None.
    """

    code: str
    detail: dict[str, Any] = field(default_factory=dict)


class Check(Protocol):
    """One reason, asked of arrays of pairs or of one."""

    reason: str

    def fails(self, student: IntArray, opportunity: IntArray) -> BoolArray: ...

    def details(self, student: int, opportunity: int) -> list[dict[str, Any]]: ...


class Listed:
    """The reasons that lists of pairs give: forbidden, refused, not ranked."""

    def __init__(self, problem: Problem) -> None:
        self._width = len(problem.opportunities)
        forbidden = ~problem.pins.require
        self.forbidden = self._keys(problem.pins)[forbidden]
        self.refused = self._keys(problem.refusals)
        self.ranked = self._keys(problem.preferences)
        self.removed = np.union1d(self.forbidden, self.refused)
        ranks = np.zeros(len(problem.students), np.bool_)
        ranks[problem.preferences.student] = True
        by_policy = {
            "never": np.ones_like(ranks),
            "if_open": ~problem.students.open_to_others,
            "always": np.zeros_like(ranks),
        }
        # Students to whom what they did not rank is closed.
        self.closed: BoolArray = ranks & by_policy[problem.policy.unranked]

    def _keys(self, table: PairTable) -> IntArray:
        return table.student * self._width + table.opportunity

    def key(self, student: IntArray, opportunity: IntArray) -> IntArray:
        """One number a pair, ascending as pairs are sorted."""
        return student * self._width + opportunity

    def pairs(self, keys: IntArray) -> tuple[IntArray, IntArray]:
        return keys // self._width, keys % self._width

    def of(self, keys: IntArray, students: BoolArray) -> IntArray:
        """Those of the keys that are of these students."""
        return keys[students[keys // self._width]]

    def fails(self, reason: str, student: IntArray, opportunity: IntArray) -> BoolArray:
        keys = self.key(student, opportunity)
        if reason == "not_ranked":
            return self.closed[student] & ~np.isin(keys, self.ranked)
        return np.isin(keys, self.forbidden if reason == "forbidden" else self.refused)


class Rules:
    """Everything that speaks against pairs of one round."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.listed = Listed(problem)
        self.reserved = Reserved(problem)
        self.travel = Travel(problem)
        self.law = LaborLaw(problem)
        self.accommodation = Accommodation(problem)
        self.after_travel: tuple[Check, ...] = (
            Grade(problem),
            Age(problem),
            self.law,
            Schedule(problem, self.law),
            self.accommodation,
            Pay(problem),
            Requirement(problem),
        )

    def eligible(self) -> Eligible:
        """Build the pairs, and count the rest by the first reason that fails."""
        listed, problem = self.listed, self.problem
        considered = len(problem.students) * len(problem.opportunities)
        excluded = dict.fromkeys(REASONS, 0)
        excluded["forbidden"] = len(listed.forbidden)
        excluded["refused"] = len(listed.removed) - len(listed.forbidden)
        open_to_them = np.setdiff1d(listed.of(listed.ranked, listed.closed), listed.removed)
        excluded["not_ranked"] = (
            int(listed.closed.sum()) * len(problem.opportunities)
            - len(open_to_them)
            - len(listed.of(listed.removed, listed.closed))
        )
        excluded["reserved"] = self._count_reserved(open_to_them)
        before_travel = sum(excluded.values())
        kept, in_reach = [], 0
        for student, opportunity in self._pieces(open_to_them):
            minutes = self.travel.legs(student, opportunity).minutes
            near = ~self.travel.too_long(student, minutes)
            piece = (student[near], opportunity[near], minutes[near])
            in_reach += len(piece[0])
            kept.append(self._sift(piece, excluded))
        excluded["travel"] = considered - in_reach - before_travel
        return self._table(kept, considered, excluded)

    def _count_reserved(self, open_to_them: IntArray) -> int:
        """Pairs that reach this reason and fail it; removed pairs do not reach it."""
        listed = self.listed
        students = np.flatnonzero(~listed.closed)
        removed = listed.of(listed.removed, ~listed.closed)
        return (
            self.reserved.count(students)
            - int(self.reserved.fails(*listed.pairs(removed)).sum())
            + int(self.reserved.fails(*listed.pairs(open_to_them)).sum())
        )

    def _pieces(self, open_to_them: IntArray) -> Iterator[tuple[IntArray, IntArray]]:
        """Pairs that pass the reasons before travel, as far as they can be in reach."""
        pieces = self.travel.candidates(self.listed.closed)
        for student, opportunity in pieces:
            kept = ~self.reserved.fails(student, opportunity)
            if len(self.listed.removed):
                kept &= ~np.isin(self.listed.key(student, opportunity), self.listed.removed)
            yield student[kept], opportunity[kept]
        student, opportunity = self.listed.pairs(open_to_them)
        kept = ~self.reserved.fails(student, opportunity)
        yield student[kept], opportunity[kept]

    def _sift(
        self, piece: tuple[IntArray, IntArray, IntArray], excluded: dict[str, int]
    ) -> tuple[IntArray, IntArray, IntArray]:
        student, opportunity, minutes = piece
        for check in self.after_travel:
            fails = check.fails(student, opportunity)
            count = int(np.count_nonzero(fails))
            if count:
                excluded[check.reason] += count
                kept = ~fails
                student, opportunity, minutes = student[kept], opportunity[kept], minutes[kept]
        return student, opportunity, minutes

    def _table(
        self,
        pieces: list[tuple[IntArray, IntArray, IntArray]],
        considered: int,
        excluded: dict[str, int],
    ) -> Eligible:
        student, opportunity, minutes = (np.concatenate(part) for part in zip(*pieces, strict=True))
        if len(pieces[-1][0]):  # the pairs of closed students come last
            order = np.argsort(self.listed.key(student, opportunity), kind="stable")
            student, opportunity, minutes = student[order], opportunity[order], minutes[order]
        return Eligible(
            student=student,
            opportunity=opportunity,
            minutes=minutes,
            travel_unknown=self.travel.unknown(student, opportunity),
            considered=considered,
            excluded=excluded,
        )

    def reasons(self, student: IntArray, opportunity: IntArray) -> list[list[Reason]]:
        """All reasons against each of the pairs, in the order of ``REASONS``."""
        found: list[list[Reason]] = [[] for _ in range(len(student))]
        for code in ("forbidden", "refused", "not_ranked"):
            if code == "not_ranked" and self.problem.eligible is not None:
                return found
            for row in np.flatnonzero(self.listed.fails(code, student, opportunity)).tolist():
                found[row].append(Reason(code))
        checks: tuple[Check, ...] = (self.reserved, self.travel, *self.after_travel)
        for check in checks:
            for row in np.flatnonzero(check.fails(student, opportunity)).tolist():
                details = check.details(int(student[row]), int(opportunity[row]))
                found[row].extend(Reason(check.reason, detail) for detail in details)
        return found

    def conditions(self, student: IntArray, opportunity: IntArray) -> list[tuple[str, ...]]:
        """What must be arranged for each of the pairs, sorted."""
        if self.problem.eligible is not None:
            return [()] * len(student)
        unknown = self.travel.unknown(student, opportunity).tolist()
        agreed = self.law.may_need_agreement(student, opportunity).tolist()
        found = []
        for row, (s, o) in enumerate(zip(student.tolist(), opportunity.tolist(), strict=True)):
            codes = [f"arrange:{need}" for need in self.accommodation.to_arrange(s, o)]
            if agreed[row]:
                codes += [f"agreement:{order}" for order in self.law.agreements(s, o)]
            if unknown[row]:
                codes.append("travel_unknown")
            found.append(tuple(sorted(codes)))
        return found


@lru_cache(maxsize=1)
def rules_of(problem: Problem) -> Rules:
    """The rules of a round, kept for the next question about the same round."""
    return Rules(problem)


def listed_pairs(problem: Problem, table: EligiblePairs) -> Eligible:
    """The pairs of eligible.csv, without those that a pin forbids or the student refuses."""
    listed = Listed(problem)
    keys = listed.key(table.student, table.opportunity)
    forbidden = np.isin(keys, listed.forbidden)
    refused = np.isin(keys, listed.refused) & ~forbidden
    kept = ~(forbidden | refused)
    excluded = dict.fromkeys(REASONS, 0)
    excluded["forbidden"] = int(forbidden.sum())
    excluded["refused"] = int(refused.sum())
    count = int(kept.sum())
    return Eligible(
        student=table.student[kept],
        opportunity=table.opportunity[kept],
        minutes=np.full(count, UNKNOWN),
        travel_unknown=np.zeros(count, np.bool_),
        considered=len(table),
        excluded=excluded,
    )
