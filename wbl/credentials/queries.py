"""Reading credentials: a coordinator's by round, a student's own, and what is public."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, and_, exists, select
from sqlalchemy.orm import aliased, contains_eager, joinedload

from wbl.accounts.actor import Actor
from wbl.agreements.models import Paperwork, PaperworkState
from wbl.credentials.models import Credential, CredentialDocument, CredentialLink, SigningKey
from wbl.credentials.revocation import LENGTH
from wbl.db import db
from wbl.errors import NotFound
from wbl.links.queries import by_token
from wbl.opportunities.models import Offering, Opportunity
from wbl.pagination import Page, paginate
from wbl.people.models import District, Student
from wbl.people.queries import called
from wbl.placements.models import Placement, PlacementState, Publication
from wbl.rounds.models import Round

STATES = ("due", "issued", "revoked")


def _completed(round_id: int) -> Select[Any]:
    """The completed placements of a round, each with its newest credential."""
    newer = aliased(Credential)
    newest = and_(
        Credential.placement_id == Placement.id,
        ~exists().where(newer.placement_id == Placement.id, newer.id > Credential.id),
    )
    opportunity = joinedload(Placement.offering).joinedload(Offering.opportunity)
    return (
        select(Placement, Credential)
        .join(Student, Student.id == Placement.student_id)
        .join(Paperwork, Paperwork.placement_id == Placement.id)
        .outerjoin(Credential, newest)
        .where(
            Placement.round_id == round_id,
            Placement.state == PlacementState.PUBLISHED,
            Paperwork.state == PaperworkState.COMPLETED,
        )
        .options(
            contains_eager(Placement.student).joinedload(Student.school),
            opportunity.joinedload(Opportunity.employer),
            joinedload(Placement.publication).joinedload(Publication.round).joinedload(Round.district),
        )
        .order_by(Student.family_name, Student.given_name, Placement.id)
    )


def _in_state(statement: Select[Any], state: str) -> Select[Any]:
    if state == "due":
        return statement.where(Credential.id.is_(None) | Credential.revoked_at.is_not(None))
    if state == "issued":
        return statement.where(Credential.id.is_not(None), Credential.revoked_at.is_(None))
    return statement.where(Credential.revoked_at.is_not(None)) if state == "revoked" else statement


def of_round(round_id: int, *, state: str = "", search: str = "", page: int = 1) -> Page[Any]:
    """A page of (completed placement, its newest credential or None), by student."""
    statement = _in_state(_completed(round_id), state)
    for word in search.split():
        statement = statement.where(called(word))
    return paginate(statement, page, scalars=False)


def due(round_id: int, placement_ids: Sequence[int] | None) -> list[Placement]:
    """Those that were completed and have no credential that stands; of these alone, or all."""
    statement = _in_state(_completed(round_id), "due")
    if placement_ids is not None:
        statement = statement.where(Placement.id.in_(placement_ids))
    return [row[0] for row in db.session.execute(statement)]


def of_coordinator(actor: Actor, credential_id: int) -> Credential:
    """One that the actor's district issued, with its document.

    Raises
    ------
    NotFound
        Where there is none, or it is another district's.
    """
    found = db.session.scalar(
        select(Credential)
        .where(Credential.id == credential_id, Credential.district_id.in_(actor.coordinator_of))
        .options(
            joinedload(Credential.document).joinedload(CredentialDocument.student),
            joinedload(Credential.district),
            joinedload(Credential.placement),
        )
    )
    if found is None:
        raise NotFound()
    return found


def _own(actor: Actor) -> Select[tuple[CredentialDocument]]:
    return (
        select(CredentialDocument)
        .where(CredentialDocument.student_id.in_(actor.student_ids))
        .options(joinedload(CredentialDocument.credential).joinedload(Credential.district))
        .order_by(CredentialDocument.credential_id.desc())
    )


def own(actor: Actor) -> list[CredentialDocument]:
    """The signed-in student's, the newest first; revoked ones too."""
    return list(db.session.scalars(_own(actor)))


def own_one(actor: Actor, credential_id: int) -> CredentialDocument:
    """One of the signed-in student's.

    Raises
    ------
    NotFound
        Where it is somebody else's, or not there.
    """
    found = db.session.scalar(_own(actor).where(CredentialDocument.credential_id == credential_id))
    if found is None:
        raise NotFound()
    return found


def links(credential_ids: Sequence[int]) -> dict[int, list[CredentialLink]]:
    """By credential: the links that open now, the newest first."""
    found: dict[int, list[CredentialLink]] = {}
    statement = (
        select(CredentialLink)
        .where(
            CredentialLink.credential_id.in_(credential_ids),
            *CredentialLink.in_force(),
        )
        .order_by(CredentialLink.id.desc())
    )
    for link in db.session.scalars(statement):
        found.setdefault(link.credential_id, []).append(link)
    return found


def link_by_token(token: str) -> CredentialLink | None:
    """The link in force that this token opens, with its document."""
    return db.session.scalar(
        by_token(CredentialLink, token).options(
            joinedload(CredentialLink.document)
            .joinedload(CredentialDocument.credential)
            .joinedload(Credential.district)
        )
    )


def by_uuid(uuid: str) -> Credential | None:
    """What is public of a credential: who issued it, when, and whether it stands."""
    return db.session.scalar(
        select(Credential).where(Credential.uuid == uuid).options(joinedload(Credential.district))
    )


def district(slug: str) -> District:
    """An issuer: a district that has begun a key.

    Raises
    ------
    NotFound
        Where there is none of that name, or it has issued nothing yet.
    """
    signs = exists().where(SigningKey.district_id == District.id)
    found = db.session.scalar(select(District).where(District.slug == slug, signs))
    if found is None:
        raise NotFound()
    return found


def revoked_positions(district_id: int, number: int) -> list[int]:
    """The set bits of one of a district's status lists.

    Raises
    ------
    NotFound
        Where no credential has its bit in that list.
    """
    within = (
        Credential.district_id == district_id,
        Credential.position >= number * LENGTH,
        Credential.position < (number + 1) * LENGTH,
    )
    if not db.session.scalar(select(exists().where(*within))):
        raise NotFound()
    revoked = select(Credential.position).where(*within, Credential.revoked_at.is_not(None))
    return [position - number * LENGTH for position in db.session.scalars(revoked)]
