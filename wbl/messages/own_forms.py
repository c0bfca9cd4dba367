"""Forms of how one is written to: language, quiet hours, text messages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, SelectField, TelField, TimeField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from wbl.messages.quiet import Hours

DISTRICT, OWN, NEVER = "district", "own", "never"


class ClockField(TimeField):
    """A time of day; the browser sends it as 21:00, a hand may not."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(_("Enter a time as hours and minutes: 21:00.")) from None


def as_time(minutes: int) -> time:
    return time(minutes // 60, minutes % 60)


class ChoiceForm(FlaskForm):
    """A person's own."""

    language = SelectField(_l("Language of what we send you"))
    quiet = RadioField(_l("When should we not write to you?"), validators=[InputRequired(_l("Choose one."))])
    quiet_from = ClockField(_l("From"), validators=[Optional()])
    quiet_until = ClockField(_l("Until"), validators=[Optional()])

    def offer(self, languages: Mapping[str, str], district_hours: str) -> None:
        """``district_hours``: in words; "" where the district has none."""
        self.language.choices = [SelectChoice(code, name) for code, name in languages.items()]
        usual = _("As usual here: %(hours)s", hours=district_hours) if district_hours else _("As usual here")
        self.quiet.choices = [
            SelectChoice(DISTRICT, usual),
            SelectChoice(OWN, _("At other hours, which I choose below")),
            SelectChoice(NEVER, _("You may write at any hour")),
        ]

    def validate(self, extra_validators: object = None) -> bool:
        if not super().validate():
            return False
        if self.quiet.data == OWN:
            for field in (self.quiet_from, self.quiet_until):
                if field.data is None:
                    field.errors = [_("Enter a time as hours and minutes: 21:00.")]
        return not (self.quiet_from.errors or self.quiet_until.errors)

    def hours(self) -> Hours | None:
        """None: the district's."""
        if self.quiet.data == DISTRICT:
            return None
        if self.quiet.data == NEVER:
            return Hours(0, 0)
        assert self.quiet_from.data is not None and self.quiet_until.data is not None
        return Hours(*(at.hour * 60 + at.minute for at in (self.quiet_from.data, self.quiet_until.data)))


class TextForm(FlaskForm):
    phone = TelField(
        _l("Mobile number"),
        validators=[DataRequired(_l("Enter a mobile number, such as 504-555-0100.")), Length(max=40)],
        render_kw={"autocomplete": "tel", "inputmode": "tel"},
    )
    agree = BooleanField(
        _l("I want text messages at this number. They say only that there is something to read."),
        validators=[DataRequired(_l("Tick the box if you want text messages."))],
    )
