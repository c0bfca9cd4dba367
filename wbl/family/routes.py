"""A family's page: opened by a link, without an account.

Opening the address shows a page with one button and nothing of anybody: programs that look at links
in mail see nothing and change nothing. The button lets this browser in for a while.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale

from wbl import clock
from wbl.accounts.forms import EmptyForm
from wbl.accounts.permissions import public
from wbl.db import transaction
from wbl.extensions import limiter
from wbl.letters.content import family_language, journey
from wbl.letters.services import letter_for_link
from wbl.placements import consents, queries
from wbl.placements.forms import answers_of, consent_form
from wbl.placements.models import FamilyLink, Placement

blueprint = Blueprint("family", __name__, url_prefix="/f")

OPEN_FOR_SECONDS = 60 * 60


def _is_missing(response: Response) -> bool:
    return response.status_code == 404


# Guessing is hopeless at 100 bits; this keeps the attempts from being free.
guarded = limiter.limit("20/minute", deduct_when=_is_missing)


def _language(link: FamilyLink) -> str:
    """What the reader chose in this browser, else the language of their letter."""
    chosen = session.get("language")
    return str(chosen) if chosen else family_language(link)


def _let_in(link: FamilyLink) -> bool:
    visit = session.get("family") or {}
    return visit.get("link") == link.id and visit.get("until", 0) > clock.now().timestamp()


def _closed() -> ResponseReturnValue:
    return render_template("family/closed.html"), 404


def _opened(token: str, show: Callable[[FamilyLink, Placement], ResponseReturnValue]) -> ResponseReturnValue:
    """``show`` for a link in force that this browser was let in by; else the page before it."""
    link = queries.link_by_token(token)
    if link is None:
        return _closed()
    with force_locale(_language(link)):
        if not _let_in(link):
            if request.method == "POST" or request.path.endswith(".pdf"):
                return redirect(url_for("family.page", token=token))
            return render_template("family/open.html", token=token, form=EmptyForm())
        return show(link, queries.placement_of_link(link))


@blueprint.get("/<token>")
@public
@guarded
def page(token: str) -> ResponseReturnValue:
    return _opened(token, lambda link, placement: _page(token, link, placement))


def _page(token: str, link: FamilyLink, placement: Placement, form: Any = None) -> ResponseReturnValue:
    fields = consents.fields_of(placement)
    student_decides = queries.student_decides(placement)
    standing = consents.standing(queries.history(placement), student_decides)
    may_answer = consents.may_answer_by_link(placement, link)
    given = {field: answer.granted for field, answer in standing.items()}
    status = 200 if form is None else 422
    name = placement.student.name
    return make_response(
        render_template(
            "family/page.html",
            token=token,
            link=link,
            placement=placement,
            to_student=link.guardian is None,
            student_decides=student_decides,
            may_answer=may_answer,
            journey=journey(placement.explanation),
            standing={field: standing[field] for field in fields if field in standing},
            form=form or consent_form(fields, name, given),
        ),
        status,
    )


@blueprint.post("/<token>/open")
@public
@guarded
def open_page(token: str) -> ResponseReturnValue:
    link = queries.link_by_token(token)
    if link is None:
        return _closed()
    session["family"] = {"link": link.id, "until": clock.now().timestamp() + OPEN_FOR_SECONDS}
    return redirect(url_for("family.page", token=token))


@blueprint.get("/<token>/letter.pdf")
@public
@guarded
def letter(token: str) -> ResponseReturnValue:
    def show(link: FamilyLink, placement: Placement) -> ResponseReturnValue:
        answer = make_response(letter_for_link(link, placement))
        answer.mimetype = "application/pdf"
        answer.headers["Content-Disposition"] = 'inline; filename="placement-letter.pdf"'
        return answer

    return _opened(token, show)


@blueprint.post("/<token>/answers")
@public
@guarded
def answers(token: str) -> ResponseReturnValue:
    def keep(link: FamilyLink, placement: Placement) -> ResponseReturnValue:
        fields = consents.fields_of(placement)
        form = consent_form(fields, placement.student.name, {})
        if not form.validate_on_submit():
            return _page(token, link, placement, form)
        given = answers_of(form, fields)
        with transaction():
            consents.answer_by_link(link, placement, given)
        return redirect(url_for("family.page", token=token) + "#answers")

    return _opened(token, keep)
