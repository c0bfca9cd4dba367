"""Codes of reflections and prompts as words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import LazyString, get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from wbl.reflections.models import Asked, DealStep, Phase, PromptState

STEPS: dict[DealStep, tuple[LazyString, LazyString]] = {
    DealStep.DESCRIBE: (_l("Describe"), _l("What happened, without a judgment.")),
    DealStep.PERSONAL: (_l("Look closer: yourself"), _l("What it says about you.")),
    DealStep.ACADEMIC: (_l("Look closer: school"), _l("How it goes with what you learn.")),
    DealStep.CIVIC: (_l("Look closer: community"), _l("Whom the work serves.")),
    DealStep.LEARNING: (_l("Say what you learned"), _l("What, how, why it matters, and what comes next.")),
}
ASKED: dict[Asked, LazyString] = {
    Asked.BEFORE: _l("Before the placement"),
    Asked.WEEKLY: _l("Every week"),
    Asked.AFTER: _l("After the placement"),
    Asked.BOTH: _l("Before and after, in the same words"),
}
STATES: dict[PromptState, tuple[LazyString, str]] = {
    PromptState.PROPOSED: (_l("Proposed"), "info"),
    PromptState.ADOPTED: (_l("Asked"), "good"),
    PromptState.DECLINED: (_l("Not adopted"), "neutral"),
    PromptState.RETIRED: (_l("Asked no more"), "neutral"),
}


def reflection_name(phase: str, number: int = 0) -> str:
    """ "Week 3", "Before the placement"."""
    if phase == Phase.WEEKLY:
        return _("Week %(number)s", number=number)
    return _("Before the placement") if phase == Phase.BEFORE else _("After the placement")


def prompt_words(entry: Mapping[str, Any]) -> str:
    """A prompt that a reflection keeps, in the page's language where it is known in that."""
    words: Mapping[str, str] = entry["words"]
    language = str(get_locale().language)
    return words.get(language) or words.get("en") or next(iter(words.values()), "")


def deal_step(step: str) -> str:
    return str(STEPS[DealStep(step)][0])


def deal_hint(step: str) -> str:
    return str(STEPS[DealStep(step)][1])


def asked_name(asked: str) -> str:
    return str(ASKED[Asked(asked)])


def prompt_state(state: str) -> str:
    return str(STATES[PromptState(state)][0])


def prompt_kind(state: str) -> str:
    return STATES[PromptState(state)][1]


FILTERS = (
    reflection_name,
    prompt_words,
    deal_step,
    deal_hint,
    asked_name,
    prompt_state,
    prompt_kind,
)
