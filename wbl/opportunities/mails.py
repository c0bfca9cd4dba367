"""The mail that asks an employer to confirm a posting."""

from __future__ import annotations

from typing import Any

from flask import current_app, render_template
from flask_babel import force_locale
from flask_babel import gettext as _

from wbl.accounts.models import User
from wbl.db import db
from wbl.i18n import local_date
from wbl.jobs import mail
from wbl.opportunities.models import PostingLink
from wbl.people.models import District


def send_posting_link(payload: dict[str, Any]) -> None:
    """Mail one link (outbox handler), where it still waits for an answer."""
    link = db.session.get(PostingLink, int(payload["link_id"]))
    if link is None or not link.email or not link.opens or link.answered_at is not None:
        return
    found = link.opportunity
    district = db.session.get_one(District, found.district_id)
    by = db.session.get(User, link.created_by) if link.created_by is not None else None
    with force_locale(current_app.config["BABEL_DEFAULT_LOCALE"]):
        message = mail.message(
            to=link.email,
            subject=_("Is this right? %(title)s", title=found.title),
            body=render_template(
                "emails/posting.txt",
                title=found.title,
                employer=found.employer.name if found.employer else "",
                by=by.name if by is not None else "",
                district=district,
                link=link.address,
                expires=local_date(link.expires_at, district.timezone),
            ),
            message_id=f"posting-link-{link.id}",
        )
    db.session.rollback()  # no transaction is held while a mail server thinks
    mail.send(message)
