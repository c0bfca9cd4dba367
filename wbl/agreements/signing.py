"""Signing an agreement: a typed name under the version that was read, by whoever may sign it.

Of a document that has changed meanwhile nothing is signed: the new version is kept instead, and
whoever wanted to sign is shown that one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _
from sqlalchemy import exists, update

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.agreements import versions
from wbl.agreements.advancing import advance, in_force
from wbl.agreements.models import (
    AgreementSignature,
    Paperwork,
    PaperworkState,
    PaperworkTask,
    SignatureSource,
    SignerRole,
    SigningLink,
    TrainingAgreement,
)
from wbl.agreements.standing import Standing, standings
from wbl.audit.services import record
from wbl.db import change, db
from wbl.errors import Conflict, DomainError, NotAllowed, NotFound
from wbl.people.languages import is_reviewed
from wbl.placements import queries
from wbl.placements.models import FamilyLink, Placement, SignatureState

LEAST_NAME, MOST_NAME = 2, 200
STUDENT_LEARNER = "agreement:"


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody signs with: the typed name, the sentence above it, its language, what they read."""

    name: str
    intent: str
    language: str
    digest: str


@dataclass(frozen=True, slots=True)
class _Signer:
    role: SignerRole
    source: SignatureSource
    guardian_id: int | None = None
    family: bool = False  # whose translation must have been checked
    on: date | None = None  # of a paper


def sign_own(actor: Actor, placement_id: int, given: Given) -> AgreementSignature | None:
    """The signed-in student signs; None where the document has changed since they read it. Flushes.

    Raises
    ------
    NotFound
        Where it is not their placement in force.
    Conflict, DomainError
        Where they have not accepted it, have signed already, or typed no name.
    """
    queries.own_placement(actor, placement_id)
    return _sign(actor, placement_id, given, _Signer(SignerRole.STUDENT, SignatureSource.ACCOUNT))


def sign_by_family(link: FamilyLink, given: Given) -> AgreementSignature | None:
    """Whoever holds a family's link signs: a guardian who may, or the student who signs alone. Flushes.

    Raises
    ------
    NotFound
        Where the link was revoked meanwhile, or its holder may receive nothing any more.
    NotAllowed
        Where the holder of the link does not decide.
    """
    placement, paperwork = of_family(link)
    if link.guardian is None:
        signer = _Signer(SignerRole.STUDENT, SignatureSource.LINK, family=True)
    else:
        signer = _Signer(SignerRole.GUARDIAN, SignatureSource.LINK, link.guardian_id, family=True)
    return _keep(Actor(kind="family_link", id=link.id), placement, paperwork, given, signer)


def allow_by_family(link: FamilyLink, *, media_release: bool, directory_information: bool) -> None:
    """What a family allows beyond the placement; each is a no until it says yes. Flushes.

    Raises
    ------
    NotFound, NotAllowed
        As :func:`sign_by_family`.
    """
    placement, paperwork = of_family(link)
    paperwork.media_release = media_release
    paperwork.directory_information = directory_information
    record(
        Actor(kind="family_link", id=link.id),
        "paperwork.allow",
        placement,
        district_id=placement.publication.round.district_id,
        granted=int(media_release) + int(directory_information),
        asked=2,
    )
    db.session.flush()


def of_family(link: FamilyLink) -> tuple[Placement, Paperwork]:
    """The placement of a link that still opens and whose holder decides, locked."""
    placement, paperwork = in_force(link.placement_id)
    today = clock.today(placement.publication.round.district.timezone)
    held = db.session.get_one(FamilyLink, link.id, populate_existing=True)
    if not held.opens:
        raise NotFound()
    if held.guardian is not None and not held.guardian.receives(today):
        raise NotFound()
    decides = queries.student_decides(placement)
    if decides != (held.guardian is None) or (held.guardian is not None and not held.guardian.signs(today)):
        raise NotAllowed(_("Somebody else in the family answers this."))
    return placement, paperwork


