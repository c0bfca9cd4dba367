"""What an employer says by a link: right or not, and what is different."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectChoice, StringField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from wbl.opportunities.forms import SeatsForm

LONG = Length(max=2000, message=_l("Use at most 2000 characters."))


class ConfirmForm(FlaskForm):
    seats = SeatsForm.seats
    supervisor = StringField(
        _l("Who looks after the student?"),
        validators=[
            DataRequired(_l("Say who looks after the student.")),
            Length(max=200, message=_l("Use at most 200 characters.")),
        ],
    )
    description = TextAreaField(_l("A few sentences for students"), validators=[Optional(), LONG])
    learn_before = TextAreaField(
        _l("What should students learn before they come?"), validators=[Optional(), LONG]
    )
    right = RadioField(
        _l("Is it right?"),
        choices=[
            SelectChoice("yes", _l("Yes, with what I changed here")),
            SelectChoice("no", _l("No, something else has to change")),
        ],
        validators=[InputRequired(_l("Choose yes or no."))],
    )
    comment = TextAreaField(
        _l("What else has to change?"),
        description=_l("Times, place, pay, tasks: the school district changes it for you."),
        validators=[LONG],
    )

    def validate_comment(self, field: TextAreaField) -> None:
        if self.right.data == "no" and not (field.data or "").strip():
            raise ValidationError(_("Say what has to change."))

    def answers(self) -> dict[str, Any]:
        return {name: self[name].data for name in ("seats", "supervisor", "description", "learn_before")}
