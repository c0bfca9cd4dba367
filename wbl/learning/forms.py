"""Taking suggested weights."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length


class WeightsForm(FlaskForm):
    reason = TextAreaField(
        _l("Why do you take them?"),
        description=_l("It is kept in the record, beside the weights."),
        validators=[
            InputRequired(_l("Say why. It is kept in the record.")),
            Length(max=1000, message=_l("Write at most 1000 characters.")),
        ],
    )