def sign_by_link(link: SigningLink, given: Given) -> AgreementSignature | None:
    """The employer, or the supervisor, signs by a link. Flushes.

    Raises
    ------
    NotFound
        Where the link was revoked meanwhile, or has run out.
    Conflict
        Where it is not their turn.
    """
    placement, paperwork = in_force(link.placement_id)
    check_open(link)
    signer = _Signer(link.role, SignatureSource.LINK)
    return _keep(Actor(kind="signing_link", id=link.id), placement, paperwork, given, signer)


def check_open(link: SigningLink) -> None:
    """Whether a link still opens, read again under the lock; else NotFound."""
    if not db.session.get_one(SigningLink, link.id, populate_existing=True).opens:
        raise NotFound()


def sign_for_employer(actor: Actor, placement_id: int, given: Given) -> AgreementSignature | None:
    """Somebody of the employer's, signed in, signs. Flushes. Raises as :func:`sign_by_link`."""
    queries.hosted_one(actor, placement_id)
    return _sign(actor, placement_id, given, _Signer(SignerRole.EMPLOYER, SignatureSource.ACCOUNT))


def sign_for_school(actor: Actor, placement_id: int, given: Given) -> AgreementSignature | None:
    """A coordinator signs for the school, last of all. Flushes. Raises as :func:`sign_by_link`."""
    queries.placement(actor, placement_id)
    return _sign(actor, placement_id, given, _Signer(SignerRole.SCHOOL, SignatureSource.ACCOUNT))


def record_paper(
    actor: Actor,
    placement_id: int,
    role: SignerRole,
    given: Given,
    *,
    signed_on: date,
    guardian_id: int | None = None,
) -> AgreementSignature | None:
    """A coordinator records a signature that was given on the printed version. Flushes.

    Raises
    ------
    NotFound
        Where there is no such placement, or it is another district's.
    DomainError
        Where it was signed in the future, or by a guardian who may not sign.
    """
    placement = queries.placement(actor, placement_id)
    today = clock.today(placement.publication.round.district.timezone)
    if signed_on > today:
        raise DomainError(_("This day is still to come. Enter the day that stands on it."), field="signed_on")
    if role is SignerRole.SCHOOL:
        raise DomainError(_("The school signs here, not on paper."), field="role")
    if role is SignerRole.GUARDIAN and guardian_id not in {
        one.id for one in placement.student.guardians if one.signs(today)
    }:
        raise DomainError(_("Choose who signed: only a guardian who may sign can."), field="guardian")
    signer = _Signer(
        role, SignatureSource.PAPER, guardian_id if role is SignerRole.GUARDIAN else None, on=signed_on
    )
    return _sign(actor, placement_id, given, signer)


def _sign(actor: Actor, placement_id: int, given: Given, signer: _Signer) -> AgreementSignature | None:
    placement, paperwork = in_force(placement_id)
    return _keep(actor, placement, paperwork, given, signer)


def _keep(
    actor: Actor, placement: Placement, paperwork: Paperwork, given: Given, signer: _Signer
) -> AgreementSignature | None:
    now = standings([placement])[placement.id]
    _check(now, signer.role)
    name = given.name.strip()
    if not LEAST_NAME <= len(name) <= MOST_NAME:
        raise DomainError(_("Type your full name: it is your signature."), field="signed_name")
    version = versions.current(placement.id)
    if paperwork.state is PaperworkState.OPEN:
        version = versions.make_current(placement, paperwork)
    if version is None or version.digest != given.digest:
        advance(actor, placement.id)
        return None
    district = placement.publication.round.district
    counts = not signer.family or is_reviewed(district.id, given.language)
    signature = AgreementSignature(
        agreement_id=version.id,
        role=signer.role,
        name=name,
        intent=given.intent,
        language=given.language,
        digest=version.digest,
        signed_at=clock.now(),
        signed_on=signer.on or clock.today(district.timezone),
        source=signer.source,
        user_id=actor.user_id,
        guardian_id=signer.guardian_id,
        state=SignatureState.COUNTS if counts else SignatureState.WAITING,
    )
    if _has_signed(version, signer.role):
        raise Conflict(_("This was signed already. Load the page again to see it."))
    db.session.add(signature)
    db.session.flush()
    if signer.role is SignerRole.SCHOOL:
        _close_student_learner(placement.id, actor)
    record(
        actor,
        "agreement.sign",
        placement,
        district_id=district.id,
        role=signer.role.value,
        version=version.version,
        waits=not counts,
    )
    advance(actor, placement.id)
    return signature


