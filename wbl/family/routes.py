"""A family's page: opened by a link, without an account."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from wbl import clock
from wbl.accounts.permissions import public
from wbl.db import transaction
from wbl.errors import DomainError
from wbl.family import law, services
from wbl.family import queries as questions
from wbl.family.door_routes import choose_language, door, offered_to, opened, seldom
from wbl.family.forms import QuestionForm
from wbl.i18n import LANGUAGE_NAMES
from wbl.letters.content import interpreter_line, journey
from wbl.letters.services import letter_for_link
from wbl.links.door_routes import guarded
from wbl.people.languages import signing_languages
from wbl.placements import consents, queries, told
from wbl.placements.forms import answers_of, consent_form, questions_of
from wbl.placements.models import FamilyLink, Placement

blueprint = Blueprint("family", __name__, url_prefix="/f")


@blueprint.get("/<token>")
@public
@guarded
def page(token: str) -> ResponseReturnValue:
    return opened(token, lambda link, placement: _page(token, link, placement))


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
            offered=offered_to(link),
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
    return door.let_in(token)


@blueprint.post("/<token>/language")
@public
@guarded
def language(token: str) -> ResponseReturnValue:
    link = door.find(token)
    if link is None:
        return door.closed()
    chosen = request.form.get("language", "")
    if chosen in offered_to(link):
        choose_language(link, chosen)
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

    return opened(token, show)


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
            return _page(token, link, queries.whole(link.placement_id), form)
        return redirect(url_for("family.page", token=token) + "#answers")

    return opened(token, keep)


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
            return _page(token, link, queries.whole(link.placement_id), asking=form)
        flash(_("Your question is on its way. The answer will stand on this page."), "good")
        return redirect(url_for("family.page", token=token) + "#questions")

    return opened(token, keep)
