"""Forms of students' interests."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import FloatField, RadioField, SelectChoice, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from matching.problem import RIASEC
from wbl.interests.activities import HIGHEST
from wbl.interests.words import ANSWERS, FULL_NAMES

_NUMBER = {"inputmode": "decimal", "step": "any", "min": 0}
LARGEST = 1000


class AnswerForm(FlaskForm):
    answer = RadioField(
        _l("How would you like to do this?"),
        choices=[SelectChoice(str(value), said) for value, said in ANSWERS.items()],
        validators=[InputRequired(_l("Choose one of the five answers."))],
    )


def _score(letter: str) -> FloatField:
    return FloatField(
        FULL_NAMES[letter],
        validators=[
            InputRequired(_l("Enter a score: a number from 0.")),
            NumberRange(0, LARGEST, _l("A score lies between 0 and the highest score.")),
        ],
        render_kw=_NUMBER,
    )


class ScoresForm(FlaskForm):
    """Six scores of another instrument."""

    instrument = StringField(
        _l("What are the scores from?"),
        description=_l("Such as the O*NET Interest Profiler, or your school's career program."),
        validators=[
            DataRequired(_l("Say what the scores are from.")),
            Length(max=100, message=_l("Use at most 100 characters.")),
        ],
    )
    highest = FloatField(
        _l("Highest score that one letter can have there"),
        description=_l("In the O*NET short form this is 40."),
        default=HIGHEST,
        validators=[
            InputRequired(_l("Enter the highest score.")),
            NumberRange(1, LARGEST, _l("The highest score is a number from 1 to 1000.")),
        ],
        render_kw=_NUMBER,
    )
    r = _score("R")
    i = _score("I")
    a = _score("A")
    s = _score("S")
    e = _score("E")
    c = _score("C")

    def scores(self) -> list[float]:
        """The six scores in the order R I A S E C."""
        return [float(self[letter.lower()].data) for letter in RIASEC]