def _has_signed(version: TrainingAgreement, role: SignerRole) -> bool:
    signed = exists().where(
        AgreementSignature.agreement_id == version.id,
        AgreementSignature.role == role,
        AgreementSignature.state != SignatureState.DISMISSED,
    )
    return bool(db.session.scalar(signed.select()))


def _check(now: Standing, role: SignerRole) -> None:
    """Whether it is this role's turn: employers after the family, the school after all others."""
    if not now.accepted:
        raise Conflict(_("The student has not accepted this place, so there is nothing to sign yet."))
    family = now.name_told and {SignerRole.STUDENT} | (
        set() if now.student_decides else {SignerRole.GUARDIAN}
    ) <= set(now.signed)
    if role is SignerRole.GUARDIAN and now.student_decides:
        raise NotAllowed(_("The student signs alone."))
    if role in (SignerRole.EMPLOYER, SignerRole.SUPERVISOR) and not family:
        raise Conflict(_("The family signs first. You are told when it is your turn."))
    if role in (SignerRole.EMPLOYER, SignerRole.SUPERVISOR) and not now.confirmed:
        raise Conflict(_("Confirm the supervisor and the safety orientation first."))
    if role is SignerRole.SUPERVISOR and not now.supervisor_signs:
        raise Conflict(_("Whoever signs for the employer supervises the student: nothing else is signed."))
    if role is SignerRole.SCHOOL:
        others = {SignerRole.EMPLOYER} | ({SignerRole.SUPERVISOR} if now.supervisor_signs else set())
        if not family or not others <= set(now.signed):
            raise Conflict(_("The school signs last. Somebody else has not signed yet."))


def _close_student_learner(placement_id: int, actor: Actor) -> None:
    """The agreement is the student-learner agreement too: signed by all, that task is done."""
    change(
        update(PaperworkTask)
        .where(
            PaperworkTask.placement_id == placement_id,
            PaperworkTask.code.startswith(STUDENT_LEARNER),
            PaperworkTask.done_at.is_(None),
        )
        .values(done_at=clock.now(), done_by=actor.user_id)
    )


def settle(actor: Actor, placement_id: int, signature_id: int, *, counts: bool) -> None:
    """A signature on a translation that nobody has checked: gone through with an interpreter, or not
    counted, so that the family signs again. Flushes.

    Raises
    ------
    NotFound
        Where there is no such signature that waits, or it is another district's.
    """
    placement = queries.placement(actor, placement_id)
    in_force(placement_id)
    of_placement = exists().where(
        TrainingAgreement.id == AgreementSignature.agreement_id,
        TrainingAgreement.placement_id == placement_id,
    )
    won = change(
        update(AgreementSignature)
        .where(
            AgreementSignature.id == signature_id,
            AgreementSignature.state == SignatureState.WAITING,
            of_placement,
        )
        .values(state=SignatureState.INTERPRETED if counts else SignatureState.DISMISSED)
    )
    if won == 0:
        raise NotFound()
    record(
        actor,
        "agreement.interpreted" if counts else "agreement.dismiss",
        placement,
        district_id=placement.publication.round.district_id,
    )
    advance(actor, placement_id)
