"""A district's settings for safety: who reads concerns at each school, and the numbers that students see."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from wbl import clock
from wbl.accounts.permissions import Permission, acting, requires
from wbl.db import transaction
from wbl.errors import DomainError, NotFound
from wbl.form_pages import form_status, put_error
from wbl.safety import contacts, numbers, queries
from wbl.safety.blueprint import blueprint
from wbl.safety.forms import ContactsForm, NumberForm


@blueprint.route("/administration/<int:district_id>/safety", methods=["GET", "POST"])
@requires(Permission.ADMINISTER)
def settings(district_id: int) -> ResponseReturnValue:
    actor = acting()
    district = contacts.district(actor, district_id)
    form = NumberForm(checked_on=clock.today(district.timezone))
    if form.validate_on_submit():
        try:
            with transaction():
                contacts.add_number(
                    actor,
                    district_id,
                    name=form.name.data or "",
                    name_es=form.name_es.data or "",
                    phone=form.phone.data or "",
                    hint=form.hint.data or "",
                    hint_es=form.hint_es.data or "",
                    source=form.source.data or "",
                    checked_on=form.checked_on.data,
                )
        except DomainError as error:
            put_error(form, error)
        else:
            flash(_("Students see it from now on."), "good")
            return redirect(url_for("safety.settings", district_id=district_id))
    return (
        render_template(
            "safety/settings.html",
            district=district,
            schools=queries.schools(district_id),
            coordinators=queries.coordinators(district_id),
            own=queries.numbers(district_id),
            everywhere=numbers.everywhere(),
            form=form,
        ),
        form_status(form),
    )


@blueprint.post("/administration/<int:district_id>/safety/numbers/<int:number_id>/drop")
@requires(Permission.ADMINISTER)
def drop_number(district_id: int, number_id: int) -> ResponseReturnValue:
    with transaction():
        contacts.drop_number(acting(), district_id, number_id)
    flash(_("Students see it no more."), "good")
    return redirect(url_for("safety.settings", district_id=district_id))


@blueprint.route("/administration/<int:district_id>/safety/schools/<int:school_id>", methods=["GET", "POST"])
@requires(Permission.ADMINISTER)
def school_contacts(district_id: int, school_id: int) -> ResponseReturnValue:
    """Who of a school's staff reads the concerns of its students."""
    actor = acting()
    district = contacts.district(actor, district_id)
    found = next((one for one in queries.schools(district_id) if one.school.id == school_id), None)
    if found is None:
        raise NotFound()
    form = ContactsForm(people=[one.id for one, _user in found.staff if one.safety_contact])
    form.people.choices = [(one.id, f"{user.name} ({user.email})") for one, user in found.staff]
    if form.validate_on_submit():
        with transaction():
            contacts.set_contacts(actor, district_id, school_id, form.people.data or [])
        flash(_("Saved. They are told of concerns from now on."), "good")
        return redirect(url_for("safety.settings", district_id=district_id))
    return (
        render_template("safety/contacts.html", district=district, found=found, form=form),
        form_status(form),
    )
