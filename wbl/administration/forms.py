"""Forms of administration."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    EmailField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from wbl.accounts.invitations import Place
from wbl.accounts.models import Role
from wbl.people.models import School


class RoleForm(FlaskForm):
    """Which role: what it needs to know is asked on the next page."""

    role = RadioField(_l("Role"), validators=[InputRequired(_l("Choose a role."))])


class PlaceForm(FlaskForm):
    """What a role is about. Each role shows the one field that it needs."""

    role = HiddenField()
    school = SelectField(_l("School"), coerce=int, validators=[Optional()], validate_choice=False)
    program = StringField(
        _l("Program"),
        description=_l("Its code, as in the students' files, such as HEALTH."),
        validators=[Length(max=64)],
    )
    identifier = StringField(
        _l("Identifier"), description=_l("As in the files of a round."), validators=[Length(max=64)]
    )

    def offer(self, schools: list[School]) -> None:
        self.school.choices = [
            SelectChoice(school.id, school.name or school.external_id) for school in schools
        ]

    def place(self, district_id: int, row_id: int | None) -> Place:
        """``row_id``: of the student or employer that the identifier names."""
        role = Role(self.role.data)
        return Place(
            district_id=district_id,
            role=role,
            school_id=self.school.data,
            program=self.program.data,
            employer_id=row_id if role is Role.EMPLOYER else None,
            student_id=row_id if role is Role.STUDENT else None,
        )


class InviteForm(PlaceForm):
    email = EmailField(
        _l("E-mail"), validators=[InputRequired(_l("Enter an e-mail address.")), Length(max=254)]
    )
    name = StringField(_l("Name"), description=_l("They can correct it."), validators=[Length(max=200)])
    locale = SelectField(_l("Language of the mail"))


class InvitationsForm(FlaskForm):
    file = FileField(_l("Table of people"), validators=[FileRequired(_l("Choose a CSV file."))])


class TableForm(FlaskForm):
    """A table that was judged without fault, sent back to be used."""

    table = HiddenField()


class CaseloadForm(FlaskForm):
    students = TextAreaField(
        _l("Students"),
        description=_l("Their identifiers, one a line. Whoever is left out is no longer looked after."),
        validators=[Length(max=100_000)],
    )


class DistrictForm(FlaskForm):
    name = StringField(
        _l("Name of the district"),
        description=_l("As families know it."),
        validators=[DataRequired(_l("Enter the district's name.")), Length(max=200)],
    )
    contact_name = StringField(_l("Whom letters say to ask"), validators=[Length(max=200)])
    phone = TelField(_l("Phone"), validators=[Length(max=40)])
    email = EmailField(_l("E-mail"), validators=[Length(max=254)])
    timezone = StringField(
        _l("Time zone"),
        description=_l("By its IANA name, such as America/Chicago."),
        validators=[DataRequired(_l("Enter a time zone.")), Length(max=64)],
    )
    codes_required = BooleanField(
        _l("Staff needs one-time codes"),
        description=_l("A code from the phone besides the password. Leave it on where you can."),
    )
    sharing_needs_consent = BooleanField(
        _l("Under 18, a student shares by a link only with the family's yes"),
        description=_l(
            "What is theirs: credentials, the portfolio. The yes is the one to directory information, which a"
            " family gives on its page about a placement."
        ),
    )


class ProviderForm(FlaskForm):
    label = StringField(
        _l("Name on the button"),
        description=_l("“Sign in with …”."),
        validators=[DataRequired(_l("Enter a name.")), Length(max=80)],
    )
    discovery_url = StringField(
        _l("Discovery address"),
        description=_l("It ends in /.well-known/openid-configuration."),
        validators=[DataRequired(_l("Enter the address.")), Length(max=400)],
        render_kw={"inputmode": "url", "autocapitalize": "none", "spellcheck": "false"},
    )
    client_id = StringField(
        _l("Client identifier"), validators=[DataRequired(_l("Enter the identifier.")), Length(max=200)]
    )
    enabled = BooleanField(_l("Offer it on the sign-in page"))
    asks_second_step = BooleanField(
        _l("The provider asks for a second step itself"),
        description=_l("Then Throughline asks for no code of its own after it."),
    )


class RuleFileForm(FlaskForm):
    file = FileField(_l("File"), validators=[FileRequired(_l("Choose a file."))])


def _months(label: str, description: str) -> IntegerField:
    return IntegerField(
        label,
        description=description,
        validators=[Optional(), NumberRange(1, 240, _l("Enter months, from 1 to 240."))],
        render_kw={"inputmode": "numeric"},
    )


class RetentionForm(FlaskForm):
    """A field for each kind of record; the names are those of ``retention.periods.DECIDED``."""

    submissions = _months(
        _l("What students said in a round"),
        _l("After its last day: choices, constraints, reasons. That they took part stays. Often 12."),
    )
    runs = _months(
        _l("What runs were solved from"),
        _l("After the round's last day, with the explanations. Pairs and results stay. Often 24."),
    )
    letters = _months(_l("Letters and family links"), _l("After the round's last day. Often 12."))
    consents = _months(
        _l("Signatures, consents and questions of families"),
        _l("After the round's last day. FERPA wants disclosures on record as long as the record itself."),
    )
    needs = _months(
        _l("What students need, groups, birth dates and homes"),
        _l("After their last round, of students whom no roster names any more. Often 12."),
    )
    accounts = _months(_l("Accounts that were closed"), _l("After they were closed. Often 12."))
    leavers = _months(
        _l("Students who have left"),
        _l("After no roster named them: everything of theirs goes. Often 60, for reports on Perkins."),
    )
    safety = _months(
        _l("Safety concerns and incidents"),
        _l(
            "After they were closed; the student's record stays as long. Often 84: ask your counsel and your"
            " insurer."
        ),
    )
