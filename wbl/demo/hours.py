"""Weeks of hours at a placement of the demo that has begun: confirmed, waiting, asked about, not sent."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from uuid import uuid4

from sqlalchemy import select

from matching.files.cells import parse_windows
from wbl import clock
from wbl.accounts.actor import Actor
from wbl.agreements.models import Paperwork, PaperworkState
from wbl.db import db, transaction
from wbl.hours import entries, queries, weeks
from wbl.hours.entries import Worked
from wbl.hours.weeks import Said
from wbl.hours.when import DAY, WEEK, sunday_of
from wbl.opportunities.models import Offering
from wbl.placements import queries as placements
from wbl.placements.models import Consent, Placement, PlacementState
from wbl.rounds.local_times import instant_at

WEEKS = 3
QUESTION = "Did you not leave at five that day?"


def begin_early(round_id: int) -> None:
    """The first place whose family has answered began three weeks ago, so that there is work to show."""
    with transaction():
        found = db.session.scalars(
            select(Placement)
            .where(
                Placement.round_id == round_id,
                Placement.state == PlacementState.PUBLISHED,
                Placement.id.in_(select(Consent.placement_id)),
            )
            .order_by(Placement.id)
        )
        for placement in found:
            if placements.name_told(placements.whole(placement.id)):
                today = clock.today(placement.publication.round.district.timezone)
                first = sunday_of(today) + DAY - WEEKS * WEEK
                offering = db.session.get_one(Offering, placement.offering_id)
                offering.start_date = min(first, offering.start_date or first)
                return


def show_hours(actor: Actor, round_id: int) -> None:
    """Write down what was worked since, send it, and answer it as mentors do."""
    found = db.session.scalars(
        select(Placement)
        .join(Paperwork, Paperwork.placement_id == Placement.id)
        .where(Placement.round_id == round_id, Paperwork.state == PaperworkState.ACTIVE)
        .order_by(Placement.id)
    ).all()
    for placement_id in [one.id for one in found]:
        placement = placements.whole(placement_id)
        zone = placement.publication.round.district.timezone
        this_week = sunday_of(clock.today(zone))
        student = Actor(kind="command", student_ids=frozenset({placement.student_id}))
        for week in range(WEEKS, -1, -1):
            sunday = this_week - week * WEEK
            with transaction():
                write_week(student, placement, sunday, zone)
            if week:
                with transaction():
                    weeks.send_own(student, placement_id, sunday)
            if week > 1:
                with transaction():
                    weeks.answer_for_mentor(actor, placement_id, sunday, _said(placement_id, sunday, week))
    db.session.rollback()


def _said(placement_id: int, sunday: date, week: int) -> Said:
    """Everything is right; only in the second week something is asked."""
    found = queries.entries(placement_id, sunday)
    asked = found[-1:] if week == WEEKS - 1 else []
    return Said({one.id: one.version for one in found}, {one.id: QUESTION for one in asked})


def write_week(student: Actor, placement: Placement, sunday: date, zone: str) -> None:
    """The windows of the schedule in one week, as far as they have passed."""
    first, last = entries.days_of(placement, db.session.get_one(Paperwork, placement.id))
    for window in parse_windows(placement.offering.schedule):
        day = sunday + timedelta(days=(window.day + 1) % 7)
        if not window.weekly or not first <= day <= last or window.end >= 24 * 60:
            continue
        started, ended = (
            instant_at(datetime.combine(day, time(*divmod(minutes, 60))), zone)
            for minutes in (window.start, window.end)
        )
        if ended <= clock.now():
            entries.write(student, placement.id, str(uuid4()), Worked(started, ended))
