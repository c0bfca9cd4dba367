"""The demo's student with a sign-in at work since three weeks, with hours of every kind."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

from tests import factories as make
from tests.conftest import PASSWORD
from wbl import clock
from wbl.accounts import services as accounts
from wbl.accounts.actor import Actor
from wbl.agreements.models import Paperwork, PaperworkState, Step
from wbl.db import db, transaction
from wbl.employers.models import Employer
from wbl.hours import entries, links, weeks
from wbl.hours.entries import Worked
from wbl.hours.models import HoursBreach
from wbl.hours.when import sunday_of
from wbl.placements import consents
from wbl.placements import queries as placements
from wbl.rounds.local_times import instant_at

SEAT = 90  # of those that the demo gives itself, none is so high


def at_work(placement_id: int) -> Actor:
    """Make a placement active since three weeks; the student who is at work. Inside the application."""
    coordinator = accounts.user_by_email("coordinator@demo.example")
    student = accounts.user_by_email("student@demo.example")
    assert coordinator is not None and student is not None
    placement = placements.whole(placement_id)
    today = clock.today(placement.publication.round.district.timezone)
    alone = placements.student_decides(placement)
    signer = None if alone else consents.signers(placement)[0].id
    fields = consents.fields_of(placement)
    with transaction():
        consents.record_paper(
            accounts.actor_of(coordinator), placement_id, dict.fromkeys(fields, True), signer
        )
    with transaction() as session:
        paperwork = session.get_one(Paperwork, placement_id)
        paperwork.state, paperwork.step, paperwork.seat = PaperworkState.ACTIVE, Step.DONE, SEAT
        paperwork.active_at = clock.now() - timedelta(days=21)
        offering = placements.whole(placement_id).offering
        offering.start_date, offering.end_date = today - timedelta(days=21), today + timedelta(days=60)
        offering.paid, offering.hourly_wage = "yes", "15"
    actor = accounts.actor_of(student)
    db.session.rollback()
    return actor


def with_hours(placement_id: int) -> dict[str, Any]:
    """The same with hours: sent, unsent, a breach; ``ids`` for addresses, and the people who look."""
    student = at_work(placement_id)
    placement = placements.whole(placement_id)
    zone = placement.publication.round.district.timezone
    monday = sunday_of(clock.today(zone)) - timedelta(days=6)
    for at in range(3):
        write(student, placement_id, monday + timedelta(days=at), (15, 30), (18, 0), zone)
    with transaction():
        weeks.send_own(student, placement_id, monday)
    last = write(student, placement_id, monday + timedelta(days=4), (15, 30), (18, 30), zone)
    with transaction() as session:
        breach = _breach(placement_id, monday)
        session.add(breach)
        link = links.for_mail(placement, "mentor@work.example")
        session.flush()
        employer = session.get_one(Employer, placement.offering.opportunity.employer_id)
        host = make.make_employer_user(employer)
        found = {
            "time_entry": last,
            "breach": breach.id,
            "hours": link.token,
            "host_email": host.email,
        }
    return {"ids": found, "people": {"hours_employer": {"email": found["host_email"], "password": PASSWORD}}}


def write(
    student: Actor, placement_id: int, day: date, begins: tuple[int, int], ends: tuple[int, int], zone: str
) -> int:
    """One stretch of work by the clocks of the district."""
    started, ended = (instant_at(datetime.combine(day, time(*at)), zone) for at in (begins, ends))
    with transaction():
        return entries.write(student, placement_id, str(uuid4()), Worked(started, ended)).id


def _breach(placement_id: int, day: date) -> HoursBreach:
    """As at fifteen: of whatever age the demo's student is."""
    return HoursBreach(
        placement_id=placement_id,
        rule="HOURS-SCHOOL-DAY",
        day=day,
        says="hours_school_day",
        under_age=16,
        found=210,
        limit=180,
        citation="29 CFR 570.35(a)(5)",
        words={"jurisdiction": {"en": "federal", "es": "federal"}, "what": {"en": "hours", "es": "horas"}},
        found_at=clock.now(),
    )
