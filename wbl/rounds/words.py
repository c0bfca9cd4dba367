"""Codes of rounds and runs in words, for pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from matching.pairs import PARTS
from matching.problem import UTILITY_SCALE
from wbl import clock
from wbl.i18n import number
from wbl.labels import code_label
from wbl.rounds.helping import HelpfulAnswer
from wbl.rounds.models import Round, RoundState, RunState, SolveRun
from wbl.rounds.policy import AS_IMPORTED
from wbl.rounds.queries import Offered

GOALS = {
    "placed": _l("Students placed"),
    "priority": _l("Priority of those placed"),
    "floors": _l("Seats short of a group's guaranteed minimum"),
    "utility": _l("Fit of all placements together"),
    "worst_utility": _l("Fit of the worst placement"),
    "first_choices": _l("First choices"),
    "fewest_changes": _l("Students whose seats changed"),
}
SHORTFALLS = ("floors", "fewest_changes")  # counted as minus what is missing or changed
SHARES = ("utility", "worst_utility")  # in millionths of a pair's full worth

GOAL_CLAUSES = {
    "placed": _l("place as many students as possible"),
    "priority": _l("place those with the highest priority"),
    "floors": _l("reach the least number of each group"),
    "utility": _l("make the placements fit as well as they can"),
    "worst_utility": _l("make the worst placement fit as well as it can"),
    "first_choices": _l("give as many first choices as possible"),
    "fewest_changes": _l("change as few students' seats as possible"),
}
ORDERS = {
    "placed_first": _l("Place as many students as possible"),
    "priority_first": _l("Students with priority first"),
    "placed_then_fit": _l("As many as possible, without priorities"),
    "fit_first": _l("The best fit first"),
    AS_IMPORTED: _l("As the imported policy says"),
}
ORDER_HINTS = {
    "placed_first": _l("Then those with priority; then the fit of the placements as a whole."),
    "priority_first": _l("Then as many others as possible; then the fit of the placements as a whole."),
    "placed_then_fit": _l("Then the fit of the placements as a whole. Priorities are not looked at."),
    "fit_first": _l("The sum of the fit decides, then how many are placed."),
}
PART_NAMES = {
    "preference": _l("Choice"),
    "interest": _l("Interests"),
    "travel": _l("Travel"),
    "growth": _l("Growth"),
}
PART_HINTS = {
    "preference": _l("How high the student ranked it: the first choice counts in full."),
    "interest": _l("How well the work goes with the student's interests."),
    "travel": _l("How short the way is: door to door counts in full, the longest way nothing."),
    "growth": _l("How much of what the student still wants to learn it would train."),
}
UNRANKED = {
    "if_open": _l("Only if they said that they are open to others"),
    "always": _l("Yes, always"),
    "never": _l("No, never"),
}
METHODS = {
    "auto": _l("best match"),
    "flow": _l("best match"),
    "mip": _l("best match"),
    "closest": _l("best match, fewest changes"),
    "stable": _l("stable match"),
    "shortlist": _l("shortlist for interviews"),
}
RUN_STATES = {
    RunState.QUEUED: (_l("waiting"), "info"),
    RunState.RUNNING: (_l("solving"), "info"),
    RunState.DONE: (_l("done"), "good"),
    RunState.FAILED: (_l("failed"), "stop"),
    RunState.STOPPED: (_l("stopped"), "warn"),
}
ROUND_STATES = {
    RoundState.DRAFT: (_l("empty"), "neutral"),
    RoundState.REVIEW: (_l("in progress"), "info"),
    RoundState.PUBLISHED: (_l("published"), "good"),
}
SCOPES = {
    "employer": _l("Employer"),
    "site": _l("Site"),
    "school": _l("School"),
    "program": _l("Program"),
    "group": _l("Group"),
    "kind": _l("Kind"),
}
SCOPE_OPTIONS = {
    "employer": _l("an employer"),
    "site": _l("a site"),
    "school": _l("a school"),
    "program": _l("a program"),
    "group": _l("a group"),
    "kind": _l("a kind of opportunity"),
}
PHASES = {
    "read": _l("Read the round"),
    "pairs": _l("Find who may go where"),
    "utility": _l("Weigh every pair"),
    "solve": _l("Match"),
    "explain": _l("Write down why"),
    "verify": _l("Check it all again"),
    "store": _l("Keep the result"),
}
WORKING = {
    "read": _l("Reading the round …"),
    "pairs": _l("Finding who may go where …"),
    "utility": _l("Weighing every pair …"),
    "solve": _l("Matching …"),
    "explain": _l("Writing down why …"),
    "verify": _l("Checking it all again …"),
    "store": _l("Keeping the result …"),
}
_GOOD, _FAIR = 0.75, 0.55  # of a part, from 0 to 1
_NEAR = 0.7


def goal_name(name: str) -> str:
    return str(GOALS.get(name, name))


def goal_amount(name: str, value: float | None) -> str:
    """A goal's value in words: fit in whole pairs, because a millionth of a pair means nothing."""
    if value is None:
        return "–"
    if name in SHARES:
        return number(value / UTILITY_SCALE, 1 if name == "utility" else 3)
    return number(-value if name in SHORTFALLS else value)


