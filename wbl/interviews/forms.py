"""Forms of interviews."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateTimeLocalField, RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from wbl.fields import CheckboxGroupField
from wbl.guardians.forms import DayField
from wbl.interviews.models import Decision
from wbl.interviews.queries import SHARED
from wbl.interviews.words import DECISIONS, GUARDIAN_HOW, shared_name
from wbl.people.models import Guardian


class AgreeForm(FlaskForm):
    agrees = RadioField(
        _l("May this employer meet you?"),
        choices=[
            SelectChoice("yes", _l("Yes, and they may be told my name")),
            SelectChoice("no", _l("No")),
        ],
        validators=[InputRequired(_l("Choose yes or no."))],
    )
    fields = CheckboxGroupField(
        _l("What else may they be told?"),
        description=_l("Nothing that you do not choose is shared. You can change it until they decide."),
        validators=[Optional()],
    )

    def offer(self) -> None:
        self["fields"].choices = [SelectChoice(name, shared_name(name)) for name in SHARED[1:]]


class GuardianForm(FlaskForm):
    guardian_id = RadioField(_l("Who signed?"), validators=[InputRequired(_l("Choose who signed."))])
    on = DayField(
        _l("Date of the signature"), validators=[InputRequired(_l("Enter the date of the signature."))]
    )
    how = RadioField(
        _l("How did it come?"),
        choices=[SelectChoice(how.value, text) for how, text in GUARDIAN_HOW.items()],
        validators=[InputRequired(_l("Choose one."))],
    )

    def offer(self, signers: Sequence[Guardian]) -> None:
        self.guardian_id.choices = [SelectChoice(str(guardian.id), guardian.name) for guardian in signers]


class DateForm(FlaskForm):
    starts_at = DateTimeLocalField(_l("When"), validators=[InputRequired(_l("Enter a day and a time."))])
    place = StringField(
        _l("Where"),
        description=_l("An address, a phone number or a link."),
        validators=[Optional(), Length(max=200, message=_l("Use at most 200 characters."))],
    )


class DecideForm(FlaskForm):
    decision = SelectField(_l("Your decision"), validators=[InputRequired(_l("Choose one."))])

    def offer(self) -> None:
        self.decision.choices = [SelectChoice("", _("Choose one"))] + [
            SelectChoice(decision.value, str(text)) for decision, text in DECISIONS.items()
        ]

    def chosen(self) -> Decision:
        return Decision(self.decision.data)
