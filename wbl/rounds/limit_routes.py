"""What holds for several students together: to look at, and its limits to change."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from wtforms import SelectChoice

from wbl.accounts.forms import EmptyForm
from wbl.accounts.permissions import Permission, requires
from wbl.db import transaction
from wbl.errors import DomainError, NotFound
from wbl.form_pages import form_status, put_error
from wbl.rounds import limits, queries
from wbl.rounds.blueprint import blueprint, the_actor
from wbl.rounds.forms import LimitForm
from wbl.rounds.limits_page import limits_page
from wbl.rounds.models import Limit, Round
from wbl.rounds.pages import round_page
from wbl.rounds.policy import goals_of


@blueprint.get("/<int:round_id>/limits")
@requires(Permission.ROUND_VIEW)
def limits_of_round(round_id: int) -> ResponseReturnValue:
    """Limits, students together and apart, budgets, vans, smallest groups, calendar and files."""
    placement_round = queries.round_by_id(the_actor(), round_id)
    return render_template(
        "rounds/limits.html",
        page=round_page(placement_round),
        placement_round=placement_round,
        scopes=limits.SCOPES,
        form=EmptyForm(),
        **limits_page(placement_round, get_locale().language, page=request.args.get("page", 1, type=int)),
    )


@blueprint.route("/<int:round_id>/limits/new", methods=["GET", "POST"])
@requires(Permission.ROUND_EDIT)
def new_limit(round_id: int) -> ResponseReturnValue:
    """A limit for one employer, site, school, program, group or kind; ``?scope=`` says of which sort."""
    actor = the_actor()
    placement_round = queries.round_by_id(actor, round_id)
    scope = request.args.get("scope", "")
    if scope not in limits.SCOPES:
        raise NotFound()
    form = LimitForm()
    form.name.choices = [
        SelectChoice("", _("Choose one")),
        *(SelectChoice(name, words) for name, words in limits.candidates(placement_round, scope)),
    ]

    def save() -> None:
        bounds = {"low": form.low.data, "high": form.high.data}
        limits.add_limit(actor, round_id, scope=scope, name=form.name.data, **bounds)

    return _limit_form(placement_round, scope, None, form, save)


@blueprint.route("/<int:round_id>/limits/<int:limit_id>", methods=["GET", "POST"])
@requires(Permission.ROUND_EDIT)
def edit_limit(round_id: int, limit_id: int) -> ResponseReturnValue:
    """Other bounds for a limit."""
    actor = the_actor()
    placement_round = queries.round_by_id(actor, round_id)
    limit = limits.limit_by_id(actor, round_id, limit_id)
    form = LimitForm(low=limit.low, high=limit.high)
    del form.name  # whom a limit is about stays

    def save() -> None:
        limits.change_limit(actor, round_id, limit_id, low=form.low.data, high=form.high.data)

    return _limit_form(placement_round, limit.scope, limit, form, save)


def _limit_form(
    placement_round: Round, scope: str, limit: Limit | None, form: LimitForm, save: Callable[[], None]
) -> ResponseReturnValue:
    round_id = placement_round.id
    if form.validate_on_submit():
        try:
            with transaction():
                save()
        except DomainError as error:
            put_error(form, error)
        else:
            flash(_("Noted. It holds from the next solve on."), "good")
            return redirect(url_for("rounds.limits_of_round", round_id=round_id))
    about = [(limit.scope, limit.name)] if limit is not None else []
    return (
        render_template(
            "rounds/limit.html",
            page=round_page(placement_round),
            placement_round=placement_round,
            scope=scope,
            limit=limit,
            names=limits.names_of(placement_round, about),
            soft=scope == "group" and "floors" in goals_of(placement_round.policy),
            form=form,
        ),
        form_status(form),
    )


@blueprint.post("/<int:round_id>/limits/<int:limit_id>/remove")
@requires(Permission.ROUND_EDIT)
def remove_limit(round_id: int, limit_id: int) -> ResponseReturnValue:
    """Take a limit away."""
    with transaction():
        limits.remove_limit(the_actor(), round_id, limit_id)
    flash(_("Removed. The next solve is free to decide."), "good")
    return redirect(url_for("rounds.limits_of_round", round_id=round_id))
