"""The school's answers to what families ask."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import update

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.audit.services import record
from wbl.db import change, db
from wbl.errors import Conflict, DomainError
from wbl.family import queries
from wbl.family.models import FamilyQuestion
from wbl.family.services import LEAST, MOST
from wbl.jobs import outbox
from wbl.jobs.models import OutboxKind


def answer(actor: Actor, question_id: int, text: str) -> FamilyQuestion:
    """Answer a family's question; it is told by mail, which asks again whether it may be. Flushes.

    Raises
    ------
    NotFound
        Where there is no such question, or it is another district's.
    DomainError
        Where the answer is empty or too long.
    Conflict
        Where a colleague has answered it.
    """
    question = queries.question(actor, question_id)
    if not LEAST <= len(text.strip()) <= MOST:
        raise DomainError(_("Write the answer in 3 to 2000 characters."), field="answer")
    won = change(
        update(FamilyQuestion)
        .where(FamilyQuestion.id == question_id, FamilyQuestion.answered_at.is_(None))
        .values(answer=text.strip(), answered_at=clock.now(), answered_by=actor.user_id)
    )
    if won == 0:
        raise Conflict(_("A colleague has answered this question already."))
    district_id = question.placement.publication.round.district_id
    outbox.enqueue(
        OutboxKind.MAIL,
        f"mail:answer:{question_id}",
        {"about": "answer", "question_id": question_id},
        district_id=district_id,
    )
    record(actor, "question.answer", question, district_id=district_id)
    db.session.flush()
    db.session.refresh(question)
    return question
