"""Forms of a student's side of a round."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flask import request
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, SelectChoice, SelectField
from wtforms.validators import InputRequired

from wbl.fields import CheckboxGroupField
from wbl.interests.submissions import MODES, PAYS
from wbl.interests.week import Week, slots_named, week_cell
from wbl.interests.words import MODE_NAMES, NEED_GROUPS, PAY_NAMES
from wbl.labels import code_label, language_name

MINUTES = (10, 15, 20, 30, 45, 60, 75, 90, 120)
USUAL_MINUTES = 60
USUAL_MODES = ("walk", "transit")
COMMONEST = ("en", "es")
USUAL_LANGUAGES = (*COMMONEST, "am", "ar", "fr", "ht", "ko", "nv", "pt", "ru", "so", "tl", "vi", "zh", "ase")
ANY, ONLY = "any", "only"


class TravelForm(FlaskForm):
    modes = CheckboxGroupField(
        _l("How can you get to work?"),
        description=_l("Choose every way that would be fine with you."),
        choices=[SelectChoice(mode, MODE_NAMES[mode]) for mode in MODES],
    )
    minutes = SelectField(
        _l("How long may the trip take, one way?"),
        description=_l("We count from school or from home, whichever fits the hours."),
        coerce=int,
    )

    def offer(self, modes: str, minutes: str) -> None:
        """Fill in what can be chosen, and on a first view what the submission says."""
        own = int(minutes or USUAL_MINUTES)
        self.minutes.choices = [
            SelectChoice(value, _("%(minutes)s minutes", minutes=value)) for value in sorted({*MINUTES, own})
        ]
        if not self.is_submitted():
            self.modes.data = modes.split(";") if modes else list(USUAL_MODES)
            self.minutes.data = own


class TimesForm(FlaskForm):
    """When the student is free. The grid of half hours is drawn by its template."""

    when = RadioField(
        _l("When could you work?"),
        choices=[
            SelectChoice(ANY, _l("At any time that the law and my school allow")),
            SelectChoice(ONLY, _l("Only at the times that I mark")),
        ],
        validators=[InputRequired(_l("Choose one of the two."))],
    )
    keep = BooleanField(_l("Keep these too"))

    def offer(self, before: Week, shown: range) -> Week:
        """What is marked: what was sent, else what was said ``before``; ``shown``: the hours of the grid."""
        if not self.is_submitted():
            self.when.data = ONLY if before.slots or before.others else ANY
            self.keep.data = True
            return before
        slots = slots_named(request.form.getlist("slot"), request.form.getlist("day"), shown)
        return Week(slots, before.others if self.keep.data else ())

    def available(self, week: Week) -> str | None:
        """As :func:`wbl.interests.submissions.save_times` takes it."""
        return None if self.when.data == ANY else week_cell(week)


class WorkForm(FlaskForm):
    languages = CheckboxGroupField(
        _l("Which languages can you speak at work?"), description=_l("Some places ask for one.")
    )
    pay = RadioField(
        _l("Paid or unpaid?"),
        description=_l("You need not say why."),
        choices=[SelectChoice(pay, PAY_NAMES[pay]) for pay in PAYS],
        validators=[InputRequired(_l("Choose one of the three."))],
    )

    def offer(self, languages: str, pay: str, asked_for: Iterable[str]) -> None:
        """Fill in what can be chosen, and on a first view what the submission says."""
        own = [tag for tag in languages.split(";") if tag]
        names = {tag: language_name(tag) for tag in {*USUAL_LANGUAGES, *asked_for, *own}}
        shown = sorted(
            names,
            key=lambda tag: (USUAL_LANGUAGES.index(tag) if tag in USUAL_LANGUAGES[:2] else 99, names[tag]),
        )
        self.languages.choices = [SelectChoice(tag, names[tag]) for tag in shown]
        if not self.is_submitted():
            self.languages.data, self.pay.data = own, pay or "either"


class NeedsForm(FlaskForm):
    needs = CheckboxGroupField(_l("What helps you do your best at work?"))

    def offer(self, own: Mapping[str, bool]) -> list[str]:
        """Fill in what can be chosen; what the school has on record, which stays."""
        kept = sorted(code for code, by_student in own.items() if not by_student)
        known = [code for codes in NEED_GROUPS.values() for code in codes]
        codes = [code for code in (*known, *sorted(set(own) - set(known))) if code not in kept]
        self.needs.choices = [SelectChoice(code, _capital(code_label(code))) for code in codes]
        if not self.is_submitted():
            self.needs.data = [code for code, by_student in own.items() if by_student]
        return kept


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:] if str(get_locale().language) in ("en", "es") else text
