"""Placements under way, for a coordinator, and from when on they are to be looked at."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from wbl.accounts.permissions import Permission, acting, requires
from wbl.db import transaction
from wbl.errors import DomainError
from wbl.form_pages import form_status, put_error
from wbl.reports import (
    cte_routes,
    employer_routes,
    equity_routes,
    perkins_routes,
    queries,
    services,
    thanks_routes,
    thresholds,
)
from wbl.reports.active import SHOWS, glance
from wbl.reports.blueprint import blueprint
from wbl.reports.forms import ThresholdForm
from wbl.reports.words import show_names
from wbl.row_ids import row_id

__all__ = [
    "blueprint",
    "cte_routes",
    "employer_routes",
    "equity_routes",
    "perkins_routes",
    "thanks_routes",
]


@blueprint.get("/reports/active")
@requires(Permission.REPORT_VIEW)
def active() -> ResponseReturnValue:
    """Placements under way at a glance: what is to be looked at, and who acts next."""
    actor = acting()
    search, show = request.args.get("q", "").strip(), request.args.get("show", "")
    round_id = request.args.get("round", type=row_id)
    return render_template(
        "reports/active.html",
        found=glance(
            actor,
            show=show if show in SHOWS else "",
            search=search,
            round_id=round_id,
            page=request.args.get("page", 1, type=int),
        ),
        search=search,
        show=show if show in SHOWS else "",
        names=show_names(),
        rounds=queries.published_rounds(actor),
        round_id=round_id,
        districts=queries.districts(actor),
        limits=thresholds.of_districts(actor.coordinator_of),
    )


@blueprint.route("/reports/<int:district_id>/settings", methods=["GET", "POST"])
@requires(Permission.REPORT_EDIT)
def settings(district_id: int) -> ResponseReturnValue:
    """From when on a report says that something is to be looked at."""
    district = queries.district(acting(), district_id)
    form = ThresholdForm(obj=thresholds.of_district(district_id))
    if form.validate_on_submit():
        try:
            with transaction():
                services.decide(acting(), district_id, form.wanted())
        except DomainError as error:
            put_error(form, error)
        else:
            flash(_("Saved. The lists go by it from now on."), "good")
            return redirect(url_for("reports.active"))
    return render_template("reports/settings.html", district=district, form=form), form_status(form)
