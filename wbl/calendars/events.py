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
from flask_babel import ngettext
from sqlalchemy import exists, select
from sqlalchemy.orm import joinedload

from matching.files.cells import parse_windows
from matching.problem import Calendar, Window
from wbl import clock
from wbl.accounts.actor import Actor
from wbl.agreements.models import SiteVisit
from wbl.db import db
from wbl.hours.law import calendar_of
from wbl.interests.models import Submission
from wbl.interests.taking_part import attends
from wbl.interviews import queries as interviews
from wbl.interviews.models import Interview, InterviewState
from wbl.opportunities.models import Offering, Opportunity
from wbl.people.models import District
from wbl.placements.models import Placement, PlacementAnswer, PlacementState, Publication
from wbl.rounds.models import Round

HALF_HOUR = timedelta(minutes=30)
BEFORE, AHEAD = timedelta(days=60), timedelta(days=180)
"""How far a coordinator's visits reach."""


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


def _page(path: str) -> str:
    return f"{current_app.config['PUBLIC_URL']}/{path}"


# ---- whose ---------------------------------------------------------------------------------------


def of_actor(actor: Actor) -> list[Event]:
    """Everything dated of a user's, by all of their roles, in the language in force."""
    found: list[Event] = []
    if actor.student_ids:
        found += _of_student(actor)
    if actor.employer_ids:
        found += _of_employer(actor)
    if actor.coordinator_of:
        found += _of_coordinator(actor)
    return found


def of_family(placement: Placement, path: str) -> list[Event]:
    """The days of a student's placement, for whoever has a link to it; ``path``: of the link."""
    return days_of(placement, "placement", placement.id, _title(placement.offering), url=_page(path))


def _of_student(actor: Actor) -> list[Event]:
    found: list[Event] = []
    for one in _placements(Placement.student_id.in_(actor.student_ids)):
        page = _page(f"my-placement/{one.id}")
        found += days_of(one, "placement", one.id, _title(one.offering), url=page)
    answered = exists().where(PlacementAnswer.placement_id == Placement.id)
    for one in _placements(
        Placement.student_id.in_(actor.student_ids), Placement.answer_by.is_not(None), ~answered
    ):
        assert one.answer_by is not None
        zone = one.publication.round.district.timezone
        words = _("Say yes or no to your place")
        found.append(
            _all_day("answer", one.id, one.answer_by, zone, words, url=_page(f"my-placement/{one.id}"))
        )
    rounds = db.session.scalars(
        select(Round)
        .join(Submission, Submission.round_id == Round.id)
        .where(Submission.student_id.in_(actor.student_ids), attends(), Round.closes_at.is_not(None))
        .options(joinedload(Round.district))
    )
    found += [_closes(one, _page(f"my-rounds/{one.id}")) for one in rounds]
    meetings = db.session.scalars(
        select(Interview)
        .join(Submission, Submission.id == Interview.submission_id)
        .where(
            Submission.student_id.in_(actor.student_ids),
            attends(),
            Interview.state.in_((InterviewState.AGREED, InterviewState.DECIDED)),
            Interview.starts_at.is_not(None),
        )
        .options(
            joinedload(Interview.offering).joinedload(Offering.opportunity).joinedload(Opportunity.employer)
        )
    ).all()
    zones = _zones({one.round_id for one in meetings})
    for meeting in meetings:
        words = _("Interview: %(title)s", title=_title(meeting.offering))
        found.append(_meeting(meeting, zones[meeting.round_id], words, _page("my-interviews")))
    return found


def _of_employer(actor: Actor) -> list[Event]:
    found: list[Event] = []
    own = Opportunity.employer_id.in_(actor.employer_ids)
    by_offering: dict[int, list[Placement]] = {}
    for one in _placements(own):
        by_offering.setdefault(one.offering_id, []).append(one)
    for offering_id, placed in by_offering.items():
        title = placed[0].offering.opportunity.said("title", "en") or _("A placement")
        count = ngettext("%(num)s student", "%(num)s students", len(placed))
        words = _("%(title)s: %(students)s", title=title, students=count)
        found += days_of(placed[0], "offering", offering_id, words, url=_page("our-placements"))
    meetings = [one for one in interviews.of_employer(actor) if one.starts_at is not None]
    zones = _zones({one.round_id for one in meetings})
    for meeting in meetings:
        words = _("Interview: %(title)s", title=_title(meeting.offering))
        found.append(_meeting(meeting, zones[meeting.round_id], words, _page("our-interviews")))
    found += [
        _visit(visit, zone, _("Visit by the school: %(title)s", title=_title(visit.offering)), "")
        for visit, zone in _visits(own)
    ]
    return found


