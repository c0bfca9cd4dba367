"""A place that a student found: proposed by them, decided by a coordinator."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from wbl.accounts.permissions import Permission, acting, requires
from wbl.db import transaction
from wbl.errors import Conflict, DomainError
from wbl.interests import found
from wbl.interests.found_forms import AcceptForm, DeclineFoundForm, FoundForm
from wbl.interests.models import FoundState
from wbl.interests.round_routes import blueprint as my_rounds
from wbl.interests.round_routes import form_page, open_submission, put_error
from wbl.interests.week import DAYS, slot_name, starts, week_cell

blueprint = Blueprint("found", __name__, url_prefix="/rounds")


@my_rounds.route("/<int:round_id>/found", methods=["GET", "POST"])
@requires(Permission.SUBMISSION_OWN)
def propose(round_id: int) -> ResponseReturnValue:
    own, _submission = open_submission(round_id)
    form = FoundForm()
    week = form.offer()
    if form.validate_on_submit():
        # A page has one "title", its own.
        fields = {name: "work" if name == "title" else name for name in found.WORDS if name != "schedule"}
        words = {name: form[field].data or "" for name, field in fields.items()}
        try:
            with transaction():
                found.propose(acting(), round_id, {**words, "schedule": week_cell(week)})
            flash(_("Your coordinator looks at it, and calls there. You see the answer here."), "good")
            return redirect(url_for("my_rounds.show", round_id=round_id))
        except Conflict:
            raise
        except DomainError as error:
            if error.field is None and error.status == 400:
                form.form_errors.append(error.message)
            else:
                put_error(form, error)
    return form_page("found", own, form, week=week, days=DAYS, starts=starts(), slot_name=slot_name)


@my_rounds.post("/<int:round_id>/found/<int:found_id>/withdraw")
@requires(Permission.SUBMISSION_OWN)
def withdraw(round_id: int, found_id: int) -> ResponseReturnValue:
    with transaction():
        found.withdraw(acting(), round_id, found_id)
    flash(_("Your proposal is taken back."), "good")
    return redirect(url_for("my_rounds.show", round_id=round_id))


@blueprint.get("/<int:round_id>/found")
@requires(Permission.ROUND_EDIT)
def index(round_id: int) -> ResponseReturnValue:
    placement_round, proposed = found.proposed(acting(), round_id)
    return render_template("interests/found_list.html", round=placement_round, proposed=proposed)


def _page(round_id: int, found_id: int, **forms: Any) -> ResponseReturnValue:
    placement_round, one = found.one(acting(), round_id, found_id)
    known = found.same_name(placement_round, one)
    accept_form = forms.get("accept_form") or AcceptForm(formdata=None)
    accept_form.offer(known)
    page = render_template(
        "interests/found_one.html",
        round=placement_round,
        found=one,
        student=one.submission.student,
        judged=found.judged(placement_round, one) if one.state == FoundState.WAITING else None,
        language=str(get_locale().language),
        accept_form=accept_form,
        decline_form=forms.get("decline_form") or DeclineFoundForm(formdata=None),
        open_decline="decline_form" in forms,
    )
    return page, 422 if forms else 200


@blueprint.get("/<int:round_id>/found/<int:found_id>")
@requires(Permission.ROUND_EDIT)
def show(round_id: int, found_id: int) -> ResponseReturnValue:
    return _page(round_id, found_id)


@blueprint.post("/<int:round_id>/found/<int:found_id>/accept")
@requires(Permission.ROUND_EDIT)
def accept(round_id: int, found_id: int) -> ResponseReturnValue:
    placement_round, one = found.one(acting(), round_id, found_id)
    form = AcceptForm()
    form.offer(found.same_name(placement_round, one))
    if not form.validate_on_submit():
        return _page(round_id, found_id, accept_form=form)
    try:
        with transaction():
            found.accept(acting(), round_id, found_id, form.decision())
    except Conflict as refused:
        # What is against the pair is said beside the form, where something can be done about it.
        form.form_errors.append(refused.message)
        return _page(round_id, found_id, accept_form=form)
    flash(_("It is an opportunity of this round now, and the student's first choice."), "good")
    return redirect(url_for("found.index", round_id=round_id))


@blueprint.post("/<int:round_id>/found/<int:found_id>/decline")
@requires(Permission.ROUND_EDIT)
def decline(round_id: int, found_id: int) -> ResponseReturnValue:
    found.one(acting(), round_id, found_id)
    form = DeclineFoundForm()
    if not form.validate_on_submit():
        return _page(round_id, found_id, decline_form=form)
    with transaction():
        found.decline(acting(), round_id, found_id, form.reason.data)
    flash(_("The student reads your reason."), "good")
    return redirect(url_for("found.index", round_id=round_id))
