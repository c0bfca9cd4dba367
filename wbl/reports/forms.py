"""Forms of reports: thresholds, what qualifies, career and technical education, thank-yous."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DecimalField,
    FileField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from wbl.clusters import CLUSTERS
from wbl.fields import CheckboxGroupField
from wbl.labels import kind_label
from wbl.people.models import StudentCte
from wbl.reports.qualifying import KINDS, MOST_HOURS, Qualifying
from wbl.reports.services import Cte
from wbl.reports.thanking import LEAST, MOST
from wbl.reports.thresholds import DEFAULT, LIMITS, Thresholds

NUMBER = _l("Enter a number.")


def _setting(name: str, label: Any, hint: Any) -> Any:
    """A threshold with its default in the hint."""
    least, most = LIMITS[name]
    kind = DecimalField if name == "drop_levels" else IntegerField
    return kind(
        label,
        description=hint,
        validators=[
            InputRequired(NUMBER),
            NumberRange(least, most, _l("Enter a number from %(min)s to %(max)s.")),
        ],
        render_kw={"inputmode": "decimal" if name == "drop_levels" else "numeric"},
    )


class ThresholdForm(FlaskForm):
    """The defaults stand in the hints, so that who changed one can go back to it."""

    grace_days = _setting(
        "grace_days", _l("Days at the start in which nobody is behind with hours"), _l("Usually 14.")
    )
    behind_percent = _setting(
        "behind_percent",
        _l("Percent less than planned, from which on somebody is behind"),
        _l("Usually 20. The plan is the hours needed, even over the days of the placement."),
    )
    quiet_days = _setting("quiet_days", _l("Days without a reflection"), _l("Usually 14."))
    drop_levels = _setting(
        "drop_levels",
        _l("Levels by which a rating fell"),
        _l("Usually 0.5: the mean of what both evaluations rated, on the scale from 1 to 5."),
    )
    expires_days = _setting(
        "expires_days", _l("Days before a permit or another document ends"), _l("Usually 30.")
    )
    visit_days = _setting("visit_days", _l("Days after a planned visit"), _l("Usually 0: the day after."))
    stuck_days = _setting("stuck_days", _l("Days that paperwork waits at one step"), _l("Usually 14."))
    smallest = _setting(
        "smallest",
        _l("Fewest students behind a figure by group"),
        _l("Usually 10. Figures of fewer are left out, and those from which they could be worked out."),
    )

    def wanted(self) -> Thresholds:
        values = {name: self[name].data for name in LIMITS}
        return Thresholds(**{**values, "drop_levels": float(values["drop_levels"])})


def is_default(kept: Thresholds) -> bool:
    return kept == DEFAULT


class QualifyingForm(FlaskForm):
    kinds = CheckboxGroupField(
        _l("Which kinds count?"),
        description=_l("Your state decides. Watching for an hour or a day usually does not."),
    )
    least_hours = IntegerField(
        _l("How many hours at least, in all?"),
        description=_l("Usually 0: any. Some states ask for 90 and more."),
        validators=[
            InputRequired(NUMBER),
            NumberRange(0, MOST_HOURS, _l("Enter a number from %(min)s to %(max)s.")),
        ],
        render_kw={"inputmode": "numeric"},
    )
    confirmed = BooleanField(
        _l("Only hours that a mentor confirmed"), description=_l("Usually not: all hours that were worked.")
    )
    completed = BooleanField(
        _l("Only placements that were completed"), description=_l("Usually so. Else: all that began.")
    )

    def offer(self) -> None:
        self.kinds.choices = [(kind, kind_label(kind)) for kind in KINDS]

    def wanted(self) -> Qualifying:
        chosen = set(self.kinds.data or ())
        return Qualifying(
            kinds=tuple(kind for kind in KINDS if kind in chosen),
            least_hours=self.least_hours.data or 0,
            confirmed=bool(self.confirmed.data),
            completed=bool(self.completed.data),
        )


YES_NO = [SelectChoice("yes", _l("Yes")), SelectChoice("no", _l("No")), SelectChoice("", _l("Not known"))]
_SAID = {True: "yes", False: "no", None: ""}


class CteForm(FlaskForm):
    """A student's career and technical education, by hand."""

    concentrator = RadioField(
        _l("Is the student a CTE concentrator?"),
        description=_l("At the secondary level: at least two courses in one program or program of study."),
        choices=YES_NO,
        validators=[Optional()],
    )
    graduation_year = IntegerField(
        _l("In which year does the student graduate?"),
        description=_l("The year in which that school year ends, such as 2027."),
        validators=[Optional(), NumberRange(2000, 2100, _l("Enter a year such as 2027."))],
        render_kw={"inputmode": "numeric"},
    )
    graduated = RadioField(_l("Did the student graduate?"), choices=YES_NO, validators=[Optional()])
    cip_code = StringField(
        _l("CIP code of the program"),
        description=_l("As 51.3801."),
        validators=[Length(max=7, message=_l("A CIP code is written as 51.3801."))],
    )
    cluster = SelectField(_l("Career cluster"), validators=[Optional()])

    def offer(self, now: str) -> None:
        """The clusters that we know, and the one that is on record."""
        names = [*CLUSTERS, *([now] if now and now not in CLUSTERS else [])]
        self.cluster.choices = [
            ("", _("Not known")),
            *((name, str(CLUSTERS.get(name, name))) for name in names),
        ]

    def known(self) -> Cte:
        said = {text: value for value, text in _SAID.items()}
        return Cte(
            concentrator=said[self.concentrator.data or ""],
            graduation_year=self.graduation_year.data,
            graduated=said[self.graduated.data or ""],
            cip_code=(self.cip_code.data or "").strip(),
            cluster=self.cluster.data or "",
        )


def cte_form(row: StudentCte) -> CteForm:
    """With what is known."""
    form = CteForm(
        data={
            "concentrator": _SAID[row.concentrator],
            "graduation_year": row.graduation_year,
            "graduated": _SAID[row.graduated],
            "cip_code": row.cip_code,
            "cluster": row.cluster,
        }
    )
    form.offer(row.cluster)
    return form


class UploadForm(FlaskForm):
    file = FileField(_l("CSV file"), validators=[InputRequired(_l("Choose a file."))])


class ThanksForm(FlaskForm):
    words = TextAreaField(
        _l("Your thank-you"),
        validators=[
            DataRequired(_l("Write something.")),
            Length(LEAST, MOST, _l("Write %(min)s to %(max)s characters.")),
        ],
        render_kw={"dir": "auto", "maxlength": MOST},
    )


class SendBackForm(FlaskForm):
    why = TextAreaField(
        _l("What should change?"),
        description=_l("The student reads it, and can write it anew."),
        validators=[
            DataRequired(_l("Say what to change, in 3 to 300 characters: the student reads it.")),
            Length(3, 300, _l("Say what to change, in 3 to 300 characters: the student reads it.")),
        ],
    )
