"""Whom the end of a placement, or of a whole publication, is told to, once."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from wbl.db import db
from wbl.jobs.models import OutboxItem, OutboxKind, OutboxState
from wbl.jobs.outbox import enqueue, enqueue_all
from wbl.placements.models import FamilyLink, Placement, PlacementChange, PlacementState, Publication


def aware(placement_id: int) -> list[int | None]:
    """Who has heard of a placement by a link, and so hears of its end; None: the student.

    Whose mail about the placement still waits has not heard of it. Who may be told is asked when the
    mail goes out.
    """
    waiting = db.session.scalars(
        select(OutboxItem).where(
            OutboxItem.kind == OutboxKind.MAIL,
            OutboxItem.state == OutboxState.PENDING,
            OutboxItem.key.startswith(f"mail:placement:{placement_id}:"),
        )
    )
    unaware = {item.payload["guardian_id"] for item in waiting}
    linked = db.session.scalars(
        select(FamilyLink.guardian_id)
        .where(FamilyLink.placement_id == placement_id, FamilyLink.revoked_at.is_(None))
        .order_by(FamilyLink.id)
    )
    return [guardian_id for guardian_id in dict.fromkeys(linked) if guardian_id not in unaware]


def tell_of_end(made: PlacementChange, found: Placement, told: Sequence[int | None]) -> None:
    """Queue a mail to each of those who were aware. Flushes."""
    for guardian_id in told:
        enqueue(
            OutboxKind.MAIL,
            # A placement may come back and end again: each end is told once.
            f"mail:end:{found.id}:{guardian_id or 'student'}:change-{made.id}",
            {"about": "end", "placement_id": found.id, "guardian_id": guardian_id, "change_id": made.id},
            district_id=found.publication.round.district_id,
        )


def tell_of_withdrawal(publication: Publication, district_id: int) -> None:
    """Queue a mail to everybody who has heard, by a link in force, of a placement of this publication.

    Called before the links end; as with ``aware``, whose mail still waits has not heard.
    """
    waiting = db.session.scalars(
        select(OutboxItem).where(
            OutboxItem.kind == OutboxKind.MAIL,
            OutboxItem.state == OutboxState.PENDING,
            OutboxItem.payload["publication_id"].as_integer() == publication.id,
        )
    )
    unaware = {(item.payload["placement_id"], item.payload["guardian_id"]) for item in waiting}
    linked = db.session.execute(
        select(FamilyLink.placement_id, FamilyLink.guardian_id)
        .join(Placement, Placement.id == FamilyLink.placement_id)
        .where(
            Placement.publication_id == publication.id,
            Placement.state == PlacementState.PUBLISHED,
            FamilyLink.revoked_at.is_(None),
        )
        .order_by(FamilyLink.id)
    ).tuples()
    mails = {
        f"mail:withdrawn:{placement_id}:{guardian_id or 'student'}": {
            "about": "withdrawn",
            "placement_id": placement_id,
            "guardian_id": guardian_id,
        }
        for placement_id, guardian_id in linked
        if (placement_id, guardian_id) not in unaware
    }
    enqueue_all(OutboxKind.MAIL, mails, district_id=district_id)
