"""Reading opportunities and offerings: what takes part in a round, and the postings of an actor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import joinedload

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.accounts.models import User
from wbl.db import db
from wbl.employers.models import Employer, Site
from wbl.errors import NotFound
from wbl.interests.models import Submission
from wbl.opportunities.models import Offering, Opportunity, OpportunityState, Posting, PostingComment
from wbl.opportunities.taking_part import takes_part
from wbl.pagination import Page, paginate
from wbl.people.models import District, School
from wbl.rounds.models import Round
from wbl.safety.freezing import frozen
from wbl.search import contains


def offered(round_id: int) -> Select[tuple[Offering]]:
    """What students may browse in a round, and rank: the one place that says so.

    A statement, so that a list can filter, order and page it.
    """
    return select(Offering).where(Offering.round_id == round_id, takes_part())


def titles(round_id: int, external_ids: set[str], language: str) -> dict[str, str]:
    """Titles with their employer, by the identifier that explanations use."""
    rows = db.session.scalars(
        select(Opportunity)
        .join(Offering, Offering.opportunity_id == Opportunity.id)
        .where(Offering.round_id == round_id, Opportunity.external_id.in_(external_ids))
        .options(joinedload(Opportunity.employer))
    )
    found = {}
    for opportunity in rows:
        title = opportunity.said("title", language) or opportunity.external_id
        employer = opportunity.employer
        found[opportunity.external_id] = f"{title}, {employer.name}" if employer is not None else title
    return found


def is_offered(offering: Offering) -> bool:
    """Whether this offering takes part in its round."""
    found = db.session.scalar(select(Offering.id).where(Offering.id == offering.id, takes_part()))
    return found is not None


def _visible(actor: Actor) -> Select[tuple[Opportunity]]:
    """An employer's own postings, and all of a coordinator's districts."""
    return (
        select(Opportunity)
        .outerjoin(Employer, Employer.id == Opportunity.employer_id)
        .where(
            or_(
                Opportunity.employer_id.in_(actor.employer_ids),
                Opportunity.district_id.in_(actor.coordinator_of),
            )
        )
        .options(joinedload(Opportunity.employer), joinedload(Opportunity.site))
    )


def opportunity(actor: Actor, opportunity_id: int, *, lock: bool = False) -> Opportunity:
    """One of the actor's postings.

    Raises
    ------
    NotFound
        Where there is none, or it is somebody else's.
    """
    statement = _visible(actor).where(Opportunity.id == opportunity_id)
    if lock:
        statement = statement.with_for_update(of=Opportunity).execution_options(populate_existing=True)
    found = db.session.scalar(statement)
    if found is None:
        raise NotFound()
    return found


def coordinates(actor: Actor, found: Opportunity) -> bool:
    """Whether the actor decides about this posting for the district."""
    return found.district_id in actor.coordinator_of


@dataclass(frozen=True, slots=True)
class Row:
    """A posting in a list, with the round that it is offered in or asked for."""

    opportunity: Opportunity
    posting: Posting | None
    round: Round | None
    seats: int | None


def postings(
    actor: Actor, *, state: OpportunityState | None = None, search: str = "", page: int = 1
) -> Page[Row]:
    """A page of the actor's postings: those that wait first, then by title."""
    newest = (
        select(func.max(Offering.id))
        .where(Offering.opportunity_id == Opportunity.id, Offering.active)
        .correlate(Opportunity)
        .scalar_subquery()
    )
    statement = (
        _visible(actor)
        .add_columns(Posting, Round, Offering.seats)
        .outerjoin(Posting, Posting.opportunity_id == Opportunity.id)
        .outerjoin(Offering, Offering.id == newest)
        .outerjoin(Round, Round.id == func.coalesce(Posting.round_id, Offering.round_id))
    )
    if state is not None:
        statement = statement.where(Opportunity.state == state)
    for word in search.split():
        statement = statement.where(or_(contains(Opportunity.title, word), contains(Employer.name, word)))
    waiting = (Opportunity.state == OpportunityState.SUBMITTED).desc()
    found = paginate(statement.order_by(waiting, Opportunity.title, Opportunity.id), page, scalars=False)
    return Page([Row(*row) for row in found.items], found.number, found.total, found.size)


def counts(actor: Actor) -> dict[OpportunityState, int]:
    """How many of the actor's postings are in each state."""
    visible = _visible(actor).with_only_columns(Opportunity.state, func.count()).options()
    found = {row[0]: row[1] for row in db.session.execute(visible.group_by(Opportunity.state))}
    return {state: found.get(state, 0) for state in OpportunityState}


def posting(found: Opportunity) -> Posting | None:
    """What was written of it step by step; None for one that came with a folder and stayed as it was."""
    return db.session.get(Posting, found.id)


def newest_offering(found: Opportunity) -> Offering | None:
    """What it offers, or offered last."""
    return db.session.scalar(
        select(Offering)
        .where(Offering.opportunity_id == found.id)
        .order_by(Offering.active.desc(), Offering.id.desc())
        .limit(1)
    )


def offering_in(found: Opportunity, round_id: int) -> Offering | None:
    """Its offering in one round."""
    return db.session.scalar(
        select(Offering).where(Offering.opportunity_id == found.id, Offering.round_id == round_id)
    )


def comments(found: Opportunity) -> Sequence[tuple[PostingComment, str | None]]:
    """What was decided and said, the newest first, with who did."""
    statement = (
        select(PostingComment, User.name)
        .outerjoin(User, User.id == PostingComment.user_id)
        .where(PostingComment.opportunity_id == found.id)
        .options(joinedload(PostingComment.reason))
        .order_by(PostingComment.id.desc())
        .limit(50)
    )
    return [(comment, name) for comment, name in db.session.execute(statement)]


