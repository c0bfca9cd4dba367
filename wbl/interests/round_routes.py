"""A student's side of a round: begin, say what one needs, and see it ever after."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm

from wbl.accounts.forms import EmptyForm
from wbl.accounts.permissions import Permission, acting, requires
from wbl.db import transaction
from wbl.errors import Conflict, DomainError, NotFound
from wbl.form_pages import form_status, put_error
from wbl.interests import queries, submissions
from wbl.interests.found import own_found
from wbl.interests.models import Submission
from wbl.interests.round_forms import NeedsForm, TimesForm, TravelForm, WorkForm
from wbl.interests.round_page import OwnRound, own, parts
from wbl.interests.week import DAYS, read_week, slot_name, starts

blueprint = Blueprint("my_rounds", __name__, url_prefix="/my-rounds")


def the_round(round_id: int) -> OwnRound:
    """A round of the signed-in student."""
    return own(*queries.own_round(acting(), round_id))


def open_submission(round_id: int) -> tuple[OwnRound, Submission]:
    """A round in which the signed-in student has begun and may still change something."""
    found = the_round(round_id)
    if found.submission is None or not found.begun:
        raise NotFound()
    if not found.may_change:
        raise Conflict(
            _("This round takes no answers at the moment. If something has to change, ask your coordinator.")
        )
    return found, found.submission


@blueprint.get("/")
@requires(Permission.SUBMISSION_OWN)
def index() -> ResponseReturnValue:
    """The rounds that one may take part in, and those one took part in."""
    rounds = [own(*row) for row in queries.own_rounds(acting())]
    return render_template("interests/rounds.html", rounds=rounds)


@blueprint.get("/<int:round_id>")
@requires(Permission.SUBMISSION_OWN)
def show(round_id: int) -> ResponseReturnValue:
    found = the_round(round_id)
    return render_template(
        "interests/round.html",
        own=found,
        round=found.round,
        parts=parts(found) if found.submission is not None else [],
        found=own_found(found.submission) if found.submission is not None else [],
        listed=queries.list_length(found.submission) if found.submission is not None else 0,
        button=EmptyForm(),
    )


@blueprint.post("/<int:round_id>/begin")
@requires(Permission.SUBMISSION_OWN)
def begin(round_id: int) -> ResponseReturnValue:
    with transaction():
        submissions.begin(acting(), round_id)
    return redirect(url_for("my_rounds.show", round_id=round_id))


def saved(round_id: int) -> ResponseReturnValue:
    """Back to what is left to do."""
    flash(_("Saved."), "good")
    return redirect(url_for("my_rounds.show", round_id=round_id))


def form_page(name: str, found: OwnRound, form: FlaskForm, **values: object) -> ResponseReturnValue:
    """A page with a form, refused where it was sent."""
    status = form_status(form)
    return render_template(
        f"interests/{name}.html", own=found, round=found.round, form=form, **values
    ), status


@blueprint.route("/<int:round_id>/travel", methods=["GET", "POST"])
@requires(Permission.SUBMISSION_OWN)
def travel(round_id: int) -> ResponseReturnValue:
    found, submission = open_submission(round_id)
    form = TravelForm()
    form.offer(submission.travel_modes, submission.max_travel_minutes)
    if form.validate_on_submit():
        try:
            with transaction():
                submissions.save_travel(acting(), round_id, form.modes.data or [], form.minutes.data)
            return saved(round_id)
        except Conflict:
            raise
        except DomainError as error:
            put_error(form, error)
    return form_page("travel", found, form)


@blueprint.route("/<int:round_id>/times", methods=["GET", "POST"])
@requires(Permission.SUBMISSION_OWN)
def times(round_id: int) -> ResponseReturnValue:
    found, submission = open_submission(round_id)
    form = TimesForm()
    before = read_week(submission.available)
    shown = starts(queries.hours_asked_for(round_id, submission))
    week = form.offer(before, shown)
    if form.validate_on_submit():
        available = form.available(week)
        if available == "":
            form.form_errors.append(_("Mark at least one half hour, or choose that any time is fine."))
        else:
            with transaction():
                submissions.save_times(acting(), round_id, available)
            return saved(round_id)
    return form_page(
        "times", found, form, week=week, others=before.others, days=DAYS, starts=shown, slot_name=slot_name
    )


@blueprint.route("/<int:round_id>/work", methods=["GET", "POST"])
@requires(Permission.SUBMISSION_OWN)
def work(round_id: int) -> ResponseReturnValue:
    found, submission = open_submission(round_id)
    form = WorkForm()
    form.offer(submission.languages, submission.pay, queries.languages_asked_for(round_id))
    if form.validate_on_submit():
        with transaction():
            submissions.save_work(acting(), round_id, form.languages.data or [], form.pay.data)
        return saved(round_id)
    return form_page("work", found, form)


@blueprint.route("/<int:round_id>/needs", methods=["GET", "POST"])
@requires(Permission.SUBMISSION_OWN)
def needs(round_id: int) -> ResponseReturnValue:
    found, submission = open_submission(round_id)
    form = NeedsForm()
    kept = form.offer(queries.own_needs(submission))
    if form.validate_on_submit():
        with transaction():
            submissions.save_needs(acting(), round_id, form.needs.data or [])
        return saved(round_id)
    return form_page("needs", found, form, kept=kept)
