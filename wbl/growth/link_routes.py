"""A mentor rates a student by a link, on a phone, without an account.

Opening the address shows a page with one button and nothing of anybody, as a family's does.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from wbl import clock
from wbl.accounts.forms import EmptyForm
from wbl.accounts.permissions import public
from wbl.db import transaction
from wbl.errors import DomainError
from wbl.extensions import limiter
from wbl.growth import evaluating, links, plans
from wbl.growth.forms import GivenForm, rating_form
from wbl.growth.models import RatingLink
from wbl.placements import queries
from wbl.rounds.pages import put_error

blueprint = Blueprint("rating", __name__, url_prefix="/r")

OPEN_FOR_SECONDS = 60 * 60


def _is_missing(response: Response) -> bool:
    return response.status_code == 404


guarded = limiter.limit("20/minute", deduct_when=_is_missing)


def _let_in(link: RatingLink) -> bool:
    visit = session.get("rating") or {}
    return visit.get("link") == link.id and visit.get("until", 0) > clock.now().timestamp()


def _opened(token: str, show: Callable[[RatingLink], ResponseReturnValue]) -> ResponseReturnValue:
    link = links.by_token(token)
    if link is None:
        return render_template("growth/closed.html"), 404
    if not _let_in(link):
        if request.method == "POST":
            return redirect(url_for("rating.page", token=token))
        return render_template("growth/open.html", token=token, form=EmptyForm())
    return show(link)


@blueprint.get("/<token>")
@public
@guarded
def page(token: str) -> ResponseReturnValue:
    return _opened(token, lambda link: _page(token, link, None))


@blueprint.post("/<token>/open")
@public
@guarded
def open_page(token: str) -> ResponseReturnValue:
    link = links.by_token(token)
    if link is None:
        return render_template("growth/closed.html"), 404
    session["rating"] = {"link": link.id, "until": clock.now().timestamp() + OPEN_FOR_SECONDS}
    return redirect(url_for("rating.page", token=token))


@blueprint.post("/<token>/answer")
@public
@guarded
def answer(token: str) -> ResponseReturnValue:
    def keep(link: RatingLink) -> ResponseReturnValue:
        form = _form(link)
        if not form.validate_on_submit():
            return _page(token, link, form)
        try:
            with transaction():
                evaluating.give_by_link(link, form.given())
        except DomainError as error:
            put_error(form, error)
            return _page(token, link, form, error.status)
        return redirect(url_for("rating.page", token=token))

    return _opened(token, keep)


def _form(link: RatingLink) -> GivenForm:
    return rating_form(plans.items_of(queries.whole(link.placement_id), str(get_locale().language)))


def _page(token: str, link: RatingLink, form: GivenForm | None, status: int = 422) -> ResponseReturnValue:
    placement = queries.whole(link.placement_id)
    return (
        render_template(
            "growth/by_link.html",
            token=token,
            link=link,
            placement=placement,
            given=links.is_given(link.placement_id, link.moment),
            form=form or _form(link),
        ),
        200 if form is None else status,
    )
