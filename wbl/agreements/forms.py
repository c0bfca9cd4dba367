"""Forms of the paperwork: what an employer confirms, and what a coordinator arranges and records."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, HiddenField, RadioField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from wbl.agreements.confirming import Confirmation
from wbl.agreements.document import expected_supervisor
from wbl.agreements.models import (
    Paperwork,
    PaperworkTask,
    SignerRole,
    SiteVisit,
    TaskHolder,
    TrainingAgreement,
)
from wbl.agreements.staff_words import task_holder
from wbl.agreements.words import signer_name
from wbl.people.models import Guardian
from wbl.placements.models import Placement

LONG = Length(max=2000, message=_l("Use at most 2000 characters."))
OTHER = "other"


def holder_choices() -> list[SelectChoice]:
    return [SelectChoice(holder.value, task_holder(holder)) for holder in TaskHolder]


class ConfirmForm(FlaskForm):
    """Supervisor and safety orientation; what is known is filled in."""

    supervisor = StringField(
        _l("Who looks after the student?"),
        validators=[
            DataRequired(_l("Say who looks after the student.")),
            Length(max=200, message=_l("Use at most 200 characters.")),
        ],
        render_kw={"autocomplete": "name"},
    )
    phone = StringField(
        _l("Their phone"),
        validators=[Length(max=40, message=_l("Use at most 40 characters."))],
        render_kw={"inputmode": "tel"},
    )
    oriented_on = DateField(
        _l("When is the safety orientation?"),
        description=_l("On the first day at the latest, before any task."),
        validators=[InputRequired(_l("Enter a date."))],
    )
    signer = RadioField(
        _l("Who supervises?"),
        choices=[
            SelectChoice("same", _l("Whoever signs this agreement for the employer")),
            SelectChoice("other", _l("Somebody else, who signs too")),
        ],
        default="same",
        validators=[InputRequired(_l("Choose who supervises."))],
    )
    email = StringField(
        _l("The supervisor's e-mail, if it is somebody else"),
        description=_l("They get a link of their own to sign. No account is needed."),
        validators=[Length(max=254)],
        render_kw={"inputmode": "email", "autocomplete": "email"},
    )

    def said(self) -> Confirmation:
        assert self.oriented_on.data is not None
        return Confirmation(
            self.supervisor.data or "",
            self.oriented_on.data,
            self.phone.data or "",
            self.email.data or "",
            supervisor_signs=self.signer.data == OTHER,
        )


def confirm_form(placement: Placement, paperwork: Paperwork) -> ConfirmForm:
    """With what was confirmed, else what the posting and the site say already."""
    site = placement.offering.opportunity.site
    first = placement.offering.start_date or placement.publication.round.first_day
    return ConfirmForm(
        formdata=None,
        data={
            "supervisor": paperwork.supervisor or expected_supervisor(placement),
            "phone": paperwork.supervisor_phone or (site.contact_phone if site is not None else ""),
            "oriented_on": paperwork.oriented_on or first,
            "signer": OTHER if paperwork.supervisor_signs else "same",
            "email": paperwork.supervisor_email,
        },
    )


class AddTaskForm(FlaskForm):
    what = StringField(
        _l("What is to arrange?"),
        validators=[
            DataRequired(_l("Say what is to arrange, in 3 to 200 characters.")),
            Length(3, 200, _l("Say what is to arrange, in 3 to 200 characters.")),
        ],
    )
    holder = SelectField(_l("Who arranges it?"), validators=[InputRequired(_l("Choose who arranges it."))])
    due_on = DateField(_l("Until when?"), validators=[InputRequired(_l("Enter a date."))])


class TaskForm(FlaskForm):
    """Who holds a task, by when, and what was said."""

    holder = SelectField(_l("Who arranges it?"), validators=[InputRequired(_l("Choose who arranges it."))])
    due_on = DateField(_l("Until when?"), validators=[InputRequired(_l("Enter a date."))])
    valid_until = DateField(
        _l("Until when does it hold?"),
        description=_l("The last day of a work permit or another document. Empty: it does not end."),
        validators=[Optional()],
    )
    note = TextAreaField(
        _l("Note"),
        description=_l("For colleagues. Neither the employer nor the family sees it."),
        validators=[LONG],
    )


def task_form(task: PaperworkTask) -> TaskForm:
    form = TaskForm(
        data={
            "holder": task.holder.value,
            "due_on": task.due_on,
            "valid_until": task.valid_until,
            "note": task.note,
        }
    )
    form.holder.choices = holder_choices()
    return form


def add_task_form() -> AddTaskForm:
    form = AddTaskForm()
    form.holder.choices = holder_choices()
    return form


class PaperForm(FlaskForm):
    """A signature that was given on the printed agreement."""

    role = SelectField(_l("Who signed?"), validators=[InputRequired(_l("Choose who signed."))])
    signed_name = StringField(
        _l("The name, as it stands on the paper"),
        validators=[
            DataRequired(_l("Enter the name.")),
            Length(2, 200, _l("Enter the name.")),
        ],
    )
    signed_on = DateField(
        _l("The date, as it stands on the paper"), validators=[InputRequired(_l("Enter a date."))]
    )
    digest = HiddenField()

    def signer(self) -> tuple[SignerRole, int | None]:
        """The role, and which guardian."""
        role, _colon, guardian = str(self.role.data).partition(":")
        return SignerRole(role), int(guardian) if guardian else None


def paper_form(
    version: TrainingAgreement, signers: Sequence[SignerRole], guardians: Sequence[Guardian]
) -> PaperForm:
    """For the version shown; offers those who have still to sign: a guardian by name."""
    form = PaperForm(digest=version.digest)
    choices = []
    for role in signers:
        if role is SignerRole.GUARDIAN:
            choices += [
                SelectChoice(f"{role.value}:{one.id}", f"{signer_name(role)}: {one.name}")
                for one in guardians
            ]
        elif role is not SignerRole.SCHOOL:
            choices.append(SelectChoice(role.value, signer_name(role)))
    form.role.choices = choices
    return form


class LinkForm(FlaskForm):
    role = RadioField(
        _l("Who is it for?"),
        choices=[
            SelectChoice(SignerRole.EMPLOYER.value, _l("Whoever signs for the employer")),
            SelectChoice(SignerRole.SUPERVISOR.value, _l("The supervisor")),
        ],
        default=SignerRole.EMPLOYER.value,
        validators=[InputRequired(_l("Choose who the link is for."))],
    )
    email = StringField(
        _l("E-mail"),
        description=_l("Leave it empty to read the address out, or to send it yourself."),
        validators=[Length(max=254)],
        render_kw={"inputmode": "email"},
    )


class VisitForm(FlaskForm):
    """When somebody was there, and what they saw."""

    done_on = DateField(_l("When was it?"), validators=[InputRequired(_l("Enter a date."))])
    note = TextAreaField(_l("What was seen"), validators=[LONG])


class PlanForm(FlaskForm):
    planned_on = DateField(_l("Day of the visit"), validators=[InputRequired(_l("Enter a date."))])


def visit_form(visit: SiteVisit) -> VisitForm:
    return VisitForm(data={"done_on": visit.done_on or visit.planned_on, "note": visit.note})
