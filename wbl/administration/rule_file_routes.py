"""The school calendar and the labor rules that every new round of a district starts with."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from matching.files.faults import Fault
from wbl.accounts.forms import EmptyForm
from wbl.accounts.permissions import Permission, acting, requires
from wbl.administration import queries, rule_files
from wbl.administration.blueprint import blueprint
from wbl.administration.forms import RuleFileForm
from wbl.administration.rule_files import CALENDAR
from wbl.db import transaction
from wbl.errors import DomainError
from wbl.form_pages import form_status, put_error
from wbl.people.queries import timezone_of

KINDS = "<any(calendar, law):kind>"


@blueprint.route(f"/<int:district_id>/{KINDS}", methods=["GET", "POST"])
@requires(Permission.ADMINISTER)
def rules(district_id: int, kind: str) -> ResponseReturnValue:
    """What is kept, and a form for another file. A file with faults is not kept."""
    actor = acting()
    district = queries.district(actor, district_id)
    form = RuleFileForm()
    faults: list[Fault] = []
    if form.validate_on_submit():
        file = form.file.data
        try:
            name = CALENDAR if kind == "calendar" else rule_files.check_name(file.filename or "")
            with transaction():
                faults = rule_files.keep(actor, district_id, name, file.read(rule_files.LARGEST + 1))
        except DomainError as error:
            put_error(form, error, at="file")
        else:
            if not faults:
                flash(_("Kept. New rounds start with it; rounds that are there stay as they are."), "good")
                return redirect(url_for("administration.rules", district_id=district_id, kind=kind))
    wanted = [file for file in queries.files(district_id) if (file.name == CALENDAR) == (kind == "calendar")]
    page = render_template(
        f"administration/{kind}.html",
        district=district,
        kind=kind,
        form=form,
        faults=faults,
        files=wanted,
        timezone=timezone_of(actor),
        empty=EmptyForm(),
    )
    return page, form_status(form)


@blueprint.get(f"/<int:district_id>/{KINDS}/<name>")
@requires(Permission.ADMINISTER)
def rule_file(district_id: int, kind: str, name: str) -> ResponseReturnValue:
    """A file as it came."""
    content = rule_files.content(acting(), district_id, name)
    answer = Response(content, mimetype="text/csv" if kind == "calendar" else "text/plain")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@blueprint.post(f"/<int:district_id>/{KINDS}/<name>/drop")
@requires(Permission.ADMINISTER)
def drop_rule_file(district_id: int, kind: str, name: str) -> ResponseReturnValue:
    with transaction():
        rule_files.drop(acting(), district_id, name)
    flash(_("New rounds start without it; rounds that have it keep it."), "good")
    return redirect(url_for("administration.rules", district_id=district_id, kind=kind))
