"""What a calendar holds: dated things in the words of its reader, and no more than their pages show.

A calendar is copied to services that nobody here knows: no student is named in any.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import joinedload

from matching.files.cells import parse_windows
from matching.problem import Calendar, Window
from wbl import clock
from wbl.agreements.models import SiteVisit
from wbl.db import db
from wbl.hours.law import calendar_of
from wbl.interviews.models import Interview
from wbl.opportunities.models import Offering, Opportunity
from wbl.people.models import District
from wbl.placements.models import Placement, PlacementState, Publication
from wbl.placements.queries import declined
from wbl.rounds.models import Round

HALF_HOUR = timedelta(minutes=30)
BEFORE, AHEAD = timedelta(days=60), timedelta(days=180)
"""How far what a school follows reaches."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event, or one that comes again every week.

    ``starts`` and ``ends`` are by the clocks of ``zone``, without one of their own; both dates: all day,
    ``ends`` then the day after the last. ``weekdays``: 0 (Monday) to 6; repeated until ``until``, that date
    included.
    """

    uid: str
    starts: datetime | date
    ends: datetime | date
    zone: str
    summary: str
    location: str = ""
    description: str = ""
    url: str = ""
    weekdays: tuple[int, ...] = ()
    until: date | None = None

    @property
    def last_on(self) -> date:
        last = self.until or self.starts
        return last.date() if isinstance(last, datetime) else last

    @property
    def digest(self) -> str:
        """Changes with anything that a reader would see."""
        said = [getattr(self, name) for name in Event.__slots__ if name != "uid"]
        return hashlib.sha256(repr(said).encode()).hexdigest()


def uid(kind: str, row_id: int, part: object = "") -> str:
    """The name of an event for good: rows, no words."""
    host = urlsplit(current_app.config["PUBLIC_URL"]).hostname or "throughline"
    return f"{kind}-{row_id}{f'-{part}' if part != '' else ''}@{host}"


def page_at(path: str) -> str:
    return f"{current_app.config['PUBLIC_URL']}/{path}"


# ---- kinds of events -----------------------------------------------------------------------------


def placements_where(*where: ColumnElement[bool]) -> Sequence[Placement]:
    opportunity = joinedload(Placement.offering).joinedload(Offering.opportunity)
    statement = (
        select(Placement)
        .join(Offering, Offering.id == Placement.offering_id)
        .join(Opportunity, Opportunity.id == Offering.opportunity_id)
        .where(Placement.state == PlacementState.PUBLISHED, ~declined(), *where)
        .options(
            opportunity.joinedload(Opportunity.employer),
            opportunity.joinedload(Opportunity.site),
            joinedload(Placement.publication).joinedload(Publication.round).joinedload(Round.district),
        )
        .order_by(Placement.id)
    )
    return db.session.scalars(statement).all()


def title_of(offering: Offering) -> str:
    """The employer where there is one, else the title."""
    opportunity = offering.opportunity
    if opportunity.employer is not None:
        return opportunity.employer.name
    return opportunity.said("title", "en") or opportunity.external_id


def days_of(placement: Placement, kind: str, row_id: int, words: str, *, url: str) -> list[Event]:
    """The days on which somebody works: one event for the windows of a time of day, repeated every week;
    one for each date of a dated window, and of a day letter of the school's calendar."""
    offering, placement_round = placement.offering, placement.publication.round
    zone = placement_round.district.timezone
    first, last = _span(offering, placement_round)
    windows = parse_windows(offering.schedule) if offering.schedule else ()
    place = _place(offering)
    found: list[Event] = []
    weekly: dict[tuple[int, int], list[int]] = {}
    for window in windows:
        if window.weekly:
            weekly.setdefault((window.start, window.end), []).append(window.day)
    for number, ((start, end), weekdays) in enumerate(sorted(weekly.items())):
        begins = next((day for day in _dates(first, last) if day.weekday() in weekdays), None)
        if begins is not None:
            found.append(
                Event(
                    uid(kind, row_id, number),
                    _at(begins, start),
                    _at(begins, end),
                    zone,
                    words,
                    place,
                    url=url,
                    weekdays=tuple(sorted(weekdays)),
                    until=last,
                )
            )
    single = [window for window in windows if not window.weekly]
    calendar = calendar_of(placement_round) if any(window.letter for window in single) else None
    for window in single:
        for day in _days(window, calendar, first, last):
            name = uid(kind, row_id, f"{day:%Y%m%d}-{window.start}")
            found.append(
                Event(name, _at(day, window.start), _at(day, window.end), zone, words, place, url=url)
            )
    return found


