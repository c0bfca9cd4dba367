"""Solving a round, looking at what came out, and comparing two runs."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from wbl.accounts.forms import EmptyForm
from wbl.accounts.permissions import Permission, requires
from wbl.db import transaction
from wbl.errors import NotFound
from wbl.opportunities.queries import left_out
from wbl.rounds import comparison, queries, review, services, words
from wbl.rounds.blueprint import blueprint, the_actor
from wbl.rounds.conflict_words import conflict_page
from wbl.rounds.forms import SolveForm
from wbl.rounds.helping import help_for
from wbl.rounds.models import Round, RunState, SolveRun
from wbl.rounds.pages import round_page
from wbl.rounds.run_page import error_of, goals_of_run, progress_of
from wbl.rounds.staleness import stale_refusal
from wbl.rounds.student_page import student_page
from wbl.row_ids import row_id


@blueprint.post("/<int:round_id>/runs")
@requires(Permission.ROUND_SOLVE)
def solve(round_id: int) -> ResponseReturnValue:
    """Queue a run."""
    form = SolveForm()
    with transaction():
        run = services.queue_run(the_actor(), round_id, method=form.method.data or "auto")
        number = run.number
    return redirect(url_for("rounds.run", round_id=round_id, number=number))


@blueprint.post("/<int:round_id>/runs/<int:number>/stop")
@requires(Permission.ROUND_SOLVE)
def stop(round_id: int, number: int) -> ResponseReturnValue:
    """Stop a run."""
    with transaction():
        run = services.stop_run(the_actor(), round_id, number)
        stopped = run.state is RunState.STOPPED
    flash(_("The run is stopped.") if stopped else _("The run will stop in a moment."), "info")
    return redirect(url_for("rounds.run", round_id=round_id, number=number))


@blueprint.get("/<int:round_id>/runs/<int:number>")
@requires(Permission.ROUND_VIEW)
def run(round_id: int, number: int) -> ResponseReturnValue:
    """A run: its progress while it works, its faults if it failed, else what it proposes."""
    found = queries.run_by_number(the_actor(), round_id, number)
    if found.state is not RunState.DONE:
        return render_template(
            "rounds/run.html",
            **_head(found),
            progress=progress_of(found),
            error=error_of(found),
            conflict=conflict_page(found),
            form=EmptyForm(),
        )
    wanted, head = wanted_of_request(), _head(found)
    listed = review.proposals(found, wanted)
    return render_template(
        "rounds/placements.html",
        **head,
        **_shown(found),
        left_out=[] if head["page"].publication else left_out(round_id),  # for who may still publish
        refusal=stale_refusal(found),
        listed=listed,
        wanted=wanted,
        schools=review.schools_of(found),
        pins=review.pins_among([proposal.submission_id for proposal in listed.items]),
    )


@blueprint.get("/<int:round_id>/runs/<int:number>/unplaced")
@requires(Permission.ROUND_VIEW)
def unplaced(round_id: int, number: int) -> ResponseReturnValue:
    """Whom the run placed nowhere, and why."""
    found = _done(round_id, number)
    wanted = wanted_of_request()
    return render_template(
        "rounds/unplaced.html",
        **_head(found),
        **_shown(found),
        listed=review.unplaced(found, wanted),
        wanted=wanted,
        schools=review.schools_of(found),
    )


@blueprint.get("/<int:round_id>/runs/<int:number>/goals")
@requires(Permission.ROUND_VIEW)
def goals(round_id: int, number: int) -> ResponseReturnValue:
    """Each goal with its value and proof, and where all pairs went."""
    found = _done(round_id, number)
    return render_template(
        "rounds/goals.html",
        **_head(found),
        **_shown(found),
        goals=goals_of_run(found),
        erased_at=queries.erased_at(found),
    )


@blueprint.get("/<int:round_id>/runs/<int:number>/students/<int:submission_id>")
@requires(Permission.ROUND_VIEW)
def student(round_id: int, number: int, submission_id: int) -> ResponseReturnValue:
    """Everything that the run says of one student."""
    actor = the_actor()
    found = _done(round_id, number)
    submission = queries.submission_by_id(actor, round_id, submission_id)
    return render_template(
        "rounds/student.html",
        **_head(found),
        **student_page(found, submission, get_locale().language),
        erased_at=queries.erased_at(found),
        form=EmptyForm(),
    )


@blueprint.get("/<int:round_id>/runs/<int:number>/students/<int:submission_id>/help")
@requires(Permission.ROUND_VIEW)
def student_help(round_id: int, number: int, submission_id: int) -> ResponseReturnValue:
    """Which change of the student's own answers would have helped them in the run."""
    actor = the_actor()
    found = _done(round_id, number)
    submission = queries.submission_by_id(actor, round_id, submission_id)
    helps = help_for(found, submission, get_locale().language, own=False)
    if helps is None:
        raise NotFound()
    return render_template("rounds/help.html", **_head(found), submission=submission, helps=helps)


@blueprint.get("/<int:round_id>/compare")
@requires(Permission.ROUND_VIEW)
def compare(round_id: int) -> ResponseReturnValue:
    """Two runs side by side; without a choice the newest two that are done."""
    actor = the_actor()
    placement_round = queries.round_by_id(actor, round_id)
    done = [each for each, _name in queries.runs(placement_round) if each.state is RunState.DONE]
    chosen = _two_runs(done)
    kind = request.args.get("kind", "")
    kind = kind if kind in comparison.KINDS else ""
    shown: dict[str, Any] = {}
    if chosen is not None:
        before, after = chosen
        shown = {
            "before": before,
            "after": after,
            "counts": comparison.move_counts(before, after),
            "changes": comparison.goal_changes(before, after),
            "listed": comparison.moves(before, after, kind=kind, page=request.args.get("page", 1, type=int)),
            "figures": [review.figures_of(before), review.figures_of(after)],
        }
    return render_template(
        "rounds/compare.html",
        page=round_page(placement_round),
        placement_round=placement_round,
        done=done,
        kind=kind,
        **shown,
    )


def _two_runs(done: list[SolveRun]) -> tuple[SolveRun, SolveRun] | None:
    by_number = {each.number: each for each in done}
    if len(done) < 2:
        return None
    after = request.args.get("after", done[0].number, type=int)
    others = [number for number in by_number if number != after]
    before = request.args.get("before", others[0], type=int)
    if before not in by_number or after not in by_number:
        raise NotFound()
    return by_number[before], by_number[after]


def _done(round_id: int, number: int) -> SolveRun:
    found = queries.run_by_number(the_actor(), round_id, number)
    if found.state is not RunState.DONE:
        raise NotFound()
    return found


def _head(found: SolveRun) -> dict[str, Any]:
    placement_round: Round = found.round
    return {
        "page": round_page(placement_round),
        "placement_round": placement_round,
        "run": found,
    }


def _shown(found: SolveRun) -> dict[str, Any]:
    return {"figures": review.figures_of(found), "proved": words.proved(found), "solve_form": SolveForm()}


def wanted_of_request() -> review.Wanted:
    """The filter and sorting that the address asks for."""
    args = request.args
    return review.Wanted(
        text=args.get("q", "").strip()[:200],
        school_id=args.get("school", type=row_id),
        condition=args.get("condition", "")[:80],
        rank=args.get("rank", ""),
        pinned=args.get("pinned", ""),
        reason=args.get("reason", "")[:64],
        sort=args.get("sort", "student"),
        descending=args.get("direction") == "desc",
        page=args.get("page", 1, type=int),
    )
