"""Why this seat, why not another one, and what speaks against it: codes first, words last.

``explanations`` writes what explanations.jsonl holds, in codes and numbers. ``sentences`` turns
one such record into words, for the command line, pages and letters alike. A record names one
student and nobody else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from matching.eligibility import Reason, conditions, excluded_by_student, legs, reasons
from matching.messages import (
    clock_text,
    day_text,
    duration_text,
    label,
    law,
    law_text,
    list_text,
    ordinal_text,
    say,
    window_text,
)
from matching.pairs import PARTS, REASONS, Scored
from matching.problem import UNKNOWN, BoolArray, IntArray, Problem

Record = dict[str, Any]

# An interest part from here on is called a good match, a fair one, or (below the last) none.
GOOD_INTEREST, FAIR_INTEREST, POOR_INTEREST = 0.75, 0.55, 0.45
GOOD_GROWTH = 0.6

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
        or not considered is None); ``unplaced`` where there is none: ``reason, excluded, eligible``;
        ``better_liked``: what the student ranked ahead of the seat, all ranked without one, each
        with ``opportunity_id, rank, utility, reasons, outcome`` (``excluded`` or ``seats_taken``).
    """
    placed = _placed(problem, scored, seat)
    unplaced = _unplaced(problem, scored, seat)
    better = _better_liked(problem, scored, seat)
    for student, identifier in enumerate(problem.students.ids):
        record: Record = {"student_id": identifier, "placed": []}
        if student in placed:
            record["placed"].append(placed[student])
        else:
            record["unplaced"] = unplaced[student]
        record["better_liked"] = better.get(student, [])
        yield record


def _placed(problem: Problem, scored: Scored, seat: IntArray) -> dict[int, Record]:
    """What each placed student has, by student."""
    students = np.flatnonzero(seat >= 0)
    pairs = seat[students]
    opportunities = scored.pairs.opportunity[pairs]
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
        }
        for student, opportunity, rank, utility, minutes, leg, parts, kept in columns
    }


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


def _unplaced(problem: Problem, scored: Scored, seat: IntArray) -> dict[int, Record]:
    """Why each unplaced student has no seat, by student."""
    students = np.flatnonzero(seat < 0)
    eligible = np.bincount(scored.pairs.student, minlength=len(seat))[students]
    without = np.flatnonzero(eligible == 0)
    counts = excluded_by_student(problem, students[without]).T.tolist()
    found = {
        student: {"reason": "seats_taken", "excluded": {}, "eligible": count}
        for student, count in zip(students.tolist(), eligible.tolist(), strict=True)
    }
    for student, row in zip(students[without].tolist(), counts, strict=True):
        excluded = {reason: count for reason, count in zip(REASONS, row, strict=True) if count}
        found[student] = {"reason": "no_eligible_pair", "excluded": excluded, "eligible": 0}
    return found


def _better_liked(problem: Problem, scored: Scored, seat: IntArray) -> dict[int, list[Record]]:
    """What each student ranked ahead of their seat, by student, best first."""
    ranked = problem.preferences
    no_limit = np.iinfo(np.int64).max
    limit = np.full(len(seat), no_limit)
    has_seat = np.flatnonzero(seat >= 0)
    rank = scored.rank[seat[has_seat]]
    limit[has_seat] = np.where(rank == UNKNOWN, no_limit, rank)
    ahead = np.flatnonzero(ranked.rank < limit[ranked.student])
    order = np.lexsort((ranked.opportunity[ahead], ranked.rank[ahead], ranked.student[ahead]))
    rows = ahead[order]
    student, opportunity = ranked.student[rows], ranked.opportunity[rows]
    utility, eligible = _utilities(problem, scored, student, opportunity)
    against = _against(problem, student, opportunity, eligible)
    found: dict[int, list[Record]] = {}
    ids = problem.opportunities.ids
    columns = (student, opportunity, ranked.rank[rows], utility)
    for (s, o, r, u), why in zip(
        zip(*(column.tolist() for column in columns), strict=True), against, strict=True
    ):
        found.setdefault(s, []).append(
            {
                "opportunity_id": ids[o],
                "rank": r,
                "utility": None if why else u,
                "reasons": why,
                "outcome": "excluded" if why else "seats_taken",
            }
        )
    return found


