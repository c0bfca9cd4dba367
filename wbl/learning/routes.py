"""What was learned, as a page of a round: look, have it worked out, bring it in, take weights."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from matching.learning import LEAST_CLOSED
from wbl.accounts.forms import EmptyForm
from wbl.accounts.permissions import Permission, acting, requires
from wbl.db import transaction
from wbl.errors import DomainError
from wbl.form_pages import form_status, put_error
from wbl.learning import queries, services, working_out
from wbl.learning.forms import WeightsForm
from wbl.learning.words import effect_sentence
from wbl.rounds.pages import PREPARE, round_page
from wbl.rounds.policy import shares_of
from wbl.rounds.queries import round_by_id

blueprint = Blueprint("learning", __name__, url_prefix="/learning")


@blueprint.get("/rounds/<int:round_id>")
@requires(Permission.ROUND_VIEW)
def learned(round_id: int) -> ResponseReturnValue:
    """Sites with their estimates, what went with what, and the weights that follow."""
    return _page(round_id, WeightsForm())


@blueprint.post("/rounds/<int:round_id>/work-out")
@requires(Permission.ROUND_EDIT)
def work_out(round_id: int) -> ResponseReturnValue:
    """Have the worker look at what is closed by now."""
    actor = acting()
    placement_round = round_by_id(actor, round_id)
    with transaction():
        working_out.ask(actor, placement_round.district_id)
    return redirect(url_for("learning.learned", round_id=round_id))


@blueprint.post("/rounds/<int:round_id>/bring-in")
@requires(Permission.ROUND_EDIT)
def bring_in(round_id: int) -> ResponseReturnValue:
    """Write it into the round."""
    try:
        with transaction():
            brought = services.bring_in(acting(), round_id)
    except DomainError as error:
        if error.status == 404:
            raise
        flash(error.message, "stop")
    else:
        flash(
            _(
                "In the round now: %(records)s, and %(lacks)s.",
                records=ngettext(
                    "the record of %(num)s opportunity",
                    "the records of %(num)s opportunities",
                    brought.offerings,
                ),
                lacks=ngettext(
                    "what %(num)s student is still to learn",
                    "what %(num)s students are still to learn",
                    brought.students,
                ),
            ),
            "good",
        )
    return redirect(url_for("learning.learned", round_id=round_id))


@blueprint.post("/rounds/<int:round_id>/weights")
@requires(Permission.ROUND_EDIT)
def weights(round_id: int) -> ResponseReturnValue:
    """Take the suggested weights, with a reason."""
    form = WeightsForm()
    if form.validate_on_submit():
        try:
            with transaction():
                services.accept_weights(acting(), round_id, form.reason.data or "")
        except DomainError as error:
            put_error(form, error)
        else:
            flash(_("The round has these weights now. The next solve uses them."), "good")
            return redirect(url_for("learning.learned", round_id=round_id))
    return _page(round_id, form)


def _page(round_id: int, form: WeightsForm) -> ResponseReturnValue:
    placement_round = round_by_id(acting(), round_id)
    found = queries.learned_of(placement_round.district_id)
    suggestion = services.suggestion(found, placement_round.policy)
    sort = request.args.get("sort", queries.BY_VALUE)
    return (
        render_template(
            "learning/learned.html",
            page=round_page(placement_round, step=PREPARE),
            placement_round=placement_round,
            learned=found,
            working=queries.working(found),
            sites=queries.site_records(
                placement_round.district_id, request.args.get("page", 1, type=int), sort
            ),
            effects=[effect_sentence(one) for one in found.effects] if found is not None else [],
            least=LEAST_CLOSED,
            now=shares_of(placement_round.policy),
            suggested=suggestion.weights if suggestion.because else None,
            may_change=placement_round.published_run_id is None,
            weights_form=form,
            form=EmptyForm(),
        ),
        form_status(form),
    )
