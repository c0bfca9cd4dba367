"""Ready values for pages about hours: a week with its days, what is broken in it, and its sum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from flask_babel import gettext as _

from wbl import clock
from wbl.accounts import tokens
from wbl.hours import queries
from wbl.hours.entries import OWN
from wbl.hours.models import EntryState, HoursBreach, TimeEntry
from wbl.hours.when import DAY, WEEK, local, sunday_of
from wbl.hours.words import breach_sentence, change_words, state_words, who_words
from wbl.i18n import clock_time, day, days, duration, moment, time_range
from wbl.placements.models import Placement

WEEKS_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Row:
    """One entry in words."""

    entry: TimeEntry
    day: str
    times: str
    worked: str
    state: str
    kind: str  # of its tag
    changes: bool  # whether the student may still change it


@dataclass(frozen=True, slots=True)
class Week:
    """``breaches``: each with its sentence. ``waiting``: entries that whoever supervises may answer."""

    sunday: date
    title: str
    total: str
    rows: Sequence[Row]
    breaches: Sequence[tuple[HoursBreach, str]] = field(default_factory=tuple)
    unsent: int = 0

    @property
    def waiting(self) -> list[Row]:
        return [row for row in self.rows if row.entry.state is EntryState.SUBMITTED]


def week_of(
    placement: Placement,
    sunday: date,
    *,
    to_student: bool = False,
    whole: bool = False,
    sent: bool = False,
) -> Week:
    """One week of a placement.

    Parameters
    ----------
    whole
        With what was taken back.
    sent
        As its employer sees it: without what is not sent yet, which is the student's own; and without
        what broke the law together with work for somebody else, which is not theirs to know.
    """
    zone = placement.publication.round.district.timezone
    found = queries.entries(placement.id, sunday)
    if sent:
        found = [one for one in found if one.state is not EntryState.DRAFT]
    counted = [one for one in found if one.state is not EntryState.WITHDRAWN]
    broken = queries.breaches(placement.id, sunday)
    if sent and broken and queries.works_elsewhere(placement, sunday):
        broken = []
    return Week(
        sunday=sunday,
        title=days(sunday, sunday + WEEK - DAY),
        total=duration(sum(one.minutes for one in counted)),
        rows=[row_of(one, zone) for one in (found if whole else counted)],
        breaches=[(one, breach_sentence(one, to_student=to_student)) for one in broken],
        unsent=sum(one.state is EntryState.DRAFT and one.ended_at is not None for one in counted),
    )


def row_of(entry: TimeEntry, zone: str) -> Row:
    words, kind = state_words()[entry.state]
    began = local(entry.started_at, zone)
    first = began.hour * 60 + began.minute
    if entry.ended_at is None:
        times, worked = _("from %(time)s", time=clock_time(first)), _("still running")
    else:
        ended = local(entry.ended_at, zone)
        times = time_range(first, ended.hour * 60 + ended.minute)
        worked = duration(entry.minutes)
    may_change = entry.state in OWN
    return Row(entry, day(began.date(), "weekday"), times, worked, words, kind, may_change)


def since_words(entry: TimeEntry, zone: str) -> str:
    """Since when somebody is checked in: the time, and the day where it is not today's."""
    began = local(entry.started_at, zone)
    at = clock_time(began.hour * 60 + began.minute)
    if began.date() == clock.today(zone):
        return at
    return _("%(day)s, %(time)s", day=day(began.date(), "weekday"), time=at)


def history_words(entry: TimeEntry, zone: str) -> list[dict[str, str]]:
    """What an entry was, the newest first, for a timeline."""
    found = []
    for change, name in reversed(queries.history([entry.id])[entry.id]):
        began = local(change.started_at, zone)
        said = day(began.date(), "weekday")
        first = began.hour * 60 + began.minute
        if change.ended_at is not None:
            ended = local(change.ended_at, zone)
            said += ", " + time_range(first, ended.hour * 60 + ended.minute)
        if change.break_minutes:
            said += ", " + _("break: %(length)s", length=duration(change.break_minutes))
        found.append(
            {
                "what": f"{change_words(change.kind)}: {said}",
                "when": moment(change.at, zone),
                "who": who_words(change.actor_kind, name),
                "why": change.question,
            }
        )
    return found


def sundays_of(placement: Placement) -> list[date]:
    """The Sundays of the last weeks with anything in them, and of this one, the newest first."""
    this_week = sunday_of(clock.today(placement.publication.round.district.timezone))
    found = {sunday_of(one.worked_on) for one in queries.entries(placement.id)} | {this_week}
    return sorted(found, reverse=True)


def employer_name(placement: Placement) -> str:
    """Where the student is, in a few words."""
    opportunity = placement.offering.opportunity
    return opportunity.employer.name if opportunity.employer is not None else opportunity.title


def owner_of(student_id: int) -> str:
    """What a phone knows its owner by, so that it never sends one student's hours as another's."""
    return tokens.token_of("hours-owner", str(student_id))[:16]


def day_names_of(sunday: date) -> list[str]:
    return [day(sunday + timedelta(days=at), "weekday") for at in range(7)]
