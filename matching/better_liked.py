"""What students ranked ahead of what they got, and why it did not come true."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from matching.eligibility import Reason, reasons
from matching.engines.goal import Proof
from matching.engines.network import Network
from matching.engines.worst import everybody
from matching.pairs import Scored, among
from matching.problem import UNKNOWN, BoolArray, IntArray, Problem

SMALLEST_CONTEST = 10
"""Of an opportunity that fewer students ranked, nothing is said from which one could be guessed."""

_CONTEST_STEP = 10  # how many ranked it is rounded down to whole tens
_NO_LIMIT = np.iinfo(np.int64).max
_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

# Reasons that name several things at once, and the key under which a record lists them.
_GROUPED = {"labor_law": "rules", "accommodation": "needs", "requirement": "missing"}


class BetterLiked:
    """What students ranked ahead of the least liked of their seats, best first; all without one.

    Each is ``opportunity_id, rank, utility, reasons, outcome``. The outcome is ``excluded`` (for
    the reasons given), ``seats_taken`` (it is full), ``opportunity_not_opened`` (it asks for a
    minimum of students and holds nobody), ``fits_less`` (a seat stayed free, and the student's
    own are worth more) or ``side_constraint`` (a seat stayed free, and a limit, a budget,
    companions or a clash kept the student from it).

    Where the seats were taken and ten students or more ranked it there is a ``contest``:
    ``seats``, ``ranked_by`` (rounded down to whole tens), and ``decided_by``, the first goal of
    which no best result has this student there, ``tie`` where one has.
    """

    def __init__(
        self,
        problem: Problem,
        scored: Scored,
        chosen: IntArray,
        proofs: Sequence[Proof],
        network: Network | None,
    ) -> None:
        if network is not None and any(proof.goal.worst for proof in proofs):
            # The row that such a goal adds has prices too.
            network = replace(network, limits=(everybody(network.students), *network.limits))
        self._problem, self._scored, self._proofs, self._network = problem, scored, proofs, network
        self._keys = scored.pairs.student * len(problem.opportunities) + scored.pairs.opportunity
        self._listed = _listed_keys(problem)
        self._outcome = _Outcomes(problem, scored, chosen)
        self._ids = [_ENCODE(identifier) for identifier in problem.opportunities.ids]
        ranked = problem.preferences
        counts = np.bincount(ranked.opportunity, minlength=len(problem.opportunities))
        self._ranked_by = counts // _CONTEST_STEP * _CONTEST_STEP
        rows = _ahead(problem, scored, chosen)
        self._student, self._opportunity = ranked.student[rows], ranked.opportunity[rows]
        self._rank = ranked.rank[rows]

    def texts(self, first: int, last: int) -> dict[int, str]:
        """The records of a range of students, by student, as JSON that commas separate."""
        start, stop = np.searchsorted(self._student, [first, last])
        student, opportunity = self._student[start:stop], self._opportunity[start:stop]
        pair = self._pairs(student, opportunity)
        against = self._against(student, opportunity, pair == UNKNOWN)
        outcomes = self._outcome.of(student, opportunity, pair)
        decided = self._decided_by(pair)
        utility = _utilities(self._scored, pair)
        columns = (student, opportunity, self._rank[start:stop], utility)
        found: dict[int, list[str]] = {}
        for (s, o, rank, worth), why, outcome, goal in zip(
            zip(*(column.tolist() for column in columns), strict=True),
            against,
            outcomes,
            decided,
            strict=True,
        ):
            contest = self._contest(o, goal) if outcome == "seats_taken" and not why else ""
            found.setdefault(s, []).append(
                f'{{"opportunity_id":{self._ids[o]},"rank":{rank},'
                f'"utility":{"null" if why else worth},"reasons":{why or "[]"},'
                f'"outcome":"{"excluded" if why else outcome}"{contest}}}'
            )
        return {s: ",".join(records) for s, records in found.items()}

    def _contest(self, opportunity: int, goal: str) -> str:
        ranked_by = int(self._ranked_by[opportunity])
        if ranked_by < SMALLEST_CONTEST:
            return ""
        seats = int(self._problem.opportunities.seats[opportunity])
        decided = f',"decided_by":"{goal}"' if goal else ""
        return f',"contest":{{"seats":{seats},"ranked_by":{ranked_by}{decided}}}'

    def _decided_by(self, pair: IntArray) -> list[str]:
        """The first goal at whose prices a pair costs more than its weight; "" without proofs."""
        if self._network is None or not self._proofs or not len(pair):
            return [""] * len(pair)
        found = np.full(len(pair), "tie", object)
        rows = np.flatnonzero(pair != UNKNOWN)
        table = self._scored.pairs
        for proof in self._proofs:
            kept = pair[rows]
            weight = proof.goal.weight[kept]
            if proof.goal.worst:
                lost = weight < proof.value
            else:
                of_students, of_opportunities = proof.prices.of_nodes(self._network)
                price = of_students[table.student[kept]] + of_opportunities[table.opportunity[kept]]
                lost = price != weight
            found[rows[lost]] = proof.goal.name
            rows = rows[~lost]
        return list(found)

    def _pairs(self, student: IntArray, opportunity: IntArray) -> IntArray:
        """Indices into the eligible pairs, UNKNOWN where not eligible."""
        if not len(self._keys):
            return np.full(len(student), UNKNOWN)
        wanted = student * len(self._problem.opportunities) + opportunity
        place = np.minimum(np.searchsorted(self._keys, wanted), len(self._keys) - 1)
        return np.where(self._keys[place] == wanted, place, UNKNOWN)

    def _against(self, student: IntArray, opportunity: IntArray, excluded: BoolArray) -> list[str]:
        """What speaks against each of the pairs, as JSON; "" where eligible."""
        found = [""] * len(student)
        rows = np.flatnonzero(excluded)
        s, o = student[rows], opportunity[rows]
        missing = np.zeros(len(rows), np.bool_)
        if self._listed is not None:
            missing = ~among(s * len(self._problem.opportunities) + o, self._listed)
        why = reasons(self._problem, s, o)
        for row, one, not_listed in zip(rows.tolist(), why, missing.tolist(), strict=True):
            entries = grouped(one)
            found[row] = _ENCODE([*entries, {"code": "not_listed"}] if not_listed else entries)
        return found


def _ahead(problem: Problem, scored: Scored, chosen: IntArray) -> IntArray:
    """Rows of the preferences that stand ahead of what their student has, best first by student."""
    ranked, width = problem.preferences, len(problem.opportunities)
    limit = np.full(len(problem.students), _NO_LIMIT)
    has_seat = scored.pairs.student[chosen]
    limit[has_seat] = 0
    rank = scored.rank[chosen]
    np.maximum.at(limit, has_seat, np.where(rank == UNKNOWN, _NO_LIMIT, rank))
    held = has_seat * width + scored.pairs.opportunity[chosen]
    ahead = ranked.rank < limit[ranked.student]
    ahead &= ~among(ranked.student * width + ranked.opportunity, held)
    rows = np.flatnonzero(ahead)
    return rows[np.lexsort((ranked.opportunity[rows], ranked.rank[rows], ranked.student[rows]))]


class _Outcomes:
    """What became of eligible pairs that were not chosen."""

    def __init__(self, problem: Problem, scored: Scored, chosen: IntArray) -> None:
        self._scored = scored
        held = np.bincount(scored.pairs.opportunity[chosen], minlength=len(problem.opportunities))
        self._full = held >= problem.opportunities.seats
        self._not_opened = (held == 0) & (problem.opportunities.min_students > 1)
        student = scored.pairs.student[chosen]
        seats = np.bincount(student, minlength=len(problem.students))
        self._satisfied = (seats > 0) & (seats >= problem.students.max_placements)
        self._least = np.full(len(problem.students), _NO_LIMIT)
        np.minimum.at(self._least, student, scored.utility[chosen])

    def of(self, student: IntArray, opportunity: IntArray, pair: IntArray) -> list[str]:
        """A code for each; of no meaning where the pair is not eligible (``pair`` is UNKNOWN)."""
        fits_less = self._satisfied[student] & (_utilities(self._scored, pair) <= self._least[student])
        code = np.where(fits_less, "fits_less", "side_constraint")
        code = np.where(self._not_opened[opportunity], "opportunity_not_opened", code)
        found: list[str] = np.where(self._full[opportunity], "seats_taken", code).tolist()
        return found


def _utilities(scored: Scored, pair: IntArray) -> IntArray:
    """What pairs are worth, UNKNOWN where ``pair`` is."""
    known = pair != UNKNOWN
    found = np.full(len(pair), UNKNOWN)
    found[known] = scored.utility[pair[known]]
    return found


def _listed_keys(problem: Problem) -> IntArray | None:
    """The rows of eligible.csv as one ascending number each; None without the file."""
    table = problem.eligible
    return None if table is None else table.student * len(problem.opportunities) + table.opportunity


def grouped(why: Sequence[Reason]) -> list[dict[str, Any]]:
    """One entry a reason, with all its rules or missing things."""
    entries: list[dict[str, Any]] = []
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
