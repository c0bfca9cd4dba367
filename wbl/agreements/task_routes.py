"""What a coordinator arranges: tasks, visits of the place of work, emergency contacts."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from wbl.accounts.permissions import Permission, acting, requires
from wbl.agreements import contacts, queries, tasks, visits
from wbl.agreements.blueprint import blueprint
from wbl.agreements.forms import PlanForm, add_task_form, task_form, visit_form
from wbl.agreements.models import TaskHolder
from wbl.agreements.signing_forms import contacts_form, contacts_of
from wbl.db import transaction
from wbl.errors import DomainError, NotFound
from wbl.form_pages import form_status, put_error
from wbl.people.queries import student as student_of
from wbl.placements import queries as placements


def _back(placement_id: int, anchor: str = "tasks") -> ResponseReturnValue:
    return redirect(url_for("agreements.show", placement_id=placement_id, _anchor=anchor))


@blueprint.route("/placements/<int:placement_id>/tasks", methods=["GET", "POST"])
@requires(Permission.AGREEMENT_EDIT)
def add_task(placement_id: int) -> ResponseReturnValue:
    """One more thing to arrange."""
    placement = placements.placement(acting(), placement_id)
    form = add_task_form()
    if form.validate_on_submit():
        try:
            with transaction():
                tasks.add(
                    acting(),
                    placement_id,
                    form.what.data or "",
                    TaskHolder(form.holder.data),
                    form.due_on.data,
                )
        except DomainError as error:
            put_error(form, error)
        else:
            return _back(placement_id)
    return (
        render_template("agreements/task.html", placement=placement, task=None, form=form),
        form_status(form),
    )


@blueprint.route("/placements/<int:placement_id>/tasks/<int:task_id>", methods=["GET", "POST"])
@requires(Permission.AGREEMENT_EDIT)
def task(placement_id: int, task_id: int) -> ResponseReturnValue:
    """Who holds it, by when, what was said; and whether it is arranged."""
    placement = placements.placement(acting(), placement_id)
    found = next((row for row in queries.tasks(placement_id) if row[0].id == task_id), None)
    if found is None:
        raise NotFound()
    form = task_form(found[0])
    if form.validate_on_submit():
        with transaction():
            tasks.change_task(
                acting(),
                placement_id,
                task_id,
                holder=TaskHolder(form.holder.data),
                due_on=form.due_on.data,
                note=form.note.data or "",
                valid_until=form.valid_until.data,
            )
        return _back(placement_id)
    return (
        render_template(
            "agreements/task.html", placement=placement, task=found[0], closed_by=found[1], form=form
        ),
        form_status(form),
    )


@blueprint.post("/placements/<int:placement_id>/tasks/<int:task_id>/<any(close, open):what>")
@requires(Permission.AGREEMENT_EDIT)
def settle_task(placement_id: int, task_id: int, what: str) -> ResponseReturnValue:
    """Arranged, or not after all."""
    with transaction():
        if what == "close":
            tasks.close(acting(), placement_id, task_id)
        else:
            tasks.open_again(acting(), placement_id, task_id)
    return _back(placement_id)


@blueprint.post("/placements/<int:placement_id>/visits")
@requires(Permission.AGREEMENT_EDIT)
def plan_visit(placement_id: int) -> ResponseReturnValue:
    placement = placements.placement(acting(), placement_id)
    form = PlanForm()
    if not form.validate_on_submit():
        raise DomainError(_("Enter the day of the visit."))
    with transaction():
        visits.plan(acting(), placement.offering_id, form.planned_on.data)
    return _back(placement_id, "visits")


@blueprint.route("/placements/<int:placement_id>/visits/<int:visit_id>", methods=["GET", "POST"])
@requires(Permission.AGREEMENT_EDIT)
def visit(placement_id: int, visit_id: int) -> ResponseReturnValue:
    """Log a visit: it is of all students at that place."""
    placement = placements.placement(acting(), placement_id)
    found = next((one for one in visits.of_offering(placement.offering_id) if one.id == visit_id), None)
    if found is None:
        raise NotFound()
    form = visit_form(found)
    if form.validate_on_submit():
        try:
            with transaction():
                visits.log(acting(), visit_id, done_on=form.done_on.data, note=form.note.data or "")
        except DomainError as error:
            put_error(form, error)
        else:
            return _back(placement_id, "visits")
    return (
        render_template("agreements/visit.html", placement=placement, visit=found, form=form),
        form_status(form),
    )


@blueprint.route("/students/<int:student_id>/emergency", methods=["GET", "POST"])
@requires(Permission.EMERGENCY_READ)
def emergency(student_id: int) -> ResponseReturnValue:
    """Whom to call for a student; written down as the family says it."""
    student = student_of(acting(), student_id)
    known = contacts.for_coordinator(acting(), student_id)
    form = contacts_form(known, fresh=request.method == "GET")
    if form.validate_on_submit():
        try:
            with transaction():
                contacts.set_by_coordinator(
                    acting(), student_id, contacts_of(form), for_employer=form.for_employer.data
                )
        except DomainError as error:
            put_error(form, error)
        else:
            flash(_("The emergency contacts are on record."), "good")
            return redirect(url_for("agreements.emergency", student_id=student_id))
    return (
        render_template("agreements/emergency.html", student=student, known=known, form=form),
        form_status(form),
    )
