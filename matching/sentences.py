"""Records of explanations in words, for the command line, pages and letters alike.

A sentence speaks to the student. Codes and numbers come in, the catalogue gives the words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

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

# An interest part from here on is called a good match, a fair one, or (below the last) none.
GOOD_INTEREST, FAIR_INTEREST, POOR_INTEREST = 0.75, 0.55, 0.45
GOOD_GROWTH = 0.6


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
    """A record of explanations.jsonl in words.

    Parameters
    ----------
    language
        ``en`` or ``es``.
    titles
        Names by ``opportunity_id``; what is missing shows its identifier.
    """
    placed = record["placed"]
    decided = any(entry.get("required") for entry in placed)
    choices = [
        ChoiceText(
            opportunity_id=choice["opportunity_id"],
            rank=choice["rank"],
            title=titles.get(choice["opportunity_id"], choice["opportunity_id"]),
            sentences=_choice_sentences(choice, language, decided=decided),
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
        *([say(language, "required")] if placed.get("required") else []),
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


def _choice_sentences(choice: Mapping[str, Any], language: str, *, decided: bool) -> list[str]:
    if choice["outcome"] == "seats_taken":
        # A choice did not lose its seats to others where the school had set the place beforehand.
        return [say(language, "required_elsewhere" if decided else "seats_taken")]
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
    return say(language, f"requirement_{missing['kind']}", item=_shown(missing, language))


def _shown(missing: Mapping[str, Any], language: str) -> str:
    """A credential or course by its code, a language by its name."""
    item: str = missing["item"]
    return label(language, f"language:{item}") if missing["kind"] == "language" else item


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
