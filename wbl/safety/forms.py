"""Forms of safety concerns, incidents and a district's settings for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TelField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from wbl.errors import DomainError
from wbl.fields import CheckboxGroupField
from wbl.labels import opportunity_title
from wbl.placements.models import Placement
from wbl.rounds.local_times import NoSuchTime, instant_at, local_time
from wbl.safety import incidents, raising
from wbl.safety.incidents import Facts, Told
from wbl.safety.models import ConcernPlace, IncidentVersion, Reported, SafetyConcern
from wbl.safety.words import concern_place, reported

WORDS = Length(max=raising.LONGEST, message=_l("Use at most %(most)s characters.", most=raising.LONGEST))
LONG = Length(max=incidents.LONGEST, message=_l("Use at most %(most)s characters.", most=incidents.LONGEST))
AUTO = {"dir": "auto"}


def instant(on: date, at: time, zone: str, field: str) -> datetime:
    """What clocks of a place showed, as an instant.

    Raises
    ------
    DomainError
        Where clocks skip that time that night.
    """
    try:
        return instant_at(datetime.combine(on, at), zone)
    except NoSuchTime:
        raise DomainError(
            _("Clocks skip that time that night. Enter the time that they showed."), field=field
        ) from None


def place_choices(placements: Sequence[Placement]) -> list[SelectChoice]:
    """Where it may have happened: each placement by its name, then the rest."""
    found = [SelectChoice(f"placement:{one.id}", placement_name(one)) for one in placements]
    others = (ConcernPlace.WAY, ConcernPlace.SCHOOL, ConcernPlace.ELSEWHERE, ConcernPlace.UNSAID)
    return [*found, *(SelectChoice(one.value, concern_place(one)) for one in others)]


def placement_name(placement: Placement) -> str:
    opportunity = placement.offering.opportunity
    employer = opportunity.employer.name if opportunity.employer is not None else ""
    return ", ".join(filter(None, (opportunity_title(opportunity), employer)))


def place_said(value: str) -> tuple[ConcernPlace, int | None]:
    """A choice of :func:`place_choices`: the place, and the placement where it is one."""
    kind, _colon, number = value.partition(":")
    if kind == ConcernPlace.PLACEMENT and number.isdecimal() and len(number) < 10:
        return ConcernPlace.PLACEMENT, int(number)
    if kind in set(ConcernPlace) - {ConcernPlace.PLACEMENT}:
        return ConcernPlace(kind), None
    return ConcernPlace.UNSAID, None


def place_value(concern: SafetyConcern) -> str:
    """The choice that a concern has now."""
    if concern.placement_id is not None:
        return f"placement:{concern.placement_id}"
    return ConcernPlace.UNSAID if concern.place is ConcernPlace.PLACEMENT else concern.place.value


class RaiseForm(FlaskForm):
    """What happened is a button each, and sends it; all of this may be left as it is."""

    words = TextAreaField(_l("In your own words"), validators=[WORDS], render_kw=AUTO)
    place = SelectField(_l("Where was it?"), validate_choice=False)
    readers = SelectField(_l("Who may read it?"), validate_choice=False)

    def offer(self, placements: Sequence[Placement], contacts: Sequence[str]) -> None:
        """``contacts``: names at the student's school; with nobody there is nothing to choose."""
        self.place.choices = place_choices(placements)
        if contacts:
            self.readers.choices = [
                SelectChoice(
                    "school", _("The coordinators, and at my school: %(names)s", names=", ".join(contacts))
                ),
                SelectChoice("district", _("The coordinators only")),
            ]
        else:
            del self.readers

    @property
    def to_school(self) -> bool:
        return "readers" in self and self.readers.data != "district"


class SayForm(FlaskForm):
    words = TextAreaField(_l("Add something"), validators=[WORDS], render_kw=AUTO)


