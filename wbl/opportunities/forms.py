"""The steps of a posting as forms. Each gives the answers it holds, and is filled from answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    DecimalField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from matching.files.columns import OBSERVATION_KINDS, WORK_KINDS
from wbl.clusters import CLUSTERS
from wbl.fields import CheckboxGroupField
from wbl.labels import code_label, kind_label, language_name
from wbl.opportunities.answers import FACTORS, Answers
from wbl.opportunities.tasks import areas, tasks
from wbl.opportunities.words import ACCESS_GROUPS, FACTOR_QUESTIONS

LANGUAGES = ("en", "es", "vi", "ar", "zh", "ase", "fr", "ht", "ko", "pt", "ru", "so", "tl", "am")
YES_NO = (("yes", _l("Yes")), ("no", _l("No")))
GRADES = tuple(range(8, 14))
LONG = Length(max=4000, message=_l("Use at most 4000 characters."))
SHORT = Length(max=200, message=_l("Use at most 200 characters."))

Choices = Sequence[tuple[Any, Any]]


def select_choices(pairs: Choices) -> list[SelectChoice]:
    return [SelectChoice(value, text) for value, text in pairs]


class StepForm(FlaskForm):
    """A step. ``answers`` gives its answers (None: not answered); ``data_of`` is what it is filled with."""

    def answers(self) -> Answers:
        raise NotImplementedError

    @classmethod
    def data_of(cls, answers: Answers) -> Mapping[str, Any]:
        return answers


def kind_choices() -> list[tuple[str, str]]:
    return [(kind, kind_label(kind)) for kind in (*WORK_KINDS, *OBSERVATION_KINDS)]


class AboutForm(StepForm):
    title = StringField(
        _l("Title"),
        id="posting-title",  # the head of the page has an id of its own
        description=_l("What a student would call it, such as “Clinic front desk assistant”."),
        validators=[DataRequired(_l("Give it a title.")), SHORT],
    )
    kind = RadioField(_l("What kind is it?"), validators=[InputRequired(_l("Choose one kind."))])
    round = SelectField(_l("In which round?"), coerce=lambda value: int(value) if value else None)
    cluster = SelectField(_l("Which field is it in?"), validators=[Optional()])

    def offer(self, rounds: Choices) -> None:
        self.kind.choices = select_choices(kind_choices())
        self.round.choices = select_choices([("", _("Decide later")), *rounds])
        self.cluster.choices = select_choices([("", _("Not sure")), *CLUSTERS.items()])

    def answers(self) -> Answers:
        return {"title": self.title.data, "kind": self.kind.data, "cluster": self.cluster.data}


class NewForm(AboutForm):
    employer = SelectField(_l("For which employer?"), coerce=int)

    def offer_to(self, employers: Choices, rounds: Choices) -> None:
        self.offer(rounds)
        if len(rounds) == 1 and not self.is_submitted():
            self.round.data = rounds[0][0]  # most employers have one to choose from
        self.employer.choices = select_choices(employers)
        if self.employer.data is None and employers:
            self.employer.data = employers[0][0]


class TasksForm(StepForm):
    tasks = CheckboxGroupField(_l("Choose what fits"), validators=[Optional()])
    own_tasks = TextAreaField(
        _l("More tasks, in your own words"),
        description=_l("One on each line."),
        validators=[Optional(), LONG],
    )
    hazards_more = CheckboxGroupField(_l("Machines, places and materials"), validators=[Optional()])
    description = TextAreaField(
        _l("A few sentences for students"),
        description=_l("What a day is like, and what they will learn. Plain words are best."),
        validators=[Optional(), LONG],
    )
    labor_program = SelectField(_l("Is it part of a program that labor law knows?"), validators=[Optional()])

    def offer(self, hazards: Mapping[str, str], kept: Sequence[str]) -> None:
        language = str(get_locale().language)
        self.tasks.choices = select_choices([(code, task.said(language)) for code, task in tasks().items()])
        listed = {**hazards, **{code: code_label(code) for code in kept if code not in hazards}}
        self.hazards_more.choices = select_choices(
            [(code, text[:1].upper() + text[1:]) for code, text in listed.items()]
        )
        self.labor_program.choices = select_choices(
            [
                ("", _("No")),
                ("registered_apprenticeship", _("A registered apprenticeship")),
                ("wecep", _("Work Experience and Career Exploration (WECEP)")),
                ("work_study", _("Work-study, 29 CFR 570.37")),
            ]
        )

    def by_area(self) -> list[tuple[str, list[Any]]]:
        """The boxes of the tasks under the names of their areas."""
        language = str(get_locale().language)
        boxes = {box.data: box for box in self.tasks}
        return [
            (names.get(language, names["en"]), [boxes[c] for c, task in tasks().items() if task.area == area])
            for area, names in areas().items()
        ]

    def answers(self) -> Answers:
        return {
            "tasks": list(self.tasks.data or []),
            "own_tasks": self.own_tasks.data,
            "hazards_more": list(self.hazards_more.data or []),
            "description": self.description.data,
            "labor_program": self.labor_program.data,
        }


class WhereForm(StepForm):
    place = RadioField(
        _l("Where is it?"),
        choices=[
            SelectChoice("site", _l("At our place of work")),
            SelectChoice("school", _l("At the student's own school")),
            SelectChoice("remote", _l("From a computer: nobody travels")),
        ],
        validators=[InputRequired(_l("Choose where it is."))],
    )
    site_id = SelectField(_l("Which place of work?"), coerce=lambda value: int(value) if value else None)
    directions = TextAreaField(
        _l("How do students find the door?"),
        description=_l("From the nearest bus stop, and whom to ask for."),
        validators=[Optional(), LONG],
    )

    def offer(self, sites: Choices) -> None:
        self.site_id.choices = select_choices([("", _("Choose a place of work")), *sites])

    def validate_site_id(self, field: SelectField) -> None:
        if self.place.data == "site" and not field.data:
            raise ValidationError(_("Choose a place of work, or add one to your employer first."))

    def answers(self) -> Answers:
        return {
            "place": self.place.data,
            "site_id": self.site_id.data,
            "directions": self.directions.data,
        }


class SeatsForm(StepForm):
    seats = IntegerField(
        _l("How many students can come?"),
        validators=[
            InputRequired(_l("Enter how many students can come.")),
            NumberRange(1, 500, _l("A number of students is 1 to 500.")),
        ],
        render_kw={"inputmode": "numeric", "min": 1, "max": 500},
    )
    min_students = IntegerField(
        _l("With how many does it take place?"),
        description=_l("Leave it empty where one student is enough."),
        validators=[Optional(), NumberRange(1, 500, _l("A number of students is 1 to 500."))],
        render_kw={"inputmode": "numeric", "min": 1, "max": 500},
    )
    open_to = CheckboxGroupField(
        _l("Are the seats kept for some students?"),
        description=_l(
            "Choose nothing, and they are open to everyone. A student of any that you choose can come."
        ),
        validators=[Optional()],
    )
    interview = IntegerField(
        _l("Do you want to interview first? How many students for each seat?"),
        description=_l("Leave it empty, and a student is assigned. Otherwise you meet a few for each seat."),
        validators=[Optional(), NumberRange(2, 10, _l("Choose 2 to 10 students for each seat."))],
        render_kw={"inputmode": "numeric", "min": 2, "max": 10},
    )

    def offer(self, schools_and_programs: Choices, kept: Sequence[str]) -> None:
        listed = dict(schools_and_programs)
        more = [(code, code.partition(":")[2]) for code in kept if code not in listed]
        self.open_to.choices = select_choices([*schools_and_programs, *more])

    def validate_min_students(self, field: IntegerField) -> None:
        if field.data and self.seats.data and field.data > self.seats.data:
            raise ValidationError(_("It needs more students than can come. Choose a smaller number."))

    def answers(self) -> Answers:
        return {
            "seats": self.seats.data,
            "min_students": self.min_students.data,
            "open_to": list(self.open_to.data or []),
            "interview": self.interview.data,
        }


class PayForm(StepForm):
    paid = RadioField(
        _l("Is it paid?"),
        choices=select_choices(YES_NO),
        validators=[InputRequired(_l("Choose yes or no."))],
    )
    hourly_wage = DecimalField(
        _l("How much an hour, in dollars?"),
        validators=[Optional(), NumberRange(0, 1000, _l("A wage is a number of dollars from 0."))],
        render_kw={"inputmode": "decimal"},
    )

    def answers(self) -> Answers:
        wage = self.hourly_wage.data
        return {"paid": self.paid.data, "hourly_wage": None if wage is None else format(wage, "f")}


class FactorsForm(StepForm):
    """The seven factors of the primary-beneficiary test, for unpaid work."""

    @classmethod
    def data_of(cls, answers: Answers) -> Mapping[str, Any]:
        return answers.get("factors", {})

    def answers(self) -> Answers:
        return {"factors": {name: self[name].data for name in FACTORS if self[name].data}}


for _name in FACTORS:
    setattr(
        FactorsForm,
        _name,
        RadioField(
            FACTOR_QUESTIONS[_name],
            choices=select_choices(YES_NO),
            validators=[InputRequired(_l("Choose yes or no."))],
        ),
    )


class AccessForm(StepForm):
    """What is at hand, what can be arranged, what is not possible: a question for each code."""

    @classmethod
    def data_of(cls, answers: Answers) -> Mapping[str, Any]:
        return answers.get("access", {})

    def offer(self) -> None:
        for _group, codes in ACCESS_GROUPS:
            for code in codes:
                self[code].label.text = code_label(code)[:1].upper() + code_label(code)[1:]

    def groups(self) -> list[tuple[Any, list[Any]]]:
        return [(name, [self[code] for code in codes]) for name, codes in ACCESS_GROUPS]

    def answers(self) -> Answers:
        fields = [self[code] for _group, codes in ACCESS_GROUPS for code in codes]
        return {"access": {field.name: field.data for field in fields if field.data}}


for _group, _codes in ACCESS_GROUPS:
    for _code in _codes:
        setattr(
            AccessForm,
            _code,
            RadioField(
                _code,
                choices=[
                    SelectChoice("provides", _l("At hand")),
                    SelectChoice("arranges", _l("We can arrange it")),
                    SelectChoice("cannot", _l("Not possible here")),
                    SelectChoice("", _l("Not sure")),
                ],
                default="",
                validators=[Optional()],
            ),
        )


class RequiresForm(StepForm):
    min_age = IntegerField(
        _l("At least how old?"),
        description=_l("Only where you have a rule of your own. What the law asks is added by itself."),
        validators=[Optional(), NumberRange(10, 25, _l("An age is 10 to 25."))],
        render_kw={"inputmode": "numeric", "min": 10, "max": 25},
    )
    min_grade = SelectField(_l("At least which grade?"), coerce=lambda value: int(value) if value else None)
    languages = CheckboxGroupField(
        _l("Which languages must they speak?"),
        description=_l("All that you choose. Choose nothing where it does not matter."),
        validators=[Optional()],
    )
    credentials = CheckboxGroupField(
        _l("Which credentials must they have?"),
        description=_l("These are the ones that students of the district can have."),
        validators=[Optional()],
    )
    courses = CheckboxGroupField(_l("Which courses must they have taken?"), validators=[Optional()])

    def offer(self, credentials: Sequence[str], courses: Sequence[str], kept: Answers) -> None:
        self.min_grade.choices = select_choices([("", _("Any")), *((grade, str(grade)) for grade in GRADES)])
        for field, known in (
            (self.languages, LANGUAGES),
            (self.credentials, credentials),
            (self.courses, courses),
        ):
            codes = list(dict.fromkeys([*known, *kept.get(field.name, [])]))
            say = language_name if field is self.languages else code_label
            field.choices = select_choices([(code, say(code)) for code in codes])

    def answers(self) -> Answers:
        return {
            "min_age": self.min_age.data,
            "min_grade": self.min_grade.data,
            "languages": list(self.languages.data or []),
            "credentials": list(self.credentials.data or []),
            "courses": list(self.courses.data or []),
        }


class PeopleForm(StepForm):
    supervisor = StringField(
        _l("Who looks after the student?"),
        description=_l("Name and job, such as “Dana Ruiz, office manager”. Families see it."),
        validators=[DataRequired(_l("Say who looks after the student.")), SHORT],
    )
    what_to_bring = TextAreaField(_l("What should they bring or wear?"), validators=[Optional(), LONG])
    learn_before = TextAreaField(
        _l("What should students learn before they come?"),
        description=_l("The school district reads this, field by field, when it plans its courses."),
        validators=[Optional(), LONG],
    )

    def answers(self) -> Answers:
        return {
            "supervisor": self.supervisor.data,
            "what_to_bring": self.what_to_bring.data,
            "learn_before": self.learn_before.data,
        }


class DecisionForm(FlaskForm):
    comment = TextAreaField(
        _l("Your comment"),
        description=_l("The employer reads it. Say what is good, or what should change."),
        validators=[Optional(), LONG],
    )
