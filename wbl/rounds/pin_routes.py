"""Requiring and forbidding pairs."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms import SelectChoice

from wbl.accounts.forms import EmptyForm
from wbl.accounts.permissions import Permission, requires
from wbl.bulk.models import BulkKind
from wbl.bulk.queries import just_done
from wbl.db import transaction
from wbl.errors import DomainError
from wbl.form_pages import form_status, put_error
from wbl.interests.models import Submission
from wbl.rounds import pinning, queries, services
from wbl.rounds.blueprint import blueprint, the_actor
from wbl.rounds.forms import PinForm
from wbl.rounds.models import Round
from wbl.rounds.pages import round_page
from wbl.rounds.pins import possibilities
from wbl.row_ids import number_in, row_id


@blueprint.get("/<int:round_id>/pins")
@requires(Permission.ROUND_VIEW)
def pins(round_id: int) -> ResponseReturnValue:
    """The pairs that are required or forbidden, with their reasons."""
    placement_round = queries.round_by_id(the_actor(), round_id)
    return render_template(
        "rounds/pins.html",
        page=round_page(placement_round),
        placement_round=placement_round,
        listed=queries.pins(placement_round, page=request.args.get("page", 1, type=int)),
        done=just_done(the_actor(), request.args.get("done", type=row_id), [BulkKind.PIN], round_id),
        form=EmptyForm(),
    )


@blueprint.route("/<int:round_id>/students/<int:submission_id>/pin", methods=["GET", "POST"])
@requires(Permission.ROUND_SOLVE)
def pin(round_id: int, submission_id: int) -> ResponseReturnValue:
    """Require or forbid an opportunity for one student."""
    actor = the_actor()
    placement_round = queries.round_by_id(actor, round_id)
    submission = queries.submission_by_id(actor, round_id, submission_id)
    form = PinForm(
        decision=request.args.get("decision"),
        offering=request.args.get("offering", type=int),
        back=request.args.get("run", ""),
    )
    form.offering.choices = offering_choices(placement_round, submission)
    if form.validate_on_submit():
        try:
            with transaction():
                services.add_pin(
                    actor,
                    round_id,
                    submission_id,
                    form.offering.data,
                    decision=form.decision.data,
                    reason=form.reason.data or "",
                    sealed=form.sealed.data,
                )
        except DomainError as error:
            put_error(form, error)
        else:
            flash(_("Noted. It holds from the next solve on."), "good")
            return redirect(after_pin(round_id, submission_id, form.back.data))
    return (
        render_template(
            "rounds/pin.html",
            page=round_page(placement_round),
            placement_round=placement_round,
            submission=submission,
            form=form,
            back=after_pin(round_id, submission_id, form.back.data),
        ),
        form_status(form),
    )


@blueprint.post("/<int:round_id>/pins/<int:pin_id>/remove")
@requires(Permission.ROUND_SOLVE)
def remove_pin(round_id: int, pin_id: int) -> ResponseReturnValue:
    """Take a pin away."""
    with transaction():
        services.remove_pin(the_actor(), round_id, pin_id)
    flash(_("Removed. The next solve is free to decide."), "good")
    return redirect(url_for("rounds.pins", round_id=round_id))


@blueprint.post("/<int:round_id>/runs/<int:number>/pins")
@requires(Permission.ROUND_SOLVE)
def pin_many(round_id: int, number: int) -> ResponseReturnValue:
    """Require or forbid the pairs that are ticked in the list of a run."""
    actor = the_actor()
    queries.run_by_number(actor, round_id, number)
    pairs = [pair for text in request.form.getlist("pair") if (pair := _pair(text)) is not None]
    if not pairs:
        raise DomainError(_("Tick at least one placement first."))
    with transaction():
        action_id = pinning.pin_many(
            actor,
            round_id,
            pairs,
            decision=request.form.get("decision", ""),
            reason=request.form.get("reason", ""),
        ).id
    return redirect(url_for("rounds.pins", round_id=round_id, done=action_id))


def _pair(text: str) -> tuple[int, int] | None:
    """A tick's value, "submission:offering"."""
    submission, _colon, offering = text.partition(":")
    try:
        return row_id(submission), row_id(offering)
    except ValueError:
        return None


@blueprint.post("/<int:round_id>/pins/<int:pin_id>/sealed")
@requires(Permission.SEALED_READ)
def sealed(round_id: int, pin_id: int) -> ResponseReturnValue:
    """Open a sealed reason. A POST, because that it was opened goes on record."""
    with transaction():
        found, reason = services.open_sealed(the_actor(), round_id, pin_id)
        return render_template("rounds/sealed.html", pin=found, reason=reason)


def offering_choices(placement_round: Round, submission: Submission) -> list[SelectChoice]:
    """A first line that chooses nothing, then what is possible for the student, then the rest and why not."""
    judged = possibilities(placement_round, submission)
    possible = [each for each in judged if not each.against]
    impossible = [each for each in judged if each.against]
    can, cannot = _("Possible"), _("Not possible")
    return [
        SelectChoice("", _("Choose one")),
        *(SelectChoice(each.offering.id, each.offering.line, optgroup=can) for each in possible),
        *(
            SelectChoice(
                each.offering.id,
                f"{each.offering.line} — {each.against[0]}",
                optgroup=cannot,
            )
            for each in impossible
        ),
    ]


def after_pin(round_id: int, submission_id: int, run: str | None) -> str:
    """Back to the student's page in the run that one came from, else to the list of pins."""
    number = number_in(run)
    if number is not None:
        return url_for("rounds.student", round_id=round_id, number=number, submission_id=submission_id)
    return url_for("rounds.pins", round_id=round_id)
