"""An employer's pages: how its interns grow, and rating them signed in."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from wbl.accounts.permissions import Permission, acting, requires
from wbl.db import transaction
from wbl.errors import DomainError, NotFound
from wbl.form_pages import form_status, put_error
from wbl.growth import evaluating, plans, queries
from wbl.growth.blueprint import MOMENT, blueprint
from wbl.growth.forms import rating_form
from wbl.growth.models import Moment, RatedBy
from wbl.growth.page import page_of, to_rate
from wbl.placements.models import Placement
from wbl.placements.queries import hosted_one
from wbl.reflections import queries as reflections


def _intern(placement_id: int) -> Placement:
    """One of the employer's, whose student it may know by name, that is under way."""
    found = hosted_one(acting(), placement_id)
    if found.id not in {one.id for one in queries.hosted(acting())}:
        raise NotFound()
    return found


@blueprint.get("/our-growth/<int:placement_id>")
@requires(Permission.HOSTING_OWN)
def ours(placement_id: int) -> ResponseReturnValue:
    """How one intern grows, in the employer's own ratings, and what they chose to share."""
    found = _intern(placement_id)
    page = page_of(found, with_student=False)
    return render_template(
        "growth/ours.html",
        page=page,
        placement=found,
        to_rate=to_rate(page, RatedBy.MENTOR),
        reflections=reflections.for_employer(placement_id),
    )


@blueprint.route(f"/our-growth/<int:placement_id>/rate/{MOMENT}", methods=["GET", "POST"])
@requires(Permission.HOSTING_OWN)
def rate(placement_id: int, moment: str) -> ResponseReturnValue:
    """The mentor rates, signed in."""
    found = _intern(placement_id)
    form = rating_form(plans.items_of(found, str(get_locale().language)))
    if form.validate_on_submit():
        try:
            with transaction():
                evaluating.give_by_account(acting(), placement_id, Moment(moment), form.given())
        except DomainError as error:
            put_error(form, error)
        else:
            flash(_("Thank you. The student and the school see it."), "good")
            return redirect(url_for("growth.ours", placement_id=placement_id))
    return (
        render_template("growth/rate.html", placement=found, moment=moment, form=form),
        form_status(form),
    )
