"""Addresses of calendars: made, revoked, read; and what changed in them since."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select, update

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.accounts.models import User
from wbl.accounts.services import actor_of
from wbl.audit.services import record
from wbl.calendars import tokens, whose
from wbl.calendars.events import Event
from wbl.calendars.ics import Said, write
from wbl.calendars.models import CalendarFeed, CalendarMark
from wbl.db import change, db, transaction
from wbl.errors import NotFound
from wbl.i18n import account_language
from wbl.letters.content import family_language
from wbl.placements import queries as placements
from wbl.placements.models import FamilyLink, PlacementState

NOTE_EVERY = timedelta(hours=1)
KEPT = timedelta(days=60)
"""How long a cancelled event is said to be so: every calendar has asked by then."""


def of_person(*, user_id: int | None = None, family_link_id: int | None = None) -> CalendarFeed | None:
    """The address in force of a user, or of whoever has a family link."""
    mine = (
        CalendarFeed.user_id == user_id
        if user_id is not None
        else CalendarFeed.family_link_id == family_link_id
    )
    return db.session.scalar(select(CalendarFeed).where(mine, CalendarFeed.revoked_at.is_(None)))


def address_of(feed: CalendarFeed) -> str:
    """Where it is read. It names nobody; whoever has it reads the calendar."""
    return f"{current_app.config['PUBLIC_URL']}/calendar/{tokens.token_of(feed.nonce)}.ics"


def make(
    actor: Actor, district_id: int, *, user_id: int | None = None, family_link_id: int | None = None
) -> CalendarFeed:
    """A new address; the one before it gives nothing any more. Flushes."""
    revoke(actor, district_id, user_id=user_id, family_link_id=family_link_id)
    nonce = secrets.token_hex(16)
    feed = CalendarFeed(
        user_id=user_id,
        family_link_id=family_link_id,
        nonce=nonce,
        token_hash=tokens.hash_of(tokens.token_of(nonce)),
        created_at=clock.now(),
        noted_at=clock.now(),
    )
    db.session.add(feed)
    db.session.flush()
    record(actor, "calendar.make", feed, district_id=district_id)
    _note(feed)
    return feed


def revoke(
    actor: Actor, district_id: int, *, user_id: int | None = None, family_link_id: int | None = None
) -> None:
    """End the address in force, where there is one. Flushes."""
    feed = of_person(user_id=user_id, family_link_id=family_link_id)
    if feed is not None:
        feed.revoked_at = clock.now()
        record(actor, "calendar.revoke", feed, district_id=district_id)
        db.session.flush()


def read(token: str) -> bytes:
    """The calendar behind an address, as it is now. Nothing is written: reading changes nothing.

    Raises
    ------
    NotFound
        Where there is none, it was revoked, or its owner may read nothing any more.
    """
    feed = db.session.scalar(
        select(CalendarFeed).where(
            CalendarFeed.token_hash == tokens.hash_of(token), CalendarFeed.revoked_at.is_(None)
        )
    )
    found = _events(feed) if feed is not None else None
    if feed is None or found is None:
        raise NotFound()
    with force_locale(_language(feed)):
        said = _said(found, _marks(feed), clock.now())
        return write(said, name=_("Placements and dates"))


def note_next() -> bool:
    """Note what changed in one calendar (the worker's job); False where none is due."""
    moment = clock.now()
    with transaction():
        feed = db.session.scalar(
            select(CalendarFeed)
            .where(CalendarFeed.revoked_at.is_(None), CalendarFeed.noted_at <= moment - NOTE_EVERY)
            .order_by(CalendarFeed.noted_at, CalendarFeed.id)
            .limit(1)
        )
        if feed is None:
            return False
        claimed = change(
            update(CalendarFeed)
            .where(CalendarFeed.id == feed.id, CalendarFeed.noted_at <= moment - NOTE_EVERY)
            .values(noted_at=moment)
        )
        if claimed == 1:
            _note(feed)
    return True


def _marks(feed: CalendarFeed) -> dict[str, CalendarMark]:
    rows = db.session.scalars(select(CalendarMark).where(CalendarMark.feed_id == feed.id))
    return {row.uid: row for row in rows}


def _said(found: Sequence[Event], marks: Mapping[str, CalendarMark], moment: datetime) -> list[Said]:
    """Each event with its number; then those that are no more, as cancelled, while they would come."""
    said = []
    for event in found:
        mark = marks.get(event.uid)
        if mark is None:
            said.append(Said(event, 0, moment))
        elif mark.digest == event.digest and mark.cancelled_at is None:
            said.append(Said(event, mark.sequence, mark.changed_at))
        else:
            said.append(Said(event, mark.sequence + 1, moment))
    live = {event.uid for event in found}
    for mark in marks.values():
        if mark.uid in live:
            continue
        if mark.cancelled_at is not None:
            said.append(Said(_gone(mark), mark.sequence, mark.changed_at, cancelled=True))
        elif mark.last_on >= clock.last_today():  # what is over just leaves
            said.append(Said(_gone(mark), mark.sequence + 1, moment, cancelled=True))
    return said


def _gone(mark: CalendarMark) -> Event:
    """An event that is no more: its name and its time are all that is kept."""
    whole_day = "T" not in mark.starts
    starts = date.fromisoformat(mark.starts) if whole_day else datetime.fromisoformat(mark.starts)
    length = timedelta(days=1) if whole_day else timedelta(minutes=30)
    return Event(mark.uid, starts, starts + length, mark.zone, _("Cancelled"))


def _note(feed: CalendarFeed) -> None:
    """Bring the marks of a feed up to date. Flushes."""
    found, marks, moment = _events(feed), _marks(feed), clock.now()
    events_by_uid = {event.uid: event for event in found or []}
    for one in _said(list(events_by_uid.values()), marks, moment):
        mark = marks.get(one.event.uid) or CalendarMark(
            feed_id=feed.id, uid=one.event.uid, digest="", sequence=0, changed_at=moment
        )
        if one.cancelled:
            mark.cancelled_at = mark.cancelled_at or moment
        else:
            event = one.event
            mark.digest, mark.cancelled_at = event.digest, None
            mark.starts, mark.zone, mark.last_on = event.starts.isoformat(), event.zone, event.last_on
        mark.sequence, mark.changed_at = one.sequence, one.changed_at
        db.session.add(mark)
    for mark in marks.values():
        over = mark.last_on < clock.last_today() - KEPT
        if (mark.cancelled_at and mark.cancelled_at < moment - KEPT) or (
            mark.uid not in events_by_uid and over
        ):
            db.session.delete(mark)
    db.session.flush()


def _events(feed: CalendarFeed) -> list[Event] | None:
    """What its owner may read now; None where that is nothing at all any more."""
    if feed.user_id is not None:
        user = db.session.get_one(User, feed.user_id)
        if not user.active:
            return None
        with force_locale(_language(feed)):
            return whose.of_actor(actor_of(user))
    link = db.session.get_one(FamilyLink, feed.family_link_id)
    placement = placements.whole(link.placement_id)
    today = clock.today(placement.publication.round.district.timezone)
    allowed = link.guardian is None or link.guardian.receives(today)
    if link.revoked_at is not None or link.expires_at <= clock.now() or not allowed:
        return None
    if placement.state is not PlacementState.PUBLISHED:
        return []
    with force_locale(_language(feed)):
        return whose.of_family(placement, f"f/{link.token}")


def _language(feed: CalendarFeed) -> str:
    if feed.family_link_id is not None:
        return family_language(db.session.get_one(FamilyLink, feed.family_link_id))
    return account_language(db.session.get_one(User, feed.user_id).locale)
