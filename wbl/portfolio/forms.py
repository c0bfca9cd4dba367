"""Forms of a portfolio."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from wbl.fields import CheckboxGroupField

LONG = Length(max=3000, message=_l("Use at most 3000 characters."))
SHORT = Length(max=200, message=_l("Use at most 200 characters."))
Choices = Sequence[tuple[int, str]]


class PortfolioForm(FlaskForm):
    about = TextAreaField(
        _l("About me"),
        validators=[LONG],
        description=_l("What you can do, what you look for. Leave out where you live and your phone number."),
    )
    placements = CheckboxGroupField(_l("Placements to show"), coerce=int)
    credentials = CheckboxGroupField(_l("Credentials to show"), coerce=int)
    artefacts = CheckboxGroupField(_l("Files to show"), coerce=int)
    capstone_title = StringField(_l("Capstone: its title"), validators=[SHORT])
    capstone = TextAreaField(_l("Capstone: what you did, and what came of it"), validators=[LONG])

    def offer(self, placements: Choices, credentials: Choices, artefacts: Choices) -> None:
        """What there is to choose from; a list with nothing in it is left out."""
        for name, choices in (
            ("placements", placements),
            ("credentials", credentials),
            ("artefacts", artefacts),
        ):
            if choices:
                self[name].choices = list(choices)
            else:
                del self[name]

    def chosen(self, name: str) -> list[int]:
        field: Any = self._fields.get(name)
        return list(field.data or []) if field is not None else []


class ArtefactForm(FlaskForm):
    what = StringField(_l("What is it?"), validators=[DataRequired(message=_l("Say what it is.")), SHORT])
    file = FileField(
        _l("File"),
        validators=[InputRequired(message=_l("Choose a file."))],
        description=_l(
            "PDF, PNG or JPEG, up to 5 MB. Show nobody in a picture who has not agreed. Where and when a"
            " photo was taken is removed."
        ),
    )
