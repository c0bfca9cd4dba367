"""Rosters of a district: upload, preview, yes or no; and how the nightly folder is taken."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from wbl.accounts.forms import EmptyForm
from wbl.accounts.permissions import Permission, acting, requires
from wbl.db import transaction
from wbl.errors import DomainError
from wbl.form_pages import form_status, put_error
from wbl.rosters import queries, services
from wbl.rosters.difference import difference
from wbl.rosters.forms import RosterForm, RosterSettingForm
from wbl.rosters.models import RosterState
from wbl.rosters.pick_up import folders
from wbl.rosters.preview import listed
from wbl.rosters.reading import read_roster
from wbl.rosters.records import unpacked as kept_feed
from wbl.rounds.archive import unpacked

blueprint = Blueprint("rosters", __name__, url_prefix="/rosters")


@blueprint.get("/")
@requires(Permission.ROSTER)
def index() -> ResponseReturnValue:
    """The district; where somebody has several, the list of them."""
    found = queries.districts(acting())
    if len(found) == 1:
        return redirect(url_for("rosters.district", district_id=found[0].id))
    return render_template("rosters/index.html", districts=found)


@blueprint.route("/<int:district_id>", methods=["GET", "POST"])
@requires(Permission.ROSTER)
def district(district_id: int) -> ResponseReturnValue:
    """Upload a roster; the last ones."""
    actor = acting()
    found = queries.district(actor, district_id)
    form = RosterForm()
    if form.validate_on_submit():
        try:
            files = unpacked(
                (file.filename or "", file.read()) for file in form.files.data or () if hasattr(file, "read")
            )
            feed = read_roster(files, queries.setting(district_id).key)
            with transaction():
                import_id = services.stage(actor, district_id, feed).id
        except DomainError as error:
            put_error(form, error, at="files")
        else:
            return redirect(url_for("rosters.preview", district_id=district_id, import_id=import_id))
    page = render_template(
        "rosters/district.html",
        district=found,
        form=form,
        imports=queries.imports(actor, district_id),
        setting=queries.setting(district_id),
        folder=found.slug in folders(),
    )
    return page, form_status(form)


@blueprint.get("/<int:district_id>/imports/<int:import_id>")
@requires(Permission.ROSTER)
def preview(district_id: int, import_id: int) -> ResponseReturnValue:
    """Who would join, change, leave; or what is wrong."""
    actor = acting()
    staged = queries.roster(actor, district_id, import_id)
    found = None
    if staged.state is RosterState.READY and staged.content is not None:
        found = difference(district_id, kept_feed(staged.content))
    kind = request.args.get("kind", "")
    return render_template(
        "rosters/preview.html",
        district=queries.district(actor, district_id),
        staged=staged,
        counts=found.counts if found is not None else staged.counts,
        lines=listed(found, kind, request.args.get("page", 1, type=int)) if found is not None else None,
        kind=kind,
        form=EmptyForm(),
    )


@blueprint.post("/<int:district_id>/imports/<int:import_id>/<any(confirm, discard):what>")
@requires(Permission.ROSTER)
def decide(district_id: int, import_id: int, what: str) -> ResponseReturnValue:
    """Yes or no."""
    actor = acting()
    with transaction():
        if what == "confirm":
            services.confirm(actor, district_id, import_id)
        else:
            services.discard(actor, district_id, import_id)
    flash(
        _("The roster is applied. Nobody was deleted; who left is marked.")
        if what == "confirm"
        else _("Dropped. Everything is as it was."),
        "good" if what == "confirm" else "info",
    )
    return redirect(url_for("rosters.district", district_id=district_id))


@blueprint.route("/<int:district_id>/settings", methods=["GET", "POST"])
@requires(Permission.ROSTER)
def settings(district_id: int) -> ResponseReturnValue:
    """Which column is the identifier; whether the nightly folder asks."""
    actor = acting()
    found = queries.district(actor, district_id)
    form = RosterSettingForm(obj=queries.setting(district_id))
    if form.validate_on_submit():
        with transaction():
            services.set_setting(actor, district_id, key=form.key.data, apply_unasked=form.apply_unasked.data)
        flash(_("Saved."), "good")
        return redirect(url_for("rosters.district", district_id=district_id))
    page = render_template("rosters/settings.html", district=found, form=form, folder=found.slug in folders())
    return page, form_status(form)
