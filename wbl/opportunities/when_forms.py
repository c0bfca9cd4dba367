"""When an opportunity takes place: the same days each week, single days, or hours to be agreed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateField, DecimalField, RadioField, SelectChoice, TimeField, ValidationError
from wtforms.validators import InputRequired, NumberRange, Optional

from wbl.opportunities.answers import DAYS, Answers
from wbl.opportunities.forms import StepForm
from wbl.opportunities.words import DAY_NAMES

DATES = 6
WEEKLY, ON_DATES, FLEXIBLE, AGREE, KEPT = "weekly", "dates", "flexible", "agree", "kept"
_TIME = {"step": 300}


class EmptyTimeField(TimeField):
    """A time that may be left empty, and whose rules are asked also then."""

    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist and valuelist[0].strip():
            super().process_formdata(valuelist)
        else:
            self.data = None


class WhenForm(StepForm):
    timing = RadioField(
        _l("How is the time set?"),
        choices=[
            SelectChoice(WEEKLY, _l("The same days each week")),
            SelectChoice(ON_DATES, _l("On single days")),
            SelectChoice(FLEXIBLE, _l("Some hours a week, within times that we name")),
            SelectChoice(AGREE, _l("We agree on it with the student")),
            SelectChoice(KEPT, _l("As it is now")),
        ],
        validators=[InputRequired(_l("Choose how the time is set."))],
    )
    start_date = DateField(_l("First day"), validators=[Optional()])
    end_date = DateField(_l("Last day"), validators=[Optional()])
    flexible_hours = DecimalField(
        _l("How many hours a week?"),
        validators=[Optional(), NumberRange(1, 60, _l("Hours a week are 1 to 60."))],
        render_kw={"inputmode": "decimal"},
    )

    @classmethod
    def data_of(cls, answers: Answers) -> Mapping[str, Any]:
        data: dict[str, Any] = {"timing": answers.get("timing")}
        data |= {name: _date(answers.get(name)) for name in ("start_date", "end_date")}
        if answers.get("flexible_hours"):
            data["flexible_hours"] = answers["flexible_hours"]
        for day, (start, end) in answers.get("weekly", {}).items():
            data |= {f"{day.lower()}_from": _time(start), f"{day.lower()}_to": _time(end)}
        for number, (day, start, end) in enumerate(answers.get("dates", [])[:DATES], start=1):
            data |= {f"on_{number}": _date(day)}
            data |= {f"on_{number}_from": _time(start), f"on_{number}_to": _time(end)}
        return data

    def offer(self, answers: Answers) -> None:
        """Leave out "as it is now" where there is nothing that the boxes cannot hold."""
        if answers.get("timing") != KEPT and "schedule" not in answers:
            self.timing.choices = [choice for choice in self.timing.choices if choice.value != KEPT]

    def week(self) -> list[tuple[str, Any, Any]]:
        """The day's name, and its two boxes."""
        return [(str(DAY_NAMES[day]), self[f"{day.lower()}_from"], self[f"{day.lower()}_to"]) for day in DAYS]

    def single_days(self) -> list[tuple[Any, Any, Any]]:
        return [
            (self[f"on_{number}"], self[f"on_{number}_from"], self[f"on_{number}_to"])
            for number in range(1, DATES + 1)
        ]

    def validate_end_date(self, field: DateField) -> None:
        if field.data and self.start_date.data and field.data < self.start_date.data:
            raise ValidationError(_("The last day is before the first. Choose a later one."))

    def validate_timing(self, field: RadioField) -> None:
        if field.data in (WEEKLY, FLEXIBLE) and not self._weekly():
            raise ValidationError(_("Fill in the times of at least one day of the week."))
        if field.data == ON_DATES and not self._dates():
            raise ValidationError(_("Fill in at least one day, with its times."))
        if field.data == FLEXIBLE and self.flexible_hours.data is None:
            raise ValidationError(_("Enter how many hours a week."))

    def _weekly(self) -> dict[str, list[str]]:
        rows = {day: (self[f"{day.lower()}_from"].data, self[f"{day.lower()}_to"].data) for day in DAYS}
        return {day: [_text(start), _text(end)] for day, (start, end) in rows.items() if start and end}

    def _dates(self) -> list[list[str]]:
        rows = [(day.data, start.data, end.data) for day, start, end in self.single_days()]
        return sorted(
            [d.isoformat(), _text(start), _text(end)] for d, start, end in rows if d and start and end
        )

    def answers(self) -> Answers:
        timing = self.timing.data
        given: Answers = {
            "timing": timing,
            "start_date": self.start_date.data.isoformat() if self.start_date.data else None,
            "end_date": self.end_date.data.isoformat() if self.end_date.data else None,
            "weekly": self._weekly() if timing in (WEEKLY, FLEXIBLE) else None,
            "dates": self._dates() if timing == ON_DATES else None,
            "flexible_hours": None,
        }
        if timing == FLEXIBLE and self.flexible_hours.data is not None:
            given["flexible_hours"] = format(self.flexible_hours.data, "f")
        return given


def _ends_after(first: str) -> Any:
    def check(form: Any, field: Any) -> None:
        start = form[first].data
        if bool(start) != bool(field.data):
            raise ValidationError(_("Give both times, or none."))
        if start and field.data and field.data <= start:
            raise ValidationError(_("The end is not after the beginning. Work past midnight is two days."))

    return check


for _day in DAYS:
    _key = _day.lower()
    setattr(WhenForm, f"{_key}_from", EmptyTimeField(_l("From"), render_kw=_TIME))
    setattr(
        WhenForm,
        f"{_key}_to",
        EmptyTimeField(_l("To"), validators=[_ends_after(f"{_key}_from")], render_kw=_TIME),
    )
for _number in range(1, DATES + 1):
    _key = f"on_{_number}"
    setattr(WhenForm, _key, DateField(_l("Day"), validators=[Optional()]))
    setattr(WhenForm, f"{_key}_from", EmptyTimeField(_l("From"), render_kw=_TIME))
    setattr(
        WhenForm,
        f"{_key}_to",
        EmptyTimeField(_l("To"), validators=[_ends_after(f"{_key}_from")], render_kw=_TIME),
    )


def _date(text: Any) -> date | None:
    return date.fromisoformat(text) if text else None


def _time(text: str) -> time:
    # 24:00 is the end of a day, which no clock of a browser shows.
    return time(23, 59) if text == "24:00" else time.fromisoformat(text)


def _text(value: time) -> str:
    return value.strftime("%H:%M")
