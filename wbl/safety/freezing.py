"""An opportunity about which a safety concern is open takes no new students."""

from __future__ import annotations

from sqlalchemy import ColumnElement, select

from wbl.db import db
from wbl.opportunities.models import Offering
from wbl.safety.models import ConcernState, SafetyConcern


def frozen() -> ColumnElement[bool]:
    """Whether a concern about the opportunity of an offering is open. A condition on ``Offering`` alone.

    Of every round: a place that is not safe in spring is not offered for the summer either.
    """
    about = select(SafetyConcern.opportunity_id).where(
        SafetyConcern.state != ConcernState.CLOSED, SafetyConcern.opportunity_id.is_not(None)
    )
    return Offering.opportunity_id.in_(about)


def is_frozen(offering: Offering) -> bool:
    """Whether this offering takes no new students."""
    return db.session.scalar(select(Offering.id).where(Offering.id == offering.id, frozen())) is not None
