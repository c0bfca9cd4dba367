"""Forms of employers: sign-up, sites, people, vetting, outreach."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    DateField,
    DecimalField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from wbl.employers.models import OutreachStage
from wbl.employers.services import SITE_TEXTS
from wbl.employers.words import stage_name
from wbl.fields import is_email

SHORT = Length(max=200, message=_l("Use at most 200 characters."))
LONG = Length(max=2000, message=_l("Use at most 2000 characters."))


class ContactFields(FlaskForm):
    """A place of work and who answers there."""

    contact_name = StringField(
        _l("Your name"),
        validators=[DataRequired(_l("Enter a name.")), SHORT],
        render_kw={"autocomplete": "name"},
    )
    contact_email = StringField(
        _l("E-mail"),
        validators=[Length(max=254), is_email],
        render_kw={"autocomplete": "email", "inputmode": "email", "autocapitalize": "none"},
    )
    contact_phone = StringField(
        _l("Phone"),
        validators=[Optional(), Length(max=40, message=_l("Use at most 40 characters."))],
        render_kw={"autocomplete": "tel", "inputmode": "tel"},
    )
    address = StringField(
        _l("Street"), validators=[Optional(), SHORT], render_kw={"autocomplete": "street-address"}
    )
    city = StringField(
        _l("City"),
        validators=[Optional(), Length(max=100, message=_l("Use at most 100 characters."))],
        render_kw={"autocomplete": "address-level2"},
    )
    postal_code = StringField(
        _l("Postal code"),
        validators=[Optional(), Length(max=20, message=_l("Use at most 20 characters."))],
        render_kw={"autocomplete": "postal-code"},
    )

    def texts(self) -> dict[str, str]:
        """What is said of the site, by column."""
        return {name: self[name].data or "" for name in SITE_TEXTS if name in self}


class SignUpForm(ContactFields):
    organization = StringField(
        _l("Name of your organization"),
        validators=[DataRequired(_l("Enter the name of your organization.")), SHORT],
        render_kw={"autocomplete": "organization"},
    )
    about = TextAreaField(
        _l("What could students do with you?"),
        description=_l("One or two sentences are enough. Details come later."),
        validators=[Optional(), LONG],
    )

    def validate_contact_email(self, field: StringField) -> None:
        if not field.data and not self.contact_phone.data:
            raise ValidationError(_("Enter an e-mail address or a phone number, so that we can reach you."))


class AboutForm(FlaskForm):
    name = StringField(_l("Name"), validators=[DataRequired(_l("Enter a name.")), SHORT])
    about = TextAreaField(_l("What you do"), validators=[Optional(), LONG])


class SiteForm(ContactFields):
    name = StringField(
        _l("Name of the place"),
        description=_l("Such as “Plaza clinic”."),
        validators=[DataRequired(_l("Give the place a name.")), SHORT],
    )
    latitude = DecimalField(
        _l("Latitude"),
        places=None,
        validators=[Optional(), NumberRange(-90, 90, _l("A latitude is -90 to 90."))],
        render_kw={"inputmode": "text"},
    )
    longitude = DecimalField(
        _l("Longitude"),
        places=None,
        validators=[Optional(), NumberRange(-180, 180, _l("A longitude is -180 to 180."))],
        render_kw={"inputmode": "text"},
    )

    def validate(self, extra_validators: object = None) -> bool:
        right = bool(super().validate(extra_validators))
        if (self.latitude.data is None) != (self.longitude.data is None):
            self.longitude.errors = [*self.longitude.errors, _("Give both numbers, or none.")]
            return False
        return right

    def place(self) -> tuple[float | None, float | None]:
        if self.latitude.data is None or self.longitude.data is None:
            return None, None
        return float(self.latitude.data), float(self.longitude.data)


class InviteForm(FlaskForm):
    name = StringField(_l("Name"), validators=[Optional(), SHORT])
    email = StringField(
        _l("E-mail"),
        validators=[InputRequired(_l("Enter an e-mail address.")), Length(max=254), is_email],
        render_kw={"inputmode": "email", "autocapitalize": "none"},
    )


class CheckForm(FlaskForm):
    checked_on = DateField(_l("Checked on"), validators=[InputRequired(_l("Enter the day."))])
    expires_on = DateField(
        _l("Holds until"),
        description=_l("Leave it empty where it does not lapse."),
        validators=[Optional()],
    )


class RuleForm(FlaskForm):
    everybody = RadioField(
        _l("Who has to be vetted?"),
        choices=[
            SelectChoice("no", _l("Employers who sign up here, and prospects")),
            SelectChoice("yes", _l("Every employer, also those who came with a round's files")),
        ],
        validators=[InputRequired(_l("Choose one of the two."))],
    )


class OutreachForm(FlaskForm):
    stage = SelectField(_l("Stage"), coerce=OutreachStage)
    next_action = StringField(
        _l("Next action"), description=_l("Such as “Call Dana about summer”."), validators=[Optional(), SHORT]
    )
    next_on = DateField(_l("On"), validators=[Optional()])
    note = TextAreaField(
        _l("Note"),
        description=_l("For colleagues. It is kept on record and can be erased."),
        validators=[Optional(), LONG],
    )

    def offer(self) -> None:
        self.stage.choices = [SelectChoice(stage.value, stage_name(stage)) for stage in OutreachStage]


class ProspectsForm(FlaskForm):
    district = SelectField(_l("District"), coerce=int)
    file = FileField(
        _l("File of prospects (CSV)"),
        description=_l(
            "A header row: name, and where known contact_name, contact_email, contact_phone, "
            "address, city, postal_code, about."
        ),
        render_kw={"accept": ".csv,text/csv"},
    )


class ConfirmProspectsForm(FlaskForm):
    invite = BooleanField(
        _l("Invite those who have an e-mail address"),
        description=_l("Each gets a mail with a link to sign in and post."),
    )
