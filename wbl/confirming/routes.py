"""A posting written on the phone: its employer confirms or corrects it by a link, without an account.

Opening the address shows a page with one button and nothing of anybody, as a family's does.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue

from wbl import clock
from wbl.accounts.forms import EmptyForm
from wbl.accounts.permissions import public
from wbl.confirming.forms import ConfirmForm
from wbl.db import transaction
from wbl.errors import DomainError
from wbl.extensions import limiter
from wbl.opportunities import links, queries
from wbl.opportunities.models import OpportunityState, PostingLink
from wbl.opportunities.page_forms import law_of, page_by_link, site_words

blueprint = Blueprint("confirming", __name__, url_prefix="/p")

OPEN_FOR_SECONDS = 60 * 60


def _is_missing(response: Response) -> bool:
    return response.status_code == 404


guarded = limiter.limit("20/minute", deduct_when=_is_missing)


def _let_in(link: PostingLink) -> bool:
    visit = session.get("posting") or {}
    return visit.get("link") == link.id and visit.get("until", 0) > clock.now().timestamp()


def _opened(token: str, show: Callable[[PostingLink], ResponseReturnValue]) -> ResponseReturnValue:
    link = links.by_token(token)
    if link is None:
        return render_template("confirming/closed.html"), 404
    if not _let_in(link):
        return render_template("confirming/open.html", token=token, form=EmptyForm())
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
        return render_template("confirming/closed.html"), 404
    session["posting"] = {"link": link.id, "until": clock.now().timestamp() + OPEN_FOR_SECONDS}
    return redirect(url_for("confirming.page", token=token))


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
            form.form_errors.append(error.message)
            return _page(token, link, form, error.status)
        return redirect(url_for("confirming.page", token=token))

    return _opened(token, keep)


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
