"""Vetting: what a district checked of an employer, how long it holds, who is reminded before it lapses."""

from __future__ import annotations

import secrets
from datetime import date

from flask_babel import gettext as _
from sqlalchemy import delete, select, update

from wbl import clock
from wbl.accounts.actor import WORKER, Actor
from wbl.accounts.models import Membership, Role, User
from wbl.audit.services import record
from wbl.db import change, db, transaction
from wbl.employers import queries
from wbl.employers.models import (
    Employer,
    Outreach,
    OutreachStage,
    VettingCheck,
    VettingItem,
    VettingRule,
)
from wbl.employers.vetted import has_to_be_vetted, today
from wbl.errors import DomainError, NotFound
from wbl.jobs.models import OutboxKind
from wbl.jobs.outbox import enqueue
from wbl.people.models import District

REMIND_BEFORE = queries.SOON
AT_ONCE = 100
EARLY = (OutreachStage.PROSPECT, OutreachStage.CONTACTED, OutreachStage.INTERESTED)


def check(
    actor: Actor, employer_id: int, item: VettingItem, *, checked_on: date, expires_on: date | None
) -> VettingCheck:
    """Put on record that an item was checked. Flushes.

    Raises
    ------
    NotFound
        Where the employer is not of the actor's districts.
    DomainError
        Where it was checked in the future, or lapses before it was checked.
    """
    employer = queries.coordinated(actor, employer_id)
    district = db.session.get_one(District, employer.district_id)
    if checked_on > clock.today(district.timezone):
        raise DomainError(
            _("This day is still to come. Enter the day on which it was checked."), field="checked_on"
        )
    if expires_on is not None and expires_on < checked_on:
        raise DomainError(_("It would lapse before it was checked. Enter a later day."), field="expires_on")
    found = db.session.scalar(
        select(VettingCheck).where(VettingCheck.employer_id == employer.id, VettingCheck.item == item)
    )
    if found is None:
        found = VettingCheck(employer_id=employer.id, item=item)
        db.session.add(found)
    found.checked_on, found.expires_on, found.reminded_at = checked_on, expires_on, None
    found.checked_by = actor.user_id
    db.session.flush()
    record(actor, "vetting.check", employer, district_id=employer.district_id, item=item.value)
    _move_on(employer)
    db.session.flush()
    return found


def _move_on(employer: Employer) -> None:
    """An employer whose vetting is whole is "vetted" in the outreach, where it was not that far yet."""
    if not queries.vetting(employer).in_force:
        return
    change(
        update(Outreach)
        .where(Outreach.employer_id == employer.id, Outreach.stage.in_(EARLY))
        .values(stage=OutreachStage.VETTED, changed_at=clock.now())
    )


def take_back(actor: Actor, employer_id: int, item: VettingItem) -> None:
    """An item no longer holds. Flushes."""
    employer = queries.coordinated(actor, employer_id)
    gone = change(
        delete(VettingCheck).where(VettingCheck.employer_id == employer.id, VettingCheck.item == item)
    )
    if gone != 1:
        raise NotFound()
    record(actor, "vetting.take_back", employer, district_id=employer.district_id, item=item.value)
    db.session.flush()


def set_rule(actor: Actor, district_id: int, everybody: bool) -> None:
    """Whether employers who came with files are vetted too. Flushes."""
    if district_id not in actor.coordinator_of:
        raise NotFound()
    standing = db.session.get(VettingRule, district_id)
    if everybody == (standing is not None):
        return
    if everybody:
        db.session.add(VettingRule(district_id=district_id, since=clock.now()))
    else:
        db.session.delete(standing)
    district = db.session.get_one(District, district_id)
    record(actor, "vetting.rule", district, district_id=district_id, everybody=everybody)
    db.session.flush()


def remind_next() -> bool:
    """Remind of one employer whose vetting lapses soon (the worker's job); False where there is none."""
    with transaction():
        employer_id = db.session.scalar(
            select(VettingCheck.employer_id)
            .join(Employer, Employer.id == VettingCheck.employer_id)
            .where(
                VettingCheck.reminded_at.is_(None),
                VettingCheck.expires_on.is_not(None),
                VettingCheck.expires_on <= today() + REMIND_BEFORE,
                has_to_be_vetted(),
            )
            .order_by(VettingCheck.expires_on, VettingCheck.id)
            .limit(1)
        )
        if employer_id is None:
            return False
        claimed = change(
            update(VettingCheck)
            .where(
                VettingCheck.employer_id == employer_id,
                VettingCheck.reminded_at.is_(None),
                VettingCheck.expires_on <= today() + REMIND_BEFORE,
            )
            .values(reminded_at=clock.now())
        )
        if claimed:
            _queue_reminders(db.session.get_one(Employer, employer_id))
    return True


def _queue_reminders(employer: Employer) -> None:
    """A mail to each of the employer's people and of the district's coordinators."""
    recipients = db.session.scalars(
        select(User.id)
        .join(Membership, Membership.user_id == User.id)
        .where(
            User.active,
            ((Membership.role == Role.EMPLOYER) & (Membership.employer_id == employer.id))
            | ((Membership.role == Role.COORDINATOR) & (Membership.district_id == employer.district_id)),
        )
        .distinct()
        .limit(AT_ONCE)
    )
    once = secrets.token_hex(4)  # who claimed the checks above queues this once
    for user_id in recipients:
        enqueue(
            OutboxKind.MAIL,
            f"vetting:{employer.id}:{once}:{user_id}",
            {"about": "vetting", "employer_id": employer.id, "user_id": user_id},
            district_id=employer.district_id,
        )
    record(WORKER, "vetting.remind", employer, district_id=employer.district_id)
    db.session.flush()
