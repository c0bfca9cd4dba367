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
from numpy.typing import NDArray

from matching.eligibility.accommodation import Accommodation
from matching.eligibility.details import Details
from matching.eligibility.labor_law import LaborLaw
from matching.eligibility.requirements import Age, Grade, Pay, Requirement, Reserved
from matching.eligibility.schedule import Schedule
from matching.eligibility.travel import Travel
from matching.pairs import REASONS, Eligible, among
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

    def details(self, student: IntArray, opportunity: IntArray) -> list[Details]: ...


_Piece = tuple[IntArray, IntArray, IntArray]  # student, opportunity, minutes
_SmallPiece = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]


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

    def count(self, keys: IntArray) -> IntArray:
        """[n] how many of the keys are of each student."""
        return np.bincount(keys // self._width, minlength=len(self.closed))

    def fails(self, reason: str, student: IntArray, opportunity: IntArray) -> BoolArray:
        keys = self.key(student, opportunity)
        if reason == "not_ranked":
            return self.closed[student] & ~among(keys, self.ranked)
        return among(keys, self.forbidden if reason == "forbidden" else self.refused)


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
        counts = self._empty_counts()
        pieces = self._sift(np.ones(len(self.problem.students), np.bool_), counts)
        parts = zip(*pieces, strict=True)
        student, opportunity, minutes = (np.concatenate(part, dtype=np.int64) for part in parts)
        del pieces
        if self.listed.closed.any():  # their pairs come last
            order = np.argsort(self.listed.key(student, opportunity), kind="stable")
            student, opportunity, minutes = student[order], opportunity[order], minutes[order]
        totals = counts.sum(axis=1).tolist()
        return Eligible(
            student=student,
            opportunity=opportunity,
            minutes=minutes,
            travel_unknown=self.travel.unknown(student, opportunity),
            considered=len(self.problem.students) * len(self.problem.opportunities),
            excluded=dict(zip(REASONS, totals, strict=True)),
        )

    def excluded_by_student(self, students: IntArray) -> IntArray:
        """[12, len(students)] pairs of each of these students by the first reason that fails."""
        selected = np.zeros(len(self.problem.students), np.bool_)
        selected[students] = True
        counts = self._empty_counts()
        self._sift(selected, counts)
        return counts[:, students]

    def _empty_counts(self) -> IntArray:
        return np.zeros((len(REASONS), len(self.problem.students)), np.int64)

    def _sift(self, selected: BoolArray, counts: IntArray) -> list[_SmallPiece]:
        """Eligible pairs of the selected students; the rest go into ``counts`` [reasons, n]."""
        listed, count = self.listed, len(self.problem.students)
        row = {reason: counts[i] for i, reason in enumerate(REASONS)}
        row["forbidden"] += listed.count(listed.forbidden)
        row["refused"] += listed.count(listed.removed) - row["forbidden"]
        open_to_them = np.setdiff1d(listed.of(listed.ranked, listed.closed), listed.removed)
        everything = len(self.problem.opportunities)
        kept = listed.count(open_to_them) + listed.count(listed.removed)
        row["not_ranked"] += np.where(listed.closed, everything - kept, 0)
        row["reserved"] += self._count_reserved(open_to_them)
        pieces: list[_SmallPiece] = []
        in_reach = np.zeros(count, np.int64)
        for student, opportunity in self._candidates(selected, open_to_them):
            minutes = self.travel.legs(student, opportunity).minutes
            piece = _left((student, opportunity, minutes), self.travel.too_long(student, minutes))
            _tally(in_reach, piece[0])
            for check in self.after_travel:
                fails = check.fails(piece[0], piece[1])
                if fails.any():
                    _tally(row[check.reason], piece[0][fails])
                    piece = _left(piece, fails)
            # Half as wide while all pieces and the whole table are in memory together.
            pieces.append((piece[0].astype(np.int32), piece[1].astype(np.int32), piece[2].astype(np.int32)))
        before = sum(row[reason] for reason in REASONS[: REASONS.index("travel")])
        row["travel"] += everything - before - in_reach
        counts[:, ~selected] = 0
        return pieces

    def _count_reserved(self, open_to_them: IntArray) -> IntArray:
        """[n] pairs that reach this reason and fail it; removed pairs do not reach it."""
        listed, reserved = self.listed, self.reserved
        counts = np.zeros(len(listed.closed), np.int64)
        students = np.flatnonzero(~listed.closed)
        counts[students] = reserved.counts(students)
        removed = listed.of(listed.removed, ~listed.closed)
        counts -= listed.count(removed[reserved.fails(*listed.pairs(removed))])
        counts += listed.count(open_to_them[reserved.fails(*listed.pairs(open_to_them))])
        return counts

    def _candidates(self, selected: BoolArray, open_to_them: IntArray) -> Iterator[tuple[IntArray, IntArray]]:
        """Pairs that pass the reasons before travel, as far as they can be in reach."""
        for student, opportunity in self.travel.candidates(selected & ~self.listed.closed):
            kept = ~self.reserved.fails(student, opportunity)
            if len(self.listed.removed):
                kept &= ~among(self.listed.key(student, opportunity), self.listed.removed)
            yield student[kept], opportunity[kept]
        student, opportunity = self.listed.pairs(self.listed.of(open_to_them, selected))
        kept = ~self.reserved.fails(student, opportunity)
        yield student[kept], opportunity[kept]

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
            rows = np.flatnonzero(check.fails(student, opportunity))
            details = check.details(student[rows], opportunity[rows])
            for row, against in zip(rows.tolist(), details, strict=True):
                found[row].extend(Reason(check.reason, detail) for detail in against)
        return found

    def conditions(self, student: IntArray, opportunity: IntArray) -> list[tuple[str, ...]]:
        """What must be arranged for each of the pairs, sorted."""
        if self.problem.eligible is not None:
            return [()] * len(student)
        found = [
            tuple(f"arrange:{need}" for need in needs)
            for needs in self.accommodation.to_arrange(student, opportunity)
        ]
        for row in np.flatnonzero(self.law.may_need_agreement(student, opportunity)).tolist():
            orders = self.law.agreements(int(student[row]), int(opportunity[row]))
            found[row] += tuple(f"agreement:{order}" for order in orders)
        for code, rows in self.law.to_arrange(student, opportunity):
            for row in rows.tolist():
                found[row] += (self.law.condition(code),)
        for row in np.flatnonzero(self.travel.unknown(student, opportunity)).tolist():
            found[row] += ("travel_unknown",)
        return [tuple(sorted(set(codes))) for codes in found]


def _left(piece: _Piece, fails: BoolArray) -> _Piece:
    """The pairs of a piece that do not fail (by their places: faster than by a mask)."""
    rows = np.flatnonzero(~fails)
    return piece[0].take(rows), piece[1].take(rows), piece[2].take(rows)


def _tally(counts: IntArray, students: IntArray) -> None:
    """Count some students, ascending, where they stand among all: a piece has but a few of them."""
    if len(students):
        found = np.bincount(students - students[0])
        counts[students[0] : students[0] + len(found)] += found


@lru_cache(maxsize=1)
def rules_of(problem: Problem) -> Rules:
    """The rules of a round, kept for the next question about the same round."""
    return Rules(problem)


def listed_pairs(problem: Problem, table: EligiblePairs) -> Eligible:
    """The pairs of eligible.csv, without those that a pin forbids or the student refuses."""
    counts = listed_counts(problem, table).sum(axis=1).tolist()
    listed = Listed(problem)
    kept = ~among(listed.key(table.student, table.opportunity), listed.removed)
    count = int(kept.sum())
    return Eligible(
        student=table.student[kept],
        opportunity=table.opportunity[kept],
        minutes=np.full(count, UNKNOWN),
        travel_unknown=np.zeros(count, np.bool_),
        considered=len(table),
        excluded=dict(zip(REASONS, counts, strict=True)),
    )


def listed_counts(problem: Problem, table: EligiblePairs) -> IntArray:
    """[12, n] rows of eligible.csv that are forbidden or refused, by student."""
    listed = Listed(problem)
    keys = listed.key(table.student, table.opportunity)
    forbidden = among(keys, listed.forbidden)
    refused = among(keys, listed.refused) & ~forbidden
    counts = np.zeros((len(REASONS), len(problem.students)), np.int64)
    counts[REASONS.index("forbidden")] = listed.count(keys[forbidden])
    counts[REASONS.index("refused")] = listed.count(keys[refused])
    return counts
