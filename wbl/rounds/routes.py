"""The rounds of a district, and one round as a workspace."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from wbl import clock
from wbl.accounts.permissions import Permission, requires
from wbl.db import transaction
from wbl.errors import DomainError
from wbl.form_pages import form_status, put_error
from wbl.opportunities.queries import left_out
from wbl.rounds import (
    advice_routes,
    collect_page,
    collect_routes,
    collecting,
    engine_words,
    equity_routes,
    export_routes,
    group_words,
    import_routes,
    limit_routes,
    map_routes,
    pin_routes,
    prepare_routes,
    publish_routes,
    queries,
    review,
    run_page,
    run_routes,
    services,
    words,
)
from wbl.rounds.blueprint import blueprint, the_actor
from wbl.rounds.forms import RoundForm, SolveForm
from wbl.rounds.local_times import local_time
from wbl.rounds.pages import round_page
from wbl.rounds.policy import goals_that_matter, shares_of, unranked_of

__all__ = [
    "advice_routes",
    "blueprint",
    "collect_routes",
    "equity_routes",
    "export_routes",
    "import_routes",
    "limit_routes",
    "map_routes",
    "pin_routes",
    "prepare_routes",
    "publish_routes",
    "run_routes",
]

for _function in (*words.FILTERS, *engine_words.FILTERS, *group_words.FILTERS, *run_page.FILTERS):
    blueprint.add_app_template_filter(_function)


@blueprint.get("/")
@requires(Permission.ROUND_VIEW)
def index() -> ResponseReturnValue:
    """Every round of the actor's districts."""
    actor = the_actor()
    return render_template(
        "rounds/index.html", rounds=queries.rounds(actor), several=len(actor.coordinator_of) > 1
    )


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.ROUND_EDIT)
def create() -> ResponseReturnValue:
    """A new round: its name, its dates, and what it optimizes."""
    actor = the_actor()
    form = RoundForm()
    form.offer(queries.districts(actor), {})
    if form.validate_on_submit():
        try:
            with transaction():
                placement_round = services.create_round(
                    actor,
                    form.district.data,
                    name=form.name.data or "",
                    starts_on=form.starts_on.data,
                    ends_on=form.ends_on.data,
                    policy=form.policy({}),
                )
                round_id = placement_round.id
                collecting.set_collecting(actor, round_id, *form.instants())
        except DomainError as error:
            put_error(form, error)
        else:
            flash(_("The round is created. This is what it still needs."), "good")
            return redirect(url_for("rounds.prepare", round_id=round_id))
    return render_template(
        "rounds/form.html",
        form=form,
        placement_round=None,
        order_hints=words.ORDER_HINTS,
        shares=shares_of({}),
    ), form_status(form)


@blueprint.get("/<int:round_id>")
@requires(Permission.ROUND_VIEW)
def show(round_id: int) -> ResponseReturnValue:
    """The workspace of a round: where it stands, what it holds, its runs, and the next step."""
    actor = the_actor()
    placement_round = queries.round_by_id(actor, round_id)
    page = round_page(placement_round)
    policy = placement_round.policy
    return render_template(
        "rounds/show.html",
        page=page,
        placement_round=placement_round,
        figures=review.figures_of(page.newest) if page.newest is not None else None,
        holdings=queries.holdings(round_id),
        collecting=collect_page.counts(placement_round) if placement_round.collects_at(clock.now()) else None,
        rules=queries.rules_held(round_id),
        left_out=left_out(round_id),
        interviewing=services.interviews(round_id),
        runs=queries.runs(placement_round),
        publications=queries.publications(round_id),
        goals=goals_that_matter(policy, minimums=queries.has_minimums(round_id)),
        shares=shares_of(policy),
        unranked=unranked_of(policy),
        solve_form=SolveForm(),
    )


@blueprint.route("/<int:round_id>/edit", methods=["GET", "POST"])
@requires(Permission.ROUND_EDIT)
def edit(round_id: int) -> ResponseReturnValue:
    """Change the name, the dates, the order of goals and the weights."""
    actor = the_actor()
    placement_round = queries.round_by_id(actor, round_id)
    timezone = placement_round.district.timezone
    form = RoundForm(
        name=placement_round.name,
        starts_on=placement_round.starts_on,
        ends_on=placement_round.ends_on,
        district=placement_round.district_id,
        opens_at=local_time(placement_round.opens_at, timezone),
        closes_at=local_time(placement_round.closes_at, timezone),
    )
    form.offer([placement_round.district], placement_round.policy)
    if form.validate_on_submit():
        try:
            with transaction():
                services.change_round(
                    actor,
                    round_id,
                    name=form.name.data or "",
                    starts_on=form.starts_on.data,
                    ends_on=form.ends_on.data,
                    policy=form.policy(placement_round.policy),
                )
                collecting.set_collecting(actor, round_id, *form.instants())
        except DomainError as error:
            put_error(form, error)
        else:
            flash(_("Saved. It holds from the next solve on."), "good")
            return redirect(url_for("rounds.show", round_id=round_id))
    page = round_page(placement_round)
    return (
        render_template(
            "rounds/form.html",
            form=form,
            placement_round=placement_round,
            page=page,
            order_hints=words.ORDER_HINTS,
            shares=shares_of(placement_round.policy),
        ),
        form_status(form),
    )
