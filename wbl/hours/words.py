"""Hours in words: a length of time, a state, a change, a rule that was broken."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _

from matching.eligibility.labor_rules import find_rule
from matching.messages import cited, clock_text, duration_text, law_text, say, words_in
from wbl.audit.words import actor_label
from wbl.hours.models import ChangeKind, EntryState, HoursBreach
from wbl.i18n import page_language

TIMES_OF_DAY = ("hours_early", "hours_late")


def state_words() -> Mapping[EntryState, tuple[str, str]]:
    """Each state, and the kind of its tag."""
    return {
        EntryState.DRAFT: (_("not sent yet"), "neutral"),
        EntryState.SUBMITTED: (_("waits for the mentor"), "info"),
        EntryState.CONFIRMED: (_("confirmed"), "good"),
        EntryState.QUESTIONED: (_("a question"), "warn"),
        EntryState.WITHDRAWN: (_("taken back"), "neutral"),
    }


def change_words(kind: ChangeKind) -> str:
    return {
        ChangeKind.CHECK_IN: _("Checked in"),
        ChangeKind.CHECK_OUT: _("Checked out"),
        ChangeKind.WRITE: _("Written down"),
        ChangeKind.CORRECT: _("Corrected"),
        ChangeKind.SEND: _("Sent to the mentor"),
        ChangeKind.CONFIRM: _("Confirmed"),
        ChangeKind.QUESTION: _("Asked about"),
        ChangeKind.WITHDRAW: _("Taken back"),
    }[kind]


def who_words(actor_kind: str, name: str | None) -> str:
    """Whose change it was."""
    if name:
        return name
    return _("By itself, when the week was over") if actor_kind == "worker" else actor_label(actor_kind)


def breach_sentence(breach: HoursBreach, *, to_student: bool = False) -> str:
    """A rule that was broken, with its limit and where it stands; to the student, or about one."""
    language = page_language()
    found, limit = (_figure(breach.says, figure, language) for figure in (breach.found, breach.limit))
    law = cited(language, breach.words["jurisdiction"], breach.citation)
    if to_student:
        values = {"under_age": breach.under_age, "found": found, "limit": limit, "law": law}
        return say(language, f"law_{breach.says}", **values)
    shipped = find_rule(breach.rule) is not None
    what = law_text(language, breach.rule) if shipped else words_in(breach.words["what"], language)
    what = what[:1].upper() + what[1:]
    if breach.says == "hours_school":
        return _("%(what)s, under %(age)s (%(law)s).", what=what, age=breach.under_age, law=law)
    return _(
        "%(what)s: %(found)s. Under %(age)s the limit is %(limit)s (%(law)s).",
        what=what,
        found=found,
        age=breach.under_age,
        limit=limit,
        law=law,
    )


def _figure(says: str, figure: int, language: str) -> str:
    if says.startswith(TIMES_OF_DAY):
        return clock_text(language, figure)
    return str(figure) if says == "week_days" else duration_text(language, figure)
