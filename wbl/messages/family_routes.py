"""How a guardian is written to, behind their own link."""

from __future__ import annotations

from flask import Blueprint, flash, make_response, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _

from wbl.accounts.actor import Actor
from wbl.accounts.permissions import public
from wbl.calendars import feeds
from wbl.db import transaction
from wbl.errors import NotFound
from wbl.extensions import limiter
from wbl.family.door_routes import offered_to, opened, seldom, token_key
from wbl.letters.content import family_language
from wbl.links.door_routes import guarded
from wbl.messages import choosing, texting
from wbl.messages.choosing import Person
from wbl.messages.models import AskedBy
from wbl.messages.own_forms import ChoiceForm, TextForm
from wbl.messages.own_routes import asked, choice_form, values
from wbl.placements.models import FamilyLink, Placement

blueprint = Blueprint("family_messages", __name__, url_prefix="/f")


def person_of(link: FamilyLink, placement: Placement) -> Person:
    """The guardian whose link this is.

    Raises
    ------
    NotFound
        Where it is the student's own: they have an account for this.
    """
    if link.guardian is None:
        raise NotFound()
    actor = Actor(kind="family_link", id=link.id)
    return Person(actor, placement.publication.round.district, guardian_id=link.guardian.id)


@blueprint.get("/<token>/messages")
@public
@guarded
def page(token: str) -> ResponseReturnValue:
    return opened(token, lambda link, placement: _page(token, link, placement))


def _page(
    token: str,
    link: FamilyLink,
    placement: Placement,
    form: ChoiceForm | None = None,
    text_form: TextForm | None = None,
) -> ResponseReturnValue:
    person = person_of(link, placement)
    shown = render_template(
        "messages/family.html",
        token=token,
        form=form or choice_form(person, offered_to(link), family_language(link), sent=False),
        link=link,
        offered=offered_to(link),
        **values(person, feeds.of_person(family_link_id=link.id), text_form),
    )
    return make_response(shown, 200 if form is None and text_form is None else 422)


@blueprint.post("/<token>/messages")
@public
@guarded
@seldom
def choose(token: str) -> ResponseReturnValue:
    def keep(link: FamilyLink, placement: Placement) -> ResponseReturnValue:
        person = person_of(link, placement)
        form = choice_form(person, offered_to(link), family_language(link))
        if not form.validate_on_submit():
            return _page(token, link, placement, form)
        with transaction():
            choosing.choose(person, language=form.language.data, hours=form.hours())
        session["family_language"] = {"link": link.id, "code": form.language.data}
        with force_locale(form.language.data):
            flash(_("Saved."), "good")
        return redirect(url_for("family_messages.page", token=token))

    return opened(token, keep)


@blueprint.post("/<token>/messages/texts")
@public
@guarded
@limiter.limit("5/hour", key_func=token_key)
def ask_texts(token: str) -> ResponseReturnValue:
    def keep(link: FamilyLink, placement: Placement) -> ResponseReturnValue:
        form = TextForm()
        if not asked(person_of(link, placement), form, AskedBy.FAMILY_LINK):
            return _page(token, link, placement, text_form=form)
        return redirect(url_for("family_messages.page", token=token, _anchor="texts"))

    return opened(token, keep)


@blueprint.post("/<token>/messages/texts/stop")
@public
@guarded
@seldom
def stop_texts(token: str) -> ResponseReturnValue:
    def keep(link: FamilyLink, placement: Placement) -> ResponseReturnValue:
        person = person_of(link, placement)
        with transaction():
            texting.stop(person)
        flash(_("You get no more texts."), "good")
        return redirect(url_for("family_messages.page", token=token, _anchor="texts"))

    return opened(token, keep)


@blueprint.post("/<token>/calendar")
@public
@guarded
@seldom
def make_calendar(token: str) -> ResponseReturnValue:
    def keep(link: FamilyLink, placement: Placement) -> ResponseReturnValue:
        person = person_of(link, placement)
        with transaction():
            feeds.make(person.actor, person.district.id, family_link_id=link.id)
        flash(_("Your calendar has an address. Add it to your calendar program."), "good")
        return redirect(url_for("family_messages.page", token=token, _anchor="calendar"))

    return opened(token, keep)


@blueprint.post("/<token>/calendar/end")
@public
@guarded
@seldom
def end_calendar(token: str) -> ResponseReturnValue:
    def keep(link: FamilyLink, placement: Placement) -> ResponseReturnValue:
        person = person_of(link, placement)
        with transaction():
            feeds.revoke(person.actor, person.district.id, family_link_id=link.id)
        flash(_("The address is ended: it gives nothing any more."), "good")
        return redirect(url_for("family_messages.page", token=token, _anchor="calendar"))

    return opened(token, keep)
