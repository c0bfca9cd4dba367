"""explanations.jsonl: a record a student that agrees with the seats and with the rules."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from matching.pairs import PARTS, REASONS
from matching.problem import UNKNOWN
from matching.verify.census import Census
from matching.verify.details import check_details, learned, own_rules
from matching.verify.facts import Facts, Pair
from matching.verify.outputs import EXPLANATIONS, Sayer, read_records, shown, unknown_keys
from matching.verify.placed import Truth, unplaced_truth
from matching.verify.profiles import Profiles
from matching.verify.travel import Journey, are_steps, is_way_there
from matching.verify.violations import Report

KEYS = ("student_id", "placed", "unplaced", "better_liked")
SEAT_KEYS = (
    "opportunity_id", "rank", "utility", "minutes", "leg", "parts", "conditions", "own_rules",
    "learned", "required",
)  # fmt: skip
LEG_KEYS = ("mode", "from", "there", "back", "steps")
BETTER_KEYS = ("opportunity_id", "rank", "utility", "reasons", "outcome", "contest")
WHY_NOT_KEYS = ("reason", "excluded", "eligible")

SMALLEST_CONTEST = 10
CONTEST_STEP = 10
TIE = "tie"

SAME_PART = 0.5001e-6
"""Parts may be written with six decimals; one more or less in the last is another figure."""


@dataclass(frozen=True, slots=True)
class Better:
    """A better-liked opportunity: why the student is not there. ``utility`` is UNKNOWN if excluded."""

    opportunity: int
    rank: int
    reasons: tuple[str, ...]
    utility: int
    outcome: str


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
    held: dict[int, list[int]] = defaultdict(list)
    for pair in sorted(truths):
        held[pair[0]].append(pair[1])
    without = [student for student in range(len(facts.problem.students)) if student not in held]
    why_not = dict(zip(without, unplaced_truth(facts, census, list(truths), without), strict=True))
    better = better_liked(facts, profiles, census, held)
    order: list[int] = []
    for record in read_records(lines, report):
        identifier = record.get("student_id")
        student = facts.student_index.get(identifier) if isinstance(identifier, str) else None
        if student is None:
            report.add(EXPLANATIONS, f"the round has no student {shown(identifier)}")
            continue
        order.append(student)
        say = Sayer(report, facts.student(student))
        unknown_keys(EXPLANATIONS, f"student {identifier}", record, KEYS, report)
        _check_seats(facts, student, held.get(student, []), truths, record, say)
        _check_why_not(census, student, why_not.get(student), record, say)
        _check_better(facts, student, better.get(student, []), record.get("better_liked"), say)
    _check_students(facts, order, report)


def _check_students(facts: Facts, order: Sequence[int], report: Report) -> None:
    counts = Counter(order)
    for student, identifier in enumerate(facts.problem.students.ids):
        if counts[student] != 1:
            report.add(EXPLANATIONS, f"student {identifier} has {counts[student]} records; expected one")
    if list(order) != sorted(order):
        report.add(EXPLANATIONS, "the records are not sorted by student_id")


def _check_seats(
    facts: Facts,
    student: int,
    seats: Sequence[int],
    truths: Mapping[Pair, Truth],
    record: dict[str, Any],
    say: Sayer,
) -> None:
    placed = record.get("placed")
    names = [facts.opportunity(seat) for seat in seats]
    if not isinstance(placed, list) or not all(isinstance(entry, dict) for entry in placed):
        say("placed is not a list of objects")
        return
    found = [entry.get("opportunity_id") for entry in placed]
    if found != names:
        say(f"placed names {shown(found)}, but placements.csv {shown(names)}")
        return
    for entry, seat in zip(placed, seats, strict=True):
        _check_seat(facts, (student, seat), truths[student, seat], entry, say)


def _check_seat(facts: Facts, pair: Pair, truth: Truth, entry: dict[str, Any], say: Sayer) -> None:
    way = truth.examined.way
    unknown_keys(EXPLANATIONS, f"student {say.student}: placed", entry, SEAT_KEYS, say.report)
    say.same("rank", entry.get("rank"), facts.rank.get(pair))
    say.same("utility", entry.get("utility"), truth.utility)
    say.same("minutes", entry.get("minutes"), _known(way.longer))
    say.same("conditions", entry.get("conditions"), list(truth.examined.conditions))
    say.same("own_rules", entry.get("own_rules", {}), own_rules(facts, truth.examined.conditions))
    say.same("learned", entry.get("learned", {}), learned(facts, pair))
    required = pair[1] in facts.required.get(pair[0], ())
    if entry.get("required", False) is not required:
        say(f"required is {shown(entry.get('required', False))}, recomputed {shown(required)}")
    _check_leg(facts, pair, way, entry.get("leg"), say)
    _check_parts(facts, truth, entry.get("parts"), say)


def _check_leg(facts: Facts, pair: Pair, way: Journey, leg: object, say: Sayer) -> None:
    if way.there == UNKNOWN:
        say.same("leg", leg, None)
        return
    if not isinstance(leg, dict):
        say(f"leg is {shown(leg)}; expected an object")
        return
    unknown_keys(EXPLANATIONS, f"student {say.student}: leg", leg, LEG_KEYS, say.report)
    say.same("leg", (leg.get("there"), leg.get("back")), (way.there, way.back))
    if not is_way_there(facts, pair, leg.get("mode"), leg.get("from")):
        say(f"leg {shown(leg)} is not a way from home or school that takes so many minutes")
    elif not are_steps(facts, pair, way, leg):
        say("the steps of the leg are no way by the timetable that takes so many minutes")


def _known(value: int) -> int | None:
    return None if value == UNKNOWN else value


def _check_parts(facts: Facts, truth: Truth, parts: object, say: Sayer) -> None:
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
    census: Census,
    student: int,
    expected: tuple[str, str] | None,
    record: dict[str, Any],
    say: Sayer,
) -> None:
    found = record.get("unplaced")
    if expected is None:
        if found is not None:
            say("unplaced is given for a student who has a seat")
        return
    if not isinstance(found, dict):
        say("unplaced is missing")
        return
    unknown_keys(EXPLANATIONS, f"student {say.student}: unplaced", found, WHY_NOT_KEYS, say.report)
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
    facts: Facts, profiles: Profiles, census: Census, held: Mapping[int, Sequence[int]]
) -> dict[int, list[Better]]:
    """For each student what they ranked ahead of the least liked of their seats (all without one)."""
    hosts = Counter(opportunity for seats in held.values() for opportunity in seats)
    pairs: list[Pair] = []
    for student, ranked in facts.ranked_by.items():
        seats = held.get(student, ())
        limits = [facts.rank.get((student, seat), math.inf) for seat in seats]
        limit = max(limits, default=math.inf)
        ahead = [o for o in ranked if o not in seats and facts.rank[student, o] < limit]
        ahead.sort(key=lambda o: (facts.rank[student, o], o))
        pairs += [(student, o) for o in ahead]
    against = reasons_against(facts, profiles, pairs)
    utilities = _utilities(facts, census, pairs)
    least = _least_held(facts, census, held)
    found: dict[int, list[Better]] = {}
    for pair, reasons, utility in zip(pairs, against, utilities, strict=True):
        fits_less = least.get(pair[0], UNKNOWN) >= utility
        outcome = "excluded" if reasons else _outcome(facts, hosts, pair[1], fits_less)
        better = Better(pair[1], facts.rank[pair], reasons, utility, outcome)
        found.setdefault(pair[0], []).append(better)
    return found


def _least_held(facts: Facts, census: Census, held: Mapping[int, Sequence[int]]) -> dict[int, int]:
    """The smallest utility among the seats of each student who has as many as they may."""
    most = facts.problem.students.max_placements
    pairs = [
        (student, seat) for student, seats in held.items() if len(seats) >= most[student] for seat in seats
    ]
    least: dict[int, int] = {}
    for (student, _), utility in zip(pairs, _utilities(facts, census, pairs), strict=True):
        least[student] = min(utility, least.get(student, utility))
    return least


def _outcome(facts: Facts, hosts: Mapping[int, int], opportunity: int, fits_less: bool) -> str:
    """What became of an eligible pair that was not chosen."""
    offer = facts.problem.opportunities
    taken = hosts.get(opportunity, 0)
    if taken >= offer.seats[opportunity]:
        return "seats_taken"
    if not taken and offer.min_students[opportunity] > 1:
        return "opportunity_not_opened"
    return "fits_less" if fits_less else "side_constraint"


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


def _check_better(
    facts: Facts, student: int, expected: Sequence[Better], entries: object, say: Sayer
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
            check_details(facts, (student, better.opportunity), entry["reasons"], where, say)
        unknown_keys(EXPLANATIONS, f"student {say.student}: {where}", entry, BETTER_KEYS, say.report)
        say.same(f"{where}: outcome", entry.get("outcome"), better.outcome)
        say.same(f"{where}: utility", entry.get("utility"), _known(better.utility))
        _check_contest(facts, better, entry.get("contest"), where, say)


def _check_contest(facts: Facts, better: Better, contest: object, where: str, say: Sayer) -> None:
    """Of a contest of fewer than ten nothing is said; of a larger one its size in whole tens."""
    ranked_by = facts.rankers(better.opportunity) // CONTEST_STEP * CONTEST_STEP
    if better.outcome != "seats_taken" or ranked_by < SMALLEST_CONTEST:
        say.same(f"{where}: contest", contest, None)
        return
    if not isinstance(contest, dict) or not set(contest) <= {"seats", "ranked_by", "decided_by"}:
        say(f"{where}: contest is {shown(contest)}; expected seats, ranked_by and decided_by")
        return
    found = (contest.get("seats"), contest.get("ranked_by"))
    say.same(
        f"{where}: contest", found, (int(facts.problem.opportunities.seats[better.opportunity]), ranked_by)
    )
    if contest.get("decided_by", TIE) not in (*facts.problem.policy.goals, TIE):
        say(f"{where}: contest decided by {shown(contest['decided_by'])}, which is no goal")
