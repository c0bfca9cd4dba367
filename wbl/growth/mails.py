"""The mail that asks a mentor to rate. It holds an address alone: no name of a student."""

from __future__ import annotations

from typing import Any

from flask import render_template
from flask_babel import force_locale
from flask_babel import gettext as _

from wbl.db import db
from wbl.growth import links
from wbl.growth.models import RatingLink
from wbl.jobs import mail
from wbl.placements import queries


def send_rating_mail(payload: dict[str, Any]) -> None:
    """Ask, or remind (outbox handler). Where it was rated or the link has ended, nothing is sent."""
    link = db.session.get(RatingLink, int(payload["link_id"]))
    if link is None or not link.opens:
        return
    if not link.rater.email or links.is_given(link.placement_id, link.moment):
        return
    placement = queries.whole(link.placement_id)
    if links.by_token(link.token) is None:
        return
    district = placement.publication.round.district
    # Employers read English; the page itself offers Spanish.
    with force_locale("en"):
        message = mail.message(
            to=link.rater.email,
            subject=_("How is it going? Three minutes for a student"),
            body=render_template(
                "emails/rating.txt",
                name=link.rater.name,
                district=district,
                address=link.address,
                again=int(payload["time"]) > 0,
            ),
            message_id=f"rating-{link.id}-{int(payload['time'])}",
        )
    db.session.rollback()  # no transaction is held while a mail server thinks
    mail.send(message)
