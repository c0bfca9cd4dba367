"""Mails about accounts, sent by the worker: their links are worked out here and nowhere kept."""

from __future__ import annotations

from typing import Any

from flask import current_app, render_template
from flask_babel import force_locale
from flask_babel import gettext as _

from wbl import clock
from wbl.accounts import invitations, resets, tokens
from wbl.accounts.models import Invitation, PasswordReset, User
from wbl.db import db
from wbl.i18n import local_date
from wbl.jobs import mail
from wbl.people.models import District


def _locale(chosen: str | None) -> str:
    offered: tuple[str, ...] = current_app.config["LANGUAGES"]
    default: str = current_app.config["BABEL_DEFAULT_LOCALE"]
    return chosen if chosen is not None and chosen in offered else default


def _link(path: str, purpose: str, nonce: str) -> str:
    # The worker answers no request, so that the address is put together here.
    return f"{current_app.config['PUBLIC_URL']}/{path}/{tokens.token_of(purpose, nonce)}"


def send_invitation(payload: dict[str, Any]) -> None:
    """Mail an invitation, where it still waits."""
    found = db.session.get(Invitation, int(payload["invitation_id"]))
    if found is None or found.accepted_at is not None or found.revoked_at is not None:
        return
    district = db.session.get_one(District, found.district_id)
    by = db.session.get(User, found.invited_by) if found.invited_by is not None else None
    with force_locale(_locale(found.locale)):
        message = mail.message(
            to=found.email,
            subject=_("%(district)s invites you to Throughline", district=district.name),
            body=render_template(
                "emails/invitation.txt",
                name=found.name,
                by=by.name if by is not None else "",
                district=district,
                role=found.role,
                link=_link("invitation", invitations.PURPOSE, found.nonce),
                expires=local_date(found.expires_at, district.timezone),
            ),
            message_id=f"invitation-{found.id}",
        )
    db.session.rollback()  # no transaction is held while a mail server thinks
    mail.send(message)


def send_password_reset(payload: dict[str, Any]) -> None:
    """Mail the link to a new password, where it still works."""
    found = db.session.get(PasswordReset, int(payload["reset_id"]))
    if found is None or found.used_at is not None or found.expires_at <= clock.now():
        return
    user = db.session.get_one(User, found.user_id)
    with force_locale(_locale(user.locale)):
        message = mail.message(
            to=user.email,
            subject=_("Choose a new password for Throughline"),
            body=render_template(
                "emails/password_reset.txt",
                name=user.name,
                link=_link("new-password", resets.PURPOSE, found.nonce),
            ),
            message_id=f"password-reset-{found.id}",
        )
    db.session.rollback()
    mail.send(message)