def goal_change(name: str, change: int) -> str:
    """By how much a goal's value, as it is shown, went up or down."""
    up = (change > 0) != (name in SHORTFALLS)
    size = -abs(change) if name in SHORTFALLS else abs(change)
    return f"{'+' if up else '−'}{goal_amount(name, size)}"


def goals_sentence(goals: Sequence[str]) -> str:
    """An order of goals as one sentence."""
    clauses = [str(GOAL_CLAUSES[name]) for name in goals]
    text = _(", then ").join(clauses)
    return f"{text[:1].upper()}{text[1:]}."


def parts_of(parts: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """The parts of a pair's utility as shares of the whole, in percent, for the meter.

    The value of a part of which nothing is known is None: it counts as half, and is no measurement.
    """
    if not parts:
        return []
    total = sum(part[1] for part in parts.values()) or 1
    return [
        {
            "name": name,
            "label": str(PART_NAMES[name]),
            "value": parts[name][0] if _is_known(parts[name]) else None,
            "weight": parts[name][1],
            "share": 100 * parts[name][0] * parts[name][1] / total,
            "most": 100 * parts[name][1] / total,
        }
        for name in PARTS
        if name in parts
    ]


def choice_words(rank: int | None) -> str:
    """A student's rank of an opportunity."""
    if rank is None:
        return _("not ranked")
    named = {1: _("first choice"), 2: _("second choice"), 3: _("third choice")}
    return named.get(rank) or _("choice %(rank)s", rank=rank)


def _is_known(part: Sequence[Any]) -> bool:
    """A part is its value and its weight, and False where nothing is known of it."""
    return len(part) < 3 or bool(part[2])


def short_why(parts: Mapping[str, Any] | None, rank: int | None) -> str:
    """The two things that speak most for a pair."""
    if not parts:
        return choice_words(rank)
    words = [] if rank is None else [choice_words(rank)]
    known = {name: part[0] for name, part in parts.items() if _is_known(part)}
    interest, travel, growth = (known.get(name, 0) for name in PARTS[1:])
    if interest >= _GOOD:
        words.append(_("strong interest"))
    if travel >= _NEAR:
        words.append(_("close by"))
    if growth >= _GOOD:
        words.append(_("much to learn"))
    if len(words) < 2 and _FAIR <= interest < _GOOD:
        words.append(_("fair interest"))
    if not words:
        words.append(_("a seat that was free"))
    return ", ".join(words[:2])


def unplaced_words(reason: str, detail: str) -> str:
    """Why somebody is placed nowhere, from a row of unplaced.csv."""
    counts = [item.partition(":") for item in detail.split(";") if item]
    if reason == "seats_taken":
        eligible = int(counts[0][2]) if counts and counts[0][2].isdigit() else 0
        return ngettext(
            "There was %(num)s opportunity that would do; every seat went to others.",
            "There were %(num)s opportunities that would do; every seat went to others.",
            eligible,
        )
    if reason == "no_eligible_pair":
        # What a student refused stays with the student.
        known = sorted(
            ((int(n), code) for code, _colon, n in counts if n.isdigit() and code != "refused"), reverse=True
        )
        if not known:
            return _("No opportunity is possible for this student.")
        shown = " · ".join(f"{code_label(code)}: {number(n)}" for n, code in known[:3])
        return _("No opportunity is possible. %(reasons)s", reasons=shown)
    return code_label(reason)


def helpful_line(answer: HelpfulAnswer) -> dict[str, str]:
    """A change that would help, as a line of a list."""
    return {"text": answer.sentence, "kind": "warn" if answer.displaces else "good"}


def scope_words(scope: str) -> str:
    return str(SCOPES.get(scope, scope))


def scope_option(scope: str) -> str:
    return str(SCOPE_OPTIONS[scope])


def bounds_words(low: int | None, high: int | None) -> str:
    """How few and how many students a limit allows."""
    if low is not None and low == high:
        return ngettext("exactly %(num)s student", "exactly %(num)s students", low)
    if low is not None and high is not None:
        return _("%(low)s to %(high)s students", low=number(low), high=number(high))
    if high is not None:
        return ngettext("at most %(num)s student", "at most %(num)s students", high) if high else _("nobody")
    return ngettext("at least %(num)s student", "at least %(num)s students", low or 0)


def run_state_words(state: RunState) -> tuple[str, str]:
    """A run's state, and the kind of tag it is."""
    label, kind = RUN_STATES[state]
    return str(label), kind


def round_state_words(state: RoundState) -> tuple[str, str]:
    """A round's state, and the kind of tag it is."""
    label, kind = ROUND_STATES[state]
    return str(label), kind


def round_words(placement_round: Round) -> tuple[str, str]:
    """Where a round stands, and the kind of tag it is: one that collects now says so."""
    if placement_round.collects_at(clock.now()):
        return _("collecting"), "info"
    return round_state_words(placement_round.state)


def method_words(method: str) -> str:
    return str(METHODS.get(method, method))


def part_name(name: str) -> str:
    return str(PART_NAMES[name])


def unranked_words(value: str) -> str:
    return str(UNRANKED.get(value, value))


def phase_words(phase: str) -> str:
    return str(PHASES.get(phase, phase))


def code_option(code: str) -> tuple[str, str]:
    """A code and its label, as a choice."""
    return code, code_label(code)


def left_out_words(left_out: Mapping[str, int]) -> str:
    """Who was left out of an action on many rows, and why, in one sentence."""
    words = {
        "submitted": lambda n: ngettext("%(num)s has submitted", "%(num)s have submitted", n),
        "marked": lambda n: ngettext("%(num)s is marked already", "%(num)s are marked already", n),
        "no_email": lambda n: ngettext("%(num)s has no e-mail", "%(num)s have no e-mail", n),
        "held": lambda n: ngettext("%(num)s is held", "%(num)s are held", n),
        "given": lambda n: ngettext("%(num)s is noted already", "%(num)s are noted already", n),
        "pinned": lambda n: ngettext("%(num)s is decided already", "%(num)s are decided already", n),
        "impossible": lambda n: ngettext("%(num)s may not be required", "%(num)s may not be required", n),
        "today": lambda n: ngettext("%(num)s was reminded today", "%(num)s were reminded today", n),
    }
    return _("Left out: %(who)s.", who=", ".join(words[why](count) for why, count in left_out.items()))


def proved(run: SolveRun) -> bool:
    """Whether the run proves that no other could place more: its first goal is that count."""
    goals = (run.summary or {}).get("goals", [])
    return bool(goals) and goals[0]["name"] == "placed" and goals[0]["bound"] == goals[0]["value"]


FILTERS = (
    bounds_words,
    choice_words,
    code_option,
    goal_amount,
    goal_change,
    goal_name,
    goals_sentence,
    helpful_line,
    left_out_words,
    method_words,
    part_name,
    parts_of,
    phase_words,
    proved,
    round_state_words,
    round_words,
    run_state_words,
    scope_option,
    scope_words,
    short_why,
    unplaced_words,
    unranked_words,
)


def opportunity_lines(found: Iterable[Offered]) -> dict[str, int]:
    """Each opportunity in one line of a choice, each line once; with its identifier where two would read
    alike."""
    lines: dict[str, int] = {}
    for offered in found:
        line = offered.line
        lines[f"{line} ({offered.external_id})" if line in lines else line] = offered.id
    return lines
