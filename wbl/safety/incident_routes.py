"""The record of incidents and injuries."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from wbl.accounts.forms import EmptyForm
from wbl.accounts.permissions import Permission, acting, requires
from wbl.db import transaction
from wbl.errors import DomainError
from wbl.form_pages import form_status, put_error
from wbl.people.queries import timezone_of
from wbl.safety import incident_queries, queries
from wbl.safety import incidents as keeping
from wbl.safety.blueprint import blueprint
from wbl.safety.forms import TOLD, CloseForm, IncidentForm, filled
from wbl.safety.models import Incident, Reported


@blueprint.get("/safety/incidents")
@requires(Permission.INCIDENT_KEEP)
def incidents() -> ResponseReturnValue:
    actor = acting()
    closed = request.args.get("show") == "closed"
    return render_template(
        "safety/incidents.html",
        page=incident_queries.incidents(actor, closed=closed, page=request.args.get("page", 1, type=int)),
        closed=closed,
        timezone=timezone_of(actor),
    )


@blueprint.get("/safety/incidents/new")
@requires(Permission.INCIDENT_KEEP)
def choose_student() -> ResponseReturnValue:
    """Whom it happened to."""
    search = request.args.get("q", "").strip()
    return render_template(
        "safety/choose_student.html", search=search, students=incident_queries.students(acting(), search)
    )


@blueprint.route("/safety/incidents/new/<int:student_id>", methods=["GET", "POST"])
@requires(Permission.INCIDENT_KEEP)
def keep_incident(student_id: int) -> ResponseReturnValue:
    actor = acting()
    student = incident_queries.student(actor, student_id)
    zone = queries.district_of(student).timezone
    placements = queries.placements_of(student.id)
    preset: dict[str, Any] = {"osha": Reported.NO.value, "workers_comp": Reported.NO.value}
    form = IncidentForm(data={**preset, "placement": str(placements[0].id) if placements else ""})
    form.offer(placements)
    if form.validate_on_submit():
        try:
            with transaction():
                made = keeping.keep(actor, student_id, form.placement_id, form.facts(zone)).id
        except DomainError as error:
            put_error(form, error)
        else:
            flash(_("Kept. Correct it whenever something is known better."), "good")
            return redirect(url_for("safety.incident", incident_id=made))
    return (
        render_template("safety/incident_form.html", student=student, form=form, told=TOLD, incident=None),
        form_status(form),
    )


@blueprint.post("/safety/incidents/<int:incident_id>/open")
@requires(Permission.INCIDENT_KEEP)
def open_incident(incident_id: int) -> ResponseReturnValue:
    """Open a record. A POST, because that it was opened goes on record."""
    with transaction():
        keeping.read(acting(), incident_id)
    return redirect(url_for("safety.incident", incident_id=incident_id))


@blueprint.route("/safety/incidents/<int:incident_id>", methods=["GET", "POST"])
@requires(Permission.INCIDENT_KEEP)
def incident(incident_id: int) -> ResponseReturnValue:
    """An incident as it is kept now, with what was there before; made to be printed for the file. Closed
    until it is opened on record."""
    actor = acting()
    found = incident_queries.incident(actor, incident_id)
    if not queries.has_opened(actor, found):
        if request.method == "POST":
            with transaction():
                keeping.close(actor, incident_id, "")  # raises: it was not read
        return _cover(found)
    form = CloseForm(answer=found.answer)
    if form.validate_on_submit():
        try:
            with transaction():
                keeping.close(actor, incident_id, form.answer.data or "")
        except DomainError as error:
            put_error(form, error)
        else:
            flash(_("Closed."), "good")
            return redirect(url_for("safety.incident", incident_id=incident_id))
    return (
        render_template(
            "safety/incident.html",
            incident=found,
            names=queries.names_of({found.closed_by, *(version.kept_by for version in found.versions)}),
            district=queries.district_of(found.student),
            told=TOLD,
            form=form,
            button=EmptyForm(),
        ),
        form_status(form),
    )


@blueprint.post("/safety/incidents/<int:incident_id>/reopen")
@requires(Permission.INCIDENT_KEEP)
def reopen_incident(incident_id: int) -> ResponseReturnValue:
    with transaction():
        keeping.reopen(acting(), incident_id)
    flash(_("Open again."), "good")
    return redirect(url_for("safety.incident", incident_id=incident_id))


@blueprint.route("/safety/incidents/<int:incident_id>/correct", methods=["GET", "POST"])
@requires(Permission.INCIDENT_KEEP)
def correct_incident(incident_id: int) -> ResponseReturnValue:
    """Another version: what was there stays."""
    actor = acting()
    found = incident_queries.incident(actor, incident_id)
    if request.method == "GET" and not queries.has_opened(actor, found):
        return _cover(found)
    zone = queries.district_of(found.student).timezone
    form = IncidentForm(data=filled(found.versions[-1], found.placement_id, zone))
    form.offer(queries.placements_of(found.student_id))
    del form.placement
    if form.validate_on_submit():
        try:
            with transaction():
                keeping.correct(actor, incident_id, form.facts(zone), form.why.data or "")
        except DomainError as error:
            put_error(form, error)
        else:
            flash(_("Corrected. What was there before is kept below."), "good")
            return redirect(url_for("safety.incident", incident_id=incident_id))
    return (
        render_template(
            "safety/incident_form.html", student=found.student, form=form, told=TOLD, incident=found
        ),
        form_status(form),
    )


def _cover(found: Incident) -> str:
    """What whoever has not opened it sees of a record."""
    return render_template(
        "safety/cover.html",
        title=_("Incident %(number)s", number=found.id),
        at=found.kept_at,
        timezone=queries.district_of(found.student).timezone,
        tag_said=(_("is closed"), "good") if found.closed_at else (_("is open"), "warn"),
        open_at=url_for("safety.open_incident", incident_id=found.id),
        back=url_for("safety.incidents"),
        back_label=_("Incidents and injuries"),
    )
