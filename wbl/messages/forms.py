"""Forms of a coordinator and of an administrator: an address that does not work, quiet hours."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import EmailField, RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length

from wbl.messages.models import Settled
from wbl.messages.own_forms import ClockField
from wbl.messages.quiet import Hours


class AddressForm(FlaskForm):
    address = EmailField(
        _l("E-mail address"), validators=[DataRequired(_l("Enter one e-mail address.")), Length(max=254)]
    )


class SettleForm(FlaskForm):
    how = RadioField(
        _l("How are they reached instead?"),
        choices=[
            SelectChoice(Settled.ADDRESS.value, _l("Another address is on record now")),
            SelectChoice(Settled.PHONE.value, _l("We call them")),
            SelectChoice(Settled.PAPER.value, _l("On paper")),
        ],
        validators=[InputRequired(_l("Choose one."))],
    )


class HoursForm(FlaskForm):
    """From and until; the same twice: never."""

    quiet_from = ClockField(
        _l("From"), validators=[InputRequired(_l("Enter a time as hours and minutes: 21:00."))]
    )
    quiet_until = ClockField(
        _l("Until"), validators=[InputRequired(_l("Enter a time as hours and minutes: 21:00."))]
    )

    def hours(self) -> Hours:
        assert self.quiet_from.data is not None and self.quiet_until.data is not None
        return Hours(*(at.hour * 60 + at.minute for at in (self.quiet_from.data, self.quiet_until.data)))
