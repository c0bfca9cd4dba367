"""Publishing a run, and withdrawing a publication."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from wbl.accounts.forms import EmptyForm
from wbl.accounts.permissions import Permission, requires
from wbl.db import transaction
from wbl.errors import DomainError, NotFound
from wbl.form_pages import form_status, put_error
from wbl.placements import publishing
from wbl.rounds import queries, review
from wbl.rounds.blueprint import blueprint, the_actor
from wbl.rounds.forms import WithdrawForm
from wbl.rounds.models import RunState
from wbl.rounds.pages import PUBLISH, round_page
from wbl.rounds.recipients import recipients_of
from wbl.rounds.staleness import refusal_of


@blueprint.route("/<int:round_id>/runs/<int:number>/publish", methods=["GET", "POST"])
@requires(Permission.ROUND_PUBLISH)
def publish(round_id: int, number: int) -> ResponseReturnValue:
    """What publishing means, and the button that does it."""
    actor = the_actor()
    run = queries.run_by_number(actor, round_id, number)
    if run.state is not RunState.DONE:
        raise NotFound()
    form = EmptyForm()
    refusal = refusal_of(run) if run.round.published_run_id is None else ""
    if form.validate_on_submit():
        run_id = run.id
        try:
            with transaction():
                publishing.publish(actor, run_id)
        except DomainError as error:
            put_error(form, error)
            run = queries.run_by_number(actor, round_id, number)
        else:
            flash(_("Published. The letters are being written now."), "good")
            return redirect(url_for("rounds.show", round_id=round_id))
    return (
        render_template(
            "rounds/publish.html",
            page=round_page(run.round, step=PUBLISH),
            placement_round=run.round,
            run=run,
            figures=review.figures_of(run),
            recipients=recipients_of(run),
            refusal=refusal,
            form=form,
        ),
        409 if form.form_errors else form_status(form),
    )


@blueprint.route("/<int:round_id>/publications/<int:publication_id>/withdraw", methods=["GET", "POST"])
@requires(Permission.ROUND_PUBLISH)
def withdraw(round_id: int, publication_id: int) -> ResponseReturnValue:
    """Take a publication back, with a reason."""
    actor = the_actor()
    placement_round = queries.round_by_id(actor, round_id)
    publication = queries.publication_by_id(actor, round_id, publication_id)
    form = WithdrawForm()
    if form.validate_on_submit():
        try:
            with transaction():
                publishing.withdraw(actor, publication_id, form.reason.data or "")
        except DomainError as error:
            put_error(form, error)
        else:
            flash(_("Withdrawn. Its links no longer open, and nobody sees the placements."), "good")
            return redirect(url_for("rounds.show", round_id=round_id))
    return (
        render_template(
            "rounds/withdraw.html",
            page=round_page(placement_round),
            placement_round=placement_round,
            publication=publication,
            form=form,
        ),
        form_status(form),
    )
