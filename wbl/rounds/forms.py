"""Forms of rounds."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    DateTimeLocalField,
    FloatField,
    HiddenField,
    IntegerField,
    MultipleFileField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    ValidationError,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from wbl.fields import LongSelect, reason_field
from wbl.people.models import District
from wbl.rounds.local_times import NoSuchTime, instant_at
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

# As browsers send it, with or without seconds.
_LOCAL_TIMES = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
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
    opens_at = DateTimeLocalField(
        _l("Opens for students"),
        format=_LOCAL_TIMES,
        description=_l("From then on they say when they have time and what they would choose."),
        validators=[Optional()],
    )
    closes_at = DateTimeLocalField(
        _l("Closes"),
        format=_LOCAL_TIMES,
        description=_l("Until then they can change everything."),
        validators=[Optional()],
    )
    order = RadioField(_l("What comes first?"))
    preference = _weight("preference")
    interest = _weight("interest")
    travel = _weight("travel")
    growth = _weight("growth")
    unranked = RadioField(
        _l("May students be placed with something that they did not rank?"),
        choices=[SelectChoice(name, text) for name, text in UNRANKED.items()],
    )

    def offer(self, districts: list[District], policy: PolicyDocument) -> None:
        """Fill in what can be chosen, and on a first view what holds now."""
        self.timezones = {district.id: district.timezone for district in districts}
        self.district.choices = [SelectChoice(district.id, district.name) for district in districts]
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
            self.district.data = districts[0].id

    def instants(self) -> tuple[datetime | None, datetime | None]:
        """When it opens and closes; the fields are in the time of the district that is chosen."""
        opens_at, closes_at = (self._instant(field) for field in (self.opens_at, self.closes_at))
        return opens_at, closes_at

    def _instant(self, field: DateTimeLocalField) -> datetime | None:
        timezone = self.timezones.get(self.district.data, "UTC")
        return instant_at(field.data, timezone) if field.data is not None else None

    def validate_opens_at(self, field: DateTimeLocalField) -> None:
        try:
            self._instant(field)
        except NoSuchTime:
            raise ValidationError(
                _("Clocks are put forward over that time on that day. Choose an hour later.")
            ) from None

    validate_closes_at = validate_opens_at

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


class StartForm(UploadForm):
    """A round from its folder alone; the district is asked for where there are several."""

    district = SelectField(_l("District"), coerce=int)

    def offer(self, districts: list[District]) -> None:
        """The districts that may be chosen; the first is, until somebody says otherwise."""
        self.district.choices = [SelectChoice(district.id, district.name) for district in districts]
        if self.district.data is None and districts:
            self.district.data = districts[0].id


class SolveForm(FlaskForm):
    method = RadioField(
        _l("How to match"),
        choices=[
            SelectChoice("auto", _l("Best match")),
            SelectChoice("closest", _l("Best match with the fewest changes")),
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
        widget=LongSelect(),
    )
    reason = reason_field()
    sealed = BooleanField(
        _l("Seal the reason"),
        description=_l(
            "Only for a forbidden pair: colleagues see that it is forbidden, and not why. The reason "
            "is in no list, record or export. Use it for court orders and for safety."
        ),
    )
    back = HiddenField()


class StudentCountField(IntegerField):
    """A number of students; empty: none is given."""

    def process_formdata(self, valuelist: list[str]) -> None:
        # Python's own whole numbers may have underscores, signs and digits of any script.
        text = valuelist[0].strip() if valuelist else ""
        self.data = int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None
        if text and self.data is None:
            raise ValueError(_("A number of students is a whole number from 0."))


class LimitForm(FlaskForm):
    """How few and how many students; whom the limit is about is chosen once."""

    name = SelectField(_l("Whom is it about?"), validators=[InputRequired(_l("Choose one from the list."))])
    low = StudentCountField(_l("At least"), validators=[Optional()], render_kw={"inputmode": "numeric"})
    high = StudentCountField(_l("At most"), validators=[Optional()], render_kw={"inputmode": "numeric"})


class WithdrawForm(FlaskForm):
    reason = reason_field(
        hint=_l("Families and employers will ask. It is kept on record and can be erased."),
        missing=_l("Say why, in a few words: families will ask."),
    )


class ConfirmForm(FlaskForm):
    """Yes to an upload."""

    replace_own = BooleanField(_l("Replace what these students wrote themselves, too"))
