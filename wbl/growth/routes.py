"""How placements go, for the school: a coordinator's districts, whom an advisor follows."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from wbl.accounts.forms import EmptyForm
from wbl.accounts.permissions import Permission, acting, allows, requires
from wbl.db import transaction
from wbl.errors import DomainError
from wbl.form_pages import form_status, put_error
from wbl.growth import (
    completing,
    evaluating,
    links,
    mentor_routes,
    own_routes,
    plans,
    queries,
    raters,
    rubric_routes,
    site,
)
from wbl.growth.blueprint import MOMENT, blueprint
from wbl.growth.forms import CompleteForm, LinkForm, ReasonForm, SkillsForm, ToldForm, rating_form
from wbl.growth.models import Moment, RatedBy
from wbl.growth.page import page_of, to_rate
from wbl.growth.words import SHOWN
from wbl.people.queries import timezone_of
from wbl.placements.queries import name_told
from wbl.reflections import queries as reflections

__all__ = ["blueprint", "mentor_routes", "own_routes", "rubric_routes"]


@blueprint.get("/growth")
@requires(Permission.GROWTH_VIEW)
def index() -> ResponseReturnValue:
    """Placements under way, each with how it goes."""
    actor = acting()
    search, show = request.args.get("q", "").strip(), request.args.get("show", "")
    shown = {
        code: name
        for code, name in SHOWN.items()
        if code != "unsafe" or allows(actor, Permission.GROWTH_EDIT)
    }
    return render_template(
        "growth/index.html",
        page=queries.overview(actor, search=search, show=show, page=request.args.get("page", 1, type=int)),
        districts=queries.districts(actor),
        shown=shown,
        search=search,
        show=show if show in shown else "active",
        timezone=timezone_of(actor),
    )


@blueprint.get("/growth/<int:placement_id>")
@requires(Permission.GROWTH_VIEW)
def placement(placement_id: int) -> ResponseReturnValue:
    """One placement: rated side by side and over time, what the student wrote, how the site was."""
    actor = acting()
    found = queries.seen_one(actor, placement_id)
    page = page_of(found)
    coordinates = found.student.district_id in actor.coordinator_of
    written = reflections.of_placement(placement_id)
    return render_template(
        "growth/placement.html",
        page=page,
        placement=found,
        coordinates=coordinates,
        due={one.moment: one for one in queries.due(placement_id)},
        to_rate=to_rate(page, RatedBy.MENTOR),
        links=links.of_placement(placement_id) if coordinates else [],
        contact=raters.contact_of(found),
        told=name_told(found),
        site=queries.site_rating(actor, placement_id) if coordinates else None,
        reflections=written,
        comments=reflections.comments([one.id for one in written]),
        gained=reflections.growth(written),
        last_day=plans.last_day(found),
        can_complete=coordinates and not page.completed and plans.today_of(found) >= plans.last_day(found),
        button=EmptyForm(),
    )


def _back(placement_id: int, anchor: str = "") -> ResponseReturnValue:
    return redirect(url_for("growth.placement", placement_id=placement_id, _anchor=anchor or None))


@blueprint.route(f"/growth/<int:placement_id>/rate/{MOMENT}", methods=["GET", "POST"])
@requires(Permission.GROWTH_EDIT)
def told(placement_id: int, moment: str) -> ResponseReturnValue:
    """What a mentor said on the phone or on paper, written down."""
    actor = acting()
    found = queries.seen_one(actor, placement_id)
    name, email = raters.contact_of(found)
    items = plans.items_of(found, str(get_locale().language))
    form = rating_form(items, ToldForm, data={"name": name, "email": email})
    if form.validate_on_submit():
        try:
            with transaction():
                evaluating.give_as_told(
                    actor,
                    placement_id,
                    Moment(moment),
                    form.given(),
                    name=form["name"].data or "",
                    email=form["email"].data or "",
                )
        except DomainError as error:
            put_error(form, error)
        else:
            flash(_("The evaluation is on record."), "good")
            return _back(placement_id)
    return (
        render_template("growth/told.html", placement=found, moment=moment, form=form),
        form_status(form),
    )


@blueprint.route(f"/growth/<int:placement_id>/link/{MOMENT}", methods=["GET", "POST"])
@requires(Permission.GROWTH_EDIT)
def make_link(placement_id: int, moment: str) -> ResponseReturnValue:
    """A link by which a mentor rates, mailed or to read out."""
    actor = acting()
    found = queries.seen_one(actor, placement_id)
    name, email = raters.contact_of(found)
    form = LinkForm(data={"name": name, "email": email})
    if form.validate_on_submit():
        try:
            with transaction():
                links.make_by_hand(
                    actor, placement_id, Moment(moment), form.name.data or "", form.email.data or ""
                )
        except DomainError as error:
            put_error(form, error)
        else:
            flash(_("The link is ready. An earlier one for the same time opens nothing any more."), "good")
            return _back(placement_id, "links")
    return (
        render_template("growth/link.html", placement=found, moment=moment, form=form),
        form_status(form),
    )


@blueprint.post("/growth/<int:placement_id>/links/<int:link_id>/revoke")
@requires(Permission.GROWTH_EDIT)
def revoke_link(placement_id: int, link_id: int) -> ResponseReturnValue:
    with transaction():
        links.revoke(acting(), placement_id, link_id)
    flash(_("That link no longer opens."), "good")
    return _back(placement_id, "links")


@blueprint.route("/growth/<int:placement_id>/skills", methods=["GET", "POST"])
@requires(Permission.GROWTH_EDIT)
def skills(placement_id: int) -> ResponseReturnValue:
    """The three to five skills that this placement trains."""
    found = queries.seen_one(acting(), placement_id)
    plan = plans.of_placement(placement_id)
    form = SkillsForm.filled(plan.skills if plan is not None else plans.proposed_skills(found))
    if form.validate_on_submit():
        try:
            with transaction():
                plans.set_skills(acting(), placement_id, form.texts())
        except DomainError as error:
            put_error(form, error)
        else:
            flash(_("Saved."), "good")
            return _back(placement_id)
    return (
        render_template(
            "growth/skills.html", placement=found, form=form, fixed=plans.rated(placement_id), most=plans.MOST
        ),
        form_status(form),
    )


@blueprint.route(
    "/growth/<int:placement_id>/evaluations/<int:evaluation_id>/set-aside", methods=["GET", "POST"]
)
@requires(Permission.GROWTH_EDIT)
def set_aside(placement_id: int, evaluation_id: int) -> ResponseReturnValue:
    """An evaluation that was wrong counts no more, and may be given again."""
    found = queries.seen_one(acting(), placement_id)
    form = ReasonForm()
    if form.validate_on_submit():
        try:
            with transaction():
                evaluating.set_aside(acting(), placement_id, evaluation_id, form.reason.data or "")
        except DomainError as error:
            if not error.field:
                raise
            put_error(form, error)
        else:
            flash(_("It counts no more, and can be given again."), "good")
            return _back(placement_id)
    return (
        render_template("growth/set_aside.html", placement=found, form=form),
        form_status(form),
    )


@blueprint.post("/growth/<int:placement_id>/site-seen")
@requires(Permission.GROWTH_EDIT)
def site_seen(placement_id: int) -> ResponseReturnValue:
    """Somebody has followed up what the student said of the site."""
    with transaction():
        site.mark_seen(acting(), placement_id)
    flash(_("Noted that somebody has followed it up."), "good")
    return _back(placement_id, "site")


@blueprint.route("/growth/<int:placement_id>/complete", methods=["GET", "POST"])
@requires(Permission.GROWTH_EDIT)
def complete(placement_id: int) -> ResponseReturnValue:
    """The last day has come: the placement is completed."""
    found = queries.seen_one(acting(), placement_id)
    form = CompleteForm()
    if form.validate_on_submit():
        try:
            with transaction():
                completing.complete(acting(), placement_id, form.why.data or "")
        except DomainError as error:
            put_error(form, error)
        else:
            flash(_("The placement is completed."), "good")
            return _back(placement_id)
    return (
        render_template(
            "growth/complete.html",
            placement=found,
            form=form,
            final=links.is_given(placement_id, Moment.FINAL),
            last_day=plans.last_day(found),
        ),
        form_status(form),
    )
