"""A week is sent, then confirmed or asked about, day by day, by whoever supervises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select

from wbl import clock
from wbl.accounts.actor import WORKER, Actor
from wbl.audit.services import record
from wbl.db import db, transaction
from wbl.errors import NotFound
from wbl.hours import queries, telling
from wbl.hours.entries import hold, note_change
from wbl.hours.links import may_open
from wbl.hours.models import ChangeKind, EntryState, HoursLink, TimeEntry
from wbl.hours.when import DAY, WEEK, sunday_of
from wbl.people.models import District
from wbl.placements import queries as placements
from wbl.placements.models import Placement
from wbl.rounds.models import Round

MOST_QUESTION = 500


@dataclass(frozen=True, slots=True)
class Said:
    """What was read of a week, and what is said of it: versions, and questions, by entry."""

    versions: Mapping[int, int]
    questions: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Done:
    """How many days were confirmed, asked about, or left because they had changed meanwhile."""

    confirmed: int = 0
    questioned: int = 0
    changed: int = 0


def send_own(actor: Actor, placement_id: int, sunday: date) -> int:
    """The student sends a week; how many entries of it were still unsent. Flushes.

    Raises
    ------
    NotFound
        Where it is no placement of theirs.
    """
    return _send(actor, queries.own(actor, placement_id), sunday)


def send_next() -> bool:
    """Send one week that is over and that nobody sent (the worker's job); False where there is none.

    It is sent on the Monday after it, so that there is a day to look at it.
    """
    with transaction():
        rows = db.session.execute(
            select(TimeEntry.placement_id, TimeEntry.worked_on, District.timezone)
            .join(Placement, Placement.id == TimeEntry.placement_id)
            .join(Round, Round.id == Placement.round_id)
            .join(District, District.id == Round.district_id)
            .where(
                TimeEntry.state == EntryState.DRAFT,
                TimeEntry.ended_at.is_not(None),
                TimeEntry.worked_on < clock.now().date() - DAY,
            )
            .order_by(TimeEntry.worked_on, TimeEntry.placement_id)
        )
        for placement_id, worked_on, zone in rows.tuples():
            sunday = sunday_of(worked_on)
            if clock.today(zone) > sunday + WEEK:
                _send(WORKER, placements.whole(placement_id), sunday)
                return True
    return False


def _send(actor: Actor, placement: Placement, sunday: date) -> int:
    hold(placement)
    found = [
        one
        for one in _fresh(placement.id, sunday)
        if one.state is EntryState.DRAFT and one.ended_at is not None
    ]
    for entry in found:
        entry.state = EntryState.SUBMITTED
        note_change(actor, entry, ChangeKind.SEND)
    if found:
        record(actor, "hours.send", placement, district_id=_district(placement), count=len(found))
        telling.tell_mentor(placement, sunday)
    return len(found)


def answer_by_link(link: HoursLink, sunday: date, said: Said) -> Done:
    """Whoever supervises confirms a week by a link, or asks about some of its days. Flushes.

    Raises
    ------
    NotFound
        Where the link does not open (any more).
    """
    db.session.refresh(link)
    if not may_open(link):
        raise NotFound()
    return _answer(Actor(kind="hours_link", id=link.id), placements.whole(link.placement_id), sunday, said)


def answer_hosted(actor: Actor, placement_id: int, sunday: date, said: Said) -> Done:
    """Somebody of the employer's, signed in, does the same. Flushes.

    Raises
    ------
    NotFound
        Where it is not a placement of theirs whose student they may know.
    """
    return _answer(actor, queries.hosted(actor, placement_id), sunday, said)


def answer_for_mentor(actor: Actor, placement_id: int, sunday: date, said: Said) -> Done:
    """A coordinator writes down what the mentor said on the phone or on paper. Flushes."""
    return _answer(actor, queries.coordinated(actor, placement_id), sunday, said)


def _answer(actor: Actor, placement: Placement, sunday: date, said: Said) -> Done:
    hold(placement)
    confirmed = questioned = changed = 0
    for entry in _fresh(placement.id, sunday):
        if entry.state is not EntryState.SUBMITTED or entry.id not in said.versions:
            continue
        if entry.version != said.versions[entry.id]:
            changed += 1
            continue
        question = said.questions.get(entry.id, "").strip()[:MOST_QUESTION]
        entry.question = question
        entry.state = EntryState.QUESTIONED if question else EntryState.CONFIRMED
        note_change(actor, entry, ChangeKind.QUESTION if question else ChangeKind.CONFIRM)
        if question:
            questioned += 1
            telling.tell_student(placement, entry)
        else:
            confirmed += 1
    if confirmed or questioned:
        record(
            actor,
            "hours.answer",
            placement,
            district_id=_district(placement),
            confirmed=confirmed,
            questioned=questioned,
        )
        db.session.flush()
    return Done(confirmed, questioned, changed)


def waiting_weeks(placement_id: int) -> list[date]:
    """The Sundays of the weeks in which something waits for whoever supervises, the oldest first."""
    days = db.session.scalars(
        select(TimeEntry.worked_on)
        .where(TimeEntry.placement_id == placement_id, TimeEntry.state == EntryState.SUBMITTED)
        .distinct()
    )
    return sorted({sunday_of(day) for day in days})


def _fresh(placement_id: int, sunday: date) -> list[TimeEntry]:
    statement = (
        select(TimeEntry)
        .where(
            TimeEntry.placement_id == placement_id,
            TimeEntry.worked_on >= sunday,
            TimeEntry.worked_on < sunday + WEEK,
        )
        .order_by(TimeEntry.started_at, TimeEntry.id)
        .execution_options(populate_existing=True)
    )
    return list(db.session.scalars(statement))


def _district(placement: Placement) -> int:
    return placement.publication.round.district_id
