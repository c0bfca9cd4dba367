"""Telling a family that a placement has ended, or was taken back with all of its round.

By mail, and of a single placement on paper for whoever has no address. Neither says why:
a reason may be the employer's, the family's or the school's own affair.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import render_template
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.db import db
from wbl.errors import NotFound
from wbl.i18n import local_date
from wbl.jobs import mail
from wbl.letters import rendering
from wbl.letters.content import family_language, interpreter_line
from wbl.letters.services import address_of
from wbl.opportunities.models import Offering, Opportunity
from wbl.people.models import District
from wbl.placements.models import EndKind, FamilyLink, Placement, PlacementEnd, PlacementState, Publication
from wbl.rounds.models import Round


@dataclass(frozen=True, slots=True)
class Ended:
    """What is told of an end, to one person, in their language."""

    language: str
    district: District
    greeted: str
    to_student: bool
    student: str
    employer: str  # or the title, where the posting has no employer
    round_name: str
    ended_on: date
    replaced: bool
    school: str
    written_on: date
    interpreter: Mapping[str, str]


def send_end_mail(payload: dict[str, Any]) -> None:
    """Tell one recipient that a placement has ended (outbox handler).

    Who may be told is asked now. The mail names neither the student nor the employer.
    """
    placement_id, guardian_id = int(payload["placement_id"]), payload["guardian_id"]
    ended = _end_of(placement_id)
    if ended is None or ended.change_id != payload["change_id"]:
        return  # it is in force again
    link = _link(placement_id, guardian_id)
    address = address_of(ended.placement, link.guardian) if link is not None else ""
    if link is None or not address:
        return
    told = _told(ended, link)
    with force_locale(told.language):
        subject = _("A placement has ended")
        body = render_template("emails/end.txt", told=told)
    message = mail.message(
        to=address,
        subject=subject,
        body=body,
        message_id=f"end-{placement_id}-{guardian_id or 'student'}-{ended.change_id}",
    )
    db.session.rollback()  # no transaction is held while a mail server thinks
    mail.send(message)


def send_withdrawn_mail(payload: dict[str, Any]) -> None:
    """Tell one recipient that what they were written about a placement was taken back (outbox handler).

    Who may be told is asked now. The mail names neither the student nor the employer.
    """
    placement_id, guardian_id = int(payload["placement_id"]), payload["guardian_id"]
    link = _link(placement_id, guardian_id)
    address = address_of(link.placement, link.guardian) if link is not None else ""
    if link is None or not address:
        return
    placement_round = link.placement.publication.round
    with force_locale(family_language(link)):
        subject = _("Our letter about a placement no longer holds")
        body = render_template(
            "emails/withdrawn.txt",
            name=link.guardian.name if link.guardian is not None else link.placement.student.name,
            to_student=link.guardian is None,
            round_name=placement_round.name,
            district=placement_round.district,
            interpreter=interpreter_line(link),
        )
    message = mail.message(
        to=address,
        subject=subject,
        body=body,
        message_id=f"withdrawn-{placement_id}-{guardian_id or 'student'}",
    )
    db.session.rollback()  # no transaction is held while a mail server thinks
    mail.send(message)


def end_letter(actor: Actor, placement_id: int) -> bytes:
    """The letter that says that a placement has ended, to the first person who may be told.

    Raises
    ------
    NotFound
        Where it has not ended, is another district's, or nobody may be told.
    """
    ended = _end_of(placement_id)
    if ended is None or ended.placement.publication.round.district_id not in actor.coordinator_of:
        raise NotFound()
    link = first_told(ended.placement)
    if link is None:
        raise NotFound()
    told = _told(ended, link)
    return rendering.pdf(rendering.typeset_page("letters/ended.html", told.language, told=told))


def first_told(placement: Placement) -> FamilyLink | None:
    """The link of the first person who had one and may be told today."""
    today = clock.today(placement.publication.round.district.timezone)
    links = db.session.scalars(
        select(FamilyLink)
        .where(FamilyLink.placement_id == placement.id)
        .options(joinedload(FamilyLink.guardian))
        .order_by(FamilyLink.id)
    )
    return next((one for one in links if one.guardian is None or one.guardian.receives(today)), None)


def _end_of(placement_id: int) -> PlacementEnd | None:
    placement = joinedload(PlacementEnd.placement)
    opportunity = placement.joinedload(Placement.offering).joinedload(Offering.opportunity)
    return db.session.scalar(
        select(PlacementEnd)
        .join(Placement, Placement.id == PlacementEnd.placement_id)
        .where(PlacementEnd.placement_id == placement_id, Placement.state == PlacementState.WITHDRAWN)
        .options(
            opportunity.joinedload(Opportunity.employer),
            placement.joinedload(Placement.student),
            placement.joinedload(Placement.publication)
            .joinedload(Publication.round)
            .joinedload(Round.district),
            joinedload(PlacementEnd.change),
        )
    )


def _link(placement_id: int, guardian_id: int | None) -> FamilyLink | None:
    """The newest link that this recipient had: it ended with the placement, but says who they are."""
    return db.session.scalar(
        select(FamilyLink)
        .where(
            FamilyLink.placement_id == placement_id,
            FamilyLink.guardian_id.is_(None)
            if guardian_id is None
            else FamilyLink.guardian_id == guardian_id,
        )
        .order_by(FamilyLink.id.desc())
        .limit(1)
    )


def _told(ended: PlacementEnd, link: FamilyLink) -> Ended:
    placement = ended.placement
    placement_round, student = placement.publication.round, placement.student
    opportunity, district = placement.offering.opportunity, placement_round.district
    language = family_language(link)
    title = opportunity.said("title", language) or opportunity.external_id
    return Ended(
        language=language,
        district=district,
        greeted=link.guardian.name if link.guardian is not None else student.name,
        to_student=link.guardian is None,
        student=student.name,
        employer=opportunity.employer.name if opportunity.employer is not None else title,
        round_name=placement_round.name,
        ended_on=local_date(ended.change.at, district.timezone),
        replaced=ended.kind is EndKind.REPLACED,
        school=student.school.name if student.school is not None else "",
        written_on=clock.today(district.timezone),
        interpreter=interpreter_line(link),
    )
