"""Mails about safety concerns: an address to sign in at. No name, no school, no word of what happened."""

from __future__ import annotations

from typing import Any

from flask import current_app, render_template
from flask_babel import force_locale
from flask_babel import gettext as _

from wbl.accounts.models import User
from wbl.db import db
from wbl.i18n import account_language
from wbl.jobs import mail
from wbl.people.models import District
from wbl.safety import queries
from wbl.safety.models import ConcernState, SafetyConcern


def send_concern_mail(payload: dict[str, Any]) -> None:
    """Tell a reader that a concern waits (outbox handler). Where somebody has read it meanwhile, or the
    person may read it no more, nothing is sent."""
    concern = db.session.get(SafetyConcern, int(payload["concern_id"]))
    if concern is None or concern.state is not ConcernState.RAISED:
        return
    district = db.session.get_one(District, concern.district_id)
    user_id = payload["user_id"]
    if user_id is None:
        name, address, locale = district.contact_name, district.email, None
    else:
        user = next((one for one in queries.readers(concern) if one.id == user_id), None)
        if user is None:
            return
        name, address, locale = user.name, user.email, user.locale
    if not address:
        return
    _send(
        payload,
        to=address,
        name=name,
        locale=locale,
        template="emails/concern.txt",
        district=district,
        path="/safety/concerns",
    )


def send_answer_mail(payload: dict[str, Any]) -> None:
    """Tell a student that there is an answer (outbox handler). Somebody else may see the mail: it does not
    say to what."""
    concern = db.session.get(SafetyConcern, int(payload["concern_id"]))
    user = db.session.get(User, payload["user_id"])
    if concern is None or user is None or not user.active:
        return
    _send(
        payload,
        to=user.email,
        name=user.name,
        locale=user.locale,
        template="emails/concern_answer.txt",
        district=db.session.get_one(District, concern.district_id),
        path="/sign-in",
    )


def _send(
    payload: dict[str, Any],
    *,
    to: str,
    name: str,
    locale: str | None,
    template: str,
    district: District,
    path: str,
) -> None:
    about, again = str(payload["about"]), int(payload["again"])
    with force_locale(account_language(locale)):
        subject = (
            _("A safety concern waits: please sign in now")
            if about == "concern"
            else _("There is an answer for you at Throughline")
        )
        message = mail.message(
            to=to,
            subject=subject,
            # The worker answers no request, so that the address is put together here.
            body=render_template(
                template,
                name=name,
                district=district,
                address=f"{current_app.config['PUBLIC_URL']}{path}",
                again=again > 0,
            ),
            message_id=f"{about.replace('_', '-')}-{payload['entry_id']}-{payload['user_id'] or 0}-{again}",
        )
    db.session.rollback()  # no transaction is held while a mail server thinks
    mail.send(message)
