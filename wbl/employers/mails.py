"""The mail that says what of a vetting lapses."""

from __future__ import annotations

from typing import Any

from flask import current_app, render_template
from flask_babel import force_locale
from flask_babel import gettext as _

from wbl.accounts.models import User
from wbl.db import db
from wbl.employers import queries
from wbl.employers.models import Employer
from wbl.employers.vetted import today
from wbl.employers.vetting import REMIND_BEFORE
from wbl.i18n import account_language
from wbl.jobs import mail
from wbl.people.models import District


def send_vetting_reminder(payload: dict[str, Any]) -> None:
    """Remind one person (outbox handler). Asked again now: where nothing lapses any more, nothing is sent."""
    employer = db.session.get(Employer, int(payload["employer_id"]))
    user = db.session.get(User, int(payload["user_id"]))
    if employer is None or user is None or not user.active:
        return
    soon = today() + REMIND_BEFORE
    items = [
        (item.item, item.check.expires_on)
        for item in queries.vetting(employer).items
        if item.check is not None and item.check.expires_on is not None and item.check.expires_on <= soon
    ]
    if not items:
        return
    district = db.session.get_one(District, employer.district_id)
    with force_locale(account_language(user.locale)):
        message = mail.message(
            to=user.email,
            subject=_("%(employer)s: a check lapses soon", employer=employer.name),
            body=render_template(
                "emails/vetting.txt",
                name=user.name,
                employer=employer,
                items=items,
                district=district,
                address=current_app.config["PUBLIC_URL"],
            ),
            message_id=f"vetting-{employer.id}-{user.id}-{today()}",
        )
    db.session.rollback()  # no transaction is held while a mail server thinks
    mail.send(message)
