"""Perkins V 5S3: the figures of a reporting year, what they go by, and the students behind them."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.accounts.permissions import Permission, acting, requires
from wbl.db import transaction
from wbl.errors import DomainError, NotFound
from wbl.form_pages import form_status, put_error
from wbl.people.models import District
from wbl.reports import equity, perkins, qualifying, queries, services
from wbl.reports.blueprint import blueprint
from wbl.reports.equity_page import funnel, has_hidden, tabled
from wbl.reports.forms import QualifyingForm
from wbl.row_ids import row_id


def asked(actor: Actor) -> tuple[District, int]:
    """The district and the reporting year that the address names, else the first one and this one.

    Raises
    ------
    NotFound
        Where it is another's district.
    """
    district_id = request.args.get("district", type=row_id)
    if district_id is None:
        district = queries.districts(actor)[0]
    else:
        district = queries.district(actor, district_id)
    this_year = equity.year_of(clock.today(district.timezone))
    return district, request.args.get("year", this_year, type=int)


@blueprint.get("/reports/perkins")
@requires(Permission.REPORT_VIEW)
def perkins_5s3() -> ResponseReturnValue:
    """Of the concentrators who graduate in a year, how many took part in work-based learning."""
    actor = acting()
    district, year = asked(actor)
    found = perkins.report(district, year)
    schools = equity.school_names(district.id)
    figures = found.counted.figures
    years = sorted({*perkins.years(district), year}, reverse=True)
    return render_template(
        "reports/perkins.html",
        district=district,
        districts=queries.districts(actor),
        year=year,
        years=years,
        found=found,
        total=figures.total,
        smallest=figures.smallest,
        categories=[
            {
                **tabled(category, groups, schools),
                "funnel": funnel(category, groups, schools, perkins.TOOK_PART, perkins.TOOK_PART),
            }
            for category, groups in figures.categories.items()
        ],
        hidden=has_hidden(figures),
    )


@blueprint.get("/reports/perkins/students")
@requires(Permission.STUDENT_SENSITIVE)
def perkins_students() -> ResponseReturnValue:
    """The students behind one number that is shown, or who lack what is needed to count them."""
    actor = acting()
    district, year = asked(actor)
    gap, part = request.args.get("gap", ""), request.args.get("part", "")
    category, group = request.args.get("category", ""), request.args.get("group", "")
    if not gap and not part:
        return redirect(url_for("reports.perkins_5s3", district=district.id, year=year))
    if gap:
        if gap not in perkins.GAPS:
            raise NotFound()
        ids = perkins.missing_ids(district, gap, year)
    elif part in ("graduates", "took_part"):
        at = perkins.TOOK_PART if part == "took_part" else perkins.GRADUATES
        ids = perkins.report(district, year).counted.behind(category, group, at)
    else:
        raise NotFound()
    return render_template(
        "reports/perkins_students.html",
        page=equity.students_page(actor, ids, request.args.get("page", 1, type=int)),
        district=district,
        year=year,
        gap=gap,
        part=part,
        category=category,
        group=group,
        schools=equity.school_names(district.id),
        count=len(ids),
    )


@blueprint.route("/reports/<int:district_id>/qualifying", methods=["GET", "POST"])
@requires(Permission.REPORT_EDIT)
def qualifying_rule(district_id: int) -> ResponseReturnValue:
    """What counts as work-based learning."""
    district = queries.district(acting(), district_id)
    form = QualifyingForm(obj=qualifying.of_district(district_id))
    form.offer()
    if form.validate_on_submit():
        try:
            with transaction():
                services.decide_qualifying(acting(), district_id, form.wanted())
        except DomainError as error:
            put_error(form, error)
        else:
            flash(_("Saved. The figures go by it from now on."), "good")
            return redirect(url_for("reports.perkins_5s3", district=district_id))
    return render_template("reports/qualifying.html", district=district, form=form), form_status(form)
