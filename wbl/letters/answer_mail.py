"""The mail that tells somebody of a family that the school has answered their question."""

from __future__ import annotations

from typing import Any

from flask import render_template
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select

from wbl.db import db
from wbl.family.models import FamilyQuestion
from wbl.jobs import mail
from wbl.letters.content import family_language, interpreter_line
from wbl.letters.services import address_of
from wbl.messages import texting
from wbl.placements.models import FamilyLink, PlacementState


def send_answer_mail(payload: dict[str, Any]) -> None:
    """Tell whoever asked that there is an answer (outbox handler).

    Whether they may be told is asked now. The mail holds their link alone: neither question nor
    answer, and no name of the student. Without a link in force there is nothing to send.
    """
    question = db.session.get(FamilyQuestion, int(payload["question_id"]))
    if question is None or question.placement.state is not PlacementState.PUBLISHED:
        return
    if question.guardian is None and not question.by_student:
        return  # the guardian who asked is not on record any more
    link = db.session.scalar(
        select(FamilyLink)
        .where(
            FamilyLink.placement_id == question.placement_id,
            FamilyLink.guardian_id.is_(None)
            if question.by_student
            else FamilyLink.guardian_id == question.guardian_id,
            *FamilyLink.in_force(),
        )
        .order_by(FamilyLink.id.desc())
        .limit(1)
    )
    address = address_of(question.placement, question.guardian)
    if link is None:
        return
    if not address:
        if question.guardian is not None:
            texting.to_guardian(question.guardian)
        return
    district = question.placement.publication.round.district
    name = question.guardian.name if question.guardian is not None else question.placement.student.name
    with force_locale(family_language(link)):
        subject = _("%(district)s has answered your question", district=district.name)
        body = render_template(
            "emails/answer.txt",
            name=name,
            district=district,
            link=link.address,
            interpreter=interpreter_line(link),
        )
    message = mail.message(to=address, subject=subject, body=body, message_id=f"answer-{question.id}")
    db.session.rollback()  # no transaction is held while a mail server thinks
    mail.send(message)
