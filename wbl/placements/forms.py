"""Forms about a placement. The questions of consent are made for each placement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from wbl.labels import consent_question
from wbl.people.models import Guardian

YES, NO = "yes", "no"


def consent_form(
    fields: Sequence[str], student: str, given: dict[str, bool], signers: Sequence[Guardian] | None = None
) -> Any:
    """A form with a yes-or-no question for each field.

    Parameters
    ----------
    given
        The answers that stand, chosen already.
    signers
        For an answer on paper: the guardians of whom one signed.
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
    return type("ConsentForm", (FlaskForm,), members)()


def answers_of(form: Any, fields: Sequence[str]) -> dict[str, bool]:
    """The answers of a valid consent form, by field."""
    return {field: form[f"answer_{index}"].data == YES for index, field in enumerate(fields)}
