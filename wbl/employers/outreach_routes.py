"""The outreach of a district: the pipeline, prospects from a file, last year's hosts asked again."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms import SelectChoice

from wbl.accounts.forms import EmptyForm
from wbl.accounts.permissions import Permission, acting, requires
from wbl.db import transaction
from wbl.employers import again, outreach, prospects, queries
from wbl.employers.blueprint import blueprint
from wbl.employers.forms import ConfirmProspectsForm, OutreachForm, ProspectsForm
from wbl.employers.models import OutreachStage
from wbl.employers.vetted import today
from wbl.employers.words import stage_name
from wbl.errors import DomainError
from wbl.form_pages import form_status
from wbl.opportunities.queries import open_rounds
from wbl.people.models import District
from wbl.rounds.queries import districts, round_by_id


@blueprint.get("/outreach")
@requires(Permission.EMPLOYER_VET)
def pipeline() -> ResponseReturnValue:
    """Where the district stands with each employer; what is due comes first."""
    actor = acting()
    chosen = request.args.get("stage", "")
    stage = OutreachStage(chosen) if chosen in set(OutreachStage) else None
    search = request.args.get("q", "").strip()
    return render_template(
        "employers/outreach.html",
        page=outreach.pipeline(actor, stage=stage, search=search, page=request.args.get("page", 1, type=int)),
        counts=outreach.counts(actor),
        names={one: stage_name(one) for one in OutreachStage},
        stage=stage,
        search=search,
        today=today(),
    )


@blueprint.post("/<int:employer_id>/outreach")
@requires(Permission.EMPLOYER_VET)
def reach_out(employer_id: int) -> ResponseReturnValue:
    """Set the stage and what comes next; note what was said."""
    queries.coordinated(acting(), employer_id)
    form = OutreachForm()
    form.offer()
    if not form.validate_on_submit():
        raise DomainError(_("Choose a stage, and enter days as year, month and day."))
    with transaction():
        outreach.save(
            acting(),
            employer_id,
            stage=form.stage.data,
            next_action=form.next_action.data or "",
            next_on=form.next_on.data,
            note=form.note.data or "",
        )
    flash(_("Saved."), "good")
    return redirect(url_for("employers.employer", employer_id=employer_id) + "#outreach")


@blueprint.route("/outreach/import", methods=["GET", "POST"])
@requires(Permission.EMPLOYER_VET)
def upload() -> ResponseReturnValue:
    """A CSV file of prospects: read and judged, nothing is saved of it yet but the file itself."""
    actor = acting()
    form = ProspectsForm()
    found: list[District] = districts(actor)
    form.district.choices = [SelectChoice(district.id, district.name) for district in found]
    if form.district.data is None and found:
        form.district.data = found[0].id
    judged = None
    if form.validate_on_submit():
        data = form.file.data.read() if form.file.data else b""
        if not data:
            form.file.errors = [*form.file.errors, _("Choose a CSV file.")]
        else:
            judged = prospects.judge(actor, form.district.data, data)
            if not judged.faults and judged.rows:
                with transaction():
                    upload_id = prospects.stage(actor, form.district.data, judged).id
                return redirect(url_for("employers.preview", upload_id=upload_id))
    status = form_status(form)
    return render_template("employers/prospects.html", form=form, judged=judged), status


@blueprint.route("/outreach/import/<int:upload_id>", methods=["GET", "POST"])
@requires(Permission.EMPLOYER_VET)
def preview(upload_id: int) -> ResponseReturnValue:
    """What would be added; the button adds it, and invites where that is ticked."""
    staged = prospects.upload(acting(), upload_id)
    form = ConfirmProspectsForm()
    if form.validate_on_submit():
        with transaction():
            added, invited = prospects.confirm(acting(), upload_id, invite=form.invite.data)
        flash(_("Added: %(added)s. Invited: %(invited)s.", added=added, invited=invited), "good")
        return redirect(url_for("employers.pipeline"))
    return render_template("employers/prospects_preview.html", upload=staged, form=form)


@blueprint.route("/outreach/again", methods=["GET", "POST"])
@requires(Permission.EMPLOYER_VET)
def ask_again() -> ResponseReturnValue:
    """The hosts of an earlier round are asked again, with their postings filled in."""
    actor = acting()
    rounds = outreach.earlier_rounds(actor)
    of_round = request.args.get("round", type=int) or (rounds[0].id if rounds else None)
    if of_round is not None:
        round_by_id(actor, of_round)
    if request.method == "POST":
        chosen = request.form.getlist("employer", type=int)
        target = request.form.get("target", type=int)
        if of_round is None or not chosen or target is None:
            raise DomainError(_("Choose a round and at least one employer."))
        with transaction():
            asked, mailed = again.ask(acting(), of_round, target, chosen)
        flash(
            _("Drafts made: %(asked)s. Mails on their way: %(mailed)s.", asked=asked, mailed=mailed), "good"
        )
        return redirect(url_for("employers.pipeline", stage=OutreachStage.CONTACTED.value))
    return render_template(
        "employers/again.html",
        rounds=rounds,
        of_round=of_round,
        hosts=outreach.hosts(actor, of_round) if of_round is not None else [],
        targets=open_rounds(set(actor.coordinator_of)),
        button=EmptyForm(),
    )
