"""Interviews: a round's for its coordinators, an employer's, a student's own."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from wbl.accounts.forms import EmptyForm
from wbl.accounts.permissions import Permission, acting, requires
from wbl.db import transaction
from wbl.errors import Conflict, DomainError
from wbl.form_pages import form_status, put_error
from wbl.interviews import queries, services, words
from wbl.interviews.forms import AgreeForm, DateForm, DecideForm, GuardianForm
from wbl.interviews.models import GuardianHow
from wbl.people.queries import timezone_of
from wbl.rounds.queries import round_by_id
from wbl.rounds.services import queue_run

blueprint = Blueprint("interviews", __name__)

for _function in words.FILTERS:
    blueprint.add_app_template_filter(_function)


@blueprint.get("/rounds/<int:round_id>/interviews")
@requires(Permission.ROUND_SOLVE)
def of_round(round_id: int) -> ResponseReturnValue:
    """Who is shortlisted where, who agreed, what was decided, and the figures by group."""
    placement_round = round_by_id(acting(), round_id)
    found = queries.of_round(round_id)
    return render_template(
        "interviews/round.html",
        placement_round=placement_round,
        offerings=queries.offerings(round_id),
        run=queries.newest_shortlist(round_id),
        interviews=found,
        adults=queries.deciding_alone([one.submission.student for one in found]),
        groups=queries.by_group(found),
        button=EmptyForm(),
    )


@blueprint.post("/rounds/<int:round_id>/interviews/shortlist")
@requires(Permission.ROUND_SOLVE)
def shortlist(round_id: int) -> ResponseReturnValue:
    """Solve the round for a set number of students for each seat."""
    with transaction():
        number = queue_run(acting(), round_id, method="shortlist").number
    flash(_("The shortlist is being made. Come back here once it is done."), "good")
    return redirect(url_for("rounds.run", round_id=round_id, number=number))


@blueprint.post("/rounds/<int:round_id>/interviews/begin")
@requires(Permission.ROUND_SOLVE)
def begin(round_id: int) -> ResponseReturnValue:
    """Ask the students of the shortlist whether the employer may meet them."""
    with transaction():
        asked = services.begin(acting(), round_id)
    flash(_("Asked: %(count)s. They answer on their own page.", count=asked), "good")
    return redirect(url_for("interviews.of_round", round_id=round_id))


@blueprint.post("/rounds/<int:round_id>/interviews/pins")
@requires(Permission.ROUND_SOLVE)
def make_pins(round_id: int) -> ResponseReturnValue:
    """What employers decided becomes pins of the next solve."""
    with transaction():
        made, refused = services.make_pins(acting(), round_id)
    flash(_("Pairs required or forbidden: %(count)s.", count=made), "good")
    for why in refused:
        flash(why, "warn")
    return redirect(url_for("interviews.of_round", round_id=round_id))


@blueprint.route("/interviews/<int:interview_id>/guardian", methods=["GET", "POST"])
@requires(Permission.CONSENT_RECORD)
def guardian(interview_id: int) -> ResponseReturnValue:
    """A guardian's signed yes is put on record: whose, from when, how it came."""
    found = queries.in_round(acting(), interview_id)
    signers = queries.signers(found)
    form = GuardianForm()
    form.offer(signers)
    if form.validate_on_submit():
        try:
            with transaction():
                services.guardian_agrees(
                    acting(),
                    interview_id,
                    guardian_id=int(form.guardian_id.data),
                    on=form.on.data,
                    how=GuardianHow(form.how.data),
                )
        except Conflict:
            raise
        except DomainError as error:
            put_error(form, error)
        else:
            flash(_("The guardian's yes is on record."), "good")
            return redirect(url_for("interviews.of_round", round_id=found.round_id))
    page = render_template("interviews/guardian.html", interview=found, signers=signers, form=form)
    return page, form_status(form)


@blueprint.get("/my-interviews")
@requires(Permission.PLACEMENT_OWN)
def mine() -> ResponseReturnValue:
    """Employers who would like to meet the signed-in student."""
    return _mine_page()


def _mine_page(faulty: tuple[int, AgreeForm] | None = None) -> ResponseReturnValue:
    found = queries.of_student(acting())
    forms = {}
    for one in found:
        agrees = "" if one.answered_at is None else "no" if not one.fields else "yes"
        form = AgreeForm(formdata=None, prefix=f"i{one.id}-", agrees=agrees, fields=one.fields)
        form.offer()
        forms[one.id] = form
    if faulty is not None:
        forms[faulty[0]] = faulty[1]
    return (
        render_template(
            "interviews/mine.html",
            interviews=found,
            forms=forms,
            adults=queries.deciding_alone([one.submission.student for one in found]),
            timezone=timezone_of(acting()),
        ),
        200 if faulty is None else 422,
    )


@blueprint.post("/my-interviews/<int:interview_id>")
@requires(Permission.PLACEMENT_OWN)
def answer(interview_id: int) -> ResponseReturnValue:
    """The student says yes or no, and what may be told."""
    queries.one_of(queries.of_student(acting()), interview_id)
    form = AgreeForm(prefix=f"i{interview_id}-")
    form.offer()
    if not form.validate_on_submit():
        return _mine_page((interview_id, form))
    with transaction():
        services.answer(
            acting(), interview_id, agrees=form.agrees.data == "yes", fields=form["fields"].data or []
        )
    flash(_("Your answer is saved."), "good")
    return redirect(url_for("interviews.mine"))


@blueprint.get("/our-interviews")
@requires(Permission.HOSTING_OWN)
def ours() -> ResponseReturnValue:
    """Students to meet: those who agreed, with what they agreed to share."""
    actor = acting()
    timezone = timezone_of(actor)
    found = queries.of_employer(actor)
    forms = {}
    for one in found:
        local = one.starts_at.astimezone(ZoneInfo(timezone)).replace(tzinfo=None) if one.starts_at else None
        dates = DateForm(formdata=None, prefix=f"d{one.id}-", starts_at=local, place=one.place)
        decide = DecideForm(formdata=None, prefix=f"e{one.id}-")
        decide.offer()
        forms[one.id] = (dates, decide)
    return render_template(
        "interviews/ours.html",
        interviews=found,
        forms=forms,
        waiting=queries.waiting_for_consent(actor),
        timezone=timezone,
    )


@blueprint.post("/our-interviews/<int:interview_id>/date")
@requires(Permission.HOSTING_OWN)
def set_date(interview_id: int) -> ResponseReturnValue:
    """When and where they meet."""
    queries.one_of(queries.of_employer(acting()), interview_id)
    form = DateForm(prefix=f"d{interview_id}-")
    if not form.validate_on_submit():
        raise DomainError(_("Enter a day and a time."))
    starts_at = form.starts_at.data.replace(tzinfo=ZoneInfo(timezone_of(acting())))
    with transaction():
        services.set_date(acting(), interview_id, starts_at=starts_at, place=form.place.data or "")
    flash(_("Saved. The student sees it."), "good")
    return redirect(url_for("interviews.ours"))


@blueprint.post("/our-interviews/<int:interview_id>/decide")
@requires(Permission.HOSTING_OWN)
def decide(interview_id: int) -> ResponseReturnValue:
    """What the employer decides, by code."""
    queries.one_of(queries.of_employer(acting()), interview_id)
    form = DecideForm(prefix=f"e{interview_id}-")
    form.offer()
    if not form.validate_on_submit():
        raise DomainError(_("Choose what you decide."))
    with transaction():
        services.decide(acting(), interview_id, form.chosen())
    flash(_("Your decision is with the school district."), "good")
    return redirect(url_for("interviews.ours"))
