"""Settling who may sign for a student and who may be told; and signatures that wait."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _
from sqlalchemy import update

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.agreements.advancing import advance
from wbl.audit.services import record
from wbl.db import change, db
from wbl.errors import Conflict, DomainError
from wbl.guardians import queries
from wbl.people.models import Guardian, Standing, Student, YouthAuthority
from wbl.people.queries import student as student_of
from wbl.placements.links import revoke_of_guardian
from wbl.placements.models import PlacementState, Signature, SignatureState

SIGNERS = {Standing.PARENT, Standing.COURT_GUARDIAN, Standing.FOSTER_PARENT, Standing.DECISION_MAKER}
"""Who can be given the right to sign; another adult can only be told."""
ON_PAPER = {Standing.COURT_GUARDIAN, Standing.DECISION_MAKER}
"""Whose right rests on a paper that somebody at school has to have seen."""


@dataclass(frozen=True, slots=True)
class Authority:
    """By what right somebody speaks for a student, what they may, and from when until when."""

    standing: Standing
    may_sign: bool = False
    may_receive: bool = False
    valid_from: date | None = None
    valid_until: date | None = None
    order_seen_on: date | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """Who somebody is, and how they are reached."""

    name: str
    relation: str = ""
    email: str = ""
    phone: str = ""
    language: str = ""


def settle(actor: Actor, student_id: int, guardian_id: int, wanted: Authority) -> Guardian:
    """Put on record what a guardian may; no roster changes it afterwards. Flushes.

    Somebody restricted, or whose right to be told ends, loses every link at once.

    Raises
    ------
    NotFound
        Where there is no such guardian, or the student is another district's.
    DomainError
        Where the record contradicts itself.
    """
    found = queries.guardian(actor, student_id, guardian_id)
    student = student_of(actor, student_id)
    _check(wanted)
    _apply(actor, found, wanted)
    record(
        actor,
        "guardian.settle",
        found,
        district_id=student.district_id,
        standing=wanted.standing.value,
        may_sign=found.may_sign,
        may_receive=found.may_receive,
    )
    if not found.may_receive:
        revoke_of_guardian(actor, found, student.district_id)
    db.session.flush()
    return found


def add(actor: Actor, student_id: int, contact: Contact, wanted: Authority) -> Guardian:
    """Put somebody on record whom the roster does not list, such as a new foster parent. Flushes.

    Raises
    ------
    NotFound
        Where there is no such student, or it is another district's.
    DomainError
        Where the name is missing, or the record contradicts itself.
    """
    student = student_of(actor, student_id)
    if not contact.name.strip():
        raise DomainError(_("Enter the name."), field="name")
    _check(wanted)
    made = Guardian(
        student_id=student.id,
        name=contact.name.strip(),
        relation=contact.relation.strip(),
        email=contact.email.strip(),
        phone=contact.phone.strip(),
        language=contact.language,
    )
    _apply(actor, made, wanted)
    db.session.add(made)
    db.session.flush()
    record(
        actor,
        "guardian.add",
        made,
        district_id=student.district_id,
        standing=wanted.standing.value,
        may_sign=made.may_sign,
        may_receive=made.may_receive,
    )
    db.session.flush()
    return made


def _apply(actor: Actor, guardian: Guardian, wanted: Authority) -> None:
    restricted = wanted.standing is Standing.RESTRICTED
    guardian.standing = wanted.standing
    guardian.may_sign = wanted.may_sign and wanted.standing in SIGNERS
    guardian.may_receive = wanted.may_receive and not restricted
    guardian.valid_from, guardian.valid_until = wanted.valid_from, wanted.valid_until
    guardian.order_seen_on = wanted.order_seen_on
    guardian.settled_at = clock.now()
    guardian.settled_by = actor.user_id


def _check(wanted: Authority) -> None:
    if wanted.valid_from and wanted.valid_until and wanted.valid_until < wanted.valid_from:
        raise DomainError(_("The last day lies before the first."), field="valid_until")
    if wanted.standing is Standing.RESTRICTED:
        if wanted.may_sign or wanted.may_receive:
            raise DomainError(
                _("A restricted contact may neither sign nor be told. Leave both boxes empty."),
                field="standing",
            )
        if wanted.valid_until is not None:
            raise DomainError(
                _("A restriction ends only when somebody at school lifts it: leave the last day empty."),
                field="valid_until",
            )
        return
    if wanted.may_sign and wanted.standing not in SIGNERS:
        raise DomainError(_("Another adult can be told, and cannot sign."), field="may_sign")
    if wanted.may_sign and not wanted.may_receive:
        raise DomainError(_("Whoever signs must be told first: tick both."), field="may_receive")
    if wanted.standing in ON_PAPER and wanted.order_seen_on is None:
        raise DomainError(
            _("Say on which day somebody at school saw the order or appointment."), field="order_seen_on"
        )


def let_sign_alone(
    actor: Actor, student_id: int, valid_from: date | None, valid_until: date | None
) -> YouthAuthority:
    """Put on record that a student under 18 signs alone (an unaccompanied youth). Flushes.

    Raises
    ------
    NotFound
        Where there is no such student, or it is another district's.
    DomainError
        Where the last day lies before the first.
    """
    student = student_of(actor, student_id)
    if valid_from and valid_until and valid_until < valid_from:
        raise DomainError(_("The last day lies before the first."), field="valid_until")
    found = queries.youth_authority(student)
    if found is None:
        found = YouthAuthority(student_id=student.id)
        db.session.add(found)
    found.valid_from, found.valid_until = valid_from, valid_until
    found.settled_at, found.settled_by = clock.now(), actor.user_id
    db.session.flush()
    record(actor, "youth.sign_alone", student, district_id=student.district_id)
    db.session.flush()
    return found


def end_signing_alone(actor: Actor, student_id: int) -> None:
    """Take that back: guardians sign again until the student is 18. Flushes.

    Raises
    ------
    NotFound
        Where there is no such student, or it is another district's.
    """
    student: Student = student_of(actor, student_id)
    found = queries.youth_authority(student)
    if found is not None:
        db.session.delete(found)
        record(actor, "youth.end", student, district_id=student.district_id)
    db.session.flush()


def interpreted(actor: Actor, signature_id: int, interpreter: str) -> Signature:
    """Note that the answers were gone through with an interpreter: from now on they count. Flushes.

    Raises
    ------
    NotFound
        Where there is no such signature, or it is another district's.
    DomainError
        Where no interpreter is named.
    Conflict
        Where it was settled already, or the placement withdrawn.
    """
    if len(interpreter.strip()) < 2:
        raise DomainError(_("Name the interpreter."), field="interpreter")
    return _settle_signature(actor, signature_id, SignatureState.INTERPRETED, interpreter.strip())


def dismiss(actor: Actor, signature_id: int) -> Signature:
    """Note that the answers do not count: the family is asked again. Flushes. Raises as ``interpreted``."""
    return _settle_signature(actor, signature_id, SignatureState.DISMISSED, "")


def _settle_signature(actor: Actor, signature_id: int, state: SignatureState, interpreter: str) -> Signature:
    found = queries.signature(actor, signature_id)
    if found.placement.state is not PlacementState.PUBLISHED:
        raise Conflict(_("This placement was withdrawn: there is nothing to settle."))
    won = change(
        update(Signature)
        .where(Signature.id == signature_id, Signature.state == SignatureState.WAITING)
        .values(state=state, interpreter=interpreter, settled_at=clock.now(), settled_by=actor.user_id)
    )
    if won == 0:
        raise Conflict(_("A colleague has settled this signature already."))
    record(
        actor,
        "signature.interpreted" if state is SignatureState.INTERPRETED else "signature.dismiss",
        found,
        district_id=found.placement.publication.round.district_id,
    )
    advance(actor, found.placement_id)
    db.session.flush()
    db.session.refresh(found)
    return found
