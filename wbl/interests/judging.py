"""What is offered in a round, judged for one student by the engine's own rules, before any solve.

A student's order and refusals are left out of it, and so are pins: what a coordinator decided, and
why, is told with the result and not while the student still chooses.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from matching.files import RoundFaults, parse_round
from matching.pairs import PARTS
from matching.problem import UNKNOWN, Problem
from wbl.interests.models import Submission
from wbl.rounds.models import Round
from wbl.rounds.snapshot import files_of, read_rows_of

LONGEST = 24 * 60
"""Minutes from which a way is no way: where there is none, the engine counts more than any limit."""
KEPT = 64
"""Students whose judgement a process keeps: between two clicks nothing of it changes."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One opportunity for one student, in codes and numbers."""

    against: tuple[Mapping[str, Any], ...]  # reasons as an explanation holds them; none: possible
    seat: Mapping[str, Any]  # a seat as an explanation holds it: minutes, leg, parts, conditions
    worth: float  # 0 to 1, without the student's own order; 0 where it is not possible

    @property
    def possible(self) -> bool:
        return not self.against

    @property
    def minutes(self) -> int | None:
        minutes: int | None = self.seat["minutes"]
        return minutes

    def why(self, language: str) -> list[str]:
        """Why it fits, and what has to be arranged before, in sentences."""
        from matching.sentences import sentences

        return sentences({"placed": [self.seat], "better_liked": []}, language, {}).why

    def why_not(self, language: str) -> list[str]:
        """What is in the way, in sentences."""
        from matching.sentences import reason_sentences

        return [said for reason in self.against for said in reason_sentences(reason, language)]


def judged(placement_round: Round, submission: Submission) -> dict[str, Judged] | None:
    """Everything in the round by the identifier of its opportunity; None where a round cannot be read
    as it is (a solve names the fault)."""
    rows = read_rows_of(placement_round, submission_id=submission.id, choices=False)
    try:
        return judge_files(files_of(placement_round, rows))
    except RoundFaults:
        return None


def judge_files(files: dict[str, bytes]) -> dict[str, Judged]:
    """The opportunities of a round's files for the one student in them.

    Raises
    ------
    RoundFaults
        Where the files are at fault.
    """
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(name.encode() + b"\0" + files[name] + b"\0")
    return _judge(digest.hexdigest(), _Files(files))


class _Files:
    """Files that take no part in what is remembered: their digest does."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files

    def __hash__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Files)


@lru_cache(maxsize=KEPT)
def _judge(_digest: str, files: _Files) -> dict[str, Judged]:
    from matching.better_liked import grouped
    from matching.eligibility import conditions, legs, reasons

    problem = parse_round(files.files)
    files.files = {}  # what is remembered need not hold them
    count = len(problem.opportunities)
    student, opportunity = np.zeros(count, np.int64), np.arange(count, dtype=np.int64)
    found, modes = legs(problem, student, opportunity)
    against = reasons(problem, student, opportunity)
    arranged = conditions(problem, student, opportunity)
    parts = _parts(problem)
    weights = [getattr(problem.policy.weights, name) for name in PARTS]
    judgements = {}
    for at, name in enumerate(problem.opportunities.ids):
        way: dict[str, Any] | None = None
        minutes = int(found.minutes[at])
        if found.back[at] != UNKNOWN and minutes <= LONGEST:
            way = {
                "mode": modes[at],
                "from": "school" if found.from_school[at] else "home",
                "there": int(found.there[at]),
                "back": int(found.back[at]),
            }
        values = parts.get(at)
        judgements[name] = Judged(
            against=tuple(grouped(against[at])),
            seat={
                "opportunity_id": name,
                "rank": None,
                "minutes": None if way is None else minutes,
                "leg": way,
                "parts": {}
                if values is None
                else {
                    part: (value, weight) for part, value, weight in zip(PARTS, values, weights, strict=True)
                },
                "conditions": arranged[at],
            },
            worth=0.0 if values is None else _worth(values, weights),
        )
    return judgements


def _parts(problem: Problem) -> dict[int, list[float]]:
    """The parts of every eligible pair's utility, by opportunity."""
    from matching.eligibility import eligible_pairs
    from matching.fit import parts, score

    eligible = eligible_pairs(problem)
    scored = score(problem, eligible)
    values = parts(problem, scored, np.arange(len(eligible), dtype=np.int64)).tolist()
    return dict(zip(eligible.opportunity.tolist(), values, strict=True)) if problem.eligible is None else {}


def _worth(values: list[float], weights: list[float]) -> float:
    """The parts that are not the student's own order, by their weights."""
    total = sum(weights[1:])
    return sum(v * w for v, w in zip(values[1:], weights[1:], strict=True)) / total if total else 0.5
