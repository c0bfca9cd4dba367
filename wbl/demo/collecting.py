"""A round of the demo that collects: the same postings once more, and a student who has begun."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy import exists, select

from wbl import clock
from wbl.accounts import services as accounts
from wbl.accounts.actor import Actor
from wbl.accounts.models import User
from wbl.db import db
from wbl.interests import choices, found, submissions
from wbl.interests import services as interests
from wbl.interests.activities import MOST, activities
from wbl.interests.queries import done_profiles
from wbl.opportunities.models import Offering
from wbl.rounds import services
from wbl.rounds.columns import OFFERING_TEXT_COLUMNS
from wbl.rounds.models import Round, RoundState

DAYS_OPEN, DAYS_LEFT = 7, 14
WEEKS = 10
LISTED = 3
LIKES = {"R": 1, "I": 3, "A": 2, "S": 4, "E": 2, "C": 1}
FOUND = {
    "employer_name": "Pedal Works",
    "address": "12 Acequia Street",
    "city": "Mesa Clara",
    "postal_code": "87000",
    "contact_name": "Sam Rowe",
    "contact_email": "",
    "contact_phone": "555-0199",
    "title": "Bicycle repair helper",
    "description": "Fix bicycles with the owner, my neighbor.",
    "kind": "internship",
    "schedule": "Thu 15:30-18:00",
    "paid": "yes",
}
_DATED = re.compile(r"\d{4}-\d\d-\d\d")


def open_round(coordinator: Actor, published: Round, student: User) -> Round | None:
    """A round after the published one, open to students; None where the district has one. Flushes."""
    open_one = exists().where(
        Round.district_id == published.district_id,
        Round.opens_at.is_not(None),
        Round.published_run_id.is_(None),
    )
    if db.session.scalar(select(open_one)):
        return None
    first = published.ends_on + timedelta(days=10)
    made = services.create_round(
        coordinator,
        published.district_id,
        name=f"Placements from {first:%B %Y}",
        starts_on=first,
        ends_on=first + timedelta(weeks=WEEKS),
        policy={key: value for key, value in published.policy.items() if key != "on_date"},
    )
    made.opens_at = clock.now() - timedelta(days=DAYS_OPEN)
    made.closes_at = _evening(published.district.timezone)
    made.state = RoundState.REVIEW
    db.session.add_all(_again(published, made))
    db.session.flush()
    _begin(accounts.actor_of(student), made)
    return made


def _evening(timezone: str) -> datetime:
    """The end of a day two weeks from now, at the district."""
    there = clock.now().astimezone(ZoneInfo(timezone)) + timedelta(days=DAYS_LEFT)
    return there.replace(hour=23, minute=59, second=0, microsecond=0)


def _again(published: Round, made: Round) -> list[Offering]:
    """What was offered, without what was on certain dates of that term."""
    offered = db.session.scalars(
        select(Offering).where(Offering.round_id == published.id, Offering.active).order_by(Offering.id)
    )
    return [
        Offering(
            round_id=made.id,
            opportunity_id=offering.opportunity_id,
            seats=offering.seats,
            latitude=offering.latitude,
            longitude=offering.longitude,
            **{column: getattr(offering, column) for column in OFFERING_TEXT_COLUMNS},
        )
        for offering in offered
        if not _DATED.search(offering.schedule)
    ]


def _begin(actor: Actor, made: Round) -> None:
    """The student knows what they like, has begun, and has said how they travel."""
    if not done_profiles(actor.student_ids):
        rng = Random(7)
        interests.begin_profile(actor)
        for number, item in enumerate(activities(), start=1):
            liked = LIKES[item.letter] + rng.choice((-1, 0, 0, 1))
            interests.answer(actor, number, min(MOST, max(0, liked)))
    submissions.begin(actor, made.id)
    submissions.save_travel(actor, made.id, ["walk", "transit"], 60)
    first = db.session.scalars(
        select(Offering.id).where(Offering.round_id == made.id).order_by(Offering.id).limit(LISTED)
    ).all()
    for offering_id in first:
        choices.add(actor, made.id, offering_id)
    found.propose(actor, made.id, FOUND)
