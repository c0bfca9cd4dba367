"""Versions of the training agreement: made from the data, and never changed afterwards."""

from __future__ import annotations

from sqlalchemy import func, select, update

from wbl import clock
from wbl.agreements.document import content_of, digest_of, facts_of
from wbl.agreements.models import Paperwork, TrainingAgreement
from wbl.db import change, db
from wbl.opportunities.models import Posting
from wbl.placements.models import Placement


def current(placement_id: int) -> TrainingAgreement | None:
    """The version that is to be signed, or was; None until the student has accepted."""
    return db.session.scalar(
        select(TrainingAgreement).where(
            TrainingAgreement.placement_id == placement_id, TrainingAgreement.superseded_at.is_(None)
        )
    )


def has_changed(placement: Placement, paperwork: Paperwork, version: TrainingAgreement) -> bool:
    """Whether the data would make another document today."""
    return digest_of(_content(placement, paperwork)) != version.digest


def make_current(placement: Placement, paperwork: Paperwork) -> TrainingAgreement:
    """The version that says what the data say now; a new one where that is something else. Flushes.

    A new version needs every signature anew: those under the one before stay with it.
    """
    content = _content(placement, paperwork)
    digest, standing = digest_of(content), current(placement.id)
    if standing is not None and standing.digest == digest:
        return standing
    moment = clock.now()
    change(
        update(TrainingAgreement)
        .where(TrainingAgreement.placement_id == placement.id, TrainingAgreement.superseded_at.is_(None))
        .values(superseded_at=moment)
    )
    last = db.session.scalar(
        select(func.max(TrainingAgreement.version)).where(TrainingAgreement.placement_id == placement.id)
    )
    made = TrainingAgreement(
        placement_id=placement.id, version=(last or 0) + 1, content=content, digest=digest, made_at=moment
    )
    db.session.add(made)
    db.session.flush()
    return made


def _content(placement: Placement, paperwork: Paperwork) -> dict[str, object]:
    posting = db.session.get(Posting, placement.offering.opportunity_id)
    return content_of(facts_of(placement, paperwork, posting))
