"""Codes of postings as words: steps, states, decisions, the seven factors, clusters."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import LazyString, get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from wbl.opportunities.answers import Answers
from wbl.opportunities.models import Decision, OpportunityState
from wbl.opportunities.tasks import tasks

STEP_NAMES: dict[str, LazyString] = {
    "about": _l("What it is"),
    "tasks": _l("Tasks"),
    "when": _l("When"),
    "where": _l("Where"),
    "seats": _l("How many"),
    "pay": _l("Pay"),
    "access": _l("Access"),
    "requires": _l("Required"),
    "people": _l("People"),
}
STATE_NAMES: dict[OpportunityState, tuple[LazyString, str]] = {
    OpportunityState.DRAFT: (_l("Draft"), "neutral"),
    OpportunityState.SUBMITTED: (_l("Waiting for approval"), "warn"),
    OpportunityState.APPROVED: (_l("Approved"), "good"),
    OpportunityState.PAUSED: (_l("Paused"), "neutral"),
    OpportunityState.CLOSED: (_l("Closed"), "neutral"),
}
DECISIONS: dict[str, LazyString] = {
    Decision.SUBMIT: _l("Sent to the school district"),
    Decision.TAKE_BACK: _l("Taken back"),
    Decision.APPROVE: _l("Approved"),
    Decision.SEND_BACK: _l("Sent back for a change"),
    Decision.CHANGE: _l("Opened for a change"),
    Decision.PAUSE: _l("Paused"),
    Decision.RESUME: _l("Taken up again"),
    Decision.CLOSE: _l("Closed"),
    Decision.CONFIRM: _l("Confirmed by the employer"),
    Decision.CORRECT: _l("The employer asks for a correction"),
}
FACTOR_QUESTIONS: dict[str, LazyString] = {
    "expectation": _l("Is it clear to both sides that nothing is paid?"),
    "training": _l("Do students get training much like that of a school?"),
    "coursework": _l("Is it tied to their schooling, by coursework or by credit?"),
    "calendar": _l("Does it fit around their school year?"),
    "duration": _l("Does it last only as long as they learn something useful?"),
    "displaces": _l("Does it add to the work of paid employees, and not replace it?"),
    "entitlement": _l("Is it clear that no paid job is promised at the end?"),
}
DAY_NAMES: dict[str, LazyString] = {
    "Mon": _l("Monday"),
    "Tue": _l("Tuesday"),
    "Wed": _l("Wednesday"),
    "Thu": _l("Thursday"),
    "Fri": _l("Friday"),
    "Sat": _l("Saturday"),
    "Sun": _l("Sunday"),
}
ACCESS_GROUPS: tuple[tuple[LazyString, tuple[str, ...]], ...] = (
    (
        _l("Getting around"),
        ("wheelchair_access", "step_free_access", "accessible_restroom", "seated_work", "adjustable_desk",
         "no_heavy_lifting", "service_animal"),
    ),
    (
        _l("Seeing, hearing, reading"),
        ("large_print", "braille", "screen_reader", "captions", "hearing_loop", "sign_language",
         "interpreter", "plain_language", "written_steps"),
    ),
    (
        _l("Quiet, breaks and health"),
        ("quiet_space", "low_noise", "soft_light", "extra_breaks", "flexible_start", "scent_free",
         "allergen_free", "medication_storage", "private_room"),
    ),
    (_l("Help from a person"), ("job_coach", "one_to_one")),
)  # fmt: skip
"""Every accommodation that has a name, but transport, which is the district's."""


def step_name(step: str) -> str:
    return str(STEP_NAMES.get(step, step))


def state_name(state: OpportunityState) -> str:
    return str(STATE_NAMES[state][0])


def state_kind(state: OpportunityState) -> str:
    """The kind of tag that shows a state."""
    return STATE_NAMES[state][1]


def decision_words(decision: str) -> str:
    return str(DECISIONS.get(decision, decision))


def task_words(answers: Answers) -> Sequence[str]:
    """What the student does: the chosen tasks, then the employer's own, a line each."""
    language = str(get_locale().language)
    known = tasks()
    chosen = [known[code].said(language) for code in answers.get("tasks", []) if code in known]
    return chosen + [line.strip() for line in answers.get("own_tasks", "").splitlines() if line.strip()]


def place_words(place: str) -> str:
    names = {
        "site": _("At the workplace"),
        "school": _("At the student's school"),
        "remote": _("From a computer, at home or at school"),
    }
    return names.get(place, place)


def about_count(count: int) -> str:
    """How many students, rounded down to tens; 0 stands for fewer than ten."""
    return _("About %(count)s students", count=count) if count else _("Fewer than 10 students")


FILTERS = (
    step_name,
    state_name,
    state_kind,
    decision_words,
    task_words,
    place_words,
    about_count,
)
