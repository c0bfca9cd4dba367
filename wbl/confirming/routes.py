"""A posting written on the phone: its employer confirms or corrects it by a link, without an account."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from wbl.accounts.permissions import public
from wbl.confirming.forms import ConfirmForm
from wbl.db import transaction
from wbl.errors import DomainError
from wbl.form_pages import put_error
from wbl.links.door_routes import Door, guarded
from wbl.opportunities import links, queries
from wbl.opportunities.models import OpportunityState, PostingLink
from wbl.opportunities.page_forms import law_of, page_by_link, site_words

blueprint = Blueprint("confirming", __name__, url_prefix="/p")

door = Door(
    "posting",
    links.by_token,
    page="confirming.page",
    open_page="confirming.open_page",
    title=_l("A posting to look at"),
    lede=_l("A school district wrote down what students could do with you. Please look whether it is right."),
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
    def keep(link: PostingLink) -> ResponseReturnValue:
        form = ConfirmForm()
        if not form.validate_on_submit():
            return _page(token, link, form)
        try:
            with transaction():
                links.answer(
                    link, form.answers(), right=form.right.data == "yes", comment=form.comment.data or ""
                )
        except DomainError as error:
            put_error(form, error)
            return _page(token, link, form, error.status)
        return redirect(url_for("confirming.page", token=token))

    return door.opened(token, keep)


def _page(token: str, link: PostingLink, form: ConfirmForm | None, status: int = 422) -> ResponseReturnValue:
    page = page_by_link(link.opportunity)
    site = next(
        (one for one in queries.sites(page.found.employer_id or 0) if one.id == page.answers.get("site_id")),
        None,
    )
    return (
        render_template(
            "confirming/page.html",
            token=token,
            page=page,
            law=law_of(page),
            site=site_words(site) if site is not None else "",
            district=queries.district(page.found),
            answered=link.answered_at is not None or page.found.state is not OpportunityState.DRAFT,
            form=form or ConfirmForm(formdata=None, data=page.answers),
        ),
        200 if form is None else status,
    )
