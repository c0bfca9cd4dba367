"""Visits of a place of work: before the start and in the first two weeks, planned and then logged."""

from __future__ import annotations

from datetime import date

from flask_babel import gettext as _
from sqlalchemy import select

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.agreements.models import SiteVisit, VisitKind
from wbl.audit.services import record
from wbl.db import db
from wbl.errors import DomainError, NotFound
from wbl.opportunities.models import Offering
from wbl.people.models import District
from wbl.rounds.models import Round


def of_offering(offering_id: int) -> list[SiteVisit]:
    """The visits of a place in one round, as they are planned."""
    statement = select(SiteVisit).where(SiteVisit.offering_id == offering_id)
    return list(db.session.scalars(statement.order_by(SiteVisit.planned_on, SiteVisit.id)))


def plan(actor: Actor, offering_id: int, planned_on: date) -> SiteVisit:
    """One more visit. Flushes.

    Raises
    ------
    NotFound
        Where there is no such offering, or it is another district's.
    """
    offering, district = _of(actor, offering_id)
    visit = SiteVisit(offering_id=offering.id, kind=VisitKind.OTHER, planned_on=planned_on)
    db.session.add(visit)
    db.session.flush()
    record(actor, "visit.plan", offering, district_id=district.id, visit=visit.id)
    return visit


def log(actor: Actor, visit_id: int, *, done_on: date, note: str) -> SiteVisit:
    """Somebody was there. Flushes.

    Raises
    ------
    NotFound
        Where there is no such visit, or it is another district's.
    DomainError
        Where the day is still to come, or too much was written.
    """
    visit = _visit(visit_id)
    offering, district = _of(actor, visit.offering_id)
    if done_on > clock.today(district.timezone):
        raise DomainError(_("This day is still to come. Enter the day of the visit."), field="done_on")
    if len(note) > 2000:
        raise DomainError(_("Use at most 2000 characters."), field="note")
    visit.done_on, visit.done_by, visit.note = done_on, actor.user_id, note.strip()
    record(actor, "visit.log", offering, district_id=district.id, visit=visit.id)
    db.session.flush()
    return visit


def move(actor: Actor, visit_id: int, planned_on: date) -> SiteVisit:
    """Another day for a visit that is planned. Flushes. Raises as :func:`log`."""
    visit = _visit(visit_id)
    offering, district = _of(actor, visit.offering_id)
    visit.planned_on = planned_on
    record(actor, "visit.plan", offering, district_id=district.id, visit=visit.id)
    db.session.flush()
    return visit


def _visit(visit_id: int) -> SiteVisit:
    visit = db.session.get(SiteVisit, visit_id)
    if visit is None:
        raise NotFound()
    return visit


def _of(actor: Actor, offering_id: int) -> tuple[Offering, District]:
    row = db.session.execute(
        select(Offering, District)
        .join(Round, Round.id == Offering.round_id)
        .join(District, District.id == Round.district_id)
        .where(Offering.id == offering_id, Round.district_id.in_(actor.coordinator_of))
    ).first()
    if row is None:
        raise NotFound()
    return row[0], row[1]