def _utilities(
    problem: Problem, scored: Scored, student: IntArray, opportunity: IntArray
) -> tuple[IntArray, BoolArray]:
    """Utility of pairs (UNKNOWN where not eligible), and whether they are eligible."""
    width = len(problem.opportunities)
    keys = scored.pairs.student * width + scored.pairs.opportunity
    if not len(keys):
        return np.full(len(student), UNKNOWN), np.zeros(len(student), np.bool_)
    wanted = student * width + opportunity
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    eligible: BoolArray = keys[place] == wanted
    return np.where(eligible, scored.utility[place], UNKNOWN), eligible


def _against(
    problem: Problem, student: IntArray, opportunity: IntArray, eligible: BoolArray
) -> list[list[Record]]:
    """What speaks against each of the pairs, one entry a reason; nothing where eligible."""
    found: list[list[Record]] = [[] for _ in range(len(student))]
    rows = np.flatnonzero(~eligible)
    listed = problem.eligible is not None
    for row, why in zip(rows.tolist(), reasons(problem, student[rows], opportunity[rows]), strict=True):
        found[row] = _grouped(why)
    if listed:
        for row in rows[~_listed(problem, student[rows], opportunity[rows])].tolist():
            found[row].append({"code": "not_listed"})
    return found


def _listed(problem: Problem, student: IntArray, opportunity: IntArray) -> BoolArray:
    table, width = problem.eligible, len(problem.opportunities)
    assert table is not None
    return np.isin(student * width + opportunity, table.student * width + table.opportunity)


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


# --- words ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ChoiceText:
    """A choice that the student liked better, and why it was not to be."""

    opportunity_id: str
    rank: int
    title: str
    sentences: list[str]


@dataclass(frozen=True, slots=True)
class StudentText:
    """A record in words, spoken to the student."""

    headline: str
    why: list[str]
    choices: list[ChoiceText]
    unplaced: list[str]


def sentences(record: Mapping[str, Any], language: str, titles: Mapping[str, str]) -> StudentText:
    """A record of :func:`explanations` in words.

    Parameters
    ----------
    language
        ``en`` or ``es``.
    titles
        Names by ``opportunity_id``; what is missing shows its identifier.
    """
    placed = record["placed"]
    choices = [
        ChoiceText(
            opportunity_id=choice["opportunity_id"],
            rank=choice["rank"],
            title=titles.get(choice["opportunity_id"], choice["opportunity_id"]),
            sentences=_choice_sentences(choice, language),
        )
        for choice in record["better_liked"]
    ]
    if not placed:
        headline = say(language, "headline_unplaced")
        return StudentText(headline, [], choices, _unplaced_sentences(record["unplaced"], language))
    name = placed[0]["opportunity_id"]
    headline = say(language, "headline_placed", title=titles.get(name, name))
    return StudentText(headline, _why(placed[0], language), choices, [])


def _why(placed: Mapping[str, Any], language: str) -> list[str]:
    found = [
        *_rank_sentence(placed, language),
        *_interest_sentence(placed["parts"], language),
        *_way_sentences(placed["leg"], language),
    ]
    growth, weight = placed["parts"].get("growth", (0, 0))
    if weight and growth >= GOOD_GROWTH:
        found.append(say(language, "growth"))
    return found + [condition_sentence(language, code) for code in placed["conditions"]]


def _rank_sentence(placed: Mapping[str, Any], language: str) -> list[str]:
    rank = placed["rank"]
    if rank is None:
        # A part of 0 is given to what somebody with a list left out of it, and to nothing else.
        left_out = placed["parts"].get("preference", (None, 0))[0] == 0
        return [say(language, "rank_none")] if left_out else []
    ordinal = ordinal_text(language, rank)
    if ordinal is None:
        return [say(language, "rank_late", rank=rank)]
    return [say(language, "rank", ordinal=ordinal)]


def _interest_sentence(parts: Mapping[str, Any], language: str) -> list[str]:
    value, weight = parts.get("interest", (0.5, 0))
    if not weight or POOR_INTEREST <= value < FAIR_INTEREST:
        return []
    if value >= GOOD_INTEREST:
        return [say(language, "interest_high")]
    return [say(language, "interest_some" if value >= FAIR_INTEREST else "interest_low")]


def _way_sentences(leg: Mapping[str, Any] | None, language: str) -> list[str]:
    if leg is None:
        return []
    mode = say(language, f"mode_{leg['mode']}")
    there = say(language, f"way_from_{leg['from']}", there=leg["there"], mode=mode)
    return [there, say(language, "way_home", back=leg["back"])]


