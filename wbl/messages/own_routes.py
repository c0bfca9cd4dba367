"""How one is written to: a page of one's account, and the same behind a guardian's link."""

from __future__ import annotations

from flask import current_app, flash, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, get_locale
from flask_babel import gettext as _

from wbl.accounts.models import User
from wbl.accounts.permissions import Permission, acting, requires
from wbl.calendars import feeds
from wbl.calendars.models import CalendarFeed
from wbl.db import db, transaction
from wbl.errors import DomainError, NotFound
from wbl.extensions import limiter
from wbl.i18n import languages, time_range
from wbl.messages import choosing, holding, queries, texting
from wbl.messages.blueprint import blueprint
from wbl.messages.choosing import Person
from wbl.messages.gateway import gateway_of
from wbl.messages.models import AskedBy, MessageChoice
from wbl.messages.own_forms import DISTRICT, NEVER, OWN, ChoiceForm, TextForm, as_time
from wbl.people.queries import district_of


def choice_form(person: Person, offered: dict[str, str], language: str, *, sent: bool = True) -> ChoiceForm:
    """The form with what this person chose so far; ``sent``: with what they send now, too."""
    chosen = queries.choice_of(**person.key)
    usual = holding.district_hours(person.district.id)
    data = _as_data(chosen, language)
    form = ChoiceForm(data=data) if sent else ChoiceForm(formdata=None, data=data)
    form.offer(offered, time_range(usual.begins, usual.ends) if usual.begins != usual.ends else "")
    return form


def _as_data(chosen: MessageChoice | None, language: str) -> dict[str, object]:
    if chosen is None or chosen.quiet_from is None or chosen.quiet_until is None:
        return {"language": language, "quiet": DISTRICT}
    if chosen.quiet_from == chosen.quiet_until:
        return {"language": language, "quiet": NEVER}
    return {
        "language": language,
        "quiet": OWN,
        "quiet_from": as_time(chosen.quiet_from),
        "quiet_until": as_time(chosen.quiet_until),
    }


def me() -> Person:
    """Who is signed in, in their district.

    Raises
    ------
    NotFound
        Where they have no role in any.
    """
    actor = acting()
    district = district_of(actor)
    if district is None:
        raise NotFound()
    return Person(actor, district, user_id=actor.user_id)


def values(person: Person, feed: CalendarFeed | None, text_form: TextForm | None = None) -> dict[str, object]:
    """What both pages show besides the choices."""
    consents = queries.consents_of(**person.key)
    return {
        "texting_on": gateway_of(person.district.slug) is not None,
        "consent": consents[0] if consents else None,
        "text_form": text_form or TextForm(formdata=None),
        "calendar": feeds.address_of(feed) if feed is not None else "",
    }


def asked(person: Person, form: TextForm, by: AskedBy) -> bool:
    """Ask for texts as the form says; whether it could be done."""
    if not form.validate_on_submit():
        return False
    try:
        with transaction():
            texting.ask(person, form.phone.data or "", str(get_locale()), by)
    except DomainError as error:
        if error.field != "phone":
            raise
        form.phone.errors = [error.message]
        return False
    flash(_("We sent you a text. Reply YES to it."), "good")
    return True


def _language(user: User) -> str:
    chosen = user.locale
    return chosen if chosen is not None and chosen in current_app.config["LANGUAGES"] else str(get_locale())


def _own(form: ChoiceForm | None = None, text_form: TextForm | None = None) -> ResponseReturnValue:
    person = me()
    user = db.session.get_one(User, person.user_id)
    page = render_template(
        "messages/own.html",
        form=form or choice_form(person, languages(), _language(user), sent=False),
        user=user,
        **values(person, feeds.of_person(user_id=person.user_id), text_form),
    )
    return page, 200 if form is None and text_form is None else 422


@blueprint.get("/account/messages")
@requires(Permission.ACCOUNT_OWN)
def own() -> ResponseReturnValue:
    return _own()


@blueprint.post("/account/messages")
@requires(Permission.ACCOUNT_OWN)
def choose() -> ResponseReturnValue:
    person = me()
    form = choice_form(person, languages(), str(get_locale()))
    if not form.validate_on_submit():
        return _own(form)
    with transaction():
        choosing.choose(person, language=form.language.data, hours=form.hours())
    session["language"] = form.language.data
    with force_locale(form.language.data):
        flash(_("Saved."), "good")
    return redirect(url_for("messages.own"))


@blueprint.post("/account/messages/texts")
@requires(Permission.ACCOUNT_OWN)
@limiter.limit("5/hour")
def ask_texts() -> ResponseReturnValue:
    form = TextForm()
    if not asked(me(), form, AskedBy.ACCOUNT):
        return _own(text_form=form)
    return redirect(url_for("messages.own", _anchor="texts"))


@blueprint.post("/account/messages/texts/stop")
@requires(Permission.ACCOUNT_OWN)
def stop_texts() -> ResponseReturnValue:
    person = me()
    with transaction():
        texting.stop(person)
    flash(_("You get no more texts."), "good")
    return redirect(url_for("messages.own", _anchor="texts"))
