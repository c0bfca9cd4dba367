"""Forms about a placement. The questions of consent are made for each placement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from wbl.labels import consent_question
from wbl.people.models import Guardian

YES, NO = "yes", "no"


def consent_form(
    fields: Sequence[str],
    student: str,
    given: Mapping[str, bool],
    signers: Sequence[Guardian] | None = None,
    read_in: str | None = None,
) -> Any:
    """A form with a yes-or-no question for each field.

    Parameters
    ----------
    given
        The answers that stand, chosen already.
    signers
        For an answer on paper: the guardians of whom one signed.
    read_in
        For an answer on a page of one's own: its language, which is signed by a typed name.
    """
    members: dict[str, Any] = {}
    for index, field in enumerate(fields):
        members[f"answer_{index}"] = RadioField(
            consent_question(field, student),
            choices=[SelectChoice(YES, _("Yes, they may be told")), SelectChoice(NO, _("No"))],
            default=(YES if given[field] else NO) if field in given else None,
            validators=[InputRequired(_("Choose yes or no."))],
        )
    if signers is not None:
        members["signer"] = SelectField(
            _("Who signed?"),
            choices=[SelectChoice(str(guardian.id), guardian.name) for guardian in signers],
            validators=[InputRequired(_("Choose who signed."))],
        )
    if read_in is not None:
        members["signed_name"] = StringField(
            _("Your full name, as your signature"),
            validators=[InputRequired(_("Type your full name: it is your signature.")), Length(2, 200)],
            render_kw={"autocomplete": "name", "dir": "auto", "maxlength": 200},
        )
        members["read_in"] = HiddenField(default=read_in)
    return type("ConsentForm", (FlaskForm,), members)()


def answers_of(form: Any, fields: Sequence[str]) -> dict[str, bool]:
    """The answers of a valid consent form, by field."""
    return {field: form[f"answer_{index}"].data == YES for index, field in enumerate(fields)}


class DeclineForm(FlaskForm):
    reason = TextAreaField(
        _l("Why, if you like to say"),
        description=_l("Your coordinator reads it, to find something better. The employer does not."),
        validators=[Length(max=2000, message=_l("Use at most 2000 characters."))],
    )


def questions_of(form: Any, fields: Sequence[str]) -> dict[str, str]:
    """What a consent form asks, by field, in the words of its page."""
    return {field: str(form[f"answer_{index}"].label.text) for index, field in enumerate(fields)}
