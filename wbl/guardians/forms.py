"""Forms about who speaks for a student, and about what waits."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, EmailField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from wbl.fields import is_email
from wbl.i18n import LANGUAGE_NAMES
from wbl.people.models import Standing

STANDINGS = (
    (Standing.PARENT, _l("Parent")),
    (Standing.COURT_GUARDIAN, _l("Guardian with a court order")),
    (Standing.FOSTER_PARENT, _l("Foster parent")),
    (Standing.DECISION_MAKER, _l("Appointed to decide on education")),
    (Standing.OTHER, _l("Another adult, who may be told")),
    (Standing.RESTRICTED, _l("Restricted: receives nothing and signs nothing")),
)


class DayField(DateField):
    """A date; the browser sends it as 2027-01-31, a hand may not."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(_("Enter the date as year, month and day: 2027-01-31.")) from None


def _date(label: Any, description: Any = "") -> DayField:
    return DayField(label, description=description, validators=[Optional()])


class AuthorityForm(FlaskForm):
    standing = RadioField(
        _l("By what right does this person speak for the student?"),
        choices=[SelectChoice(standing.value, label) for standing, label in STANDINGS],
        validators=[InputRequired(_l("Choose one."))],
    )
    may_receive = BooleanField(_l("May be told: gets the letter, the link and mail"))
    may_sign = BooleanField(_l("May sign: answers what an employer is told"))
    valid_from = _date(_l("From"), _l("Empty: from now on."))
    valid_until = _date(_l("Until"), _l("The last day. Empty: no end is known."))
    order_seen_on = _date(
        _l("Order or appointment seen on"),
        _l("The day on which somebody at school read the paper. Do not copy what it says."),
    )


class NewGuardianForm(AuthorityForm):
    name = StringField(_l("Full name"), validators=[DataRequired(_l("Enter the name.")), Length(max=200)])
    relation = StringField(_l("Relation, such as aunt"), validators=[Length(max=64)])
    email = EmailField(_l("E-mail"), validators=[Length(max=254), is_email])
    phone = StringField(_l("Phone"), validators=[Length(max=40)], render_kw={"inputmode": "tel"})
    language = SelectField(
        _l("Language at home"),
        choices=[SelectChoice(code.replace("_", "-"), name) for code, name in LANGUAGE_NAMES.items()],
    )


class YouthForm(FlaskForm):
    valid_from = _date(_l("From"), _l("Empty: from now on."))
    valid_until = _date(_l("Until"), _l("The last day. Empty: until 18."))


class AnswerForm(FlaskForm):
    answer = TextAreaField(
        _l("Your answer"),
        validators=[
            DataRequired(_l("Write the answer first.")),
            Length(3, 2000, _l("Write the answer in 3 to 2000 characters.")),
        ],
        render_kw={"dir": "auto"},
    )


class InterpreterForm(FlaskForm):
    interpreter = StringField(
        _l("Name of the interpreter"),
        validators=[DataRequired(_l("Name the interpreter.")), Length(2, 200)],
    )
