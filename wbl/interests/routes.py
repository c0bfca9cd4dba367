"""A student's own interests: thirty activities, what came of them, and work that goes with it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from wbl.accounts.forms import EmptyForm
from wbl.accounts.permissions import Permission, acting, requires
from wbl.clusters import CLUSTERS
from wbl.db import transaction
from wbl.errors import DomainError, NotFound
from wbl.form_pages import form_status, put_error
from wbl.interests import choice_routes, found_routes, occupations, queries, round_routes, services, words
from wbl.interests.activities import activities, cell_of, first_open
from wbl.interests.forms import AnswerForm, ScoresForm
from wbl.interests.hexagon import hexagon
from wbl.pagination import Page
from wbl.people.queries import timezone_of

__all__ = ["blueprint", "choice_routes"]

blueprint = Blueprint("interests", __name__, url_prefix="/my-interests")
for _function in words.FILTERS:
    blueprint.add_app_template_filter(_function)

# A student's rounds are a part of the site of their own, and of this feature.
blueprint.record_once(lambda state: state.app.register_blueprint(round_routes.blueprint))
blueprint.record_once(lambda state: state.app.register_blueprint(found_routes.blueprint))

JOBS_A_PAGE = 30


def _language() -> str:
    return str(get_locale().language)


@blueprint.get("/")
@requires(Permission.INTERESTS_OWN)
def index() -> ResponseReturnValue:
    """What the newest profile says; before there is one, what this is about."""
    done = queries.done_profiles(acting().student_ids)
    begun = queries.open_profile(acting())
    if not done:
        return render_template(
            "interests/start.html",
            begun=begun,
            answered=len(begun.answers) if begun else 0,
            all=len(activities()),
        )
    newest = done[0]
    scores = newest.scores or []
    earlier = done[1] if len(done) > 1 else None
    return render_template(
        "interests/result.html",
        profile=newest,
        earlier=earlier,
        history=done,
        begun=begun,
        chart=hexagon(scores, earlier.scores if earlier else None),
        letters=words.strongest(scores),
        sure=words.how_sure(scores),
        moved=words.how_it_moved(scores, earlier.scores) if earlier and earlier.scores else "",
        moves=words.moves_of(done, timezone_of(acting())),
        fitting=occupations.fitting(cell_of(scores)),
        flat=not cell_of(scores),
        questions=words.questions(),
        language=_language(),
        timezone=timezone_of(acting()),
        onet=bool(queries.imported_occupations()),
        button=EmptyForm(),
    )


@blueprint.post("/begin")
@requires(Permission.INTERESTS_OWN)
def begin() -> ResponseReturnValue:
    with transaction():
        number = first_open(services.begin_profile(acting()).answers) or 1
    return redirect(url_for("interests.activity", number=number))


@blueprint.route("/activities/<int:number>", methods=["GET", "POST"])
@requires(Permission.INTERESTS_OWN)
def activity(number: int) -> ResponseReturnValue:
    """One activity a screen; its answer is kept at once."""
    profile = queries.open_profile(acting())
    if profile is None or not 1 <= number <= len(activities()):
        raise NotFound()
    item = activities()[number - 1]
    form = AnswerForm()
    if form.validate_on_submit():
        with transaction():
            profile = services.answer(acting(), number, int(form.answer.data))
            following = first_open(profile.answers)
        if following is None:
            flash(_("All thirty are answered. This is what came of it."), "good")
            return redirect(url_for("interests.index"))
        # Whoever went back to change one goes on to the next, not to the end.
        onward = number + 1 if number < len(activities()) and number + 1 < following else following
        return redirect(url_for("interests.activity", number=onward))
    if not form.is_submitted() and item.code in profile.answers:
        form.answer.data = str(profile.answers[item.code])
    return (
        render_template(
            "interests/activity.html",
            form=form,
            text=item.said(_language()),
            number=number,
            all=len(activities()),
            answered=len(profile.answers),
        ),
        form_status(form),
    )


@blueprint.route("/scores", methods=["GET", "POST"])
@requires(Permission.INTERESTS_OWN)
def scores() -> ResponseReturnValue:
    """Scores that another instrument gave."""
    form = ScoresForm()
    if form.validate_on_submit():
        try:
            with transaction():
                services.enter_scores(acting(), form.instrument.data, form.highest.data, form.scores())
            flash(_("Your scores are kept. This is what they say."), "good")
            return redirect(url_for("interests.index"))
        except DomainError as error:
            put_error(form, error, at="highest")
    return render_template("interests/scores.html", form=form), form_status(form)


@blueprint.post("/profiles/<int:profile_id>/delete")
@requires(Permission.INTERESTS_OWN)
def delete(profile_id: int) -> ResponseReturnValue:
    with transaction():
        services.delete_profile(acting(), profile_id)
    flash(_("That time is deleted for good."), "good")
    return redirect(url_for("interests.index"))


@blueprint.get("/jobs")
@requires(Permission.INTERESTS_OWN)
def jobs() -> ResponseReturnValue:
    """Every occupation that we know, the ones that go with one's interests first."""
    done = queries.done_profiles(acting().student_ids)
    cell = cell_of(done[0].scores or ()) if done and done[0].scores else ""
    text, cluster = request.args.get("q", "").strip(), request.args.get("cluster", "")
    works = occupations.fitted(cell, occupations.everything())
    found = occupations.searched(works, text, cluster, _language())
    pages = max(1, -(-len(found) // JOBS_A_PAGE))
    number = min(max(1, request.args.get("page", 1, type=int)), pages)
    shown = found[(number - 1) * JOBS_A_PAGE : number * JOBS_A_PAGE]
    return render_template(
        "interests/jobs.html",
        page=Page(items=shown, number=number, total=len(found), size=JOBS_A_PAGE),
        search=text,
        cluster=cluster,
        clusters=[(name, str(said)) for name, said in CLUSTERS.items()],
        with_fit=bool(cell),
        language=_language(),
        onet=bool(queries.imported_occupations()),
    )
