"""The student's own pages: what they write, how they are rated, how they rate."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from wbl.accounts.forms import EmptyForm
from wbl.accounts.permissions import Permission, acting, requires
from wbl.db import transaction
from wbl.errors import DomainError
from wbl.form_pages import form_status, put_error
from wbl.growth import evaluating, plans, queries, site
from wbl.growth.blueprint import MOMENT, blueprint
from wbl.growth.forms import SiteForm, rating_form
from wbl.growth.models import Moment, RatedBy
from wbl.growth.page import page_of, to_rate, to_write
from wbl.growth.site import ASPECTS
from wbl.placements.models import Placement
from wbl.reflections import queries as reflections


@blueprint.get("/my-growth")
@requires(Permission.PLACEMENT_OWN)
def mine() -> ResponseReturnValue:
    """The newest placement that is under way, the others by links."""
    found = queries.own(acting())
    return _own_page(found[0]) if found else render_template("growth/none.html")


@blueprint.get("/my-growth/<int:placement_id>")
@requires(Permission.PLACEMENT_OWN)
def mine_of(placement_id: int) -> ResponseReturnValue:
    return _own_page(queries.own_one(acting(), placement_id))


def _own_page(found: Placement) -> ResponseReturnValue:
    page = page_of(found, own=True)
    written = reflections.of_placement(found.id)
    return render_template(
        "growth/mine.html",
        page=page,
        placement=found,
        to_write=to_write(found),
        to_rate=to_rate(page, RatedBy.STUDENT),
        reflections=written,
        comments=reflections.comments([one.id for one in written]),
        gained=reflections.growth(written),
        site=queries.site_rating(acting(), found.id),
        others=[one for one in queries.own(acting()) if one.id != found.id],
        button=EmptyForm(),
    )


@blueprint.route(f"/my-growth/<int:placement_id>/rate/{MOMENT}", methods=["GET", "POST"])
@requires(Permission.PLACEMENT_OWN)
def rate_self(placement_id: int, moment: str) -> ResponseReturnValue:
    """The student rates themself, on the same words as the mentor."""
    found = queries.own_one(acting(), placement_id)
    form = rating_form(plans.items_of(found, str(get_locale().language)))
    if form.validate_on_submit():
        try:
            with transaction():
                evaluating.give_own(acting(), placement_id, Moment(moment), form.given())
        except DomainError as error:
            put_error(form, error)
        else:
            flash(_("Saved. Your page shows it beside what your mentor says."), "good")
            return redirect(url_for("growth.mine_of", placement_id=placement_id))
    return (
        render_template("growth/rate_self.html", placement=found, moment=moment, form=form),
        form_status(form),
    )


@blueprint.route("/my-growth/<int:placement_id>/site", methods=["GET", "POST"])
@requires(Permission.PLACEMENT_OWN)
def rate_site(placement_id: int) -> ResponseReturnValue:
    """How the site is, for the coordinator alone."""
    found = queries.own_one(acting(), placement_id)
    said = queries.site_rating(acting(), placement_id)
    data = (
        {name: str(getattr(said, name)) for name in ASPECTS} | {"comment": said.comment}
        if said is not None
        else {}
    )
    form = SiteForm(data=data)
    if form.validate_on_submit():
        try:
            with transaction():
                site.rate(acting(), placement_id, form.said())
        except DomainError as error:
            put_error(form, error)
        else:
            flash(_("Thank you. Your coordinator reads it, and nobody else."), "good")
            return redirect(url_for("growth.mine_of", placement_id=placement_id))
    return (
        render_template("growth/site.html", placement=found, form=form, aspects=ASPECTS),
        form_status(form),
    )
