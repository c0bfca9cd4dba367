"""Issuing credentials for completed placements, and revoking them."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from flask_babel import gettext as _
from sqlalchemy import func, select, update

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.audit.services import record
from wbl.credentials import documents, keys, mails, queries, tokens
from wbl.credentials.models import Credential, CredentialDocument, RevocationReason, SigningKey
from wbl.credentials.revocation import LENGTH
from wbl.db import change, db
from wbl.errors import Conflict, DomainError
from wbl.hours.queries import Totals, totals
from wbl.people.models import District, Student
from wbl.placements.models import Placement
from wbl.rounds.queries import round_by_id


@dataclass(slots=True)
class Planned:
    """What issuing would do: for whom, saying what; and who is left out, by reason."""

    placements: list[tuple[Placement, documents.Completed]] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)


def plan(actor: Actor, round_id: int, placement_ids: Sequence[int] | None) -> Planned:
    """Whom a credential would be issued to, and what it would say; nothing is changed.

    Parameters
    ----------
    placement_ids
        Which; None: all that are completed and have none.

    Raises
    ------
    NotFound
        Where there is no such round, or it is another district's.
    """
    round_by_id(actor, round_id)
    found = queries.due(round_id, placement_ids)
    planned = Planned()
    worked = totals([placement.id for placement in found])
    for placement in found:
        if _has_name(placement.student):
            hours = hours_of(worked[placement.id])
            planned.placements.append((placement, documents.completed(placement, hours)))
        else:
            planned.left_out["nameless"] = planned.left_out.get("nameless", 0) + 1
    missing = len(set(placement_ids or ())) - len(found)
    if missing > 0:
        planned.left_out["not_due"] = missing
    return planned


def issue(actor: Actor, round_id: int, placement_ids: Sequence[int] | None) -> Planned:
    """Sign and keep a credential for each; what was issued, and who was left out. Flushes.

    Raises
    ------
    NotFound
        Where there is no such round, or it is another district's.
    DomainError
        Where nobody is left.
    Conflict
        Where the district's key cannot be opened.
    """
    placement_round = round_by_id(actor, round_id, lock=True)  # of two who issue, the second finds none due
    planned = plan(actor, round_id, placement_ids)
    if not planned.placements:
        raise DomainError(_("Nobody is left: each of these has a credential, or was not completed."))
    district = placement_round.district
    key = keys.for_signing(actor, district)
    private = keys.opened(key)
    told = []
    positions = _free_positions(district.id, len(planned.placements))
    for (placement, said), position in zip(planned.placements, positions, strict=True):
        made = _keep(actor, placement, key, position)
        payload = documents.compose(made, district, said, placement.offering_id)
        token = tokens.sign(private, key.address, payload)
        db.session.add(
            CredentialDocument(credential_id=made.id, student_id=placement.student_id, token=token)
        )
        told.append((made, placement.student))
    mails.tell(told, mails.ISSUED, district.id)
    db.session.flush()
    return planned


def hours_of(worked: Totals) -> float | None:
    """Hours that a mentor has confirmed, to a tenth; None where there are none: no hours are claimed."""
    return round(worked.confirmed / 60, 1) or None


def revoke(actor: Actor, credential_id: int, reason: RevocationReason) -> Credential:
    """From now on it verifies as revoked. It is never given back: another one is issued. Flushes.

    Raises
    ------
    NotFound
        Where there is none, or it is another district's.
    Conflict
        Where it was revoked already.
    """
    found = queries.of_coordinator(actor, credential_id)
    first = change(
        update(Credential)
        .where(Credential.id == found.id, Credential.revoked_at.is_(None))
        .values(revoked_at=clock.now(), revoked_by=actor.user_id, reason=reason)
    )
    if first == 0:
        raise Conflict(_("This credential was revoked already."))
    record(actor, "credential.revoke", found, district_id=found.district_id, reason_code=reason.value)
    if found.document is not None:
        mails.tell([(found, found.document.student)], mails.REVOKED, found.district_id)
    db.session.flush()
    return found


def _has_name(student: Student) -> bool:
    """A document that names an identifier of the school's would prove nothing to anybody."""
    return bool(student.family_name or student.given_name or student.preferred_name)


def _keep(actor: Actor, placement: Placement, key: SigningKey, position: int) -> Credential:
    made = Credential(
        uuid=str(uuid.uuid4()),
        district_id=key.district_id,
        placement_id=placement.id,
        key_id=key.id,
        position=position,
        issued_at=clock.now(),
        issued_by=actor.user_id,
    )
    db.session.add(made)
    db.session.flush()
    record(actor, "credential.issue", made, district_id=key.district_id, round=placement.round_id)
    return made


def _free_positions(district_id: int, wanted: int) -> list[int]:
    """Bits that nobody has, drawn by lot: one's place in a list says nothing of when it was issued.

    A list is used up to its half; then the next one begins. The caller holds the district's lock.
    """
    issued = db.session.scalar(select(func.count()).where(Credential.district_id == district_id)) or 0
    begins = issued // (LENGTH // 2) * LENGTH
    taken = set(
        db.session.scalars(
            select(Credential.position).where(
                Credential.district_id == district_id, Credential.position >= begins
            )
        )
    )
    found: list[int] = []
    while len(found) < wanted:
        position = begins + secrets.randbelow(LENGTH)
        if position not in taken:
            taken.add(position)
            found.append(position)
    return found


def district_of(slug: str) -> District | None:
    """For a command, which may act for any."""
    return db.session.scalar(select(District).where(District.slug == slug))
