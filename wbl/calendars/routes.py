"""Calendars: the feed that a calendar program reads, and the buttons that make and end its address."""

from __future__ import annotations

from flask import Blueprint, flash, make_response, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from wbl.accounts.permissions import Permission, public, requires
from wbl.calendars import feeds
from wbl.db import transaction
from wbl.extensions import limiter
from wbl.messages.own_routes import me

blueprint = Blueprint("calendars", __name__)


@blueprint.get("/calendar/<token>.ics")
@public
@limiter.limit("60/minute")
def feed(token: str) -> ResponseReturnValue:
    answer = make_response(feeds.read(token))
    answer.headers["Content-Type"] = "text/calendar; charset=utf-8"
    answer.headers["Content-Disposition"] = 'inline; filename="calendar.ics"'
    return answer


@blueprint.post("/account/calendar")
@requires(Permission.ACCOUNT_OWN)
def make() -> ResponseReturnValue:
    person = me()
    with transaction():
        feeds.make(person.actor, person.district.id, user_id=person.user_id)
    flash(_("Your calendar has an address. Add it to your calendar program."), "good")
    return redirect(url_for("messages.own", _anchor="calendar"))


@blueprint.post("/account/calendar/end")
@requires(Permission.ACCOUNT_OWN)
def revoke() -> ResponseReturnValue:
    person = me()
    with transaction():
        feeds.revoke(person.actor, person.district.id, user_id=person.user_id)
    flash(_("The address is ended: it gives nothing any more."), "good")
    return redirect(url_for("messages.own", _anchor="calendar"))
