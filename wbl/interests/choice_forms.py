"""Forms of a student's choices."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectChoice, TextAreaField
from wtforms.validators import InputRequired, Length

from wbl.interests.choices import LONGEST_NOTE


class NoteForm(FlaskForm):
    note = TextAreaField(
        _l("Note to myself"),
        description=_l("Only you see it: what you want to ask, or what you liked."),
        validators=[Length(max=LONGEST_NOTE, message=_l("Use at most 2000 characters."))],
    )


class OpenForm(FlaskForm):
    open = RadioField(
        _l("If nothing on your list works out, may it be something else?"),
        choices=[
            SelectChoice("yes", _l("Yes, something else that is possible for me")),
            SelectChoice("no", _l("No, only what is on my list")),
        ],
        validators=[InputRequired(_l("Choose one of the two."))],
    )
