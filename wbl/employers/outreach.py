"""The outreach of a district: where it stands with each employer, what comes next, who is asked again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _
from sqlalchemy import Select, func, or_, select

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.accounts.models import User
from wbl.audit.services import keep_reason, record
from wbl.db import db
from wbl.employers import queries
from wbl.employers.models import (
    Employer,
    Outreach,
    OutreachNote,
    OutreachStage,
    Site,
)
from wbl.errors import DomainError
from wbl.opportunities.models import Offering, Opportunity
from wbl.pagination import Page, paginate
from wbl.rounds.models import Round
from wbl.search import contains

LEAST_NOTE = 2


@dataclass(frozen=True, slots=True)
class Row:
    """An employer in the pipeline, with the person to call."""

    employer: Employer
    outreach: Outreach
    contact: str
    phone: str


def pipeline(
    actor: Actor, *, stage: OutreachStage | None = None, search: str = "", page: int = 1
) -> Page[Row]:
    """A page of the outreach: what is due first, then by name."""
    first_site = (
        select(func.min(Site.id)).where(Site.employer_id == Employer.id).correlate(Employer).scalar_subquery()
    )
    statement = (
        select(Employer, Outreach, Site.contact_name, Site.contact_phone)
        .join(Outreach, Outreach.employer_id == Employer.id)
        .outerjoin(Site, Site.id == first_site)
        .where(Employer.district_id.in_(actor.coordinator_of))
    )
    if stage is not None:
        statement = statement.where(Outreach.stage == stage)
    for word in search.split():
        statement = statement.where(or_(contains(Employer.name, word), contains(Site.contact_name, word)))
    order = (Outreach.next_on.is_(None), Outreach.next_on, Employer.name, Employer.id)
    found = paginate(statement.order_by(*order), page, scalars=False)
    rows = [
        Row(employer, outreach, contact or "", phone or "")
        for employer, outreach, contact, phone in found.items
    ]
    return Page(rows, found.number, found.total, found.size)


def counts(actor: Actor) -> dict[OutreachStage, int]:
    """How many employers are at each stage."""
    statement = (
        select(Outreach.stage, func.count())
        .join(Employer, Employer.id == Outreach.employer_id)
        .where(Employer.district_id.in_(actor.coordinator_of))
        .group_by(Outreach.stage)
    )
    found = {row[0]: row[1] for row in db.session.execute(statement)}
    return {stage: found.get(stage, 0) for stage in OutreachStage}


def due(actor: Actor) -> int:
    """How many next actions are due today or overdue."""
    statement = (
        select(func.count())
        .select_from(Outreach)
        .join(Employer, Employer.id == Outreach.employer_id)
        .where(Employer.district_id.in_(actor.coordinator_of), Outreach.next_on <= clock.last_today())
    )
    return db.session.scalar(statement) or 0


def standing(employer: Employer) -> Outreach | None:
    """Where the district stands with an employer; None for one nobody has reached out to."""
    return db.session.get(Outreach, employer.id)


def notes(employer: Employer) -> Sequence[tuple[OutreachNote, str | None]]:
    """What was noted, the newest first, with who did."""
    statement = (
        select(OutreachNote, User.name)
        .outerjoin(User, User.id == OutreachNote.user_id)
        .where(OutreachNote.employer_id == employer.id)
        .order_by(OutreachNote.id.desc())
        .limit(50)
    )
    return [(note, name) for note, name in db.session.execute(statement)]


def save(
    actor: Actor,
    employer_id: int,
    *,
    stage: OutreachStage,
    next_action: str,
    next_on: date | None,
    note: str = "",
) -> Outreach:
    """Set the stage and what comes next, and note what was said. Flushes.

    Raises
    ------
    NotFound
        Where the employer is not of the actor's districts.
    """
    employer = queries.coordinated(actor, employer_id)
    if next_on is not None and not next_action.strip():
        raise DomainError(_("Say what is to be done on that day."), field="next_action")
    found = db.session.get(Outreach, employer.id)
    if found is None:
        found = Outreach(employer_id=employer.id, stage=stage)
        db.session.add(found)
    found.stage, found.next_action, found.next_on = stage, next_action.strip(), next_on
    found.changed_at = clock.now()
    if len(note.strip()) >= LEAST_NOTE:
        reason = keep_reason(note)
        db.session.add(
            OutreachNote(employer_id=employer.id, user_id=actor.user_id, at=clock.now(), reason_id=reason.id)
        )
    record(actor, "outreach.change", employer, district_id=employer.district_id, stage=stage.value)
    db.session.flush()
    return found


def earlier_rounds(actor: Actor) -> Sequence[Round]:
    """The rounds whose hosts can be asked again: those that are published, the newest first."""
    return db.session.scalars(
        select(Round)
        .where(Round.district_id.in_(actor.coordinator_of), Round.published_run_id.is_not(None))
        .order_by(Round.starts_on.desc(), Round.id.desc())
        .limit(20)
    ).all()


def _hosted(actor: Actor, round_id: int) -> Select[tuple[Employer]]:
    return (
        select(Employer)
        .join(Opportunity, Opportunity.employer_id == Employer.id)
        .join(Offering, Offering.opportunity_id == Opportunity.id)
        .where(Offering.round_id == round_id, Offering.active, Employer.district_id.in_(actor.coordinator_of))
    )


def hosts(actor: Actor, round_id: int) -> list[tuple[Employer, int]]:
    """The employers who offered something in a round, with how many postings."""
    found = db.session.execute(
        _hosted(actor, round_id)
        .add_columns(func.count(Offering.id))
        .group_by(Employer.id)
        .order_by(Employer.name, Employer.id)
    )
    return [(employer, count) for employer, count in found]


def postings_in(actor: Actor, round_id: int, employer_ids: Sequence[int]) -> Sequence[Opportunity]:
    """What some employers offered in a round."""
    return db.session.scalars(
        select(Opportunity)
        .join(Offering, Offering.opportunity_id == Opportunity.id)
        .where(
            Offering.round_id == round_id,
            Offering.active,
            Opportunity.employer_id.in_(employer_ids),
            Opportunity.district_id.in_(actor.coordinator_of),
        )
        .order_by(Opportunity.employer_id, Opportunity.id)
    ).all()
