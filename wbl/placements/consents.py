"""May the school tell this employer …? Answers, field by field, and who may give them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.agreements.advancing import advance
from wbl.audit.services import record
from wbl.db import db
from wbl.errors import DomainError, NotAllowed, NotFound
from wbl.people.languages import is_reviewed
from wbl.people.models import Guardian
from wbl.placements import queries
from wbl.placements.models import (
    Consent,
    ConsentSource,
    FamilyLink,
    Placement,
    PlacementState,
    Signature,
    SignatureState,
)
from wbl.placements.told import ADJUSTMENT, NAME

LEAST_NAME = 2


@dataclass(frozen=True, slots=True)
class Signed:
    """How somebody signed: the name they typed, the language they read, and what they were asked."""

    name: str
    language: str
    questions: Mapping[str, str]  # by field


def fields_of(placement: Placement) -> list[str]:
    """What is asked of: the name, then each adjustment that this student needs at a workplace."""
    codes = queries.adjustments([placement.student_id])[placement.student_id]
    return [NAME, *(ADJUSTMENT + code for code in codes)]


def may_answer_by_link(placement: Placement, link: FamilyLink) -> bool:
    """Whether the holder of this link decides: a guardian who may sign, or the student who signs alone."""
    if queries.student_decides(placement):
        return link.guardian is None
    today = clock.today(placement.publication.round.district.timezone)
    return link.guardian is not None and link.guardian.signs(today)


def answer_by_link(
    link: FamilyLink, placement: Placement, answers: Mapping[str, bool], signed: Signed
) -> Signature:
    """Keep a family's answers under its typed name. Flushes.

    In a language that the district has not had checked, a yes waits for an interpreter and tells
    nobody anything until then; a no counts at once.

    Raises
    ------
    NotFound
        Where the link was revoked or the placement withdrawn meanwhile.
    NotAllowed
        Where the holder of the link does not decide.
    DomainError
        Where an answer is missing, or to something that was not asked.
    """
    # Both are read again in the caller's transaction: the page may have been open for a while.
    district = placement.publication.round.district
    if link.revoked_at is not None or placement.state is not PlacementState.PUBLISHED:
        raise NotFound()
    if link.guardian is not None and not link.guardian.receives(clock.today(district.timezone)):
        raise NotFound()
    if not may_answer_by_link(placement, link):
        raise NotAllowed(_("Somebody else in the family answers this."))
    signature = _signature(placement, link.guardian_id, signed)
    own = link.guardian is None
    _keep(
        Actor(kind="family_link", id=link.id),
        "consent.give",
        placement,
        answers,
        source=ConsentSource.STUDENT if own else ConsentSource.FAMILY_LINK,
        guardian_id=link.guardian_id,
        signature=signature,
    )
    return signature


def _signature(placement: Placement, guardian_id: int | None, signed: Signed) -> Signature:
    """What is kept of a typed name; without ``guardian_id`` it is the student's own."""
    district = placement.publication.round.district
    if len(signed.name.strip()) < LEAST_NAME:
        raise DomainError(_("Type your full name: it is your signature."), field="signed_name")
    counts = is_reviewed(district.id, signed.language)
    return Signature(
        placement_id=placement.id,
        guardian_id=guardian_id,
        name=signed.name.strip(),
        language=signed.language,
        signed_on=clock.today(district.timezone),
        signed_at=clock.now(),
        questions=dict(signed.questions),
        state=SignatureState.COUNTS if counts else SignatureState.WAITING,
    )


def answer_own(actor: Actor, placement_id: int, answers: Mapping[str, bool], signed: Signed) -> Signature:
    """Keep the answers of a student of age who is signed in, under their typed name. Flushes.

    As by a link, a yes in a language that the district has not had checked waits for an interpreter.

    Raises
    ------
    NotFound
        Where it is not their published placement.
    NotAllowed
        Where they are not 18 yet.
    DomainError
        As :func:`answer_by_link`.
    """
    placement = queries.own_placement(actor, placement_id)
    if not queries.student_decides(placement):
        raise NotAllowed(_("A parent or guardian answers this until you are 18."))
    signature = _signature(placement, None, signed)
    _keep(
        actor,
        "consent.give",
        placement,
        answers,
        source=ConsentSource.STUDENT,
        guardian_id=None,
        signature=signature,
    )
    return signature


def signers(placement: Placement) -> list[Guardian]:
    """The guardians who may sign for the student today."""
    today = clock.today(placement.publication.round.district.timezone)
    return [guardian for guardian in placement.student.guardians if guardian.signs(today)]


def receivers(placement: Placement) -> list[Guardian]:
    """The guardians who may be told today."""
    today = clock.today(placement.publication.round.district.timezone)
    return [guardian for guardian in placement.student.guardians if guardian.receives(today)]


def record_paper(
    actor: Actor, placement_id: int, answers: Mapping[str, bool], guardian_id: int | None
) -> None:
    """Keep answers that came on paper. Flushes.

    Parameters
    ----------
    guardian_id
        Who signed; None where the student of age did.

    Raises
    ------
    NotFound
        Where there is no such placement, or it is another district's.
    DomainError
        Where that person may not sign, or as :func:`answer_by_link`.
    """
    placement = queries.placement(actor, placement_id)
    if placement.state is not PlacementState.PUBLISHED:
        raise DomainError(_("This placement was withdrawn: there is nothing to answer."))
    if queries.student_decides(placement):
        if guardian_id is not None:
            raise DomainError(_("The student signs alone."), field="signer")
    elif guardian_id not in {guardian.id for guardian in signers(placement)}:
        raise DomainError(_("Choose who signed: only a guardian who may sign can."), field="signer")
    _keep(actor, "consent.record", placement, answers, source=ConsentSource.PAPER, guardian_id=guardian_id)


def _keep(
    actor: Actor,
    action: str,
    placement: Placement,
    answers: Mapping[str, bool],
    *,
    source: ConsentSource,
    guardian_id: int | None,
    signature: Signature | None = None,
) -> None:
    asked = fields_of(placement)
    if set(answers) != set(asked):
        raise DomainError(_("Answer yes or no to each question."))
    if signature is not None:
        db.session.add(signature)
        db.session.flush()
    db.session.add_all(
        Consent(
            placement_id=placement.id,
            field=field,
            granted=answers[field],
            source=source,
            guardian_id=guardian_id,
            user_id=actor.user_id,
            signature_id=signature.id if signature is not None else None,
            at=clock.now(),
        )
        for field in asked
    )
    details: dict[str, Any] = {"granted": sum(answers.values()), "asked": len(asked)}
    if signature is not None and not signature.counts:
        details["waits"] = True
    record(actor, action, placement, district_id=placement.publication.round.district_id, **details)
    advance(actor, placement.id)
    db.session.flush()
