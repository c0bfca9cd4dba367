"""Importing a round folder: upload, preview, yes or no."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from wbl.accounts.permissions import Permission, requires
from wbl.db import transaction
from wbl.errors import DomainError
from wbl.form_pages import form_status, put_error
from wbl.pagination import paginate
from wbl.rounds import archive, imports, queries, services, starting
from wbl.rounds.blueprint import blueprint, the_actor
from wbl.rounds.forms import ConfirmForm, StartForm, UploadForm
from wbl.rounds.own_side import students_of
from wbl.rounds.pages import PREPARE, round_page


@blueprint.route("/start", methods=["GET", "POST"])
@requires(Permission.ROUND_EDIT)
def start() -> ResponseReturnValue:
    """A round from its folder: it takes its name and dates from the files, and is looked at first."""
    actor = the_actor()
    form = StartForm()
    form.offer(queries.districts(actor))
    if form.validate_on_submit():
        try:
            files = archive.uploaded_files(
                (file.filename or "", file.read()) for file in form.files.data or () if hasattr(file, "read")
            )
            judged = starting.judge(actor, form.district.data, files)
            with transaction():
                staged = starting.start(actor, form.district.data, judged)
                round_id, import_id = staged.round_id, staged.id
        except DomainError as error:
            put_error(form, error)
        else:
            return redirect(url_for("rounds.preview", round_id=round_id, import_id=import_id))
    return render_template("rounds/start.html", form=form), form_status(form)


@blueprint.route("/<int:round_id>/import", methods=["GET", "POST"])
@requires(Permission.ROUND_EDIT)
def upload(round_id: int) -> ResponseReturnValue:
    """Choose the files of a round folder."""
    actor = the_actor()
    placement_round = queries.round_by_id(actor, round_id)
    form = UploadForm()
    if form.validate_on_submit():
        try:
            imports.check_open(placement_round)
            files = archive.uploaded_files(
                (file.filename or "", file.read()) for file in form.files.data or () if hasattr(file, "read")
            )
            state, preview = imports.judge(placement_round, files)
            with transaction():
                import_id = imports.stage(actor, round_id, files, state, preview).id
        except DomainError as error:
            put_error(form, error)
        else:
            return redirect(url_for("rounds.preview", round_id=round_id, import_id=import_id))
    page = round_page(placement_round, step=PREPARE)
    return (
        render_template(
            "rounds/upload.html",
            form=form,
            page=page,
            placement_round=placement_round,
            holdings=queries.holdings(round_id),
        ),
        form_status(form),
    )


@blueprint.get("/<int:round_id>/imports/<int:import_id>")
@requires(Permission.ROUND_EDIT)
def preview(round_id: int, import_id: int) -> ResponseReturnValue:
    """What the upload would change; or everything that is wrong with it."""
    actor = the_actor()
    placement_round = queries.round_by_id(actor, round_id)
    return render_template(
        "rounds/preview.html",
        page=round_page(placement_round, step=PREPARE),
        placement_round=placement_round,
        staged=queries.import_by_id(actor, round_id, import_id),
        form=ConfirmForm(formdata=None),
    )


@blueprint.get("/<int:round_id>/imports/<int:import_id>/own")
@requires(Permission.ROUND_EDIT)
def own_replaced(round_id: int, import_id: int) -> ResponseReturnValue:
    """The students of whose own words the upload would replace something."""
    actor = the_actor()
    placement_round = queries.round_by_id(actor, round_id)
    staged = queries.import_by_id(actor, round_id, import_id)
    chosen = students_of(staged.preview.get("own", []))
    return render_template(
        "rounds/own_replaced.html",
        page=round_page(placement_round, step=PREPARE),
        placement_round=placement_round,
        staged=staged,
        listed=paginate(chosen, request.args.get("page", 1, type=int)),
    )


@blueprint.post("/<int:round_id>/imports/<int:import_id>/confirm")
@requires(Permission.ROUND_EDIT)
def confirm_import(round_id: int, import_id: int) -> ResponseReturnValue:
    """Write the upload into the round."""
    solves = request.form.get("solve") == "yes"
    read = imports.read_staged(the_actor(), round_id, import_id)
    with transaction():
        imports.confirm(
            the_actor(), round_id, import_id, read=read, replace_own=ConfirmForm().replace_own.data
        )
        number = services.queue_run(the_actor(), round_id).number if solves else 0
    if solves:
        return redirect(url_for("rounds.run", round_id=round_id, number=number))
    flash(_("Imported. The round can be solved now."), "good")
    return redirect(url_for("rounds.show", round_id=round_id))


@blueprint.post("/<int:round_id>/imports/<int:import_id>/discard")
@requires(Permission.ROUND_EDIT)
def discard_import(round_id: int, import_id: int) -> ResponseReturnValue:
    """Drop the upload."""
    with transaction():
        imports.discard(the_actor(), round_id, import_id)
    flash(_("Dropped. The round is as it was."), "info")
    return redirect(url_for("rounds.upload", round_id=round_id))
