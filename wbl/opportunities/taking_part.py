"""Which offerings take part in their round: what students may browse, and what a solve is given."""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_, select

from wbl.employers.models import Employer
from wbl.employers.vetted import may_host
from wbl.opportunities.models import Offering, Opportunity, OpportunityState
from wbl.safety.freezing import frozen


def takes_part() -> ColumnElement[bool]:
    """Whether an offering takes part: it is offered, and no safety concern about it is open.

    A condition on ``Offering`` alone, so that it fits into any query.
    """
    return may_take_part() & ~frozen()


def may_take_part() -> ColumnElement[bool]:
    """Whether an offering was not left out of its round, its posting is approved, and its employer's
    vetting is in force where it is asked for."""
    hosts = select(Employer.id).where(may_host())
    approved = select(Opportunity.id).where(
        Opportunity.state == OpportunityState.APPROVED,
        or_(Opportunity.employer_id.is_(None), Opportunity.employer_id.in_(hosts)),
    )
    return Offering.active & Offering.opportunity_id.in_(approved)