def _days(window: Window, calendar: Calendar | None, first: date, last: date) -> list[date]:
    """The dates of a window of one date, or of a day letter."""
    if not window.letter:
        return [date.fromordinal(abs(window.day))]
    if calendar is None:
        return []
    days = [
        date.fromordinal(int(calendar.dates[row]))
        for row in range(len(calendar))
        if calendar.in_session[row] and calendar.letter[row] == window.letter
    ]
    return [day for day in days if first <= day <= last]


def _dates(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def _at(day: date, minutes: int) -> datetime:
    """A time of day by the clocks of the place; past midnight it is the next day's."""
    return datetime.combine(day, datetime.min.time()) + timedelta(minutes=minutes)


def _place(offering: Offering) -> str:
    site = offering.opportunity.site
    if (offering.place or "site") != "site" or site is None:
        return ""
    return ", ".join(filter(None, (site.address, f"{site.city} {site.postal_code}".strip())))


def first_and_last(
    offering: Offering, placement_round: Round, words: str, kind: str, row_id: int, *, url: str
) -> list[Event]:
    """The first day of placements at an offering, and the last where that is another."""
    zone = placement_round.district.timezone
    first, last = _span(offering, placement_round)
    begins = _("First day: %(where)s", where=words)
    found = [all_day(f"begins-{kind}", row_id, first, zone, begins, url=url)]
    if last != first:
        ends = _("Last day: %(where)s", where=words)
        found.append(all_day(f"ends-{kind}", row_id, last, zone, ends, url=url))
    return found


def _span(offering: Offering, placement_round: Round) -> tuple[date, date]:
    return (
        offering.start_date or placement_round.first_day,
        offering.end_date or placement_round.ends_on,
    )


def all_day(kind: str, row_id: int, day: date, zone: str, words: str, *, url: str, part: str = "") -> Event:
    return Event(uid(kind, row_id, part), day, day + timedelta(days=1), zone, words, url=url)


def closes(placement_round: Round, url: str) -> Event:
    """The last half hour of a round that collects: it ends when the round does."""
    assert placement_round.closes_at is not None
    zone = placement_round.district.timezone
    ends = _local(placement_round.closes_at, zone)
    words = _("Last moment to hand in: %(round)s", round=placement_round.name)
    return Event(uid("round", placement_round.id, "closes"), ends - HALF_HOUR, ends, zone, words, url=url)


def meeting(found: Interview, zone: str, words: str, url: str) -> Event:
    assert found.starts_at is not None
    starts = _local(found.starts_at, zone)
    return Event(uid("interview", found.id), starts, starts + HALF_HOUR, zone, words, found.place, url=url)


def visit(planned: SiteVisit, zone: str, words: str, url: str) -> Event:
    return all_day("visit", planned.id, planned.planned_on, zone, words, url=url)


def visits_where(where: ColumnElement[bool]) -> Sequence[tuple[SiteVisit, str]]:
    today = clock.last_today()
    statement = (
        select(SiteVisit, District.timezone)
        .join(Offering, Offering.id == SiteVisit.offering_id)
        .join(Opportunity, Opportunity.id == Offering.opportunity_id)
        .join(Round, Round.id == Offering.round_id)
        .join(District, District.id == Round.district_id)
        .where(where, SiteVisit.planned_on.between(today - BEFORE, today + AHEAD))
        .options(
            joinedload(SiteVisit.offering).joinedload(Offering.opportunity).joinedload(Opportunity.employer)
        )
        .order_by(SiteVisit.planned_on, SiteVisit.id)
    )
    return [(row[0], row[1]) for row in db.session.execute(statement)]


def zones_of(round_ids: set[int]) -> dict[int, str]:
    rows = db.session.execute(
        select(Round.id, District.timezone)
        .join(District, District.id == Round.district_id)
        .where(Round.id.in_(round_ids))
    ).tuples()
    return dict(rows.all())


def _local(moment: datetime, zone: str) -> datetime:
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
