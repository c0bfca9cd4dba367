"""Employers: as a district's coordinators see them, and as they see themselves."""

from __future__ import annotations

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from wbl.accounts.forms import EmptyForm
from wbl.accounts.permissions import Permission, acting, requires
from wbl.employers import join_routes, outreach, outreach_routes, own_routes, queries, vetting_routes, words
from wbl.employers.blueprint import blueprint
from wbl.employers.forms import OutreachForm
from wbl.employers.models import OutreachStage
from wbl.people.queries import timezone_of

__all__ = ["blueprint", "join_routes", "outreach_routes", "own_routes", "vetting_routes"]

for _function in words.FILTERS:
    blueprint.add_app_template_filter(_function)


@blueprint.get("/")
@requires(Permission.EMPLOYER_VIEW)
def index() -> ResponseReturnValue:
    actor = acting()
    search = request.args.get("q", "").strip()
    lapsing = request.args.get("lapsing") == "yes"
    page = queries.employers(
        actor, search=search, only_lapsing=lapsing, page=request.args.get("page", 1, type=int)
    )
    return render_template(
        "employers/index.html",
        page=page,
        barred=queries.barred([employer.id for employer in page.items]),
        search=search,
        lapsing=lapsing,
        joins=[_sign_up_address(district.slug) for district in queries.districts_of(actor)],
    )


def _sign_up_address(slug: str) -> str:
    """Where employers sign up by themselves, as a coordinator may pass it on."""
    return current_app.config["PUBLIC_URL"].rstrip("/") + url_for("employers.join_district", slug=slug)


@blueprint.get("/own")
@requires(Permission.EMPLOYER_EDIT)
def own() -> ResponseReturnValue:
    """The organization that the signed-in person speaks for; a choice where there are several."""
    actor = acting()
    found = queries.own(actor)
    if not found and actor.coordinator_of:
        return redirect(url_for("employers.index"))
    if len(found) == 1:
        return redirect(url_for("employers.employer", employer_id=found[0].id))
    return render_template("employers/own.html", employers=found)


@blueprint.get("/<int:employer_id>")
@requires(Permission.EMPLOYER_EDIT)
def employer(employer_id: int) -> ResponseReturnValue:
    """One employer: places of work, people, vetting, offers; for the district the outreach too."""
    actor = acting()
    found = queries.employer(actor, employer_id)
    coordinates = found.district_id in actor.coordinator_of
    standing = outreach.standing(found) if coordinates else None
    form = OutreachForm(
        stage=standing.stage if standing else OutreachStage.PROSPECT,
        next_action=standing.next_action if standing else "",
        next_on=standing.next_on if standing else None,
        formdata=None,
    )
    form.offer()
    return render_template(
        "employers/employer.html",
        employer=found,
        offerings=queries.offerings(found),
        vetting=queries.vetting(found),
        people=queries.people(found),
        invited=queries.invited(found),
        owns=queries.owns(actor, found),
        coordinates=coordinates,
        standing=standing,
        notes=outreach.notes(found) if coordinates else [],
        form=form,
        button=EmptyForm(),
        district=queries.district_of(found),
        timezone=timezone_of(actor),
    )
