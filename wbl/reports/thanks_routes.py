"""Thank-yous: a student's, which a coordinator reads first, and a coordinator's own."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from wbl.accounts.permissions import Permission, acting, requires
from wbl.db import transaction
from wbl.errors import DomainError
from wbl.form_pages import form_status, put_error
from wbl.growth import queries as growth
from wbl.hours.queries import coordinated
from wbl.reports import queries, thanking
from wbl.reports.blueprint import blueprint
from wbl.reports.forms import SendBackForm, ThanksForm
from wbl.reports.models import ThanksBy, ThanksState


@blueprint.route("/my-placement/<int:placement_id>/thanks", methods=["GET", "POST"])
@requires(Permission.PLACEMENT_OWN)
def thank_own(placement_id: int) -> ResponseReturnValue:
    """The student thanks the employer; what they wrote, and where it is."""
    placement = growth.own_one(acting(), placement_id)
    written = queries.thanks_of(placement_id, ThanksBy.STUDENT)
    form = ThanksForm(words=written.words if written is not None else "")
    if form.validate_on_submit():
        try:
            with transaction():
                thanking.write_own(acting(), placement_id, form.words.data or "")
        except DomainError as error:
            put_error(form, error)
        else:
            flash(_("It is with your coordinator, who passes it on."), "good")
            return redirect(url_for("reports.thank_own", placement_id=placement_id))
    return (
        render_template(
            "reports/thank_own.html",
            placement=placement,
            written=written,
            passed=written is not None and written.state is ThanksState.PASSED,
            form=form,
        ),
        form_status(form),
    )


@blueprint.route("/placements/<int:placement_id>/thanks", methods=["GET", "POST"])
@requires(Permission.REPORT_EDIT)
def thank(placement_id: int) -> ResponseReturnValue:
    """A coordinator thanks the employer of a placement."""
    placement = coordinated(acting(), placement_id)
    form = ThanksForm()
    if form.validate_on_submit():
        try:
            with transaction():
                thanking.write(acting(), placement_id, form.words.data or "")
        except DomainError as error:
            put_error(form, error)
        else:
            flash(_("The employer reads it on their page from now on."), "good")
            return redirect(url_for("reports.thank", placement_id=placement_id))
    return (
        render_template(
            "reports/thank.html",
            placement=placement,
            written=queries.thanks_of(placement_id, ThanksBy.COORDINATOR),
            form=form,
        ),
        form_status(form),
    )


@blueprint.get("/reports/thanks")
@requires(Permission.REPORT_VIEW)
def thanks() -> ResponseReturnValue:
    """Students' thank-yous that wait to be read."""
    return render_template("reports/thanks.html", waiting=queries.thanks_waiting(acting()))


@blueprint.post("/reports/thanks/<int:thanks_id>/pass")
@requires(Permission.REPORT_EDIT)
def pass_on(thanks_id: int) -> ResponseReturnValue:
    with transaction():
        thanking.pass_on(acting(), thanks_id, request.form.get("read", ""))
    flash(_("The employer reads it from now on."), "good")
    return redirect(url_for("reports.thanks"))


@blueprint.route("/reports/thanks/<int:thanks_id>/back", methods=["GET", "POST"])
@requires(Permission.REPORT_EDIT)
def send_back(thanks_id: int) -> ResponseReturnValue:
    """The student is asked to write it anew."""
    found = queries.thanks_one(acting(), thanks_id)
    form = SendBackForm()
    if form.validate_on_submit():
        try:
            with transaction():
                thanking.send_back(acting(), thanks_id, request.form.get("read", ""), form.why.data or "")
        except DomainError as error:
            put_error(form, error)
        else:
            flash(_("The student reads why, and can write it anew."), "good")
            return redirect(url_for("reports.thanks"))
    return render_template("reports/send_back.html", found=found, form=form), form_status(form)
