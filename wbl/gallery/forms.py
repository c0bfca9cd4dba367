"""One form with every kind of field, for the gallery."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    FileField,
    IntegerField,
    PasswordField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired

from wbl.fields import CheckboxGroupField


class SampleForm(FlaskForm):
    name = StringField("Name of the round", validators=[InputRequired("Enter a name for the round.")])
    starts_on = DateField("First day", validators=[InputRequired("Enter the first day.")])
    seats = IntegerField("Seats", description="How many students at once.")
    kind = SelectField(
        "Kind",
        choices=[
            SelectChoice("", "Choose one"),
            SelectChoice("internship", "Internship"),
            SelectChoice("shadow", "Job shadow"),
        ],
    )
    goal = RadioField(
        "What decides first?",
        choices=[SelectChoice("placed", "Most students placed"), SelectChoice("fit", "Best fit for each")],
        validators=[InputRequired("Choose what decides first.")],
    )
    days = CheckboxGroupField(
        "Days",
        choices=[
            SelectChoice("mon", "Monday"),
            SelectChoice("tue", "Tuesday"),
            SelectChoice("wed", "Wednesday"),
            SelectChoice("thu", "Thursday"),
        ],
    )
    reason = TextAreaField(
        "Reason",
        description="Kept in the record, for whoever asks in a year.",
        validators=[InputRequired("Say why. It is kept in the record.")],
    )
    folder = FileField("Round folder", description="A zip, or the CSV files themselves. At most 64 MB.")
    weight = IntegerField("Interests")
    password = PasswordField("Password")
    agreed = BooleanField(
        "I have read the training agreement", validators=[InputRequired("Tick the box to go on.")]
    )
