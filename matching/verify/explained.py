"""explanations.jsonl: a record a student that agrees with the seats and with the rules."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from matching.pairs import PARTS, REASONS
from matching.problem import UNKNOWN
from matching.verify.census import Census
from matching.verify.facts import Facts, Pair
from matching.verify.outputs import EXPLANATIONS, read_records, shown
from matching.verify.placed import Truth, unplaced_truth
from matching.verify.profiles import Profiles
from matching.verify.travel import Journey, is_way_there, journey
from matching.verify.violations import Report

SAME_PART = 1e-6
"""Parts may be written with six decimals."""


@dataclass(frozen=True, slots=True)
class Better:
    """A better-liked opportunity: why the student is not there. ``utility`` is UNKNOWN if excluded."""

    opportunity: int
    rank: int
    reasons: tuple[str, ...]
    utility: int


def check_explanations(
    facts: Facts,
    profiles: Profiles,
    census: Census,
    truths: Mapping[Pair, Truth],
    lines: Sequence[str],
    report: Report,
) -> None:
    """Compare every record with what was recomputed.

    Parameters
    ----------
    truths
        The placed pairs.
    lines
        Of explanations.jsonl.
    """
    seats: dict[int, int] = dict(truths.keys())
    without = [student for student in range(len(facts.problem.students)) if student not in seats]
    why_not = dict(zip(without, unplaced_truth(facts, census, without), strict=True))
    better = better_liked(facts, profiles, census, seats)
    order: list[int] = []
    for record in read_records(lines, report):
        identifier = record.get("student_id")
        student = facts.student_index.get(identifier) if isinstance(identifier, str) else None
        if student is None:
            report.add(EXPLANATIONS, f"the round has no student {shown(identifier)}")
            continue
        order.append(student)
        say = _Sayer(report, facts.student(student))
        _check_seat(facts, student, seats.get(student), truths, record, say)
        _check_why_not(facts, census, student, why_not.get(student), record, say)
        _check_better(facts, student, better.get(student, []), record.get("better_liked"), say)
    _check_students(facts, order, report)


def _check_students(facts: Facts, order: Sequence[int], report: Report) -> None:
    counts = Counter(order)
    for student, identifier in enumerate(facts.problem.students.ids):
        if counts[student] != 1:
            report.add(EXPLANATIONS, f"student {identifier} has {counts[student]} records; expected one")
    if list(order) != sorted(order):
        report.add(EXPLANATIONS, "the records are not sorted by student_id")


@dataclass(frozen=True, slots=True)
class _Sayer:
    report: Report
    student: str

    def __call__(self, message: str) -> None:
        self.report.add(EXPLANATIONS, f"student {self.student}: {message}")

    def same(self, what: str, found: object, expected: object) -> None:
        if found != expected or isinstance(found, bool):
            self(f"{what} is {shown(found)}, recomputed {shown(expected)}")


def _check_seat(
    facts: Facts,
    student: int,
    seat: int | None,
    truths: Mapping[Pair, Truth],
    record: dict[str, Any],
    say: _Sayer,
) -> None:
    placed = record.get("placed")
    names = [facts.opportunity(seat)] if seat is not None else []
    if not isinstance(placed, list) or not all(isinstance(entry, dict) for entry in placed):
        say("placed is not a list of objects")
        return
    found = [entry.get("opportunity_id") for entry in placed]
    if found != names:
        say(f"placed names {shown(found)}, but placements.csv {shown(names)}")
        return
    if seat is None:
        return
    entry, truth = placed[0], truths[student, seat]
    way = truth.examined.way
    say.same("rank", entry.get("rank"), facts.rank.get((student, seat)))
    say.same("utility", entry.get("utility"), truth.utility)
    say.same("minutes", entry.get("minutes"), _known(way.longer))
    say.same("conditions", entry.get("conditions"), list(truth.examined.conditions))
    required = seat in facts.required.get(student, ())
    if entry.get("required", False) is not required:
        say(f"required is {shown(entry.get('required', False))}, recomputed {shown(required)}")
    _check_leg(facts, (student, seat), way, entry.get("leg"), say)
    _check_parts(facts, truth, entry.get("parts"), say)


def _check_leg(facts: Facts, pair: Pair, way: Journey, leg: object, say: _Sayer) -> None:
    if way.there == UNKNOWN:
        say.same("leg", leg, None)
        return
    if not isinstance(leg, dict):
        say(f"leg is {shown(leg)}; expected an object")
        return
    say.same("leg", (leg.get("there"), leg.get("back")), (way.there, way.back))
    if not is_way_there(facts, pair, leg.get("mode"), leg.get("from")):
        say(f"leg {shown(leg)} is not a way from home or school that takes so many minutes")


def _known(value: int) -> int | None:
    return None if value == UNKNOWN else value


def _check_parts(facts: Facts, truth: Truth, parts: object, say: _Sayer) -> None:
    if truth.parts is None:
        if parts:
            say("parts are given although eligible.csv says what the pair is worth")
        return
    if not isinstance(parts, dict) or sorted(parts) != sorted(PARTS):
        say(f"parts are not {', '.join(PARTS)}")
        return
    for name in PARTS:
        expected = (getattr(truth.parts, name), getattr(facts.problem.policy.weights, name))
        found = parts[name]
        numbers = isinstance(found, list) and len(found) == 2 and all(map(_is_number, found))
        if not numbers or any(
            not math.isclose(a, b, rel_tol=0, abs_tol=SAME_PART) for a, b in zip(found, expected, strict=True)
        ):
            say(f"part {name} is {shown(found)}, recomputed {shown(list(expected))}")


def _is_number(value: object) -> bool:
    # Compared before it is converted: JSON holds whole numbers that no float can.
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= 1e15


def _check_why_not(
    facts: Facts,
    census: Census,
    student: int,
    expected: tuple[str, str] | None,
    record: dict[str, Any],
    say: _Sayer,
) -> None:
    found = record.get("unplaced")
    if expected is None:
        if found is not None:
            say("unplaced is given for a student who has a seat")
        return
    if not isinstance(found, dict):
        say("unplaced is missing")
        return
    say.same("unplaced reason", found.get("reason"), expected[0])
    first, last = np.searchsorted(census.student, [student, student + 1])
    say.same("unplaced eligible", found.get("eligible", 0), int(last - first))
    excluded = found.get("excluded", {})
    counts = dict(zip(REASONS, census.excluded[student].tolist(), strict=True))
    if not isinstance(excluded, dict):
        say("unplaced excluded is not an object")
    elif expected[0] == "no_eligible_pair" or excluded:
        given = {code: count for code, count in excluded.items() if count != 0}
        say.same("unplaced excluded", given, {code: n for code, n in counts.items() if n})


def better_liked(
    facts: Facts, profiles: Profiles, census: Census, seats: Mapping[int, int]
) -> dict[int, list[Better]]:
    """For each student what they ranked ahead of their seat (all of it without one)."""
    pairs: list[Pair] = []
    for student, ranked in facts.ranked_by.items():
        seat = seats.get(student)
        limit = facts.rank.get((student, seat)) if seat is not None else None
        ahead = [o for o in ranked if limit is None or facts.rank[student, o] < limit]
        ahead.sort(key=lambda o: (facts.rank[student, o], o))
        pairs += [(student, o) for o in ahead]
    against = reasons_against(facts, profiles, pairs)
    utilities = _utilities(facts, census, pairs)
    found: dict[int, list[Better]] = {}
    for pair, reasons, utility in zip(pairs, against, utilities, strict=True):
        better = Better(pair[1], facts.rank[pair], reasons, utility)
        found.setdefault(pair[0], []).append(better)
    return found


def reasons_against(facts: Facts, profiles: Profiles, pairs: Sequence[Pair]) -> list[tuple[str, ...]]:
    """All reasons against each of some pairs that the student ranked, in the order of the format."""
    found: list[list[str]] = [
        [
            reason
            for reason, table in (("forbidden", facts.forbidden), ("refused", facts.refused))
            if pair in table
        ]
        for pair in pairs
    ]
    if facts.listed is not None:
        return [
            tuple(reasons if pair in facts.listed else [*reasons, "not_listed"])
            for pair, reasons in zip(pairs, found, strict=True)
        ]
    student, opportunity = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    for reason in REASONS[REASONS.index("reserved") :]:
        for place in np.flatnonzero(profiles.fails(reason, student, opportunity)).tolist():
            found[place].append(reason)
    return [tuple(reasons) for reasons in found]


def _utilities(facts: Facts, census: Census, pairs: Sequence[Pair]) -> list[int]:
    """The utility of each pair, UNKNOWN where it is not eligible."""
    width = max(1, len(facts.problem.opportunities))
    keys = census.student * width + census.opportunity
    if not len(keys):
        return [UNKNOWN] * len(pairs)
    wanted = np.array([s * width + o for s, o in pairs], dtype=np.int64)
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    utilities: list[int] = np.where(keys[place] == wanted, census.utility[place], UNKNOWN).tolist()
    return utilities


def _check_details(
    facts: Facts, pair: Pair, reasons: Sequence[dict[str, Any]], where: str, say: _Sayer
) -> None:
    """The figures behind the reasons that a family is most likely to ask about."""
    student, opportunity = pair
    own, offer = facts.problem.students, facts.problem.opportunities
    for reason in reasons:
        if reason["code"] == "travel":
            say.same(f"{where}: minutes", reason.get("minutes"), journey(facts, pair).longer)
            limit = int(own.max_travel_minutes[student])
            say.same(f"{where}: limit", reason.get("limit"), limit)
        elif reason["code"] == "grade":
            minimum = int(offer.min_grade[opportunity])
            say.same(f"{where}: grade", reason.get("grade"), _known(int(own.grade[student])))
            say.same(f"{where}: min_grade", reason.get("min_grade"), minimum)
        elif reason["code"] == "labor_law":
            rules = reason.get("rules")
            listed = isinstance(rules, list) and all(isinstance(rule, dict) for rule in rules)
            codes = sorted(str(rule.get("rule")) for rule in rules) if listed and rules else []
            say.same(f"{where}: rules", codes, sorted(facts.ruling(pair).against))


def _check_better(
    facts: Facts, student: int, expected: Sequence[Better], entries: object, say: _Sayer
) -> None:
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        say("better_liked is not a list of objects")
        return
    found = [entry.get("opportunity_id") for entry in entries]
    names = [facts.opportunity(better.opportunity) for better in expected]
    if found != names:
        say(f"better_liked names {shown(found)}, but ranked ahead are {shown(names)}")
        return
    for entry, better, name in zip(entries, expected, names, strict=True):
        where = f"better liked {name}"
        say.same(f"{where}: rank", entry.get("rank"), better.rank)
        reasons = entry.get("reasons")
        codes = (
            [reason.get("code") if isinstance(reason, dict) else None for reason in reasons]
            if isinstance(reasons, list)
            else None
        )
        say.same(f"{where}: reasons", codes, list(better.reasons))
        if codes == list(better.reasons):
            _check_details(facts, (student, better.opportunity), entry["reasons"], where, say)
        outcome = "excluded" if better.reasons else "seats_taken"
        say.same(f"{where}: outcome", entry.get("outcome"), outcome)
        say.same(f"{where}: utility", entry.get("utility"), _known(better.utility))
