"""A family's agreement: read in its language, signed in the words of the page, behind its own link."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from wbl.accounts.permissions import public
from wbl.agreements import contacts, signing
from wbl.agreements.document import RULING
from wbl.agreements.models import SignerRole
from wbl.agreements.page import page_of
from wbl.agreements.pdf import pdf_of
from wbl.agreements.signing_forms import (
    FamilySignForm,
    contacts_form,
    contacts_of,
    family_sign_form,
    say_signed,
)
from wbl.agreements.words import intent_of
from wbl.db import transaction
from wbl.errors import DomainError
from wbl.family.door_routes import offered_to, opened, seldom
from wbl.form_pages import put_error
from wbl.i18n import LANGUAGE_NAMES
from wbl.links.door_routes import guarded
from wbl.people.languages import signing_languages
from wbl.placements import consents
from wbl.placements.models import FamilyLink, Placement

blueprint = Blueprint("family_agreement", __name__, url_prefix="/f")


def _role(link: FamilyLink) -> SignerRole:
    return SignerRole.STUDENT if link.guardian_id is None else SignerRole.GUARDIAN


def _back(token: str, anchor: str = "") -> ResponseReturnValue:
    return redirect(url_for("family_agreement.page", token=token) + (f"#{anchor}" if anchor else ""))


@blueprint.get("/<token>/agreement")
@public
@guarded
def page(token: str) -> ResponseReturnValue:
    return opened(token, lambda link, placement: _page(token, link, placement))


def _page(
    token: str, link: FamilyLink, placement: Placement, form: FamilySignForm | None = None, calls: Any = None
) -> ResponseReturnValue:
    page = page_of(placement)
    decides = consents.may_answer_by_link(placement, link)
    district = placement.publication.round.district
    signs = page is not None and page.version is not None and decides and page.may_sign(_role(link))
    if signs and form is None:
        assert page is not None
        assert page.version is not None
        form = family_sign_form(page.version, page.paperwork)
        status = 200
    else:
        status = 200 if form is None and calls is None else 422
    known = contacts.of_student(placement.student_id) if decides else []
    return (
        render_template(
            "agreements/family.html",
            token=token,
            link=link,
            placement=placement,
            page=page,
            decides=decides,
            form=form,
            calls=calls or (contacts_form(known, fresh=True) if decides else None),
            known=known,
            intent=intent_of(_role(link)),
            own=page.signed.get(_role(link)) if page is not None else None,
            checked=str(get_locale()) in signing_languages(district.id),
            signing=[LANGUAGE_NAMES[code] for code in signing_languages(district.id)],
            translated=str(get_locale()) != RULING,
            offered=offered_to(link),
        ),
        422 if calls is not None else status,
    )


@blueprint.post("/<token>/agreement/sign")
@public
@guarded
@seldom
def sign(token: str) -> ResponseReturnValue:
    def keep(link: FamilyLink, placement: Placement) -> ResponseReturnValue:
        form = FamilySignForm()
        if not form.validate_on_submit():
            return _page(token, link, placement, form)
        if not form.same_language:
            # The language was changed in another window: what was read is not what would be kept.
            flash(_("The language has changed meanwhile. Please read the agreement again."), "warn")
            return _back(token)
        with transaction():
            done = signing.sign_by_family(link, form.given(_role(link)))
            if done is not None:
                signing.allow_by_family(
                    link,
                    media_release=form.media_release.data,
                    directory_information=form.directory_information.data,
                )
        say_signed(done is not None)
        return _back(token, "sign")

    return opened(token, keep)


@blueprint.post("/<token>/agreement/contacts")
@public
@guarded
@seldom
def set_contacts(token: str) -> ResponseReturnValue:
    def keep(link: FamilyLink, placement: Placement) -> ResponseReturnValue:
        form = contacts_form([], fresh=False)
        if not form.validate_on_submit():
            return _page(token, link, placement, calls=form)
        try:
            with transaction():
                contacts.set_by_family(link, contacts_of(form), for_employer=form.for_employer.data)
        except DomainError as error:
            put_error(form, error)
            return _page(token, link, placement, calls=form)
        flash(_("The emergency contacts are on record."), "good")
        return _back(token, "contacts")

    return opened(token, keep)


@blueprint.get("/<token>/agreement.pdf")
@public
@guarded
def agreement(token: str) -> ResponseReturnValue:
    def show(_link: FamilyLink, placement: Placement) -> ResponseReturnValue:
        english = request.args.get("language") == RULING
        return pdf_of(placement, RULING if english else str(get_locale()))

    return opened(token, show)
