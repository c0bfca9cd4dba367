"""Career and technical education of students: a file of many, or one by hand."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from wbl.accounts.permissions import Permission, acting, requires
from wbl.db import transaction
from wbl.errors import DomainError
from wbl.form_pages import form_status, put_error
from wbl.people import queries as people
from wbl.reports import queries, services
from wbl.reports.blueprint import blueprint
from wbl.reports.forms import UploadForm, cte_form
from wbl.reports.reading import COLUMNS, read_cte


@blueprint.route("/reports/<int:district_id>/concentrators", methods=["GET", "POST"])
@requires(Permission.REPORT_EDIT)
def upload_cte(district_id: int) -> ResponseReturnValue:
    """A file of concentrators and graduation years: all of it is written, or nothing with a fault."""
    district = queries.district(acting(), district_id)
    form, faults = UploadForm(), []
    if form.validate_on_submit():
        found = read_cte(form.file.data.read(), services.identifiers(district_id))
        faults = found.faults
        if not faults:
            with transaction():
                changed = services.import_cte(acting(), district_id, found.rows)
            flash(
                ngettext("%(num)s student is on record.", "%(num)s students are on record.", changed), "good"
            )
            return redirect(url_for("reports.perkins_5s3", district=district_id))
    return (
        render_template(
            "reports/concentrators.html", district=district, form=form, faults=faults, columns=list(COLUMNS)
        ),
        form_status(form),
    )


@blueprint.route("/students/<int:student_id>/cte", methods=["GET", "POST"])
@requires(Permission.REPORT_EDIT)
def student_cte(student_id: int) -> ResponseReturnValue:
    """One student, by hand."""
    student = people.student(acting(), student_id)
    form = cte_form(queries.cte_of(student))
    if form.validate_on_submit():
        try:
            with transaction():
                services.set_cte(acting(), student_id, form.known())
        except DomainError as error:
            put_error(form, error)
        else:
            flash(_("It is on record."), "good")
            return redirect(url_for("people.student", student_id=student_id))
    return render_template("reports/cte.html", student=student, form=form), form_status(form)
