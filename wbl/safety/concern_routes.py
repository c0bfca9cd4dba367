"""Concerns, for those who answer: a list that says nothing of them, and each behind its own reading."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm

from wbl.accounts.actor import Actor
from wbl.accounts.permissions import Permission, acting, requires
from wbl.db import transaction
from wbl.errors import DomainError
from wbl.form_pages import put_error
from wbl.people.queries import timezone_of
from wbl.safety import answering, concern_queries, queries
from wbl.safety.blueprint import blueprint
from wbl.safety.forms import (
    AnswerForm,
    NoteForm,
    PlaceForm,
    ReopenForm,
    ReportForm,
    place_choices,
    place_said,
    place_value,
)
from wbl.safety.models import ConcernState, SafetyConcern
from wbl.safety.words import concern_state, concern_tone


@blueprint.get("/safety/concerns")
@requires(Permission.CONCERN_READ)
def concerns() -> ResponseReturnValue:
    """What waits: numbers, schools and times, no names."""
    actor = acting()
    closed = request.args.get("show") == "closed"
    return render_template(
        "safety/concerns.html",
        page=concern_queries.concerns(actor, closed=closed, page=request.args.get("page", 1, type=int)),
        closed=closed,
        waiting=queries.waiting(actor),
        timezone=timezone_of(actor),
    )


@blueprint.post("/safety/concerns/<int:concern_id>/open")
@requires(Permission.CONCERN_READ)
def open_concern(concern_id: int) -> ResponseReturnValue:
    """Open a concern. A POST, because that it was opened goes on record."""
    with transaction():
        answering.read(acting(), concern_id)
    return redirect(url_for("safety.concern", concern_id=concern_id))


@blueprint.route("/safety/concerns/<int:concern_id>", methods=["GET", "POST"])
@requires(Permission.CONCERN_READ)
def concern(concern_id: int) -> ResponseReturnValue:
    """A concern: closed until it is opened on record, or where something was added since."""
    actor = acting()
    found = concern_queries.concern(actor, concern_id)
    zone = queries.district_of(found.student).timezone
    if found.state is ConcernState.RAISED or not queries.has_opened(actor, found):
        if request.method == "POST":
            with transaction():
                answering.close(actor, concern_id)  # raises: it was not read
        return render_template(
            "safety/cover.html",
            title=_("Concern %(number)s", number=found.id),
            at=found.raised_at,
            timezone=zone,
            tag_said=(concern_state(found.state), concern_tone(found.state)),
            open_at=url_for("safety.open_concern", concern_id=found.id),
            back=url_for("safety.concerns"),
            back_label=_("Safety concerns"),
        )
    forms = _forms(found)
    if request.method == "POST":
        done = request.form.get("do", "")
        form = forms.get(done)
        try:
            with transaction():
                said = _do(actor, found.id, done, form, zone)
        except DomainError as error:
            if form is None:
                raise
            put_error(form, error)
        else:
            if said:
                flash(said, "good")
                return redirect(url_for("safety.concern", concern_id=concern_id))
        found = concern_queries.concern(actor, concern_id)
    page = render_template(
        "safety/concern.html",
        concern=found,
        names=queries.names_of({entry.user_id for entry in found.entries}),
        reports=concern_queries.reports(concern_id),
        there=concern_queries.there(found),
        contacts=queries.contacts(found.school_id),
        coordinates=found.district_id in actor.coordinator_of,
        timezone=zone,
        **{f"{name}_form": form for name, form in forms.items()},
    )
    return page, 422 if request.method == "POST" else 200


def _forms(found: SafetyConcern) -> dict[str, Any]:
    place = PlaceForm(prefix="place-", place=place_value(found))
    place.place.choices = place_choices(queries.placements_of(found.student_id))
    return {
        "answer": AnswerForm(prefix="answer-"),
        "note": NoteForm(prefix="note-"),
        "report": ReportForm(prefix="report-"),
        "place": place,
        "reopen": ReopenForm(prefix="reopen-"),
    }


def _do(actor: Actor, concern_id: int, done: str, form: FlaskForm | None, zone: str) -> str:
    """One of the actions of the page; what is said of it, "" where the form is not valid.

    Raises
    ------
    DomainError
        As the services; also where there is no such action.
    """
    if done == "close":
        answering.close(actor, concern_id)
        return _("Closed. What it was about takes new students again, unless another concern is open.")
    if form is None:
        raise DomainError(_("Choose what to do."))
    if not form.validate():
        return ""
    if done == "answer":
        answering.answer(actor, concern_id, form.words.data or "", shared=form.shared.data)
        return _("Answered. The student is told that there is an answer.")
    if done == "note":
        answering.note(actor, concern_id, form.words.data or "")
        return _("Noted.")
    if done == "report":
        answering.record_report(
            actor,
            concern_id,
            made_by=form.made_by.data or "",
            made_to=form.made_to.data or "",
            made_at=form.made_at(zone),
            reference=form.reference.data or "",
        )
        return _("It is on record that the report was made.")
    if done == "place":
        answering.correct_place(actor, concern_id, *place_said(form.place.data), form.why.data or "")
        return _("Corrected. What takes no new students follows it.")
    answering.reopen(actor, concern_id, form.words.data or "")
    return _("Open again. What it is about takes no new students until it is closed.")
