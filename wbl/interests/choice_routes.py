"""Finding, choosing and handing in: what is offered in a student's round."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from wbl.accounts.permissions import Permission, acting, requires
from wbl.db import db, transaction
from wbl.errors import Conflict, DomainError, NotFound
from wbl.interests import choices, offers
from wbl.interests.choice_forms import NoteForm, OpenForm
from wbl.interests.models import Submission
from wbl.interests.place_map import area_of, place_map
from wbl.interests.rank_words import advice, how_ranks_are_used
from wbl.interests.round_page import OwnRound, parts
from wbl.interests.round_routes import blueprint, open_submission, the_round
from wbl.people.models import Student
from wbl.rounds.policy import unranked_of


def with_side(round_id: int) -> tuple[OwnRound, Submission]:
    """A round that the signed-in student has a side in, whether or not it still collects."""
    found = the_round(round_id)
    if found.submission is None:
        raise NotFound()
    return found, found.submission


def wanted() -> offers.Wanted:
    """What the address asks for; what makes no sense asks for nothing."""
    asked = request.args
    sort = asked.get("sort", "")
    return offers.Wanted(
        text=asked.get("q", "").strip(),
        kind=asked.get("kind", ""),
        cluster=asked.get("cluster", ""),
        minutes=asked.get("minutes", 0, type=int),
        pay=asked.get("pay", ""),
        day=asked.get("day", ""),
        possible=asked.get("possible") == "yes",
        area=area_of(asked.get("area", "")),
        sort=sort if sort in offers.SORTS else offers.FIT,
        page=asked.get("page", 1, type=int),
    )


def _language() -> str:
    return str(get_locale().language)


@blueprint.get("/<int:round_id>/offers")
@requires(Permission.SUBMISSION_OWN)
def browse(round_id: int) -> ResponseReturnValue:
    own, submission = with_side(round_id)
    asked = wanted()
    return render_template(
        "interests/offers.html",
        own=own,
        round=own.round,
        wanted=asked,
        offers=offers.offers(own.round, submission, asked),
        language=_language(),
        minutes=offers.MINUTES,
    )


@blueprint.get("/<int:round_id>/offers/map")
@requires(Permission.SUBMISSION_OWN)
def on_map(round_id: int) -> ResponseReturnValue:
    own, submission = with_side(round_id)
    asked = wanted()
    ids = offers.matching_ids(own.round, submission, asked)
    student = db.session.get_one(Student, submission.student_id)
    return render_template(
        "interests/map.html",
        own=own,
        round=own.round,
        wanted=asked,
        map=place_map(ids, student.school),
        school=student.school,
        count=len(ids),
    )


@blueprint.get("/<int:round_id>/offers/<int:offering_id>")
@requires(Permission.SUBMISSION_OWN)
def offer(round_id: int, offering_id: int) -> ResponseReturnValue:
    own, submission = with_side(round_id)
    found = offers.one(own.round, submission, offering_id)
    form = NoteForm(note=found.note)
    return render_template(
        "interests/offer.html", own=own, round=own.round, offer=found, form=form, language=_language()
    )


@blueprint.post("/<int:round_id>/offers/<int:offering_id>")
@requires(Permission.SUBMISSION_OWN)
def choose(round_id: int, offering_id: int) -> ResponseReturnValue:
    """Onto the list, off it; say no, take that back."""
    changes = {
        "add": (choices.add, _("It is on your list now, at the end.")),
        "remove": (choices.remove, _("It is off your list.")),
        "refuse": (choices.refuse, _("You will not be placed there. Nobody else is told.")),
        "take_back": (choices.take_back, _("Your no is taken back.")),
    }
    do, said = changes.get(request.form.get("do", ""), (None, ""))
    if do is None:
        raise NotFound()
    with transaction():
        do(acting(), round_id, offering_id)
    flash(said, "good")
    return redirect(_back(round_id))


def _back(round_id: int) -> str:
    """Where the button stood, if that is a page of this round."""
    back = request.form.get("back", "")
    here = url_for("my_rounds.show", round_id=round_id)
    return (
        back if back.startswith(f"{here}/") and "//" not in back and "\\" not in back else f"{here}/choices"
    )


@blueprint.post("/<int:round_id>/offers/<int:offering_id>/note")
@requires(Permission.SUBMISSION_OWN)
def note(round_id: int, offering_id: int) -> ResponseReturnValue:
    form = NoteForm()
    if not form.validate_on_submit():
        own, submission = with_side(round_id)
        found = offers.one(own.round, submission, offering_id)
        values = {"own": own, "round": own.round, "offer": found, "form": form, "language": _language()}
        return render_template("interests/offer.html", **values), 422
    with transaction():
        choices.keep_note(acting(), round_id, offering_id, form.note.data or "")
    flash(_("Your note is kept. Only you see it."), "good")
    return redirect(url_for("my_rounds.offer", round_id=round_id, offering_id=offering_id))


@blueprint.get("/<int:round_id>/choices")
@requires(Permission.SUBMISSION_OWN)
def my_list(round_id: int) -> ResponseReturnValue:
    own, submission = with_side(round_id)
    is_open = submission.open_to_others != "no"
    return render_template(
        "interests/choices.html",
        own=own,
        round=own.round,
        ranked=offers.ranked(own.round, submission),
        refused=offers.refused(submission),
        language=_language(),
        used=how_ranks_are_used(own.round.policy, open_to_others=is_open),
        advice=advice(),
        open_form=OpenForm(open="yes" if is_open else "no"),
        asks_if_open=unranked_of(own.round.policy) == "if_open",
    )


@blueprint.post("/<int:round_id>/choices")
@requires(Permission.SUBMISSION_OWN)
def order(round_id: int) -> ResponseReturnValue:
    """One step up or down by a button, or the whole order as it was dragged."""
    step, _colon, number = request.form.get("move", "").partition(":")
    try:
        listed = [int(value) for value in request.form.getlist("order")]
        moved = int(number) if step else None
    except ValueError:
        raise NotFound() from None
    try:
        with transaction():
            if moved is not None:
                choices.move(acting(), round_id, moved, step)
            else:
                choices.reorder(acting(), round_id, listed)
    except Conflict:
        raise
    except DomainError as error:
        if error.status == 404:
            raise
        flash(error.message, "warn")
    return redirect(url_for("my_rounds.my_list", round_id=round_id) + (f"#choice-{moved}" if moved else ""))


@blueprint.post("/<int:round_id>/open")
@requires(Permission.SUBMISSION_OWN)
def open_to_others(round_id: int) -> ResponseReturnValue:
    form = OpenForm()
    if not form.validate_on_submit():
        the_round(round_id)
        flash(_("Choose one of the two."), "warn")
    else:
        with transaction():
            choices.set_open(acting(), round_id, form.open.data == "yes")
        flash(_("Saved."), "good")
    return redirect(url_for("my_rounds.my_list", round_id=round_id))


@blueprint.route("/<int:round_id>/submit", methods=["GET", "POST"])
@requires(Permission.SUBMISSION_OWN)
def submit(round_id: int) -> ResponseReturnValue:
    """Everything once more, then handed in."""
    own, submission = open_submission(round_id)
    problem = ""
    if request.method == "POST":
        try:
            with transaction():
                choices.submit(acting(), round_id)
            return redirect(url_for("my_rounds.receipt", round_id=round_id))
        except Conflict:
            raise
        except DomainError as error:
            problem = error.message
    return (
        render_template(
            "interests/submit.html",
            own=own,
            round=own.round,
            parts=parts(own),
            ranked=offers.ranked(own.round, submission),
            refused=len(offers.refused(submission)),
            is_open=submission.open_to_others != "no",
            unranked=unranked_of(own.round.policy),
            problem=problem,
        ),
        422 if problem else 200,
    )


@blueprint.get("/<int:round_id>/receipt")
@requires(Permission.SUBMISSION_OWN)
def receipt(round_id: int) -> ResponseReturnValue:
    own, submission = with_side(round_id)
    found = choices.receipts(submission)
    if not found:
        raise NotFound()
    return render_template(
        "interests/receipt.html",
        own=own,
        round=own.round,
        receipt=found[0],
        earlier=found[1:],
        changed=own.may_change and choices.handed_in(submission) != found[0].record,
        language=_language(),
    )
