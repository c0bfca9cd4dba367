"""Codes of growth as words: moments, levels, questions, the crosswalk."""

from __future__ import annotations

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from wbl.growth.models import Moment, VersionState

MOMENTS: dict[Moment, LazyString] = {
    Moment.BASELINE: _l("Baseline"),
    Moment.MID: _l("Half-way"),
    Moment.FINAL: _l("Final"),
}
LEVEL_NAMES: tuple[LazyString, ...] = (
    _l("Not yet"),
    _l("Beginning"),
    _l("With some help"),
    _l("On their own"),
    _l("Could show others"),
)
ASPECTS: dict[str, LazyString] = {
    "learned": _l("I learn things here that are worth it."),
    "supported": _l("Somebody here helps me when I need it."),
    "safe": _l("I feel safe here."),
    "again": _l("I would come here again, or tell a friend to."),
}
AGREEMENT: tuple[LazyString, ...] = (
    _l("Not at all"),
    _l("A little"),
    _l("Partly"),
    _l("Mostly"),
    _l("Fully"),
)
FRAMEWORK_NAMES: dict[str, LazyString] = {
    "applied_academic": _l("Applied academic skills"),
    "critical_thinking": _l("Critical thinking skills"),
    "interpersonal": _l("Interpersonal skills"),
    "personal_qualities": _l("Personal qualities"),
    "resource_management": _l("Resource management"),
    "information_use": _l("Information use"),
    "communication": _l("Communication skills"),
    "systems_thinking": _l("Systems thinking"),
    "technology_use": _l("Technology use"),
}
NACE_NAMES: dict[str, LazyString] = {
    "career_self_development": _l("Career and self-development"),
    "communication": _l("Communication"),
    "critical_thinking": _l("Critical thinking"),
    "equity_inclusion": _l("Equity and inclusion"),
    "leadership": _l("Leadership"),
    "professionalism": _l("Professionalism"),
    "teamwork": _l("Teamwork"),
    "technology": _l("Technology"),
}
SHOWN: dict[str, LazyString] = {
    "active": _l("Active"),
    "quiet": _l("No reflection lately"),
    "unrated": _l("The mentor's evaluation is overdue"),
    "to_complete": _l("Can be completed"),
    "unsafe": _l("Low on safety or support"),
    "completed": _l("Completed"),
}
STATES: dict[VersionState, tuple[LazyString, str]] = {
    VersionState.DRAFT: (_l("Draft"), "neutral"),
    VersionState.IN_FORCE: (_l("In force"), "good"),
    VersionState.PAST: (_l("Past"), "neutral"),
}


def moment_name(moment: str) -> str:
    return str(MOMENTS[Moment(moment)])


def level_name(level: int) -> str:
    return str(LEVEL_NAMES[level - 1])


def agreement_name(level: int) -> str:
    return str(AGREEMENT[level - 1])


def framework_name(code: str) -> str:
    return str(FRAMEWORK_NAMES.get(code, code))


def nace_name(code: str) -> str:
    return str(NACE_NAMES.get(code, code))


def version_state(state: VersionState) -> str:
    return str(STATES[state][0])


def version_kind(state: VersionState) -> str:
    return STATES[state][1]


FILTERS = (
    moment_name,
    level_name,
    agreement_name,
    framework_name,
    nace_name,
    version_state,
    version_kind,
)
