"""Forms of what is changed between rounds."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectChoice
from wtforms.validators import InputRequired

from wbl.fields import reason_field
from wbl.rounds.queries import Offered


class EndForm(FlaskForm):
    """Why a placement ends, and whether the student looks on."""

    kind = RadioField(
        _l("What happened?"),
        choices=[
            SelectChoice("declined", _l("The student or the family said no")),
            SelectChoice("lapsed", _l("Nobody answered by the date")),
            SelectChoice("ended", _l("It ended before its last day")),
            SelectChoice("seat_lost", _l("The employer cannot host any more: the seat closes")),
        ],
        validators=[InputRequired(_l("Choose what happened."))],
    )
    another = RadioField(
        _l("Does the student want another seat?"),
        choices=[
            SelectChoice("yes", _l("Yes")),
            SelectChoice("no", _l("No, they take part in this round no more")),
        ],
        default="yes",
        validators=[InputRequired(_l("Choose yes or no."))],
    )
    reason = reason_field()


class PlaceForm(FlaskForm):
    """One of the free seats, with a reason."""

    offering = RadioField(_l("Which seat?"), coerce=int, validators=[InputRequired(_l("Choose a seat."))])
    reason = reason_field(_l("Why this one"))

    def offer(self, offerings: Sequence[Offered]) -> None:
        """The seats that are free for the student."""
        self.offering.choices = [SelectChoice(each.id, each.line) for each in offerings]
