"""An agreement for somebody at a workplace: read, confirmed and signed by a link, without an account.

Opening the address shows a page with one button and nothing of anybody, as a family's does.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from wbl import clock
from wbl.accounts.forms import EmptyForm
from wbl.accounts.permissions import public
from wbl.agreements import confirming, links, signing
from wbl.agreements.forms import ConfirmForm, confirm_form
from wbl.agreements.models import SignerRole, SigningLink, Step
from wbl.agreements.page import page_of
from wbl.agreements.pdf import pdf_of
from wbl.agreements.signing_forms import SignForm, say_signed, sign_form
from wbl.agreements.words import intent_of
from wbl.db import transaction
from wbl.errors import DomainError
from wbl.extensions import limiter
from wbl.placements import queries as placements
from wbl.placements.models import Placement
from wbl.rounds.pages import put_error

blueprint = Blueprint("signing", __name__, url_prefix="/a")

OPEN_FOR_SECONDS = 60 * 60


def _is_missing(response: Response) -> bool:
    return response.status_code == 404


guarded = limiter.limit("20/minute", deduct_when=_is_missing)


def _let_in(link: SigningLink) -> bool:
    visit = session.get("signing") or {}
    return visit.get("link") == link.id and visit.get("until", 0) > clock.now().timestamp()


def _opened(token: str, show: Callable[[SigningLink, Placement], ResponseReturnValue]) -> ResponseReturnValue:
    link = links.by_token(token)
    if link is None:
        return render_template("agreements/closed.html"), 404
    if not _let_in(link):
        if request.method == "POST" or request.path.endswith(".pdf"):
            return redirect(url_for("signing.page", token=token))
        return render_template("agreements/open.html", token=token, form=EmptyForm())
    return show(link, placements.whole(link.placement_id))


@blueprint.get("/<token>")
@public
@guarded
def page(token: str) -> ResponseReturnValue:
    return _opened(token, lambda link, placement: _page(token, link, placement))


@blueprint.post("/<token>/open")
@public
@guarded
def open_page(token: str) -> ResponseReturnValue:
    link = links.by_token(token)
    if link is None:
        return render_template("agreements/closed.html"), 404
    session["signing"] = {"link": link.id, "until": clock.now().timestamp() + OPEN_FOR_SECONDS}
    return redirect(url_for("signing.page", token=token))


def _page(
    token: str,
    link: SigningLink,
    placement: Placement,
    form: SignForm | None = None,
    confirmation: ConfirmForm | None = None,
) -> ResponseReturnValue:
    page = page_of(placement)
    if page is None:
        return render_template("agreements/closed.html"), 404
    signing_now = page.version if page.may_sign(link.role) else None
    may_confirm = link.role is SignerRole.EMPLOYER and page.standing.step is Step.EMPLOYER
    return (
        render_template(
            "agreements/workplace.html",
            token=token,
            link=link,
            placement=placement,
            page=page,
            form=form or (sign_form(signing_now) if signing_now is not None else None),
            confirmation=confirmation or (confirm_form(placement, page.paperwork) if may_confirm else None),
            intent=intent_of(link.role),
        ),
        200 if form is None and confirmation is None else 422,
    )


@blueprint.post("/<token>/confirm")
@public
@guarded
def confirm(token: str) -> ResponseReturnValue:
    def keep(link: SigningLink, placement: Placement) -> ResponseReturnValue:
        form = ConfirmForm()
        if not form.validate_on_submit():
            return _page(token, link, placement, confirmation=form)
        try:
            with transaction():
                confirming.confirm_by_link(link, form.said())
        except DomainError as error:
            put_error(form, error)
            return _page(token, link, placements.whole(link.placement_id), confirmation=form)
        flash(_("Confirmed. Thank you."), "good")
        return redirect(url_for("signing.page", token=token))

    return _opened(token, keep)


@blueprint.post("/<token>/sign")
@public
@guarded
def sign(token: str) -> ResponseReturnValue:
    def keep(link: SigningLink, placement: Placement) -> ResponseReturnValue:
        form = SignForm()
        if not form.validate_on_submit():
            return _page(token, link, placement, form)
        with transaction():
            done = signing.sign_by_link(link, form.given(link.role))
        say_signed(done is not None)
        return redirect(url_for("signing.page", token=token))

    return _opened(token, keep)


@blueprint.get("/<token>/agreement.pdf")
@public
@guarded
def agreement(token: str) -> ResponseReturnValue:
    return _opened(token, lambda _link, placement: pdf_of(placement))
