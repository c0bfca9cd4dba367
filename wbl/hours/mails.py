"""Mails about hours. As every mail, they hold an address alone: no name of the student, no employer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import current_app, render_template
from flask_babel import force_locale
from flask_babel import gettext as _

from wbl.accounts.models import User
from wbl.accounts.services import actor_of
from wbl.db import db
from wbl.hours.models import Absence, EntryState, HoursLink, TimeEntry
from wbl.hours.weeks import waiting_weeks
from wbl.i18n import account_language
from wbl.jobs import mail
from wbl.placements import queries as placements
from wbl.placements.models import Placement


@dataclass(frozen=True, slots=True)
class _Letter:
    to: str
    name: str
    language: str
    address: str  # where it is looked at
    link: bool = False  # opens without an account


def send_hours_mail(payload: dict[str, Any]) -> None:
    """Send one mail about hours (outbox handler). Asked again now: what is settled is not told."""
    placement_id, what = int(payload["placement_id"]), str(payload["what"])
    placement = db.session.get(Placement, placement_id)
    if placement is None or not _still(placement_id, what, int(payload["row"])):
        return
    placement = placements.whole(placement_id)
    letter = _letter(placement, what, str(payload["to"]))
    if letter is None:
        return
    district = placement.publication.round.district
    with force_locale(letter.language):
        subject = {
            "week": _("Hours of a week wait for you"),
            "link": _("A link to confirm hours"),
            "question": _("A question about your hours"),
            "absent": _("A student cannot come today"),
        }[what]
        body = render_template(
            "emails/hours.txt",
            what=what,
            name=letter.name,
            district=district,
            address=letter.address,
            link=letter.link,
        )
    key = str(payload["key"]).replace(":", "-")
    message = mail.message(to=letter.to, subject=subject, body=body, message_id=f"hours-{key}")
    db.session.rollback()  # no transaction is held while a mail server thinks
    mail.send(message)


def _still(placement_id: int, what: str, row: int) -> bool:
    if what == "week":
        return bool(waiting_weeks(placement_id))
    if what == "link":
        return True
    if what == "question":
        entry = db.session.get(TimeEntry, row)
        return entry is not None and entry.state is EntryState.QUESTIONED
    return db.session.get(Absence, row) is not None


def _letter(placement: Placement, what: str, to: str) -> _Letter | None:
    kind, _colon, row = to.partition(":")
    if kind == "link":
        link = db.session.get(HoursLink, int(row))
        if link is None or not link.opens:
            return None
        employer = placement.offering.opportunity.employer
        name = employer.name if employer is not None else link.email
        return _Letter(link.email, name, account_language(None), link.address, link=True)
    user = db.session.get(User, int(row))
    if user is None or not user.active:
        return None
    actor = actor_of(user)
    if placement.student_id in actor.student_ids:
        path = f"my-hours/{placement.id}"
    elif placement.offering.opportunity.employer_id in actor.employer_ids:
        path = f"our-hours/{placement.id}"
    elif placement.publication.round.district_id in actor.coordinator_of:
        path = f"placements/{placement.id}/hours"
    else:
        path = f"status/{placement.round_id}/hours"
    return _Letter(
        user.email, user.name, account_language(user.locale), f"{current_app.config['PUBLIC_URL']}/{path}"
    )
