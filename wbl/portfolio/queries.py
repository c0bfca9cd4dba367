"""Reading portfolios: a student's own, and what a link shows."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from wbl.accounts.actor import Actor
from wbl.agreements.models import Paperwork, PaperworkState
from wbl.credentials.models import Credential, CredentialDocument
from wbl.db import db
from wbl.errors import NotFound
from wbl.links.queries import by_token
from wbl.opportunities.models import Offering, Opportunity
from wbl.people.models import District, Student
from wbl.placements.models import Placement, PlacementState, Publication
from wbl.portfolio.models import Artefact, Portfolio, PortfolioLink
from wbl.rounds.models import Round

WORTH_SHOWING = (PaperworkState.ACTIVE, PaperworkState.COMPLETED)


def own_student(actor: Actor) -> Student:
    """The signed-in student.

    Raises
    ------
    NotFound
        Where there is none.
    """
    found = db.session.scalar(
        select(Student).where(Student.id.in_(actor.student_ids)).order_by(Student.id).limit(1)
    )
    if found is None:
        raise NotFound()
    return found


def district_of(student: Student) -> District:
    return db.session.get_one(District, student.district_id)


def portfolio(student_id: int) -> Portfolio | None:
    """What the student decided; None where they have decided nothing yet."""
    return db.session.get(Portfolio, student_id)


def placements(student_id: int) -> list[tuple[Placement, bool]]:
    """Placements that are under way or completed (whether they are), the newest first."""
    opportunity = joinedload(Placement.offering).joinedload(Offering.opportunity)
    rows = db.session.execute(
        select(Placement, Paperwork.state)
        .join(Paperwork, Paperwork.placement_id == Placement.id)
        .where(
            Placement.student_id == student_id,
            Placement.state == PlacementState.PUBLISHED,
            Paperwork.state.in_(WORTH_SHOWING),
        )
        .options(
            opportunity.joinedload(Opportunity.employer),
            joinedload(Placement.publication).joinedload(Publication.round).joinedload(Round.district),
        )
        .order_by(Placement.id.desc())
    )
    return [(row[0], row[1] is PaperworkState.COMPLETED) for row in rows]


def credentials(student_id: int) -> list[CredentialDocument]:
    """Credentials that stand, the newest first."""
    return list(
        db.session.scalars(
            select(CredentialDocument)
            .join(Credential, Credential.id == CredentialDocument.credential_id)
            .where(CredentialDocument.student_id == student_id, Credential.revoked_at.is_(None))
            .options(joinedload(CredentialDocument.credential).joinedload(Credential.district))
            .order_by(CredentialDocument.credential_id.desc())
        )
    )


def artefacts(student_id: int) -> list[Artefact]:
    statement = select(Artefact).where(Artefact.student_id == student_id).order_by(Artefact.id)
    return list(db.session.scalars(statement))


def artefact(student_ids: Sequence[int], artefact_id: int, *, shown_only: bool = False) -> Artefact:
    """One file of a student's.

    Raises
    ------
    NotFound
        Where there is none, it is somebody else's, or it is not shown to whoever asks.
    """
    statement = select(Artefact).where(Artefact.id == artefact_id, Artefact.student_id.in_(student_ids))
    if shown_only:
        statement = statement.where(Artefact.shown)
    found = db.session.scalar(statement)
    if found is None:
        raise NotFound()
    return found


def links(student_id: int) -> list[PortfolioLink]:
    """The links that open now, the newest first."""
    return list(
        db.session.scalars(
            select(PortfolioLink)
            .where(PortfolioLink.student_id == student_id, *PortfolioLink.in_force())
            .order_by(PortfolioLink.id.desc())
        )
    )


def link_by_token(token: str) -> PortfolioLink | None:
    """The link in force that this token opens."""
    return db.session.scalar(by_token(PortfolioLink, token).options(joinedload(PortfolioLink.student)))
