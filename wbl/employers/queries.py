"""Reading employers: an employer's own, and those of a coordinator's districts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from wbl.accounts.actor import Actor
from wbl.accounts.models import Invitation, Membership, Role, User
from wbl.db import db
from wbl.employers.models import (
    Employer,
    EmployerOwner,
    Site,
    VettingCheck,
    VettingItem,
    VettingRule,
)
from wbl.employers.vetted import has_to_be_vetted, may_host, today
from wbl.errors import NotFound
from wbl.opportunities.models import Offering, Opportunity
from wbl.pagination import Page, paginate
from wbl.people.models import District
from wbl.rounds.models import Round
from wbl.search import contains


def _visible(actor: Actor) -> ColumnElement[bool]:
    """Employers that the actor speaks for, or coordinates."""
    return or_(Employer.id.in_(actor.employer_ids), Employer.district_id.in_(actor.coordinator_of))


SOON = timedelta(days=30)
"""So long before a check lapses, people are told."""


def _lapses() -> ColumnElement[bool]:
    """Whether the vetting is asked for and something of it lapses soon, or has."""
    dated = select(VettingCheck.employer_id).where(VettingCheck.expires_on <= today() + SOON)
    return and_(has_to_be_vetted(), Employer.id.in_(dated))


def lapsing(actor: Actor) -> int:
    """Of how many employers of the actor's districts something lapses soon, or has."""
    statement = select(func.count(Employer.id)).where(
        Employer.district_id.in_(actor.coordinator_of), _lapses()
    )
    return db.session.scalar(statement) or 0


def employers(actor: Actor, *, search: str = "", only_lapsing: bool = False, page: int = 1) -> Page[Employer]:
    """A page of the actor's employers by name, with their sites."""
    statement = (
        select(Employer)
        .where(Employer.district_id.in_(actor.coordinator_of))
        .options(selectinload(Employer.sites))
    )
    if only_lapsing:
        statement = statement.where(_lapses())
    for word in search.split():
        in_city = select(Site.employer_id).where(contains(Site.city, word))
        statement = statement.where(or_(contains(Employer.name, word), Employer.id.in_(in_city)))
    return paginate(statement.order_by(Employer.name, Employer.id), page)


def employer(actor: Actor, employer_id: int) -> Employer:
    """One of the actor's employers, with its sites.

    Raises
    ------
    NotFound
        Where there is none, or it is somebody else's.
    """
    found = db.session.scalar(
        select(Employer)
        .where(Employer.id == employer_id, _visible(actor))
        .options(selectinload(Employer.sites))
    )
    if found is None:
        raise NotFound()
    return found


def coordinated(actor: Actor, employer_id: int) -> Employer:
    """One of the employers of the actor's districts: for what the district decides.

    Raises
    ------
    NotFound
        Where there is none, or the actor does not coordinate its district.
    """
    found = employer(actor, employer_id)
    if found.district_id not in actor.coordinator_of:
        raise NotFound()
    return found


def own(actor: Actor) -> Sequence[Employer]:
    """The employers that the actor speaks for."""
    return db.session.scalars(
        select(Employer).where(Employer.id.in_(actor.employer_ids)).order_by(Employer.name, Employer.id)
    ).all()


def site(actor: Actor, employer_id: int, site_id: int) -> Site:
    """A place of work of one of the actor's employers."""
    found = employer(actor, employer_id)
    for one in found.sites:
        if one.id == site_id:
            return one
    raise NotFound()


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


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who signs in for an employer."""

    user_id: int
    name: str
    email: str
    owns: bool


def people(employer: Employer) -> list[Person]:
    """Who signs in for this employer, by name."""
    owner = db.session.get(EmployerOwner, employer.id)
    found = db.session.execute(
        select(User.id, User.name, User.email)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.role == Role.EMPLOYER, Membership.employer_id == employer.id, User.active)
        .order_by(User.name, User.id)
    )
    return [
        Person(user_id, name, email, owner is not None and owner.user_id == user_id)
        for user_id, name, email in found
    ]


def invited(employer: Employer) -> Sequence[Invitation]:
    """Invitations of this employer that wait."""
    return db.session.scalars(
        select(Invitation)
        .where(
            Invitation.employer_id == employer.id,
            Invitation.accepted_at.is_(None),
            Invitation.revoked_at.is_(None),
        )
        .order_by(Invitation.id)
    ).all()


def owns(actor: Actor, employer: Employer) -> bool:
    """Whether the actor may invite colleagues and hand the employer over."""
    if employer.district_id in actor.coordinator_of:
        return True
    owner = db.session.get(EmployerOwner, employer.id)
    if owner is None:
        return employer.id in actor.employer_ids
    return owner.user_id == actor.user_id


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a vetting: when and by whom it was checked, and whether that still holds."""

    item: VettingItem
    check: VettingCheck | None
    by: str | None

    @property
    def lapsed(self) -> bool:
        expires = self.check.expires_on if self.check is not None else None
        return expires is not None and expires < today()

    @property
    def in_force(self) -> bool:
        return self.check is not None and not self.lapsed


@dataclass(frozen=True, slots=True)
class Vetting:
    """An employer's vetting: every item, whether it is asked for, and whether they may host."""

    items: list[Item]
    asked: bool

    @property
    def in_force(self) -> bool:
        return all(item.in_force for item in self.items)

    @property
    def may_host(self) -> bool:
        return not self.asked or self.in_force

    @property
    def until(self) -> date | None:
        """The last day on which all of it holds."""
        dates = [i.check.expires_on for i in self.items if i.check is not None and i.check.expires_on]
        return min(dates) if dates and self.in_force else None


def vetting(employer: Employer) -> Vetting:
    """Where an employer's vetting stands."""
    found = db.session.execute(
        select(VettingCheck, User.name)
        .outerjoin(User, User.id == VettingCheck.checked_by)
        .where(VettingCheck.employer_id == employer.id)
    )
    checks: Mapping[VettingItem, tuple[VettingCheck, str | None]] = {
        check.item: (check, name) for check, name in found
    }
    asked = db.session.scalar(select(Employer.id).where(Employer.id == employer.id, has_to_be_vetted()))
    return Vetting([Item(item, *checks.get(item, (None, None))) for item in VettingItem], asked is not None)


def barred(employer_ids: Sequence[int]) -> set[int]:
    """Those of some employers whose vetting is asked for and not in force."""
    return set(db.session.scalars(select(Employer.id).where(Employer.id.in_(employer_ids), ~may_host())))


def vets_everybody(district_id: int) -> bool:
    """Whether the district vets employers who came with files too."""
    return db.session.get(VettingRule, district_id) is not None


def districts_to_join() -> Sequence[District]:
    """The districts at which an employer may sign up."""
    return db.session.scalars(select(District).order_by(District.name, District.id)).all()


def districts_of(actor: Actor) -> Sequence[District]:
    """The districts that the actor coordinates."""
    own = select(District).where(District.id.in_(actor.coordinator_of))
    return db.session.scalars(own.order_by(District.name, District.id)).all()


def district_by_slug(slug: str) -> District:
    """A district by its address.

    Raises
    ------
    NotFound
        Where there is none.
    """
    found = db.session.scalar(select(District).where(District.slug == slug))
    if found is None:
        raise NotFound()
    return found


def district_of(employer: Employer) -> District:
    return db.session.get_one(District, employer.district_id)
