"""Whom the end of a placement, or of a whole publication, is told to, once."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select

from wbl.db import db
from wbl.jobs.models import OutboxItem, OutboxKind, OutboxState
from wbl.jobs.outbox import enqueue, enqueue_all
from wbl.placements.models import (
    Consent,
    FamilyLink,
    Placement,
    PlacementChange,
    PlacementState,
    Publication,
)


def aware(placement_id: int) -> list[int | None]:
    """Who has heard of a placement by a link, and so hears of its end; None: the student.

    Who may be told is asked when the mail goes out.
    """
    unaware = _unaware(OutboxItem.key.startswith(f"mail:placement:{placement_id}:"))
    linked = db.session.scalars(
        select(FamilyLink.guardian_id)
        .where(FamilyLink.placement_id == placement_id, FamilyLink.revoked_at.is_(None))
        .order_by(FamilyLink.id)
    )
    return [one for one in dict.fromkeys(linked) if (placement_id, one) not in unaware]


def _unaware(which: ColumnElement[bool]) -> set[tuple[int, int | None]]:
    """Of these mails about placements, whose have not arrived: placement and guardian (None: the student).

    It waits still, or it failed; and no answer of theirs came on paper or by the letter either.
    """
    mails = db.session.scalars(
        select(OutboxItem).where(
            OutboxItem.kind == OutboxKind.MAIL,
            OutboxItem.state.in_((OutboxState.PENDING, OutboxState.FAILED)),
            which,
        )
    )
    found = {(item.payload["placement_id"], item.payload["guardian_id"]) for item in mails}
    answered = db.session.execute(
        select(Consent.placement_id, Consent.guardian_id).where(
            Consent.placement_id.in_({placement_id for placement_id, _guardian_id in found})
        )
    ).tuples()
    return found - set(answered)


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

    Called before the links end.
    """
    unaware = _unaware(OutboxItem.payload["publication_id"].as_integer() == publication.id)
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
