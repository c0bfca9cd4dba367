"""Forms of a place that a student found, and of the decision about it."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    FloatField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import DataRequired, Length, NumberRange, Optional, Regexp

from matching.eligibility.labor_rules import load_rules
from matching.messages import law_text
from wbl.employers.models import Employer
from wbl.fields import CheckboxGroupField, reason_field
from wbl.interests.found import Decision
from wbl.interests.week import Week, slots_named, starts
from wbl.labels import kind_label

KINDS = ("internship", "job_shadow", "mentorship", "service_learning", "apprenticeship", "pre_apprenticeship")
_FEDERAL = "US"
_ADDRESS = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"


def _text(label: str, most: int, missing: str = "", hint: str = "") -> StringField:
    checks = [DataRequired(missing)] if missing else [Optional()]
    too_long = Length(max=most, message=_l("That is too long: shorten it."))
    return StringField(label, description=hint, validators=[*checks, too_long])


class FoundForm(FlaskForm):
    """What a student knows of a place they found."""

    employer_name = _text(
        _l("Who is it?"),
        200,
        _l("Enter the name of the employer."),
        _l("The name of the shop, office or farm."),
    )
    work = _text(
        _l("What would you be?"),
        200,
        _l("Say in a few words what you would be."),
        _l("Such as: bicycle repair helper."),
    )
    description = TextAreaField(
        _l("What would you do there?"),
        validators=[
            DataRequired(_l("Say what you would do there.")),
            Length(max=2000, message=_l("Use at most 2000 characters.")),
        ],
    )
    kind = SelectField(_l("Kind"))
    paid = RadioField(
        _l("Pay"),
        choices=[
            SelectChoice("yes", _l("It is paid")),
            SelectChoice("no", _l("It is not paid")),
            SelectChoice("", _l("I do not know yet")),
        ],
        default="",
    )
    address = _text(_l("Street and number"), 200, _l("Enter the street."))
    city = _text(_l("City"), 100, _l("Enter the city."))
    postal_code = _text(_l("ZIP code"), 20)
    contact_name = _text(_l("Whom have you talked to?"), 200, _l("Enter who your school can talk to."))
    contact_phone = _text(_l("Their phone number"), 40)
    contact_email = StringField(
        _l("Their e-mail address"),
        validators=[
            Optional(),
            Length(max=254),
            Regexp(_ADDRESS, message=_l("That is no e-mail address. It has an @ in it.")),
        ],
        render_kw={"inputmode": "email", "autocapitalize": "none"},
    )

    def offer(self) -> Week:
        """Fill in what can be chosen; the half hours that were sent."""
        self.kind.choices = [SelectChoice(kind, kind_label(kind)) for kind in KINDS]
        return Week(slots_named(request.form.getlist("slot"), request.form.getlist("day"), starts()))

    def validate(self, extra_validators: Any = None) -> bool:
        """Also that there is a way to reach the contact: either of two fields will do."""
        valid = super().validate(extra_validators)
        if any((field.data or "").strip() for field in (self.contact_phone, self.contact_email)):
            return bool(valid)
        missing = _("Enter a phone number or an e-mail address: your school calls first.")
        self.contact_phone.errors = [*self.contact_phone.errors, missing]
        return False


class EmployerForm(FlaskForm):
    """Whose place it is."""

    employer = RadioField(_l("Which employer is it?"), default="")

    def offer(self, known: list[Employer]) -> None:
        """Fill in what can be chosen: employers of the same name, and a new one."""
        self.employer.choices = [
            *(SelectChoice(str(e.id), _("%(name)s, known already", name=e.name)) for e in known),
            SelectChoice("", _("A new employer")),
        ]


class AcceptForm(FlaskForm):
    """How a coordinator accepts."""

    hazards = CheckboxGroupField(_l("Is any of this part of the work?"))
    latitude = FloatField(_l("Latitude"), validators=[Optional(), NumberRange(-90, 90)])
    longitude = FloatField(_l("Longitude"), validators=[Optional(), NumberRange(-180, 180)])
    require = BooleanField(_l("This student gets this seat"), default=True)

    def offer(self) -> None:
        """Fill in what can be chosen."""
        language = str(get_locale().language)
        tasks = load_rules(_FEDERAL).tasks
        self.hazards.choices = [SelectChoice(code, law_text(language, code)) for code in tasks]

    def validate_longitude(self, field: FloatField) -> None:
        if (field.data is None) != (self.latitude.data is None):
            raise ValidationError(_("Enter both latitude and longitude, or neither."))

    def decision(self) -> Decision:
        """As the service takes it."""
        return Decision(
            hazards=self.hazards.data or (),
            require=self.require.data,
            latitude=self.latitude.data,
            longitude=self.longitude.data,
        )


class DeclineFoundForm(FlaskForm):
    reason = reason_field(
        _l("Why not"),
        hint=_l("The student reads it. It is kept on record and can be erased."),
        missing=_l("Say why, in a few words: the student reads it."),
    )
