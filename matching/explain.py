"""Why this seat, why not another one, and what speaks against it, in codes and numbers.

``tell`` makes what explanations.jsonl holds; ``sentences`` turns one such record into words. A
record names one student and nobody else, and of the others it holds counts alone, from ten up.

Lines are put together as text, a column at a time: as objects of their own, the records of
100,000 students took a quarter of a whole solve.
"""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from math import isnan
from typing import Any, NamedTuple

import numpy as np

from matching.better_liked import BetterLiked
from matching.eligibility import conditions, excluded_by_student, legs, own_rules, steps
from matching.engines.goal import Proof
from matching.engines.network import Network
from matching.fit import parts as fit_parts
from matching.pairs import PARTS, REASONS, Scored
from matching.problem import UNKNOWN, IntArray, Problem
from matching.sentences import ChoiceText, StudentText, sentences

__all__ = ["ChoiceText", "Record", "StudentText", "Told", "WhyNot", "sentences", "tell"]

Record = dict[str, Any]

# Students whose lines are made together: enough for whole-array work, and few enough that the
# small objects behind the reasons never fill memory.
_STUDENTS_AT_ONCE = 10_000

encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class WhyNot(NamedTuple):
    """Why a student has no seat."""

    student: int
    reason: str  # a code of unplaced.csv
    excluded: dict[str, int]  # pairs by first reason; where no pair is eligible
    eligible: int


class Told(NamedTuple):
    """The explanations, and the parts of them that stand in the tables too."""

    lines: bytes  # explanations.jsonl
    conditions: tuple[tuple[str, ...], ...]  # one a chosen pair, in their order
    unplaced: tuple[WhyNot, ...]  # in the order of identifiers


def tell(
    problem: Problem,
    scored: Scored,
    chosen: IntArray,
    proofs: Sequence[Proof] = (),
    network: Network | None = None,
) -> Told:
    """A line for each student, in the order of identifiers.

    ``student_id``; ``placed``: the seats, each with ``opportunity_id, rank, utility, minutes, leg,
    parts, conditions`` (a part is its value and its weight; what is not known or not considered
    is None), ``own_rules`` (the words of a district's rules behind its conditions, by code), ``learned``
    (what the growth comes from: the site's ``record``, and what it ``teaches`` of what is to learn), and
    ``required: true`` where a pin asks for it; ``unplaced`` where there is none:
    ``reason, excluded, eligible``; ``better_liked``: see :class:`BetterLiked`.

    Parameters
    ----------
    chosen
        Indices into ``scored`` of all pairs of the result, ascending; several a student are
        possible.
    proofs, network
        Of the goals in their order, and what they are the proofs of, where a flow solved the
        round: they say which goal decided against a better-liked seat.
    """
    with _collector_paused():
        return _tell(problem, scored, chosen, BetterLiked(problem, scored, chosen, proofs, network))


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Without Python's search for cycles: there are none here, and it walks all small objects again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _tell(problem: Problem, scored: Scored, chosen: IntArray, better: BetterLiked) -> Told:
    placed = _Placed(problem, scored, chosen)
    unplaced = unplaced_reasons(problem, scored, chosen)
    why_not = {one.student: one for one in unplaced}
    ids = [encode(identifier) for identifier in problem.students.ids]
    lines: list[str] = []
    for first in range(0, len(ids), _STUDENTS_AT_ONCE):
        last = min(first + _STUDENTS_AT_ONCE, len(ids))
        seats = placed.texts(first, last)
        liked = better.texts(first, last)
        for student in range(first, last):
            one = why_not.get(student)
            without = "" if one is None else f',"unplaced":{_why_not_text(one)}'
            lines.append(
                f'{{"student_id":{ids[student]},"placed":[{seats.get(student, "")}]{without},'
                f'"better_liked":[{liked.get(student, "")}]}}\n'
            )
    return Told("".join(lines).encode(), tuple(placed.conditions), unplaced)


def unplaced_reasons(problem: Problem, scored: Scored, chosen: IntArray) -> tuple[WhyNot, ...]:
    """Why each student without a seat has none, in the order of identifiers.

    ``no_eligible_pair``; ``seats_taken`` where all that was eligible is full;
    ``opportunity_not_opened`` where what is not full holds nobody and asks for a minimum of
    students; else ``side_constraint``: a limit, a budget or a rule about companions left a seat
    empty.
    """
    n, pairs = len(problem.students), scored.pairs
    eligible = np.bincount(pairs.student, minlength=n)
    has_seat = np.zeros(n, np.bool_)
    has_seat[pairs.student[chosen]] = True
    held = np.bincount(pairs.opportunity[chosen], minlength=len(problem.opportunities))
    closed = (held == 0) & (problem.opportunities.min_students > 1)
    free = held < problem.opportunities.seats
    open_to_all = np.zeros(n, np.bool_)
    open_to_all[pairs.student[(free & ~closed)[pairs.opportunity]]] = True
    not_opened = np.zeros(n, np.bool_)
    not_opened[pairs.student[(free & closed)[pairs.opportunity]]] = True

    without = np.flatnonzero(~has_seat & (eligible == 0))
    excluded = excluded_by_student(problem, without).T.tolist()
    counts = {
        student: {reason: count for reason, count in zip(REASONS, row, strict=True) if count}
        for student, row in zip(without.tolist(), excluded, strict=True)
    }
    rest = np.where(open_to_all, "side_constraint", np.where(not_opened, "opportunity_not_opened", ""))
    return tuple(
        WhyNot(student, "no_eligible_pair", counts[student], 0)
        if student in counts
        else WhyNot(student, str(rest[student]) or "seats_taken", {}, int(eligible[student]))
        for student in np.flatnonzero(~has_seat).tolist()
    )


