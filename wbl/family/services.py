"""What a family sends from its page, apart from its answers: questions."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import func, select

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.audit.services import record
from wbl.db import db
from wbl.errors import DomainError, NotFound
from wbl.family.models import FamilyQuestion
from wbl.placements.models import FamilyLink, Placement, PlacementState

LEAST, MOST = 3, 2000
MOST_WAITING = 5
"""So many questions of one person may wait: more would not be answered sooner."""


def ask(link: FamilyLink, placement: Placement, text: str, language: str) -> FamilyQuestion:
    """Keep a question of whoever holds this link. Flushes.

    Raises
    ------
    NotFound
        Where the link was ended meanwhile, or its holder may receive nothing any more.
    DomainError
        Where nothing is asked, too much, or too many questions wait already.
    """
    district = placement.publication.round.district
    if link.revoked_at is not None or placement.state is not PlacementState.PUBLISHED:
        raise NotFound()
    if link.guardian is not None and not link.guardian.receives(clock.today(district.timezone)):
        raise NotFound()
    if not LEAST <= len(text.strip()) <= MOST:
        raise DomainError(_("Write your question in 3 to 2000 characters."), field="question")
    if _waiting_of(link) >= MOST_WAITING:
        raise DomainError(
            _("Five of your questions wait already. The school will answer them first."), field="question"
        )
    question = FamilyQuestion(
        placement_id=placement.id,
        guardian_id=link.guardian_id,
        by_student=link.guardian_id is None,
        language=language,
        text=text.strip(),
        asked_at=clock.now(),
    )
    db.session.add(question)
    db.session.flush()
    record(Actor(kind="family_link", id=link.id), "question.ask", question, district_id=district.id)
    db.session.flush()
    return question


def _waiting_of(link: FamilyLink) -> int:
    whose = (
        FamilyQuestion.by_student
        if link.guardian_id is None
        else FamilyQuestion.guardian_id == link.guardian_id
    )
    statement = select(func.count(FamilyQuestion.id)).where(
        FamilyQuestion.placement_id == link.placement_id, whose, FamilyQuestion.answered_at.is_(None)
    )
    return db.session.scalar(statement) or 0
