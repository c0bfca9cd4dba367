"""Forms about hours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import uuid4

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    HiddenField,
    IntegerField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from wbl.hours.entries import MOST_NOTE, Worked
from wbl.hours.models import TimeEntry
from wbl.hours.weeks import Said
from wbl.hours.when import DAY, local, span
from wbl.row_ids import number_in

MOST_BREAK = 24 * 60
BREAK = NumberRange(0, MOST_BREAK, _l("A break is 0 minutes or more."))


class EntryForm(FlaskForm):
    """One stretch of work. ``uid`` is made with the form, so that sending it twice stores it once."""

    uid = HiddenField()
    version = HiddenField()
    day = DateField(_l("Day"), validators=[InputRequired(_l("Enter the day."))])
    begins = TimeField(_l("From"), validators=[InputRequired(_l("Enter when it began."))])
    ends = TimeField(_l("To"), validators=[InputRequired(_l("Enter when it ended."))])
    past_midnight = BooleanField(_l("It ended after midnight, on the next day"))
    break_minutes = IntegerField(
        _l("Break, in minutes"),
        description=_l("Time in which you did not work."),
        validators=[Optional(), BREAK],
        render_kw={"inputmode": "numeric", "min": 0, "max": MOST_BREAK},
    )
    note = StringField(_l("What you did"), validators=[Length(max=MOST_NOTE)], render_kw={"dir": "auto"})

    def worked(self, zone: str) -> Worked:
        """The stretch of work of a valid form, by the clocks of a place."""
        begins, ends = span(
            self.day.data, self.begins.data, self.ends.data, zone, past_midnight=self.past_midnight.data
        )
        return Worked(begins, ends, self.break_minutes.data or 0, self.note.data or "")


def blank_entry(day: date) -> EntryForm:
    return EntryForm(formdata=None, data={"uid": str(uuid4()), "day": day})


def entry_form(entry: TimeEntry, zone: str) -> EntryForm:
    """The form that corrects an entry, with what it says now."""
    begins = local(entry.started_at, zone)
    ends = local(entry.ended_at, zone) if entry.ended_at is not None else None
    return EntryForm(
        formdata=None,
        data={
            "uid": entry.uid,
            "version": str(entry.version),
            "day": begins.date(),
            "begins": begins.time(),
            "ends": ends.time() if ends is not None else None,
            "past_midnight": ends is not None and ends.date() > begins.date(),
            "break_minutes": entry.break_minutes,
            "note": entry.note,
        },
    )


def sheet_form(sunday: date, days: Sequence[str], filled: Mapping[str, Any] | None = None) -> Any:
    """A week at once: a row a day with from, to and break; a row without times is left out.

    Parameters
    ----------
    days
        The names of the days, in the order of the week.
    filled
        What a fresh form shows; None: what was sent.
    """
    members: dict[str, Any] = {"sunday": HiddenField(default=sunday.isoformat())}
    for at, name in enumerate(days):
        members[f"uid_{at}"] = HiddenField(default=str(uuid4()))
        members[f"begins_{at}"] = TimeField(_("%(day)s, from", day=name), validators=[Optional()])
        members[f"ends_{at}"] = TimeField(_("%(day)s, to", day=name), validators=[Optional()])
        members[f"break_{at}"] = IntegerField(
            _("%(day)s, break in minutes", day=name),
            validators=[Optional(), BREAK],
            render_kw={"inputmode": "numeric", "min": 0, "max": MOST_BREAK},
        )
    made = type("SheetForm", (FlaskForm,), members)
    return made() if filled is None else made(formdata=None, data=dict(filled))


def filled_rows(form: Any) -> list[int]:
    """The rows of a valid sheet that have both times."""
    return [at for at in range(7) if form[f"begins_{at}"].data and form[f"ends_{at}"].data]


def worked_in(form: Any, at: int, sunday: date, zone: str) -> Worked:
    """The work of one row.

    Raises
    ------
    DomainError
        Where clocks skip a time, or its end does not come after its beginning.
    """
    day = sunday + at * DAY
    started, ended = span(day, form[f"begins_{at}"].data, form[f"ends_{at}"].data, zone)
    return Worked(started, ended, form[f"break_{at}"].data or 0)


def half_rows(form: Any) -> list[int]:
    """The rows of a sheet in which one of the two times is missing."""
    return [at for at in range(7) if bool(form[f"begins_{at}"].data) != bool(form[f"ends_{at}"].data)]


def said_of(sent: Mapping[str, str]) -> Said:
    """What whoever supervises sent of a week: ``version_ID`` and ``question_ID`` of each entry."""
    versions, questions = {}, {}
    for name, value in sent.items():
        kind, _underscore, number = name.partition("_")
        entry_id, version = number_in(number), number_in(value)
        if entry_id is not None and kind == "version" and version is not None:
            versions[entry_id] = version
        elif entry_id is not None and kind == "question" and value.strip():
            questions[entry_id] = value
    return Said(versions, questions)


class CheckOutForm(FlaskForm):
    break_minutes = IntegerField(validators=[Optional(), BREAK])


class HoursLinkForm(FlaskForm):
    email = EmailField(
        _l("E-mail"),
        description=_l("It is mailed there. Leave it empty to read the address out."),
        validators=[Length(max=254)],
    )


class SettleForm(FlaskForm):
    note = TextAreaField(_l("What was done about it?"), validators=[Length(max=2000)])


class HoursSettingForm(FlaskForm):
    hours_per_credit = IntegerField(
        _l("Hours for one credit"),
        description=_l("Confirmed hours count. Leave it empty where hours give no credit."),
        validators=[Optional(), NumberRange(1, 2000, _l("Enter 1 to 2,000 hours."))],
        render_kw={"inputmode": "numeric", "min": 1, "max": 2000},
    )
    hours_needed = IntegerField(
        _l("Hours that a student needs"),
        description=_l("Where the student's own file does not say. Leave it empty where none are asked for."),
        validators=[Optional(), NumberRange(1, 2000, _l("Enter 1 to 2,000 hours."))],
        render_kw={"inputmode": "numeric", "min": 1, "max": 2000},
    )