def _why_not_text(why: WhyNot) -> str:
    excluded = encode(why.excluded) if why.excluded else "{}"
    return f'{{"reason":"{why.reason}","excluded":{excluded},"eligible":{why.eligible}}}'


class _Placed:
    """The seats of a result as text, and their conditions."""

    def __init__(self, problem: Problem, scored: Scored, chosen: IntArray) -> None:
        self._problem, self._scored, self._chosen = problem, scored, chosen
        self._student = scored.pairs.student[chosen]
        self._required = _required(problem)
        self._own = own_rules(problem)
        growth = problem.growth
        self._given_growth = set(zip(growth.student.tolist(), growth.opportunity.tolist(), strict=True))
        self._codes = cache(encode)
        self.conditions: list[tuple[str, ...]] = []

    def texts(self, first: int, last: int) -> dict[int, str]:
        """The seats of a range of students by student; asked for in ascending order."""
        start, stop = np.searchsorted(self._student, [first, last])
        pairs = self._chosen[start:stop]
        student, opportunity = self._student[start:stop], self._scored.pairs.opportunity[pairs]
        codes = conditions(self._problem, student, opportunity)
        self.conditions += codes
        columns = zip(
            student.tolist(),
            opportunity.tolist(),
            _or_null(self._scored.rank[pairs]),
            self._scored.utility[pairs].tolist(),
            _or_null(self._scored.pairs.minutes[pairs]),
            _legs(self._problem, student, opportunity),
            self._parts(pairs),
            codes,
            strict=True,
        )
        ids = self._problem.opportunities.ids
        found: dict[int, str] = {}
        for s, o, rank, utility, minutes, leg, worth, kept in columns:
            by_pin = ',"required":true' if (s, o) in self._required else ""
            text = (
                f'{{"opportunity_id":{encode(ids[o])},"rank":{rank},"utility":{utility},'
                f'"minutes":{minutes},"leg":{leg},"parts":{worth},"conditions":{self._codes(kept)}'
                f"{self._own_text(kept)}{self._learned(s, o)}{by_pin}}}"
            )
            found[s] = f"{found[s]},{text}" if s in found else text
        return found

    def _own_text(self, codes: tuple[str, ...]) -> str:
        """What a district's own rules say that ask for some conditions; "" where none does."""
        named = [code.partition(":")[2] for code in codes] if self._own else []
        asked = {name: self._own[name] for name in named if name in self._own}
        return f',"own_rules":{encode(asked)}' if asked else ""

    def _learned(self, student: int, opportunity: int) -> str:
        """What the growth of a pair comes from; "" where nothing is known, or it is given pair by pair."""
        problem = self._problem
        if problem.eligible is not None or (student, opportunity) in self._given_growth:
            return ""
        record = float(problem.opportunities.growth[opportunity])
        taught = problem.students.to_learn[student] & problem.opportunities.teaches[opportunity]
        known = {} if isnan(record) else {"record": record}
        told = known | ({"teaches": sorted(taught)} if taught else {})
        return f',"learned":{encode(told)}' if told else ""

    def _parts(self, pairs: IntArray) -> list[str]:
        if self._problem.eligible is not None:
            return ["{}"] * len(pairs)
        weights = self._problem.policy.weights
        form = ",".join(f'"{name}":[%r,{encode(getattr(weights, name))}]' for name in PARTS)
        form = f"{{{form}}}"
        values = fit_parts(self._problem, self._scored, pairs).round(6).tolist()
        return [form % tuple(row) for row in values]


def _required(problem: Problem) -> set[tuple[int, int]]:
    """The pairs (student, opportunity) that pins require."""
    rows = np.flatnonzero(problem.pins.require)
    table = problem.pins
    return set(zip(table.student[rows].tolist(), table.opportunity[rows].tolist(), strict=True))


def _or_null(values: IntArray) -> list[str]:
    return ["null" if value == UNKNOWN else str(value) for value in values.tolist()]


def _legs(problem: Problem, student: IntArray, opportunity: IntArray) -> list[str]:
    if problem.eligible is not None:
        return ["null"] * len(student)
    found, modes = legs(problem, student, opportunity)
    # Nobody is told of a way from a home that nobody knows: the school stands for it.
    unknown_home = np.isnan(problem.students.latitude[student])
    rows = zip(
        modes,
        (found.from_school | unknown_home).tolist(),
        found.there.tolist(),
        found.back.tolist(),
        _steps(problem, student, opportunity),
        strict=True,
    )
    return [
        f'{{"mode":"{mode}","from":"{"school" if school else "home"}","there":{there},"back":{back}{by}}}'
        if back != UNKNOWN
        else "null"
        for mode, school, there, back, by in rows
    ]


def _steps(problem: Problem, student: IntArray, opportunity: IntArray) -> list[str]:
    """The walks and rides of legs by the timetable, as the last key of a leg; "" where there are none."""
    if problem.feed is None:
        return [""] * len(student)
    return [
        f',"steps":{encode({"there": there, "back": back})}' if there or back else ""
        for there, back in zip(*steps(problem, student, opportunity), strict=True)
    ]