def condition_sentence(language: str, code: str) -> str:
    """What a condition (``arrange:CODE``, ``agreement:HOn``, …) asks for before the start."""
    kind, _, rest = code.partition(":")
    if kind == "arrange":
        return say(language, "before_arrange", need=label(language, rest))
    if kind == "agreement":
        what, rule = law_text(language, rest), law(language, rest)
        return say(language, "before_agreement", what=what, law=rule)
    return say(language, "before_permit" if kind == "permit" else "before_travel")


def _choice_sentences(choice: Mapping[str, Any], language: str) -> list[str]:
    if choice["outcome"] == "seats_taken":
        return [say(language, "seats_taken")]
    return [said for reason in choice["reasons"] for said in reason_sentences(reason, language)]


def reason_sentences(reason: Mapping[str, Any], language: str) -> list[str]:
    """What one entry of ``reasons`` says to the student."""
    code = reason["code"]
    if code == "labor_law":
        return _law_sentences(reason["rules"], language)
    if code == "requirement":
        return [_missing_sentence(missing, language) for missing in reason["missing"]]
    if code == "accommodation":
        needs = list_text(language, [label(language, need) for need in reason["needs"]])
        return [say(language, "accommodation", needs=needs)]
    if code == "schedule":
        return [_schedule_sentence(reason, language)]
    if code == "pay":
        return [say(language, f"pay_{reason['asks']}")]
    if code == "grade" and reason["grade"] is None:
        return [say(language, "grade_unknown", **reason)]
    if code == "age":
        return [_with_birthday("age", reason, language)]
    return [say(language, code, **reason)]


def _with_birthday(key: str, found: Mapping[str, Any], language: str, **more: str) -> str:
    if found["age"] is None:
        return say(language, f"{key}_unknown", **found, **more)
    turns = day_text(language, date.fromisoformat(found["on"]))
    return say(language, key, **found, **more, date=turns)


def _missing_sentence(missing: Mapping[str, Any], language: str) -> str:
    kind, item = missing["kind"], missing["item"]
    shown = label(language, f"language:{item}") if kind == "language" else item
    return say(language, f"requirement_{kind}", item=shown)


def _schedule_sentence(reason: Mapping[str, Any], language: str) -> str:
    if "windows" in reason:
        windows = [window_text(language, *window) for window in reason["windows"]]
        return say(language, "schedule", windows=list_text(language, windows))
    needed = duration_text(language, reason["needed"])
    minutes = duration_text(language, reason["minutes"])
    return say(language, "schedule_flexible", needed=needed, minutes=minutes)


_TIMES_OF_DAY = ("HOURS-EARLY", "HOURS-LATE")


def _law_sentences(rules: Sequence[Mapping[str, Any]], language: str) -> list[str]:
    """Each rule, and once, last, the birthday on which all the hours rules end."""
    found = [_rule_sentence(rule, language) for rule in rules]
    ends = {(rule["under_age"], rule["until"]) for rule in rules if "until" in rule}
    for under_age, until in sorted(ends):
        turns = day_text(language, date.fromisoformat(until))
        found.append(say(language, "law_hours_until", under_age=under_age, date=turns))
    return found


def _rule_sentence(rule: Mapping[str, Any], language: str) -> str:
    code = rule["rule"]
    cited = law(language, code)
    if "min_age" in rule:
        if rule["age"] is None:
            return say(language, "law_age_unknown", law=cited)
        key = "law_work" if code == "MIN-AGE" else "law_age"
        return _with_birthday(key, rule, language, law=cited, what=law_text(language, code))
    said = {
        name: clock_text(rule[name]) if code in _TIMES_OF_DAY else duration_text(language, rule[name])
        for name in ("found", "limit")
    }
    key = f"law_{code.lower().replace('-', '_')}"
    return say(language, key, under_age=rule["under_age"], law=cited, **said)


def _unplaced_sentences(why: Mapping[str, Any], language: str) -> list[str]:
    found = [say(language, f"unplaced_{why['reason']}", count=why["eligible"])]
    if why["reason"] == "no_eligible_pair":
        counts = why["excluded"].items()
        found += [say(language, f"count_{reason}", count=count) for reason, count in counts]
    return [*found, say(language, "unplaced_next")]
