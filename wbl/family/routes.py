"""A family's page: opened by a link, without an account.

Opening the address shows a page with one button and nothing of anybody: programs that look at links
in mail see nothing and change nothing. The button lets this browser in for a while.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import (
    Blueprint,
    Response,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, get_locale
from flask_babel import gettext as _

from wbl import clock
from wbl.accounts.forms import EmptyForm
from wbl.accounts.permissions import public
from wbl.db import transaction
from wbl.errors import DomainError
from wbl.extensions import limiter
from wbl.family import law, services
from wbl.family import queries as questions
from wbl.family.forms import QuestionForm
from wbl.i18n import LANGUAGE_NAMES, family_languages
from wbl.letters.content import family_language, interpreter_line, journey
from wbl.letters.services import letter_for_link
from wbl.people.languages import offered, signing_languages
from wbl.placements import consents, queries, told
from wbl.placements.forms import answers_of, consent_form, questions_of
from wbl.placements.models import FamilyLink, Placement

blueprint = Blueprint("family", __name__, url_prefix="/f")

OPEN_FOR_SECONDS = 60 * 60


def _is_missing(response: Response) -> bool:
    return response.status_code == 404


def _token() -> str:
    return f"family {(request.view_args or {}).get('token', '')}"


# Guessing is hopeless at 100 bits; this keeps the attempts from being free.
guarded = limiter.limit("20/minute", deduct_when=_is_missing)
# What one link may write: far more than anybody answers or asks, far less than a program would.
seldom = limiter.limit("30/hour", key_func=_token)


def _language(link: FamilyLink) -> str:
    """What the reader of this link chose in this browser, else the language of their letter."""
    chosen = session.get("family_language") or {}
    if chosen.get("link") == link.id and chosen.get("code") in _offered(link):
        return str(chosen["code"])
    return family_language(link)


def _offered(link: FamilyLink) -> dict[str, str]:
    """The languages that this link's pages can be read in, the reader's own first."""
    return family_languages(offered(link.placement.publication.round.district), family_language(link))


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
            return render_template("family/open.html", token=token, offered=_offered(link), form=EmptyForm())
        return show(link, queries.placement_of_link(link))


@blueprint.get("/<token>")
@public
@guarded
def page(token: str) -> ResponseReturnValue:
    return _opened(token, lambda link, placement: _page(token, link, placement))


def _page(
    token: str,
    link: FamilyLink,
    placement: Placement,
    form: Any = None,
    asking: QuestionForm | None = None,
) -> ResponseReturnValue:
    fields = consents.fields_of(placement)
    student_decides = queries.student_decides(placement)
    history = queries.history(placement)
    standing = told.standing(history, student_decides)
    newest = {answer.field: answer.granted for answer in reversed(history)}
    district = placement.publication.round.district
    signing = signing_languages(district.id)
    language = str(get_locale())
    return make_response(
        render_template(
            "family/page.html",
            token=token,
            link=link,
            placement=placement,
            to_student=link.guardian is None,
            student_decides=student_decides,
            may_answer=consents.may_answer_by_link(placement, link),
            journey=journey(placement.explanation),
            law=law.notes(placement),
            standing={field: standing[field] for field in fields if field in standing},
            signature=queries.newest_signature(placement),
            checked=language in signing,
            signing=[LANGUAGE_NAMES[code] for code in signing],
            today=clock.today(district.timezone),
            questions=questions.of_link(link),
            offered=_offered(link),
            interpreter=interpreter_line(link),
            form=form or consent_form(fields, placement.student.name, newest, read_in=language),
            asking=asking or QuestionForm(formdata=None),
        ),
        200 if form is None and asking is None else 422,
    )


@blueprint.post("/<token>/open")
@public
@guarded
def open_page(token: str) -> ResponseReturnValue:
    link = queries.link_by_token(token)
    if link is None:
        return _closed()
    session["family"] = {"link": link.id, "until": clock.now().timestamp() + OPEN_FOR_SECONDS}
    # So that a page about a fault, too, is in the language of the letter.
    session["family_language"] = {"link": link.id, "code": _language(link)}
    return redirect(url_for("family.page", token=token))


@blueprint.post("/<token>/language")
@public
@guarded
def language(token: str) -> ResponseReturnValue:
    """The language of this link's pages in this browser; the letter stays in the guardian's own."""
    link = queries.link_by_token(token)
    if link is None:
        return _closed()
    chosen = request.form.get("language", "")
    if chosen in _offered(link):
        session["family_language"] = {"link": link.id, "code": chosen}
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
@seldom
def answers(token: str) -> ResponseReturnValue:
    def keep(link: FamilyLink, placement: Placement) -> ResponseReturnValue:
        fields = consents.fields_of(placement)
        form = consent_form(fields, placement.student.name, {}, read_in=str(get_locale()))
        if not form.validate_on_submit():
            return _page(token, link, placement, form)
        if form.read_in.data != str(get_locale()):
            # The language was changed in another window: what was read is not what would be kept.
            flash(_("The language has changed meanwhile. Please read the questions again."), "warn")
            return redirect(url_for("family.page", token=token) + "#answers")
        signed = consents.Signed(form.signed_name.data, form.read_in.data, questions_of(form, fields))
        try:
            with transaction():
                consents.answer_by_link(link, placement, answers_of(form, fields), signed)
        except DomainError as error:
            if error.field != "signed_name":
                raise
            form.signed_name.errors = [error.message]
            return _page(token, link, queries.placement_of_link(link), form)
        return redirect(url_for("family.page", token=token) + "#answers")

    return _opened(token, keep)


@blueprint.post("/<token>/questions")
@public
@guarded
@seldom
def ask(token: str) -> ResponseReturnValue:
    def keep(link: FamilyLink, placement: Placement) -> ResponseReturnValue:
        form = QuestionForm()
        if not form.validate_on_submit():
            return _page(token, link, placement, asking=form)
        try:
            with transaction():
                services.ask(link, placement, form.question.data or "", str(get_locale()))
        except DomainError as error:
            if error.field != "question":
                raise
            form.question.errors = [error.message]
            return _page(token, link, queries.placement_of_link(link), asking=form)
        flash(_("Your question is on its way. The answer will stand on this page."), "good")
        return redirect(url_for("family.page", token=token) + "#questions")

    return _opened(token, keep)
