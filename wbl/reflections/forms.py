"""Forms of reflections and prompts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, SelectChoice, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from wbl.growth.words import AGREEMENT
from wbl.reflections.common import Question
from wbl.reflections.models import Asked, DealStep
from wbl.reflections.words import ASKED, STEPS
from wbl.reflections.writing import LONGEST

SENTENCE = Length(max=300, message=_l("Use at most 300 characters."))


class WritingForm(FlaskForm):
    """Nothing but what :func:`writing_form` adds: a field for each prompt, by its code."""

    questions: Sequence[Question] = ()

    def answers(self) -> dict[str, str | int]:
        """By code; what was left open is left out."""
        found: dict[str, str | int] = {}
        for one in self.questions:
            given = self[one.code].data
            if one.scale and given in {"1", "2", "3", "4", "5"}:
                found[one.code] = int(given)
            elif not one.scale and given:
                found[one.code] = given
        return found


def writing_form(questions: Sequence[Question], answers: dict[str, Any]) -> WritingForm:
    """A form of these prompts; nothing is required, for a draft may be anything."""
    language = str(get_locale().language)
    extra: dict[str, Any] = {"questions": list(questions)}
    for one in questions:
        if one.scale:
            choices = [SelectChoice(str(at), text) for at, text in enumerate(AGREEMENT, start=1)]
            extra[one.code] = RadioField(
                one.said(language), choices=choices, validators=[Optional()], validate_choice=False
            )
        else:
            extra[one.code] = TextAreaField(
                one.said(language),
                validators=[Optional(), Length(max=LONGEST, message=_l("Use at most 4000 characters."))],
            )
    data = {code: str(value) for code, value in answers.items()}
    made: WritingForm = type("ReflectionForm", (WritingForm,), extra)(data=data)
    return made


class ChooseForm(FlaskForm):
    in_portfolio = BooleanField(_l("In my portfolio"))
    for_employer = BooleanField(_l("The employer may read it"))


class CommentForm(FlaskForm):
    text = TextAreaField(
        _l("Say something to it"),
        validators=[DataRequired(_l("Write 2 to 2000 characters.")), Length(max=2000)],
    )


class ProposeForm(FlaskForm):
    """A prompt that a student would like to be asked."""

    text = TextAreaField(
        _l("What should we ask?"), validators=[DataRequired(_l("Write what should be asked.")), SENTENCE]
    )
    asked = RadioField(
        _l("When?"),
        choices=[SelectChoice(one.value, ASKED[one]) for one in Asked],
        default=Asked.WEEKLY.value,
        validators=[InputRequired(_l("Choose when."))],
    )
    step = RadioField(
        _l("What is it about?"),
        choices=[SelectChoice(one.value, STEPS[one][0]) for one in DealStep],
        default=DealStep.PERSONAL.value,
        validators=[InputRequired(_l("Choose what it is about."))],
    )


class AddForm(ProposeForm):
    """The same by a coordinator, in both languages."""

    text_es = TextAreaField(_l("The same in Spanish"), validators=[Optional(), SENTENCE])
    scale = BooleanField(
        _l("A sentence to agree with, from 1 to 5"),
        description=_l("Asked before and after in the same words, so that growth can be seen."),
    )


class DecideForm(FlaskForm):
    """What becomes of a proposal, or of a prompt that is asked."""

    text = TextAreaField(_l("As it is asked, in English"), validators=[Optional(), SENTENCE])
    text_es = TextAreaField(_l("As it is asked, in Spanish"), validators=[Optional(), SENTENCE])
    why = TextAreaField(
        _l("Why"),
        description=_l("The students read it."),
        validators=[Optional(), SENTENCE],
    )
