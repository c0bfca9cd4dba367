"""Postings: an employer's own, and those of a coordinator's districts."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from matching.files import RoundFaults
from wbl.accounts.forms import EmptyForm
from wbl.accounts.permissions import Permission, acting, requires
from wbl.db import transaction
from wbl.employers.queries import barred
from wbl.errors import DomainError
from wbl.extensions import limiter
from wbl.form_pages import put_error
from wbl.interests.taking_part import leavers
from wbl.opportunities import decision_routes, links, queries, services, step_routes, words
from wbl.opportunities.blueprint import blueprint
from wbl.opportunities.forms import DecisionForm, NewForm
from wbl.opportunities.models import OpportunityState
from wbl.opportunities.page_forms import (
    factor_figures,
    kept_for_words,
    law_of,
    page_of,
    site_words,
    steps_to_mend,
    tasks_of,
)
from wbl.opportunities.trial import eligible_students, rounded
from wbl.pagination import paginate
from wbl.rounds.queries import round_by_id

__all__ = ["blueprint", "decision_routes", "step_routes"]

for _function in words.FILTERS:
    blueprint.add_app_template_filter(_function)


@blueprint.get("/")
@requires(Permission.POSTING_EDIT)
def index() -> ResponseReturnValue:
    """The actor's postings; those that wait for the district come first."""
    actor = acting()
    chosen = request.args.get("state", "")
    state = OpportunityState(chosen) if chosen in set(OpportunityState) else None
    search = request.args.get("q", "").strip()
    return render_template(
        "opportunities/index.html",
        page=queries.postings(actor, state=state, search=search, page=request.args.get("page", 1, type=int)),
        counts=queries.counts(actor),
        states=[(one, words.state_name(one)) for one in OpportunityState],
        state=state,
        search=search,
        coordinates=bool(actor.coordinator_of),
    )


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.POSTING_EDIT)
def create() -> ResponseReturnValue:
    """The first step: for whom, what, in which round."""
    actor = acting()
    employers = queries.employers(actor)
    rounds = queries.open_rounds({employer.district_id for employer in employers})
    form = NewForm(employer=request.args.get("employer", type=int))
    form.offer_to(
        [(employer.id, employer.name) for employer in employers], [(one.id, one.name) for one in rounds]
    )
    status = 200
    if form.validate_on_submit():
        try:
            with transaction():
                made = services.create(
                    actor,
                    form.employer.data,
                    form.round.data,
                    title=form.title.data or "",
                    kind=form.kind.data,
                )
                opportunity_id = made.id
                services.save(actor, opportunity_id, "about", form.answers(), round_id=form.round.data)
        except DomainError as error:
            put_error(form, error)
            status = error.status
        else:
            return redirect(url_for("opportunities.step", opportunity_id=opportunity_id, name="tasks"))
    elif form.is_submitted():
        status = 422
    return render_template("opportunities/new.html", form=form, employers=employers), status


@blueprint.get("/<int:opportunity_id>")
@requires(Permission.POSTING_EDIT)
def show(opportunity_id: int) -> ResponseReturnValue:
    """Where a posting stands, what remains to be done, what was said."""
    page = page_of(acting(), opportunity_id)
    confirming = links.newest(page.found) if page.coordinates else None
    return render_template(
        "opportunities/show.html",
        confirming=confirming,
        barred=bool(barred([page.found.employer_id or 0])),
        page=page,
        law=law_of(page),
        tasks=tasks_of(page),
        comments=queries.comments(page.found),
        district=queries.district(page.found),
        rounds=queries.open_rounds({page.found.district_id}),
        factors=factor_figures(page.answers),
        form=DecisionForm(),
        button=EmptyForm(),
    )


@blueprint.get("/<int:opportunity_id>/preview")
@requires(Permission.POSTING_EDIT)
def preview(opportunity_id: int) -> ResponseReturnValue:
    """As a student sees it."""
    page = page_of(acting(), opportunity_id)
    sites = {site.id: site for site in queries.sites(page.found.employer_id or 0)}
    site = sites.get(page.answers.get("site_id", 0))
    return render_template(
        "opportunities/preview.html",
        page=page,
        law=law_of(page),
        site=site_words(site) if site is not None else "",
        kept_for=kept_for_words(page),
    )


@blueprint.get("/<int:opportunity_id>/students")
@requires(Permission.POSTING_EDIT)
@limiter.limit("60/hour", key_func=lambda: f"count {current_user.get_id()}")
def students(opportunity_id: int) -> ResponseReturnValue:
    """About how many students of the round could do this: a rounded number, and nothing else of anybody."""
    page = page_of(acting(), opportunity_id)
    count = total = faults = None
    without = _("Choose a round, and this counts its students.")
    if barred([page.found.employer_id or 0]) and not page.coordinates:
        without = _("Once the school district has vetted you, this says how many students could do it.")
    elif page.round is not None:
        site = next(
            (
                one
                for one in queries.sites(page.found.employer_id or 0)
                if one.id == page.answers.get("site_id")
            ),
            None,
        )
        try:
            found, everybody = eligible_students(page.round, page.answers, queries.site_place(site))
            count, total = rounded(found), everybody
        except RoundFaults as fault:
            faults, without = fault.faults, ""
    return render_template(
        "opportunities/students.html",
        page=page,
        count=count,
        total=total,
        without=without,
        faults=faults or (),
        mend=steps_to_mend(page, faults or ()),
    )


@blueprint.get("/learn")
@requires(Permission.EMPLOYER_VIEW)
def learn() -> ResponseReturnValue:
    """What employers would have students learn before they come, by cluster."""
    return render_template("opportunities/learn.html", clusters=queries.wishes(acting()))


@blueprint.get("/left-out/<int:round_id>")
@requires(Permission.ROUND_VIEW)
def left_out(round_id: int) -> ResponseReturnValue:
    """Who and what is in a round, and takes no part in its next solve."""
    placement_round = round_by_id(acting(), round_id)
    return render_template(
        "opportunities/left_out.html",
        placement_round=placement_round,
        entries=queries.left_out(round_id),
        leavers=paginate(leavers(round_id), request.args.get("page", 1, type=int)),
    )


@blueprint.post("/<int:opportunity_id>/link")
@requires(Permission.POSTING_APPROVE)
def link(opportunity_id: int) -> ResponseReturnValue:
    """A link by which the employer confirms a draft: mailed to an address, else to be read out."""
    page_of(acting(), opportunity_id)
    with transaction():
        made = links.make(acting(), opportunity_id, request.form.get("email", ""))
        mailed = bool(made.email)
    flash(_("The link is on its way by mail.") if mailed else _("The link is ready to be read out."), "good")
    return redirect(url_for("opportunities.show", opportunity_id=opportunity_id) + "#link")


@blueprint.post("/<int:opportunity_id>/duplicate")
@requires(Permission.POSTING_EDIT)
def duplicate(opportunity_id: int) -> ResponseReturnValue:
    with transaction():
        made = services.duplicate(acting(), opportunity_id, request.form.get("round", type=int))
        new_id = made.id
    flash(_("A copy is ready as a draft. Look at its title and times."), "good")
    return redirect(url_for("opportunities.step", opportunity_id=new_id, name="about"))
