"""Records of explanations in words, for the command line, pages and letters alike.

A sentence speaks to the student. Codes and numbers come in, the catalogue gives the words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from matching.messages import (
    cited,
    clock_text,
    comma,
    day_text,
    duration_text,
    hours_sentence,
    label,
    law,
    law_text,
    list_text,
    ordinal_text,
    say,
    window_text,
    words_in,
)
from matching.problem import Problem

# An interest part from here on is called a good match, a fair one, or (below the last) none.
GOOD_INTEREST, FAIR_INTEREST, POOR_INTEREST = 0.75, 0.55, 0.45
GOOD_GROWTH = 0.6
# Minutes before the start from which it is said that one is there early.
WORTH_A_WORD = 5


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


def titles_of(problem: Problem) -> dict[str, str]:
    """Names by ``opportunity_id``; with the identifier where several employers offer work of one name."""
    title, ids = problem.opportunities.title, problem.opportunities.ids
    named = [title[i] for i in range(len(ids))]
    times = Counter(named)
    return {
        name: f"{said} ({name})" if said and times[said] > 1 else said or name
        for name, said in zip(ids, named, strict=True)
    }


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
    names = [titles.get(seat["opportunity_id"], seat["opportunity_id"]) for seat in placed]
    headline = say(language, "headline_placed", title=list_text(language, names))
    if len(placed) == 1:
        return StudentText(headline, _why(placed[0], language), choices, [])
    why: list[str] = []
    for name, seat in zip(names, placed, strict=True):
        why += [say(language, "one_of_several", title=name), *_why(seat, language)]
    return StudentText(headline, why, choices, [])


def _why(placed: Mapping[str, Any], language: str) -> list[str]:
    found = [
        *([say(language, "required")] if placed.get("required") else []),
        *_rank_sentence(placed, language),
        *_interest_sentence(placed["parts"], language),
        *_way_sentences(placed["leg"], language),
    ]
    found += _growth_sentences(placed, language)
    own = placed.get("own_rules", {})
    return found + [condition_sentence(language, code, own) for code in placed["conditions"]]


def _growth_sentences(placed: Mapping[str, Any], language: str) -> list[str]:
    """What the past has to do with it: how students did there before, and what is still to learn."""
    growth, weight = placed["parts"].get("growth", (0, 0))
    if not weight or growth < GOOD_GROWTH:
        return []
    learned = placed.get("learned", {})
    found = []
    if learned.get("record", 0) >= GOOD_GROWTH:
        found.append(say(language, "growth_record"))
    if learned.get("teaches"):
        taught = [label(language, f"learn:{code}") for code in learned["teaches"]]
        found.append(say(language, "growth_teaches", what=list_text(language, taught)))
    return found or [say(language, "growth")]


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
    home = say(language, "way_home", back=leg["back"])
    return [
        there,
        *_steps_sentence("there", leg, language),
        home,
        *_steps_sentence("back", leg, language),
    ]


def steps_sentences(leg: Mapping[str, Any], language: str) -> list[str]:
    """The walks and rides of both ways, where a timetable gave them."""
    return [said for way in ("there", "back") for said in _steps_sentence(way, leg, language)]


def _steps_sentence(direction: str, leg: Mapping[str, Any], language: str) -> list[str]:
    """The walks and rides of a way ("walk 6 minutes, bus 94 at 12:31, walk 3 minutes"), and the wait."""
    steps = leg.get("steps", {}).get(direction)
    if not steps:
        return []
    said = comma(language).join(_step_text(step, language) for step in steps)
    found = [say(language, f"steps_{direction}", steps=said)]
    # The minutes of the way there last until the start; whoever adds up the steps would miss some.
    early = leg["there"] - (steps[-1]["at"] + steps[-1]["minutes"] - steps[0]["at"])
    if direction == "there" and early >= WORTH_A_WORD:
        found.append(say(language, "steps_early", early=early))
    return found


def _step_text(step: Mapping[str, Any], language: str) -> str:
    if step["mode"] == "walk":
        return say(language, "step_walk", minutes=duration_text(language, step["minutes"]))
    at = clock_text(language, step["at"])
    return say(language, "step_ride", ride=say(language, f"ride_{step['mode']}"), line=step["line"], at=at)


def condition_sentence(language: str, code: str, own: Mapping[str, Mapping[str, Any]] | None = None) -> str:
    """What a condition (``arrange:CODE``, ``agreement:HOn``, …) asks for before the start.

    Parameters
    ----------
    own
        ``own_rules`` of the record: what a district's own rules say of themselves.
    """
    kind, _, rest = code.partition(":")
    cited, what = _cited({"rule": rest, **(own or {}).get(rest, {})}, language)
    if kind == "arrange":
        return say(language, "before_arrange", need=label(language, rest))
    if kind == "agreement":
        return say(language, "before_agreement", what=what, law=cited)
    if kind == "law":
        return say(language, "before_law", what=what, law=cited)
    return say(language, "before_permit" if kind == "permit" else "before_travel")


def _choice_sentences(choice: Mapping[str, Any], language: str, *, decided: bool) -> list[str]:
    if choice["outcome"] != "excluded":
        # A choice did not lose its seats to others where the school had set the place beforehand.
        if decided:
            return [say(language, "required_elsewhere")]
        said = say(language, f"outcome_{choice['outcome']}")
        return [said, *_contest_sentences(choice.get("contest"), language)]
    return [said for reason in choice["reasons"] for said in reason_sentences(reason, language)]


def _contest_sentences(contest: Mapping[str, Any] | None, language: str) -> list[str]:
    """How many wanted it, and what decided; nothing of a contest that is too small to speak of."""
    if not contest:
        return []
    found = [say(language, "contest", seats=contest["seats"], ranked_by=contest["ranked_by"])]
    goal = contest.get("decided_by")
    return found + ([say(language, f"decided_by_{goal}")] if goal else [])


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
    if code == "travel" and reason["minutes"] is None:
        return [say(language, "travel_over", **reason)]
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
    return label(language, f"language:{item}") if missing["kind"] == "language" else item.replace("_", " ")


def _schedule_sentence(reason: Mapping[str, Any], language: str) -> str:
    if "windows" in reason:
        windows = [window_text(language, *window) for window in reason["windows"]]
        return say(language, "schedule", windows=list_text(language, windows))
    needed = duration_text(language, reason["needed"])
    minutes = duration_text(language, reason["minutes"])
    return say(language, "schedule_flexible", needed=needed, minutes=minutes)


_TIMES_OF_DAY = ("hours_early", "hours_late")  # how the names of their sentences begin


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
    cited, what = _cited(rule, language)
    if "min_age" in rule:
        if rule["age"] is None:
            return say(language, "law_age_unknown", law=cited)
        key = "law_work" if code == "MIN-AGE" else "law_age"
        return _with_birthday(key, rule, language, law=cited, what=what)
    says = rule["says"] if "says" in rule else hours_sentence(code)
    told: Callable[[int], str] = partial(duration_text, language)
    if says.startswith(_TIMES_OF_DAY):
        told = partial(clock_text, language)
    elif says == "week_days":
        told = str
    said = {name: told(rule[name]) for name in ("found", "limit")}
    return say(language, f"law_{says}", under_age=rule["under_age"], law=cited, **said)


def _cited(rule: Mapping[str, Any], language: str) -> tuple[str, str]:
    """Whose rule it is and what about: a district's own rule brings its words with it."""
    code = rule["rule"]
    if "words" not in rule:
        return law(language, code), law_text(language, code)
    said = cited(language, rule["jurisdiction"], rule["citation"])
    return said, words_in(rule["words"], language)


