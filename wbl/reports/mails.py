"""The mail that tells an employer of a thank-you. It holds an address alone: no words of it, no name."""

from __future__ import annotations

from typing import Any

from flask import current_app, render_template
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import Select, select

from wbl.accounts.models import Membership, Role, User
from wbl.db import db
from wbl.i18n import account_language
from wbl.jobs import mail
from wbl.jobs.models import OutboxKind
from wbl.jobs.outbox import enqueue_all
from wbl.reports.models import Thanks, ThanksBy, ThanksState


def tell_employer(thanks: Thanks) -> None:
    """Queue a mail to each of the employer's people who sign in: the thank-you is read behind a sign-in.
    Flushes."""
    users = db.session.scalars(_readers(thanks).with_only_columns(User.id))
    mails = {
        f"mail:thanks:{thanks.id}:{user_id}": {"about": "thanks", "thanks_id": thanks.id, "user_id": user_id}
        for user_id in users
    }
    enqueue_all(OutboxKind.MAIL, mails, district_id=thanks.placement.publication.round.district_id)


def send_thanks_mail(payload: dict[str, Any]) -> None:
    """Tell one person (outbox handler). Asked again now: whoever left the employer is told nothing."""
    thanks = db.session.get(Thanks, int(payload["thanks_id"]))
    if thanks is None or thanks.state is not ThanksState.PASSED:
        return
    user = db.session.scalar(_readers(thanks).where(User.id == int(payload["user_id"])))
    if user is None:
        return
    district = thanks.placement.publication.round.district
    with force_locale(account_language(user.locale)):
        message = mail.message(
            to=user.email,
            subject=_("There is a thank-you for you"),
            body=render_template(
                "emails/thanks.txt",
                name=user.name,
                by_student=thanks.writer is ThanksBy.STUDENT,
                district=district,
                address=f"{current_app.config['PUBLIC_URL']}/our-interns",
            ),
            message_id=f"thanks-{thanks.id}-{user.id}",
        )
    db.session.rollback()  # no transaction is held while a mail server thinks
    mail.send(message)


def _readers(thanks: Thanks) -> Select[tuple[User]]:
    employer_id = thanks.placement.offering.opportunity.employer_id
    member = select(Membership.user_id).where(
        Membership.role == Role.EMPLOYER, Membership.employer_id == employer_id
    )
    return select(User).where(User.active, User.id.in_(member)).order_by(User.id)
