"""Why this seat, why not another one, and what speaks against it, in codes and numbers.

``explanations`` gives what explanations.jsonl holds; ``sentences`` turns one such record into
words. A record names one student and nobody else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from matching.eligibility import Reason, conditions, excluded_by_student, legs, reasons
from matching.pairs import PARTS, REASONS, Scored, among
from matching.problem import UNKNOWN, BoolArray, IntArray, Problem
from matching.sentences import ChoiceText, StudentText, sentences

__all__ = ["ChoiceText", "Record", "StudentText", "explanations", "sentences"]

Record = dict[str, Any]

# Students whose records are made together. All at once would fill memory with small objects,
# through which the interpreter's garbage collector then walks again and again.
_STUDENTS_AT_ONCE = 2_000

# Reasons that name several things at once, and the key under which a record lists them.
_GROUPED = {"labor_law": "rules", "accommodation": "needs", "requirement": "missing"}


def explanations(problem: Problem, scored: Scored, seat: IntArray) -> Iterator[Record]:
    """A record for each student, in the order of identifiers.

    Parameters
    ----------
    seat
        [n] index of each student's pair in ``scored``, or -1.

    Yields
    ------
    dict
        ``student_id``; ``placed``: at most one seat with ``opportunity_id, rank, utility,
        minutes, leg, parts, conditions`` (a part is its value and its weight; what is not known
        or not considered is None), and ``required: true`` where a pin asks for it; ``unplaced``
        where there is none: ``reason, excluded, eligible``;
        ``better_liked``: what the student ranked ahead of the seat, all ranked without one, each
        with ``opportunity_id, rank, utility, reasons, outcome`` (``excluded`` or ``seats_taken``).
    """
    unplaced = _Unplaced(problem, scored, seat)
    better = _BetterLiked(problem, scored, seat)
    ids = problem.students.ids
    for first in range(0, len(ids), _STUDENTS_AT_ONCE):
        last = min(first + _STUDENTS_AT_ONCE, len(ids))
        placed = _placed(problem, scored, seat, first, last)
        liked = better.records(first, last)
        for student in range(first, last):
            record: Record = {"student_id": ids[student], "placed": []}
            if student in placed:
                record["placed"].append(placed[student])
            else:
                record["unplaced"] = unplaced.record(student)
            record["better_liked"] = liked.get(student, [])
            yield record


def _placed(problem: Problem, scored: Scored, seat: IntArray, first: int, last: int) -> dict[int, Record]:
    """What each placed student of a range has, by student."""
    students = first + np.flatnonzero(seat[first:last] >= 0)
    pairs = seat[students]
    opportunities = scored.pairs.opportunity[pairs]
    required = _required(problem)
    columns = zip(
        students.tolist(),
        opportunities.tolist(),
        _or_none(scored.rank[pairs]),
        scored.utility[pairs].tolist(),
        _or_none(scored.pairs.minutes[pairs]),
        _legs(problem, students, opportunities),
        _parts(problem, scored, pairs),
        conditions(problem, students, opportunities),
        strict=True,
    )
    return {
        student: {
            "opportunity_id": problem.opportunities.ids[opportunity],
            "rank": rank,
            "utility": utility,
            "minutes": minutes,
            "leg": leg,
            "parts": parts,
            "conditions": list(kept),
            **({"required": True} if (student, opportunity) in required else {}),
        }
        for student, opportunity, rank, utility, minutes, leg, parts, kept in columns
    }


def _required(problem: Problem) -> set[tuple[int, int]]:
    """The pairs (student, opportunity) that pins require."""
    rows = np.flatnonzero(problem.pins.require)
    table = problem.pins
    return set(zip(table.student[rows].tolist(), table.opportunity[rows].tolist(), strict=True))


def _or_none(values: IntArray) -> list[int | None]:
    return [None if value == UNKNOWN else value for value in values.tolist()]


def _legs(problem: Problem, student: IntArray, opportunity: IntArray) -> list[Record | None]:
    if problem.eligible is not None:
        return [None] * len(student)
    found, modes = legs(problem, student, opportunity)
    rows = zip(
        modes,
        found.from_school.tolist(),
        found.there.tolist(),
        found.back.tolist(),
        strict=True,
    )
    return [
        {"mode": mode, "from": "school" if school else "home", "there": there, "back": back}
        if back != UNKNOWN
        else None
        for mode, school, there, back in rows
    ]


def _parts(problem: Problem, scored: Scored, pairs: IntArray) -> list[Record]:
    if not scored.parts.shape[1]:
        return [{} for _ in range(len(pairs))]
    weights = [getattr(problem.policy.weights, name) for name in PARTS]
    return [
        {name: [value, weight] for name, value, weight in zip(PARTS, values, weights, strict=True)}
        for values in scored.parts[pairs].round(6).tolist()
    ]


class _Unplaced:
    """Why students have no seat."""

    def __init__(self, problem: Problem, scored: Scored, seat: IntArray) -> None:
        self._eligible = np.bincount(scored.pairs.student, minlength=len(seat))
        without = np.flatnonzero((seat < 0) & (self._eligible == 0))
        self._excluded = dict(zip(without.tolist(), excluded_by_student(problem, without).T, strict=True))

    def record(self, student: int) -> Record:
        count = int(self._eligible[student])
        if count:
            return {"reason": "seats_taken", "excluded": {}, "eligible": count}
        counts = zip(REASONS, self._excluded[student].tolist(), strict=True)
        excluded = {reason: count for reason, count in counts if count}
        return {"reason": "no_eligible_pair", "excluded": excluded, "eligible": 0}


class _BetterLiked:
    """What students ranked ahead of their seat, best first."""

    def __init__(self, problem: Problem, scored: Scored, seat: IntArray) -> None:
        self._problem, self._utility = problem, scored.utility
        self._keys = scored.pairs.student * len(problem.opportunities) + scored.pairs.opportunity
        self._listed = _listed_keys(problem)
        ranked = problem.preferences
        no_limit = np.iinfo(np.int64).max
        limit = np.full(len(seat), no_limit)
        has_seat = np.flatnonzero(seat >= 0)
        rank = scored.rank[seat[has_seat]]
        limit[has_seat] = np.where(rank == UNKNOWN, no_limit, rank)
        ahead = np.flatnonzero(ranked.rank < limit[ranked.student])
        order = np.lexsort((ranked.opportunity[ahead], ranked.rank[ahead], ranked.student[ahead]))
        rows = ahead[order]
        self._student, self._opportunity = ranked.student[rows], ranked.opportunity[rows]
        self._rank = ranked.rank[rows]

    def records(self, first: int, last: int) -> dict[int, list[Record]]:
        """Records of a range of students, by student."""
        start, stop = np.searchsorted(self._student, [first, last])
        student, opportunity = self._student[start:stop], self._opportunity[start:stop]
        utility, eligible = self._utilities(student, opportunity)
        against = self._against(student, opportunity, eligible)
        columns = (student, opportunity, self._rank[start:stop], utility)
        found: dict[int, list[Record]] = {}
        for (s, o, rank, worth), why in zip(
            zip(*(column.tolist() for column in columns), strict=True), against, strict=True
        ):
            found.setdefault(s, []).append(
                {
                    "opportunity_id": self._problem.opportunities.ids[o],
                    "rank": rank,
                    "utility": None if why else worth,
                    "reasons": why,
                    "outcome": "excluded" if why else "seats_taken",
                }
            )
        return found

    def _utilities(self, student: IntArray, opportunity: IntArray) -> tuple[IntArray, BoolArray]:
        """Utility of pairs (UNKNOWN where not eligible), and whether they are eligible."""
        if not len(self._keys):
            return np.full(len(student), UNKNOWN), np.zeros(len(student), np.bool_)
        wanted = student * len(self._problem.opportunities) + opportunity
        place = np.minimum(np.searchsorted(self._keys, wanted), len(self._keys) - 1)
        eligible: BoolArray = self._keys[place] == wanted
        return np.where(eligible, self._utility[place], UNKNOWN), eligible

    def _against(self, student: IntArray, opportunity: IntArray, eligible: BoolArray) -> list[list[Record]]:
        """What speaks against each of the pairs, one entry a reason; nothing where eligible."""
        found: list[list[Record]] = [[] for _ in range(len(student))]
        rows = np.flatnonzero(~eligible)
        s, o = student[rows], opportunity[rows]
        for row, why in zip(rows.tolist(), reasons(self._problem, s, o), strict=True):
            found[row] = _grouped(why)
        if self._listed is not None:
            missing = ~among(s * len(self._problem.opportunities) + o, self._listed)
            for row in rows[missing].tolist():
                found[row].append({"code": "not_listed"})
        return found


def _listed_keys(problem: Problem) -> IntArray | None:
    """The rows of eligible.csv as one ascending number each; None without the file."""
    table = problem.eligible
    return None if table is None else table.student * len(problem.opportunities) + table.opportunity


def _grouped(why: Sequence[Reason]) -> list[Record]:
    """One entry a reason, with all its rules or missing things."""
    entries: list[Record] = []
    for reason in why:
        key = _GROUPED.get(reason.code)
        if key is None:
            entries.append({"code": reason.code, **reason.detail})
            continue
        if not entries or entries[-1]["code"] != reason.code:
            entries.append({"code": reason.code, key: []})
        one = reason.detail["need"] if reason.code == "accommodation" else reason.detail
        entries[-1][key].append(one)
    return entries
