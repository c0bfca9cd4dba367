"""The form in which a coordinator writes down what a student says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectChoice, TimeField
from wtforms.validators import InputRequired, Optional

from wbl.fields import ListedField
from wbl.i18n import WEEKDAYS
from wbl.interests.round_forms import TravelForm, WorkForm
from wbl.rounds.on_behalf import Heard, Said

CHOICES = 5
ANY, KEEP, ONLY = "any", "keep", "only"


class OnBehalfForm(TravelForm, WorkForm):  # type: ignore[misc]  # each offer() is called by name
    """Everything on one page, in the order of a phone call."""

    heard = RadioField(
        _l("How did they tell you?"),
        choices=[
            SelectChoice(Heard.PHONE.value, _l("On the phone")),
            SelectChoice(Heard.PAPER.value, _l("On paper")),
            SelectChoice(Heard.HERE.value, _l("Face to face")),
        ],
        validators=[InputRequired(_l("Choose how they told you: it goes on record."))],
    )
    when = RadioField(_l("When could they work?"), validators=[InputRequired(_l("Choose one."))])

    def fill(
        self,
        *,
        modes: str,
        minutes: str,
        available: str,
        languages: str,
        pay: str,
        asked_for: Iterable[str],
        offerings: Mapping[str, int],
        ranked: Sequence[int],
    ) -> None:
        """What can be chosen, and on a first view what is on record."""
        TravelForm.offer(self, modes, minutes)
        WorkForm.offer(self, languages, pay, asked_for)
        self.when.choices = [
            SelectChoice(ANY, _("At any time that law and school allow")),
            *([SelectChoice(KEEP, _("As on record"))] if available else []),
            SelectChoice(ONLY, _("Only at these times:")),
        ]
        for number in range(1, CHOICES + 1):
            field = self[f"choice_{number}"]
            field.offer(offerings, "opportunities")
            if not self.is_submitted() and number <= len(ranked):
                field.data = ranked[number - 1]
        if not self.is_submitted():
            self.when.data = KEEP if available else ANY

    def said(self, available: str) -> Said:
        """The answers; ``available`` is what is on record."""
        times: str | None = {ANY: None, KEEP: available or None}.get(self.when.data, self.windows())
        choices = [self[f"choice_{number}"].data for number in range(1, CHOICES + 1)]
        return Said(
            modes=self.modes.data or [],
            minutes=self.minutes.data,
            available=times,
            languages=self.languages.data or [],
            pay=self.pay.data,
            ranked=[choice for choice in choices if choice],
        )

    def windows(self) -> str:
        """The times of the week as a cell; a day of which one half is missing or turned round is left out."""
        found = []
        for day in WEEKDAYS:
            start, end = self[f"from_{day}"].data, self[f"to_{day}"].data
            if start and end and start < end:
                found.append(f"{day} {start:%H:%M}-{end:%H:%M}")
        return ";".join(found)


for _day in WEEKDAYS:
    setattr(OnBehalfForm, f"from_{_day}", TimeField(_l("from"), validators=[Optional()]))
    setattr(OnBehalfForm, f"to_{_day}", TimeField(_l("to"), validators=[Optional()]))
for _number in range(1, CHOICES + 1):
    setattr(
        OnBehalfForm,
        f"choice_{_number}",
        ListedField(_l("Choice %(number)s", number=_number)),
    )
