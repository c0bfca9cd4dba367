"""Hours at an employer's places: weeks to confirm, and a file for payroll."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from wbl.accounts.forms import EmptyForm
from wbl.accounts.permissions import Permission, acting, requires
from wbl.db import transaction
from wbl.errors import NotFound
from wbl.exports.answering import as_file
from wbl.exports.hours_lists import payroll_table
from wbl.exports.tables import FORMATS
from wbl.hours import page, payroll, progress, queries, weeks
from wbl.hours.blueprint import blueprint
from wbl.hours.forms import said_of
from wbl.hours.round_routes import sunday_sent, tell_done
from wbl.pagination import every


@blueprint.get("/our-hours")
@requires(Permission.HOSTING_OWN)
def hosting() -> ResponseReturnValue:
    found = queries.hosted_all(acting())
    return render_template(
        "hours/hosting.html",
        placements=found,
        progress=progress.of_placements(found),
        paid=payroll.paid(found),
        button=EmptyForm(),
    )


@blueprint.get("/our-hours/<int:placement_id>")
@requires(Permission.HOSTING_OWN)
def hosted(placement_id: int) -> ResponseReturnValue:
    placement = queries.hosted(acting(), placement_id)
    waiting = weeks.waiting_weeks(placement_id)
    done = [sunday for sunday in page.sundays_of(placement) if sunday not in waiting][: page.WEEKS_SHOWN]
    return render_template(
        "hours/hosted.html",
        placement=placement,
        waiting=[page.week_of(placement, sunday, sent=True) for sunday in waiting],
        done=[page.week_of(placement, sunday, sent=True) for sunday in done],
        progress=progress.of_placement(placement),
        button=EmptyForm(),
    )


@blueprint.post("/our-hours/<int:placement_id>/answer")
@requires(Permission.HOSTING_OWN)
def answer_hosted(placement_id: int) -> ResponseReturnValue:
    """A week is confirmed, or some of its days are asked about."""
    queries.hosted(acting(), placement_id)
    with transaction():
        done = weeks.answer_hosted(acting(), placement_id, sunday_sent(), said_of(request.form))
    tell_done(done)
    return redirect(url_for("hours.hosted", placement_id=placement_id))


@blueprint.post("/our-hours/payroll")
@requires(Permission.HOSTING_OWN)
def payroll_file() -> ResponseReturnValue:
    """The hours of the employer's own paid interns; the record notes that they were taken."""
    kind = request.form.get("format", "csv")
    if kind not in FORMATS:
        raise NotFound()
    found = payroll.paid(queries.hosted_all(acting()))
    if not found:
        flash(_("None of your placements is paid, so there is nothing for payroll."), "warn")
        return redirect(url_for("hours.hosting"))
    with transaction():
        payroll.note(acting(), found)
    ids = [one.id for one in found]
    return as_file(payroll_table(every(lambda number: queries.sent_of(ids, number))), kind)