class AnswerForm(FlaskForm):
    words = TextAreaField(
        _l("What was done?"),
        description=_l("Whom you talked with, what changed, what comes next."),
        validators=[InputRequired(_l("Say what was done.")), WORDS],
        render_kw=AUTO,
    )
    shared = BooleanField(
        _l("The student may read this"),
        description=_l(
            "They are told in any case that there is an answer. Write so that it can be read to them."
        ),
    )


class NoteForm(FlaskForm):
    words = TextAreaField(
        _l("Note"),
        description=_l("For whoever may read this concern. The student does not see it."),
        validators=[InputRequired(_l("Write the note.")), WORDS],
        render_kw=AUTO,
    )


class ReopenForm(FlaskForm):
    words = StringField(
        _l("Why is it not over?"), validators=[InputRequired(_l("Say why.")), Length(max=500)], render_kw=AUTO
    )


class PlaceForm(FlaskForm):
    place = SelectField(_l("It is about"))
    why = StringField(
        _l("How do you know?"),
        validators=[InputRequired(_l("Say how you know.")), Length(max=500)],
        render_kw=AUTO,
    )


class ReportForm(FlaskForm):
    """A report that the law requires, as it was made outside."""

    made_by = StringField(
        _l("Who made the report?"), validators=[DataRequired(_l("Enter a name.")), Length(max=200)]
    )
    made_to = StringField(
        _l("To whom?"),
        description=_l("The agency or the police, and who took it."),
        validators=[DataRequired(_l("Enter to whom.")), Length(max=200)],
    )
    on = DateField(_l("On"), validators=[InputRequired(_l("Enter the day."))])
    at = TimeField(_l("At"), validators=[InputRequired(_l("Enter the time."))])
    reference = StringField(_l("Its number there"), validators=[Length(max=200)])

    def made_at(self, zone: str) -> datetime:
        return instant(self.on.data, self.at.data, zone, "on")


class StudentForm(FlaskForm):
    """Whom an incident is about."""

    q = StringField(_l("Student"), validators=[Length(max=100)])


def _told(what: str) -> dict[str, Any]:
    return {
        f"{what}_who": StringField(
            _l("Who was told, by whom, how"), validators=[Length(max=300)], render_kw=AUTO
        ),
        f"{what}_on": DateField(_l("On"), validators=[Optional()]),
        f"{what}_at": TimeField(_l("At"), validators=[Optional()]),
    }


TOLD = ("guardian", "employer", "insurer")


