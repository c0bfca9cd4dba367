"""A mentor rates a student by a link, on a phone, without an account."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l

from wbl.accounts.permissions import public
from wbl.db import transaction
from wbl.errors import DomainError
from wbl.form_pages import put_error
from wbl.growth import evaluating, links, plans
from wbl.growth.forms import GivenForm, rating_form
from wbl.growth.models import RatingLink
from wbl.links.door_routes import Door, guarded
from wbl.placements import queries

blueprint = Blueprint("rating", __name__, url_prefix="/r")

door = Door(
    "rating",
    links.by_token,
    page="rating.page",
    open_page="rating.open_page",
    title=_l("How is it going?"),
    lede=_l(
        "A student works with you, and their school asks how it goes: a few taps and one sentence, "
        "about three minutes."
    ),
)


@blueprint.get("/<token>")
@public
@guarded
def page(token: str) -> ResponseReturnValue:
    return door.opened(token, lambda link: _page(token, link, None))


@blueprint.post("/<token>/open")
@public
@guarded
def open_page(token: str) -> ResponseReturnValue:
    return door.let_in(token)


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

    return door.opened(token, keep)


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
