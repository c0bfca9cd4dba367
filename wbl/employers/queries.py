"""Reading employers, scoped to the actor's districts."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload, selectinload

from wbl.accounts.actor import Actor
from wbl.db import db
from wbl.employers.models import Employer, Site
from wbl.errors import NotFound
from wbl.opportunities.models import Offering, Opportunity
from wbl.pagination import Page, paginate
from wbl.rounds.models import Round
from wbl.search import contains


def employers(actor: Actor, *, search: str = "", page: int = 1) -> Page[Employer]:
    """A page of the actor's employers by name, with their sites."""
    statement = (
        select(Employer)
        .where(Employer.district_id.in_(actor.coordinator_of))
        .options(selectinload(Employer.sites))
    )
    for word in search.split():
        in_city = select(Site.employer_id).where(contains(Site.city, word))
        statement = statement.where(or_(contains(Employer.name, word), Employer.id.in_(in_city)))
    return paginate(statement.order_by(Employer.name, Employer.id), page)


def employer(actor: Actor, employer_id: int) -> Employer:
    """One of the actor's employers, with its sites.

    Raises
    ------
    NotFound
        Where there is none, or it is another district's.
    """
    found = db.session.scalar(
        select(Employer)
        .where(Employer.id == employer_id, Employer.district_id.in_(actor.coordinator_of))
        .options(selectinload(Employer.sites))
    )
    if found is None:
        raise NotFound()
    return found


def offerings(employer: Employer) -> list[tuple[Offering, Round]]:
    """What this employer offers and offered, with the round, the newest round first."""
    statement = (
        select(Offering, Round)
        .join(Opportunity, Opportunity.id == Offering.opportunity_id)
        .join(Round, Round.id == Offering.round_id)
        .where(Opportunity.employer_id == employer.id, Offering.active)
        .options(joinedload(Offering.opportunity).joinedload(Opportunity.site))
        .order_by(Round.starts_on.desc(), Round.id.desc(), Opportunity.title, Offering.id)
    )
    return [(offering, placement_round) for offering, placement_round in db.session.execute(statement)]
