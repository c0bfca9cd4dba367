"""Forms of rounds."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    FloatField,
    HiddenField,
    MultipleFileField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from wbl.rounds.models import PinDecision
from wbl.rounds.policy import (
    AS_IMPORTED,
    WEIGHTS,
    PolicyDocument,
    order_of,
    unranked_of,
    weights_of,
    with_choices,
)
from wbl.rounds.words import ORDERS, PART_HINTS, PART_NAMES, UNRANKED

_WEIGHT = {"inputmode": "decimal", "min": 0, "max": 1000, "step": "any"}


def _weight(name: str) -> FloatField:
    return FloatField(
        PART_NAMES[name],
        description=PART_HINTS[name],
        validators=[
            InputRequired(_l("Enter a weight: a number from 0.")),
            NumberRange(0, 1000, _l("A weight is a number from 0 to 1000.")),
        ],
        render_kw=_WEIGHT,
    )


class RoundForm(FlaskForm):
    """What a round is called, when it is, and what it optimizes."""

    district = SelectField(_l("District"), coerce=int)
    name = StringField(
        _l("Name"),
        description=_l("As students and families know it, such as “Spring internships”."),
        validators=[
            DataRequired(_l("Give the round a name.")),
            Length(max=200, message=_l("Use at most 200 characters.")),
        ],
    )
    starts_on = DateField(
        _l("First day"),
        description=_l("Ages are counted on this day, unless an opportunity starts on another."),
        validators=[InputRequired(_l("Enter the first day."))],
    )
    ends_on = DateField(_l("Last day"), validators=[InputRequired(_l("Enter the last day."))])
    order = RadioField(_l("What comes first?"))
    preference = _weight("preference")
    interest = _weight("interest")
    travel = _weight("travel")
    growth = _weight("growth")
    unranked = RadioField(
        _l("May students be placed with something that they did not rank?"),
        choices=[SelectChoice(name, text) for name, text in UNRANKED.items()],
    )

    def offer(self, districts: list[tuple[int, str]], policy: PolicyDocument) -> None:
        """Fill in what can be chosen, and on a first view what holds now."""
        self.district.choices = [SelectChoice(district_id, name) for district_id, name in districts]
        own = order_of(policy) == AS_IMPORTED
        self.order.choices = [
            SelectChoice(name, text) for name, text in ORDERS.items() if own or name != AS_IMPORTED
        ]
        if not self.is_submitted():
            self.order.data = order_of(policy)
            self.unranked.data = unranked_of(policy)
            for name, weight in weights_of(policy).items():
                self[name].data = int(weight) if weight == int(weight) else weight
        if self.district.data is None and districts:
            self.district.data = districts[0][0]

    def validate_ends_on(self, field: DateField) -> None:
        if field.data and self.starts_on.data and field.data < self.starts_on.data:
            raise ValidationError(_("The last day is before the first. Choose a later one."))

    def validate_growth(self, _field: FloatField) -> None:
        if not any(self[name].data for name in WEIGHTS):
            raise ValidationError(_("All weights are zero. Give at least one a number above zero."))

    def policy(self, policy: PolicyDocument) -> PolicyDocument:
        """``policy`` with the choices of this form."""
        weights = {name: float(self[name].data) for name in WEIGHTS}
        return with_choices(policy, order=self.order.data, weights=weights, unranked=self.unranked.data)


class UploadForm(FlaskForm):
    files = MultipleFileField(
        _l("Round folder"),
        description=_l("One zip file of the folder, or its CSV files together (choose several)."),
        render_kw={"accept": ".zip,.csv,.toml,text/csv,application/zip", "required": True},
    )


class SolveForm(FlaskForm):
    method = RadioField(
        _l("How to match"),
        choices=[
            SelectChoice("auto", _l("Best match")),
            SelectChoice("stable", _l("Stable match, to compare")),
        ],
        default="auto",
    )


class PinForm(FlaskForm):
    """A pair to require or to forbid; the student stands in the address."""

    decision = RadioField(
        _l("What should hold?"),
        choices=[
            SelectChoice(PinDecision.REQUIRE.value, _l("Require: this student gets this seat")),
            SelectChoice(PinDecision.FORBID.value, _l("Forbid: this student never gets this seat")),
        ],
        validators=[InputRequired(_l("Choose one of the two."))],
    )
    offering = SelectField(
        _l("Opportunity"),
        coerce=lambda value: int(value) if value else None,
        validators=[InputRequired(_l("Choose an opportunity."))],
    )
    reason = TextAreaField(
        _l("Why"),
        description=_l("For colleagues who look at this later. It is kept on record and can be erased."),
        validators=[
            DataRequired(_l("Say why, in a few words: it is kept on record.")),
            Length(3, 2000, _l("Say why in 3 to 2000 characters.")),
        ],
    )
    back = HiddenField()


class WithdrawForm(FlaskForm):
    reason = TextAreaField(
        _l("Why"),
        description=_l("Families and employers will ask. It is kept on record and can be erased."),
        validators=[
            DataRequired(_l("Say why, in a few words: families will ask.")),
            Length(3, 2000, _l("Say why in 3 to 2000 characters.")),
        ],
    )
