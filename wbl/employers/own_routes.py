"""An employer's sites and people: changed by themselves, or by the district for them."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from wbl.accounts.permissions import Permission, acting, requires
from wbl.db import transaction
from wbl.employers import queries, services
from wbl.employers.blueprint import blueprint
from wbl.employers.forms import AboutForm, InviteForm, SiteForm
from wbl.errors import DomainError, NotFound
from wbl.form_pages import form_status, put_error


@blueprint.route("/<int:employer_id>/about", methods=["GET", "POST"])
@requires(Permission.EMPLOYER_EDIT)
def about(employer_id: int) -> ResponseReturnValue:
    """What the employer is called, and what it says of itself."""
    found = queries.employer(acting(), employer_id)
    form = AboutForm(name=found.name, about=found.about)
    if form.validate_on_submit():
        with transaction():
            services.save_about(acting(), employer_id, name=form.name.data or "", about=form.about.data or "")
        flash(_("Saved."), "good")
        return redirect(url_for("employers.employer", employer_id=employer_id))
    return (
        render_template("employers/about.html", employer=found, form=form),
        form_status(form),
    )


@blueprint.route("/<int:employer_id>/sites/new", methods=["GET", "POST"])
@requires(Permission.EMPLOYER_EDIT)
def new_site(employer_id: int) -> ResponseReturnValue:
    return _site_page(employer_id, None)


@blueprint.route("/<int:employer_id>/sites/<int:site_id>", methods=["GET", "POST"])
@requires(Permission.EMPLOYER_EDIT)
def site(employer_id: int, site_id: int) -> ResponseReturnValue:
    return _site_page(employer_id, site_id)


def _site_page(employer_id: int, site_id: int | None) -> ResponseReturnValue:
    found = queries.employer(acting(), employer_id)
    form = SiteForm(obj=queries.site(acting(), employer_id, site_id) if site_id is not None else None)
    if form.validate_on_submit():
        texts = {**form.texts(), "name": form.name.data or ""}
        with transaction():
            services.save_site(acting(), employer_id, site_id, texts, form.place())
        flash(_("The place of work is saved."), "good")
        return redirect(url_for("employers.employer", employer_id=employer_id) + "#sites")
    return (
        render_template("employers/site.html", employer=found, form=form, new=site_id is None),
        form_status(form),
    )


@blueprint.route("/<int:employer_id>/invite", methods=["GET", "POST"])
@requires(Permission.EMPLOYER_EDIT)
def invite(employer_id: int) -> ResponseReturnValue:
    """Somebody of the employer gets a link to sign in."""
    actor = acting()
    found = queries.employer(actor, employer_id)
    if not queries.owns(actor, found):
        raise NotFound()
    first = found.sites[0] if found.sites and not queries.people(found) else None
    form = InviteForm(name=first.contact_name if first else "", email=first.contact_email if first else "")
    status = 200
    if form.validate_on_submit():
        try:
            with transaction():
                services.invite(acting(), employer_id, email=form.email.data or "", name=form.name.data or "")
        except DomainError as error:
            put_error(form, error)
            status = error.status
        else:
            flash(_("The invitation is on its way."), "good")
            return redirect(url_for("employers.employer", employer_id=employer_id) + "#people")
    elif form.is_submitted():
        status = 422
    return render_template("employers/invite.html", employer=found, form=form), status


@blueprint.route("/<int:employer_id>/hand-over/<int:user_id>", methods=["GET", "POST"])
@requires(Permission.EMPLOYER_EDIT)
def hand_over(employer_id: int, user_id: int) -> ResponseReturnValue:
    """Another of its people owns the employer: asked first."""
    actor = acting()
    found = queries.employer(actor, employer_id)
    person = next((one for one in queries.people(found) if one.user_id == user_id), None)
    if person is None or not queries.owns(actor, found):
        raise NotFound()
    if request.method == "POST":
        with transaction():
            services.hand_over(acting(), employer_id, user_id)
        flash(_("%(name)s owns it from now on.", name=person.name), "good")
        return redirect(url_for("employers.employer", employer_id=employer_id) + "#people")
    return render_template("employers/hand_over.html", employer=found, person=person)
