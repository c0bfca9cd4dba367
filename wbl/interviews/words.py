"""Codes of interviews as words."""

from __future__ import annotations

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from wbl.interviews.models import Decision, GuardianHow, InterviewState

DECISIONS: dict[Decision, LazyString] = {
    Decision.TAKE: _l("We take this student"),
    Decision.OTHERS: _l("Others fit the work better"),
    Decision.SCHEDULE: _l("The times do not fit"),
    Decision.WITHDREW: _l("The student no longer wants it"),
    Decision.NO_SHOW: _l("The student did not come"),
}
STATES: dict[InterviewState, tuple[LazyString, str]] = {
    InterviewState.ASKED: (_l("Student is asked"), "warn"),
    InterviewState.AGREED: (_l("Student agreed"), "info"),
    InterviewState.DECLINED: (_l("Student declined"), "neutral"),
    InterviewState.DECIDED: (_l("Decided"), "good"),
}
GUARDIAN_HOW: dict[GuardianHow, LazyString] = {
    GuardianHow.PAPER: _l("Signed on paper"),
    GuardianHow.INTERPRETER: _l("Signed on paper, with an interpreter"),
    GuardianHow.ELECTRONIC: _l("Signed in a system of the district"),
}
FIELDS: dict[str, LazyString] = {
    "name": _l("Name"),
    "school": _l("School"),
    "grade": _l("Grade"),
    "email": _l("E-mail"),
    "phone": _l("Phone"),
    "languages": _l("Languages"),
}


def decision_name(decision: Decision) -> str:
    return str(DECISIONS[decision])


def interview_state(state: InterviewState) -> str:
    return str(STATES[state][0])


def interview_kind(state: InterviewState) -> str:
    """The kind of tag that shows a state."""
    return STATES[state][1]


def guardian_how(how: GuardianHow) -> str:
    return str(GUARDIAN_HOW[how])


def shared_name(field: str) -> str:
    return str(FIELDS.get(field, field))


FILTERS = (decision_name, interview_state, interview_kind, guardian_how, shared_name)
