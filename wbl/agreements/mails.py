"""Mails of the paperwork: a step waits for you; a placement is active; what waits for the school.

As every mail, they hold an address alone: no name of the student, no employer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import current_app, render_template
from flask_babel import force_locale
from flask_babel import gettext as _

from wbl.accounts.models import User
from wbl.accounts.services import actor_of
from wbl.agreements import queries
from wbl.agreements.family_mail import body_of, subject_of
from wbl.agreements.models import Paperwork, PaperworkState, SigningLink
from wbl.db import db
from wbl.i18n import account_language
from wbl.jobs import mail
from wbl.letters.content import family_language
from wbl.letters.services import address_of
from wbl.messages import texting
from wbl.people.models import District
from wbl.placements import queries as placements
from wbl.placements.models import FamilyLink, Placement, PlacementState


@dataclass(frozen=True, slots=True)
class _Letter:
    to: str
    name: str
    language: str
    address: str  # where it is done
    family: bool = False
    link: bool = False  # opens without an account


def send_step_mail(payload: dict[str, Any]) -> None:
    """Tell one person that a step waits, or that a placement is active (outbox handler).

    Asked again now: where the step is done or another's meanwhile, nothing is sent.
    """
    placement_id, what = int(payload["placement_id"]), str(payload["what"])
    paperwork = db.session.get(Paperwork, placement_id)
    if paperwork is None or not _still(paperwork, what, payload["move"]):
        return
    placement = placements.whole(placement_id)
    letter = _letter(placement, str(payload["to"]))
    if placement.state is not PlacementState.PUBLISHED or letter is None:
        return
    district = placement.publication.round.district
    active = what == PaperworkState.ACTIVE
    with force_locale(letter.language):
        if letter.family:
            subject = subject_of(district, active=active)
            body = body_of(letter.name, district, letter.address, active=active)
        else:
            subject = (
                _("A placement is ready to start")
                if active
                else _("A placement waits for you to read and sign")
            )
            body = render_template(
                "emails/paperwork.txt",
                name=letter.name,
                district=district,
                address=letter.address,
                active=active,
                link=letter.link,
                again=payload["time"] > 0,
            )
    identifier = f"paperwork-{placement_id}-{what}-{payload['move'] or 'link'}-{payload['time']}"
    message = mail.message(
        to=letter.to,
        subject=subject,
        body=body,
        message_id=f"{identifier}-{str(payload['to']).replace(':', '-')}",
    )
    db.session.rollback()  # no transaction is held while a mail server thinks
    mail.send(message)


def _still(paperwork: Paperwork, what: str, move: int | None) -> bool:
    if what == PaperworkState.ACTIVE:
        return paperwork.state is PaperworkState.ACTIVE
    if paperwork.state not in (PaperworkState.OPEN, PaperworkState.ACTIVE):
        return False
    if move is None:  # a link that was made by hand
        return True
    return paperwork.step == what and paperwork.moves == move


def _letter(placement: Placement, to: str) -> _Letter | None:
    kind, _colon, row = to.partition(":")
    if kind == "user":
        return _to_user(placement, int(row))
    if kind == "family":
        return _to_family(placement, int(row))
    return _to_workplace(placement, int(row))


def _to_user(placement: Placement, user_id: int) -> _Letter | None:
    user = db.session.get(User, user_id)
    if user is None or not user.active:
        return None
    own = placement.student_id in actor_of(user).student_ids
    path = f"my-placement/{placement.id}/paperwork" if own else f"our-placements/{placement.id}"
    return _Letter(
        user.email, user.name, account_language(user.locale), f"{current_app.config['PUBLIC_URL']}/{path}"
    )


def _to_family(placement: Placement, link_id: int) -> _Letter | None:
    link = db.session.get(FamilyLink, link_id)
    if link is None or not link.opens:
        return None
    to = address_of(placement, link.guardian)
    if not to:
        if link.guardian is not None:
            texting.to_guardian(link.guardian)
        return None
    name = link.guardian.name if link.guardian is not None else placement.student.name
    address = f"{link.address}/agreement"
    return _Letter(to, name, family_language(link), address, family=True, link=True)


def _to_workplace(placement: Placement, link_id: int) -> _Letter | None:
    link = db.session.get(SigningLink, link_id)
    if link is None or not link.email or not link.opens:
        return None
    employer = placement.offering.opportunity.employer
    name = employer.name if employer is not None else link.email
    return _Letter(link.email, name, account_language(None), link.address, link=True)


def send_digest(payload: dict[str, Any]) -> None:
    """What waits for a coordinator today, in one mail (outbox handler); none where nothing does."""
    user = db.session.get(User, int(payload["user_id"]))
    if user is None or not user.active:
        return
    actor = actor_of(user)
    found = {
        "school": sum(count for _round, count in queries.waiting_for_school(actor)),
        "tasks": sum(count for _round, count in queries.overdue_tasks(actor)),
        "late": sum(count for _round, count in queries.late_steps(actor)),
    }
    if not any(found.values()):
        return
    district_id = min(actor.coordinator_of)
    with force_locale(account_language(user.locale)):
        message = mail.message(
            to=user.email,
            subject=_("Paperwork of placements: what waits for you"),
            body=render_template(
                "emails/paperwork_digest.txt",
                name=user.name,
                found=found,
                address=f"{current_app.config['PUBLIC_URL']}/home",
                district=db.session.get_one(District, district_id),
            ),
            message_id=f"paperwork-digest-{user.id}-{payload['day']}",
        )
    db.session.rollback()  # no transaction is held while a mail server thinks
    mail.send(message)