def _of_coordinator(actor: Actor) -> list[Event]:
    rounds = db.session.scalars(
        select(Round)
        .where(Round.district_id.in_(actor.coordinator_of), Round.closes_at.is_not(None))
        .options(joinedload(Round.district))
    )
    found = [_closes(one, _page(f"rounds/{one.id}/collect")) for one in rounds]
    for visit, zone in _visits(Round.district_id.in_(actor.coordinator_of)):
        employer = visit.offering.opportunity.employer
        where = employer.name if employer is not None else _title(visit.offering)
        words = _("Site visit: %(where)s", where=where)
        found.append(_visit(visit, zone, words, _page(f"rounds/{visit.offering.round_id}/paperwork")))
    return found


# ---- kinds of events -----------------------------------------------------------------------------


def _placements(*where: object) -> Sequence[Placement]:
    opportunity = joinedload(Placement.offering).joinedload(Offering.opportunity)
    statement = (
        select(Placement)
        .join(Offering, Offering.id == Placement.offering_id)
        .join(Opportunity, Opportunity.id == Offering.opportunity_id)
        .where(Placement.state == PlacementState.PUBLISHED, *where)  # type: ignore[arg-type]  # conditions
        .options(
            opportunity.joinedload(Opportunity.employer),
            opportunity.joinedload(Opportunity.site),
            joinedload(Placement.publication).joinedload(Publication.round).joinedload(Round.district),
        )
        .order_by(Placement.id)
    )
    return db.session.scalars(statement).all()


def _title(offering: Offering) -> str:
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
    first = offering.start_date or placement_round.first_day
    last = offering.end_date or placement_round.ends_on
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


def _all_day(kind: str, row_id: int, day: date, zone: str, words: str, *, url: str) -> Event:
    return Event(uid(kind, row_id), day, day + timedelta(days=1), zone, words, url=url)


def _closes(placement_round: Round, url: str) -> Event:
    """The last half hour of a round that collects: it ends when the round does."""
    assert placement_round.closes_at is not None
    zone = placement_round.district.timezone
    ends = _local(placement_round.closes_at, zone)
    words = _("Last moment to hand in: %(round)s", round=placement_round.name)
    return Event(uid("round", placement_round.id, "closes"), ends - HALF_HOUR, ends, zone, words, url=url)


def _meeting(meeting: Interview, zone: str, words: str, url: str) -> Event:
    assert meeting.starts_at is not None
    starts = _local(meeting.starts_at, zone)
    return Event(
        uid("interview", meeting.id), starts, starts + HALF_HOUR, zone, words, meeting.place, url=url
    )


def _visit(visit: SiteVisit, zone: str, words: str, url: str) -> Event:
    return _all_day("visit", visit.id, visit.planned_on, zone, words, url=url)


def _visits(where: object) -> Sequence[tuple[SiteVisit, str]]:
    today = clock.last_today()
    statement = (
        select(SiteVisit, District.timezone)
        .join(Offering, Offering.id == SiteVisit.offering_id)
        .join(Opportunity, Opportunity.id == Offering.opportunity_id)
        .join(Round, Round.id == Offering.round_id)
        .join(District, District.id == Round.district_id)
        .where(where, SiteVisit.planned_on.between(today - BEFORE, today + AHEAD))  # type: ignore[arg-type]  # a condition
        .options(
            joinedload(SiteVisit.offering).joinedload(Offering.opportunity).joinedload(Opportunity.employer)
        )
        .order_by(SiteVisit.planned_on, SiteVisit.id)
    )
    return [(row[0], row[1]) for row in db.session.execute(statement)]


def _zones(round_ids: set[int]) -> dict[int, str]:
    rows = db.session.execute(
        select(Round.id, District.timezone)
        .join(District, District.id == Round.district_id)
        .where(Round.id.in_(round_ids))
    ).tuples()
    return dict(rows.all())


def _local(moment: datetime, zone: str) -> datetime:
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
