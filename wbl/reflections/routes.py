"""Reflections: writing them, choosing who reads them, comments; the prompts of a district."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from wbl.accounts.forms import EmptyForm
from wbl.accounts.permissions import Permission, acting, requires
from wbl.agreements.opening import first_day
from wbl.db import transaction
from wbl.errors import DomainError, NotFound
from wbl.form_pages import form_status, put_error
from wbl.growth import queries as growth
from wbl.growth.plans import last_day, today_of
from wbl.people.queries import timezone_of
from wbl.reflections import prompting, queries, writing
from wbl.reflections.common import common
from wbl.reflections.forms import AddForm, ChooseForm, CommentForm, DecideForm, ProposeForm, writing_form
from wbl.reflections.models import Asked, DealStep, Phase, Prompt, PromptState
from wbl.reflections.words import FILTERS

blueprint = Blueprint("reflections", __name__)
for _function in FILTERS:
    blueprint.add_app_template_filter(_function)

PHASE = "<any(before,weekly,after):phase>"


def _nothing(status: int) -> Response:
    """What a draft that saves itself is answered: there is nothing to show."""
    return Response(status=status, mimetype="text/plain")


@blueprint.route(f"/my-growth/<int:placement_id>/reflections/{PHASE}/<int:number>", methods=["GET", "POST"])
@requires(Permission.PLACEMENT_OWN)
def write(placement_id: int, phase: str, number: int) -> ResponseReturnValue:
    """A reflection: a draft until it is handed in, then to read."""
    found = growth.own_one(acting(), placement_id)
    at = Phase(phase)
    if not queries.may_write(at, number, first_day(found), last_day(found), today_of(found)):
        raise NotFound()
    there = next(
        (
            one
            for one in queries.of_placement(placement_id, drafts=True)
            if (one.phase, one.number) == (at, number)
        ),
        None,
    )
    handed_in = there is not None and there.handed_in_at is not None
    questions = queries.asked(found.publication.round.district_id, at)
    form = writing_form(questions, there.answers if there is not None else {})
    quietly = request.headers.get("X-Draft") == "yes"
    if form.validate_on_submit():
        handing_in = request.form.get("do") == "hand_in" and not quietly
        try:
            with transaction():
                (writing.hand_in if handing_in else writing.save)(
                    acting(), placement_id, at, number, form.answers()
                )
        except DomainError as error:
            if quietly:
                return _nothing(error.status)
            if error.status == 409:
                raise
            put_error(form, error)
        else:
            if quietly:
                return _nothing(204)
            flash(_("Handed in.") if handing_in else _("Your draft is saved. Only you can see it."), "good")
            return redirect(url_for("growth.mine_of", placement_id=placement_id))
    return (
        render_template(
            "reflections/write.html",
            placement=found,
            phase=phase,
            number=number,
            questions=questions,
            form=form,
            reflection=there,
            handed_in=handed_in,
        ),
        form_status(form),
    )


@blueprint.post("/my-growth/reflections/<int:reflection_id>/choose")
@requires(Permission.PLACEMENT_OWN)
def choose(reflection_id: int) -> ResponseReturnValue:
    """The student says who else reads it."""
    form = ChooseForm()
    with transaction():
        found = writing.choose(
            acting(),
            reflection_id,
            in_portfolio=bool(form.in_portfolio.data),
            for_employer=bool(form.for_employer.data),
        )
    flash(_("Saved. You can change it at any time."), "good")
    return redirect(url_for("growth.mine_of", placement_id=found.placement_id, _anchor="reflections"))


@blueprint.post("/growth/reflections/<int:reflection_id>/comments")
@requires(Permission.GROWTH_VIEW)
def comment(reflection_id: int) -> ResponseReturnValue:
    """An advisor or a coordinator says something to it."""
    form = CommentForm()
    with transaction():
        made = writing.comment(acting(), reflection_id, form.text.data or "")
        placement_id = made.reflection.placement_id
    flash(_("The student sees it beside the reflection."), "good")
    return redirect(url_for("growth.placement", placement_id=placement_id, _anchor="reflections"))


# Prompts, by students


@blueprint.route("/my-prompts", methods=["GET", "POST"])
@requires(Permission.PLACEMENT_OWN)
def own_prompts() -> ResponseReturnValue:
    """What the district asks; propose something better, and vote."""
    actor = acting()
    student_id = min(actor.student_ids)
    district_id = queries.student_district(student_id)
    form = ProposeForm()
    if form.validate_on_submit():
        try:
            with transaction():
                prompting.propose(
                    actor,
                    form.text.data or "",
                    str(get_locale().language),
                    Asked(form.asked.data),
                    DealStep(form.step.data),
                )
        except DomainError as error:
            put_error(form, error)
        else:
            flash(_("Proposed. Your vote counts already; others can add theirs."), "good")
            return redirect(url_for("reflections.own_prompts"))
    rows = queries.prompts(district_id)
    proposed = [one for one in rows if one.state is PromptState.PROPOSED]
    return (
        render_template(
            "reflections/own_prompts.html",
            asked=queries.in_force(district_id),
            proposed=_by_votes(proposed),
            voted=queries.voted(student_id),
            decided=[one for one in queries.decisions(district_id) if one.prompt.text or one.prompt.text_es],
            question_of=queries.question_of,
            form=form,
            button=EmptyForm(),
            timezone=timezone_of(actor),
        ),
        form_status(form),
    )


def _by_votes(proposed: list[Prompt]) -> list[tuple[Prompt, int]]:
    counts = queries.votes([one.id for one in proposed])
    return sorted(((one, counts.get(one.id, 0)) for one in proposed), key=lambda row: -row[1])


@blueprint.post("/my-prompts/<int:prompt_id>/vote")
@requires(Permission.PLACEMENT_OWN)
def vote(prompt_id: int) -> ResponseReturnValue:
    with transaction():
        prompting.vote(acting(), prompt_id, wanted=request.form.get("wanted") == "yes")
    return redirect(url_for("reflections.own_prompts", _anchor="proposed"))


# Prompts, by coordinators


@blueprint.route("/districts/<int:district_id>/prompts", methods=["GET", "POST"])
@requires(Permission.GROWTH_EDIT)
def prompts(district_id: int) -> ResponseReturnValue:
    """What the district asks, what students propose, and what was decided."""
    district = growth.district(acting(), district_id)
    form = AddForm()
    if form.validate_on_submit():
        try:
            with transaction():
                prompting.add(
                    acting(),
                    district_id,
                    {"en": form.text.data or "", "es": form.text_es.data or ""},
                    Asked(form.asked.data),
                    DealStep(form.step.data),
                    scale=bool(form.scale.data),
                )
        except DomainError as error:
            put_error(form, error)
        else:
            flash(_("It is asked from now on."), "good")
            return redirect(url_for("reflections.prompts", district_id=district_id))
    rows = queries.prompts(district_id)
    return (
        render_template(
            "reflections/prompts.html",
            district=district,
            asked=queries.in_force(district_id),
            own={one.code: one for one in rows},
            retired=[one for one in rows if one.state is PromptState.RETIRED],
            proposed=_by_votes([one for one in rows if one.state is PromptState.PROPOSED]),
            decisions=queries.decisions(district_id),
            common=common(),
            question_of=queries.question_of,
            form=form,
            button=EmptyForm(),
            timezone=district.timezone,
        ),
        form_status(form),
    )


@blueprint.route("/districts/<int:district_id>/prompts/<int:prompt_id>", methods=["GET", "POST"])
@requires(Permission.GROWTH_EDIT)
def decide(district_id: int, prompt_id: int) -> ResponseReturnValue:
    """Adopt a proposal, or say why not; stop asking a prompt, or ask it again."""
    district = growth.district(acting(), district_id)
    found = next((one for one in queries.prompts(district_id) if one.id == prompt_id), None)
    if found is None:
        raise NotFound()
    form = DecideForm(obj=found)
    if form.validate_on_submit():
        try:
            with transaction():
                prompting.decide(
                    acting(),
                    district_id,
                    prompt_id,
                    _chosen(request.form.get("do", "")),
                    why=form.why.data or "",
                    words={"en": form.text.data or "", "es": form.text_es.data or ""},
                )
        except DomainError as error:
            put_error(form, error)
        else:
            flash(_("Saved. Students see what was decided."), "good")
            return redirect(url_for("reflections.prompts", district_id=district_id))
    return (
        render_template(
            "reflections/decide.html",
            district=district,
            prompt=found,
            question=common().get(found.code) or queries.question_of(found),
            votes=queries.votes([found.id]).get(found.id, 0),
            form=form,
        ),
        form_status(form),
    )


def _chosen(word: str) -> PromptState:
    wanted = {
        "adopt": PromptState.ADOPTED,
        "decline": PromptState.DECLINED,
        "retire": PromptState.RETIRED,
    }
    if word not in wanted:
        raise DomainError(_("Choose what becomes of it."))
    return wanted[word]


@blueprint.post("/districts/<int:district_id>/prompts/common/<code>/retire")
@requires(Permission.GROWTH_EDIT)
def retire_common(district_id: int, code: str) -> ResponseReturnValue:
    with transaction():
        prompting.retire_common(acting(), district_id, code)
    flash(_("It is asked no more. What was written stays."), "good")
    return redirect(url_for("reflections.prompts", district_id=district_id))