class _Facts(FlaskForm):
    placement = SelectField(_l("Placement"), coerce=str, validate_choice=False)
    on = DateField(_l("Day"), validators=[InputRequired(_l("Enter the day."))])
    at = TimeField(_l("Time"), validators=[InputRequired(_l("Enter the time."))])
    place = StringField(
        _l("Where"),
        description=_l("Such as: the loading dock behind the shop."),
        validators=[DataRequired(_l("Say where it happened.")), Length(max=300)],
        render_kw=AUTO,
    )
    what = TextAreaField(
        _l("What happened"),
        description=_l("What the student did just before, and what went wrong. Facts, no blame."),
        validators=[DataRequired(_l("Say what happened.")), LONG],
        render_kw=AUTO,
    )
    injury = TextAreaField(
        _l("Injury or illness"),
        description=_l("Which part of the body, and how. Empty: nobody was hurt."),
        validators=[LONG],
        render_kw=AUTO,
    )
    treatment = TextAreaField(
        _l("Treatment"),
        description=_l("First aid, doctor, hospital: by whom and where."),
        validators=[LONG],
        render_kw=AUTO,
    )
    osha = RadioField(
        _l("To OSHA"),
        description=_l(
            "By the employer: a death within 8 hours; a stay in hospital, an amputation or the loss of an eye"
            " within 24 hours (29 CFR 1904.39)."
        ),
        validators=[InputRequired(_l("Choose one."))],
    )
    workers_comp = RadioField(
        _l("To workers' compensation"),
        description=_l("Or to whatever insures the student where they are not paid."),
        validators=[InputRequired(_l("Choose one."))],
    )
    follow_up = TextAreaField(
        _l("What is done so that it does not happen again"), validators=[LONG], render_kw=AUTO
    )
    why = StringField(_l("Why it is corrected"), validators=[Length(max=500)], render_kw=AUTO)

    def offer(self, placements: Sequence[Placement]) -> None:
        self.placement.choices = [
            SelectChoice("", _("None")),
            *(SelectChoice(str(one.id), placement_name(one)) for one in placements),
        ]
        for field in (self.osha, self.workers_comp):
            field.choices = [SelectChoice(one.value, reported(one)) for one in Reported]

    @property
    def placement_id(self) -> int | None:
        value = self.placement.data or ""
        return int(value) if value.isdecimal() and len(value) < 10 else None

    def facts(self, zone: str) -> Facts:
        """What a valid form says, by the clocks of a place.

        Raises
        ------
        DomainError
            Where a time is given without its day, or clocks skip it.
        """
        return Facts(
            happened_at=instant(self.on.data, self.at.data, zone, "on"),
            place=self.place.data or "",
            what=self.what.data or "",
            injury=self.injury.data or "",
            treatment=self.treatment.data or "",
            guardian=self._told("guardian", zone),
            employer=self._told("employer", zone),
            insurer=self._told("insurer", zone),
            osha=Reported(self.osha.data),
            workers_comp=Reported(self.workers_comp.data),
            follow_up=self.follow_up.data or "",
        )

    def _told(self, what: str, zone: str) -> Told:
        on, at = self[f"{what}_on"].data, self[f"{what}_at"].data
        if (on is None) != (at is None):
            raise DomainError(_("Enter the day and the time."), field=f"{what}_on")
        return Told(self[f"{what}_who"].data or "", instant(on, at, zone, f"{what}_on") if on else None)


IncidentForm = type(
    "IncidentForm", (_Facts,), {name: made for what in TOLD for name, made in _told(what).items()}
)


def filled(version: IncidentVersion, placement_id: int | None, zone: str) -> dict[str, Any]:
    """What a form shows of a version that is to be corrected."""

    def split(moment: datetime | None) -> tuple[date | None, time | None]:
        local = local_time(moment, zone)
        return (local.date(), local.time()) if local is not None else (None, None)

    on, at = split(version.happened_at)
    names = ("place", "what", "injury", "treatment", "follow_up")
    data: dict[str, Any] = {name: getattr(version, name) for name in names}
    data |= {"on": on, "at": at, "osha": version.osha.value, "workers_comp": version.workers_comp.value}
    data["placement"] = str(placement_id or "")
    for what in TOLD:
        data[f"{what}_who"] = getattr(version, f"{what}_told")
        data[f"{what}_on"], data[f"{what}_at"] = split(getattr(version, f"{what}_told_at"))
    return data


class CloseForm(FlaskForm):
    answer = TextAreaField(
        _l("What was done?"), validators=[InputRequired(_l("Say what was done.")), LONG], render_kw=AUTO
    )


class ContactsForm(FlaskForm):
    """Who of a school's staff reads the concerns of its students."""

    people = CheckboxGroupField(_l("Safety contacts"), coerce=int)


class NumberForm(FlaskForm):
    name = StringField(_l("Whose number"), validators=[DataRequired(_l("Enter a name.")), Length(max=120)])
    name_es = StringField(_l("Whose number, in Spanish"), validators=[Length(max=120)])
    phone = TelField(_l("Phone"), validators=[DataRequired(_l("Enter a phone number.")), Length(max=40)])
    hint = StringField(
        _l("When to call"), description=_l("And when somebody answers."), validators=[Length(max=200)]
    )
    hint_es = StringField(_l("When to call, in Spanish"), validators=[Length(max=200)])
    source = StringField(
        _l("Where you looked it up"), validators=[DataRequired(_l("Say where it is from.")), Length(max=300)]
    )
    checked_on = DateField(_l("When you last checked it"), validators=[InputRequired(_l("Enter the day."))])