def employers(actor: Actor) -> Sequence[Employer]:
    """The employers for whom this actor may write a posting, by name."""
    statement = (
        select(Employer)
        .where(or_(Employer.id.in_(actor.employer_ids), Employer.district_id.in_(actor.coordinator_of)))
        .order_by(Employer.name, Employer.id)
        .limit(2000)
    )
    return db.session.scalars(statement).all()


def employer(actor: Actor, employer_id: int) -> Employer:
    """One of them.

    Raises
    ------
    NotFound
        Where there is none, or it is somebody else's.
    """
    found = db.session.scalar(
        select(Employer).where(
            Employer.id == employer_id,
            or_(Employer.id.in_(actor.employer_ids), Employer.district_id.in_(actor.coordinator_of)),
        )
    )
    if found is None:
        raise NotFound()
    return found


def open_rounds(district_ids: set[int]) -> Sequence[Round]:
    """The rounds of some districts in which something can still be offered, the next one first."""
    statement = (
        select(Round)
        .where(Round.district_id.in_(district_ids), Round.published_run_id.is_(None))
        .where(Round.ends_on >= clock.last_today())
        .order_by(Round.starts_on, Round.id)
    )
    return db.session.scalars(statement).all()


def round_of(found: Opportunity, round_id: int | None) -> Round | None:
    """A round of the posting's district; without an identifier the district's newest, for its rules."""
    statement = select(Round).where(Round.district_id == found.district_id)
    if round_id is not None:
        statement = statement.where(Round.id == round_id)
    return db.session.scalar(
        statement.options(joinedload(Round.district))
        .order_by(Round.starts_on.desc(), Round.id.desc())
        .limit(1)
    )


def sites(employer_id: int) -> Sequence[Site]:
    """The places of work of an employer."""
    return db.session.scalars(
        select(Site).where(Site.employer_id == employer_id).order_by(Site.name, Site.id)
    ).all()


def site_place(site: Site | None) -> tuple[float | None, float | None]:
    """Where a site is: as it says itself, else as the newest offering at it says."""
    if site is None:
        return None, None
    if site.latitude is not None:
        return site.latitude, site.longitude
    found = db.session.execute(
        select(Offering.latitude, Offering.longitude)
        .join(Opportunity)
        .where(Opportunity.site_id == site.id, Offering.latitude.is_not(None))
        .order_by(Offering.id.desc())
        .limit(1)
    ).first()
    return (found[0], found[1]) if found is not None else (None, None)


def schools(district_id: int) -> Sequence[School]:
    """The schools of a district, by name."""
    return db.session.scalars(
        select(School).where(School.district_id == district_id).order_by(School.name, School.external_id)
    ).all()


def known_codes(found: Opportunity, column: str) -> list[str]:
    """The credentials, courses or programs that students of the district have: what can be asked for."""
    cells = db.session.scalars(
        select(getattr(Submission, column))
        .join(Round, Round.id == Submission.round_id)
        .where(Round.district_id == found.district_id, getattr(Submission, column) != "")
        .distinct()
    )
    return sorted({code.strip() for cell in cells for code in cell.split(";") if code.strip()})


def district(found: Opportunity) -> District:
    return db.session.get_one(District, found.district_id)


@dataclass(frozen=True, slots=True)
class Wish:
    """What an employer would have students learn before they come."""

    opportunity_id: int
    title: str
    employer: str
    text: str


def wishes(actor: Actor) -> dict[str, list[Wish]]:
    """What employers said that students should learn, by career cluster ("" where none is known)."""
    newest = (
        select(func.max(Offering.id)).where(Offering.opportunity_id == Opportunity.id).correlate(Opportunity)
    ).scalar_subquery()
    found = db.session.execute(
        select(Offering.cluster, Opportunity.id, Opportunity.title, Employer.name, Opportunity.learn_before)
        .select_from(Opportunity)
        .outerjoin(Employer, Employer.id == Opportunity.employer_id)
        .outerjoin(Offering, Offering.id == newest)
        .where(Opportunity.district_id.in_(actor.coordinator_of), Opportunity.learn_before != "")
        .order_by(Opportunity.title, Opportunity.id)
        .limit(1000)
    )
    grouped: dict[str, list[Wish]] = {}
    for cluster, opportunity_id, title, employer_name, text in found:
        grouped.setdefault(cluster or "", []).append(Wish(opportunity_id, title, employer_name or "", text))
    return dict(sorted(grouped.items(), key=lambda entry: (entry[0] == "", entry[0])))


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An offering of a round that takes no part as things are, and whether its posting, a safety concern
    or else its employer is the reason."""

    offering: Offering
    posting: bool
    concern: bool


def left_out(round_id: int) -> list[LeftOut]:
    """The offerings of a round that were not left out of it on purpose, and yet take no part."""
    statement = (
        select(Offering, frozen())
        .join(Opportunity, Opportunity.id == Offering.opportunity_id)
        .where(Offering.round_id == round_id, Offering.active, ~takes_part())
        .options(joinedload(Offering.opportunity).joinedload(Opportunity.employer))
        .order_by(Opportunity.title, Offering.id)
        .limit(200)
    )
    return [
        LeftOut(offering, offering.opportunity.state is not OpportunityState.APPROVED, bool(concern))
        for offering, concern in db.session.execute(statement).tuples()
    ]