def _unplaced_sentences(why: Mapping[str, Any], language: str) -> list[str]:
    found = [say(language, f"unplaced_{why['reason']}", count=why["eligible"])]
    if why["reason"] == "no_eligible_pair":
        counts = why["excluded"].items()
        found += [say(language, f"count_{reason}", count=count) for reason, count in counts]
    return [*found, say(language, "unplaced_next")]


def help_sentence(change: Mapping[str, Any], language: str, titles: Mapping[str, str]) -> str:
    """A change of a student's own answers that would help, as ``counterfactual`` records it."""
    kind = change["change"]
    named = change.get("ranks") or change.get("refused") or change["opportunity_id"]
    values: dict[str, Any] = {"title": titles.get(named, named)}
    if kind == "travel_minutes":
        values["by"] = change["by"]
    elif kind == "travel_mode":
        values["mode"] = say(language, f"mode_{change['mode']}")
    elif kind == "window":
        values["windows"] = list_text(language, [window_text(language, *one) for one in change["windows"]])
    key = f"help_pay_{change['asked']}" if kind == "pay" else f"help_{kind}"
    place = change["opportunity_id"]
    return say(
        language,
        "help_example" if change.get("example") else "help",
        change=say(language, key, **values),
        title=titles.get(place, place),
        others=say(language, "help_somebody" if change["displaces"] else "help_nobody"),
    )
