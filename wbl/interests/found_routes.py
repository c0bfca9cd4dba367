"""A place that a student found: proposed by them, decided by a coordinator."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from wbl.accounts.permissions import Permission, acting, requires
from wbl.db import transaction
from wbl.employers import queries as employers
from wbl.employers.queries import Vetting
from wbl.errors import Conflict, DomainError
from wbl.form_pages import put_error
from wbl.interests import found
from wbl.interests.found_forms import AcceptForm, DeclineFoundForm, EmployerForm, FoundForm
from wbl.interests.judging import Judged
from wbl.interests.models import FoundPlace, FoundState
from wbl.interests.round_routes import blueprint as my_rounds
from wbl.interests.round_routes import form_page, open_submission
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
    waits = one.state == FoundState.WAITING
    vetting = employers.vetting(one.employer) if waits and one.employer is not None else None
    accept_form = forms.get("accept_form") or AcceptForm(formdata=None)
    accept_form.offer()
    employer_form = EmployerForm(formdata=None, employer=str(known[0].id) if known else "")
    employer_form.offer(known)
    judged = found.judged(placement_round, one) if waits else None
    page = render_template(
        "interests/found_one.html",
        round=placement_round,
        found=one,
        student=one.submission.student,
        judged=judged,
        vetting=vetting,
        tasks=_tasks(one, vetting, judged),
        ready=vetting is not None and vetting.may_host,
        language=str(get_locale().language),
        employer_form=employer_form,
        accept_form=accept_form,
        decline_form=forms.get("decline_form") or DeclineFoundForm(formdata=None),
        open_decline="decline_form" in forms,
        not_vetted=forms.get("not_vetted"),
    )
    return page, 422 if forms else 200


def _tasks(one: FoundPlace, vetting: Vetting | None, judged: Judged | None) -> list[dict[str, Any]]:
    """What a coordinator does about a place, in order: the employer, its vetting, the law, the decision."""
    named = one.employer
    whose = {
        "label": _("Say which employer it is"),
        "href": "#employer",
        "status": named.name if named else _("To do"),
        "kind": "good" if named else "warn",
    }
    vet: dict[str, Any] = {"label": _("Vet the employer"), "href": None, "status": _("Comes next")}
    if named is not None and vetting is not None:
        done = sum(item.in_force for item in vetting.items)
        status = _("%(done)s of %(all)s checked", done=done, all=len(vetting.items))
        if vetting.may_host:
            status = _("Done") if vetting.asked else _("Not asked for")
        vet |= {
            "href": url_for("employers.employer", employer_id=named.id, _anchor="vetting"),
            "status": status,
            "kind": "good" if vetting.may_host else "warn",
        }
    fits = judged is not None and judged.possible
    law = {
        "label": _("Look at the law and the rules of the round"),
        "href": "#rules",
        "status": _("Nothing is against it") if fits else _("Look at it"),
        "kind": "good" if fits else "warn",
    }
    ready = vetting is not None and vetting.may_host
    decide = {
        "label": _("Accept it"),
        "href": "#accept" if ready else None,
        "status": _("To do") if ready else _("Comes last"),
        "kind": "warn" if ready else None,
        "hint": "" if ready else _("Once the employer is vetted."),
    }
    return [whose, vet, law, decide]


@blueprint.get("/<int:round_id>/found/<int:found_id>")
@requires(Permission.ROUND_EDIT)
def show(round_id: int, found_id: int) -> ResponseReturnValue:
    return _page(round_id, found_id)


@blueprint.post("/<int:round_id>/found/<int:found_id>/employer")
@requires(Permission.ROUND_EDIT)
def name_employer(round_id: int, found_id: int) -> ResponseReturnValue:
    """Whose place it is; a new employer goes on to its vetting."""
    placement_round, one = found.one(acting(), round_id, found_id)
    form = EmployerForm()
    form.offer(found.same_name(placement_round, one))
    if not form.validate_on_submit():
        raise DomainError(_("Choose one of the employers, or a new one."))
    with transaction():
        chosen = int(form.employer.data) if form.employer.data else None
        found.name_employer(acting(), round_id, found_id, chosen)
    flash(_("The employer is on record. Its vetting comes next."), "good")
    return redirect(url_for("found.show", round_id=round_id, found_id=found_id))


@blueprint.post("/<int:round_id>/found/<int:found_id>/accept")
@requires(Permission.ROUND_EDIT)
def accept(round_id: int, found_id: int) -> ResponseReturnValue:
    found.one(acting(), round_id, found_id)
    form = AcceptForm()
    form.offer()
    if not form.validate_on_submit():
        return _page(round_id, found_id, accept_form=form)
    try:
        with transaction():
            found.accept(acting(), round_id, found_id, form.decision())
    except found.NotVetted as refused:
        return _page(round_id, found_id, accept_form=form, not_vetted=refused.message)
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
