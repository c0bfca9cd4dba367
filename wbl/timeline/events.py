"""A student's way so far as events by date, the newest first, and what it adds up to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from wbl import clock
from wbl.agreements.models import Paperwork, PaperworkState
from wbl.growth.models import Evaluation
from wbl.growth.words import moment_name
from wbl.hours.queries import Totals, totals
from wbl.i18n import days, local_date, number
from wbl.interests.models import Submission
from wbl.interests.queries import done_profiles
from wbl.labels import kind_label, opportunity_title
from wbl.people.models import Student
from wbl.placements.models import Placement, PlacementState
from wbl.portfolio.queries import district_of
from wbl.portfolio.showing import all_credentials
from wbl.reflections.models import Reflection
from wbl.reflections.words import reflection_name
from wbl.reports.models import Thanks, ThanksState
from wbl.rounds.models import Round
from wbl.timeline import queries


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that the student did, or that was done for them."""

    day: date
    what: str
    where: str = ""
    detail: str = ""
    words: str = ""  # of somebody else, as they were written
    href: str = ""
    tone: str = ""  # "good" for what is worth being proud of


@dataclass(frozen=True, slots=True)
class Way:
    """``years``: the events by calendar year, the newest first."""

    years: list[tuple[int, list[Event]]]
    hours: float  # kept, whoever has confirmed them
    completed: int
    credentials: int

    @property
    def is_empty(self) -> bool:
        return not self.years


def way_of(student: Student) -> Way:
    """What a student has done so far. In a fixed number of queries, whatever there is."""
    zone = district_of(student).timezone
    placed = queries.placements(student.id)
    ids = [placement.id for placement, _paperwork in placed]
    titles = {placement.id: opportunity_title(placement.offering.opportunity) for placement, _ in placed}
    worked = totals(ids)
    credentials = all_credentials(student.id)
    events = [_interests(profile.done_at, zone) for profile in done_profiles([student.id]) if profile.done_at]
    events += [_round(*row, zone) for row in queries.rounds(student.id)]
    for placement, paperwork in placed:
        events += _placement(placement, paperwork, worked[placement.id], clock.today(zone), zone)
    events += [_rating(one, titles[one.placement_id], zone) for one in queries.ratings(ids)]
    events += [_reflection(one, titles[one.placement_id], zone) for one in queries.reflections(ids)]
    in_force = {placement.id for placement, _ in placed if placement.state is PlacementState.PUBLISHED}
    events += [
        _thanks(one, titles[one.placement_id], zone, opens=one.placement_id in in_force)
        for one in queries.thanks(ids)
    ]
    events += [
        Event(
            one.said.since,
            _("You earned a credential"),
            one.said.name,
            href=url_for("credentials.mine"),
            tone="good",
        )
        for one in credentials
        if one.said.since is not None
    ]
    events.sort(key=lambda event: event.day, reverse=True)
    return Way(
        years=[(year, list(found)) for year, found in groupby(events, key=lambda event: event.day.year)],
        hours=sum(one.hours for one in worked.values()),
        completed=sum(
            paperwork is not None and paperwork.state is PaperworkState.COMPLETED
            for _placement, paperwork in placed
        ),
        credentials=len(credentials),
    )


def _interests(done_at: datetime, zone: str) -> Event:
    return Event(
        local_date(done_at, zone), _("You looked at your interests"), href=url_for("interests.index")
    )


def _round(placement_round: Round, submission: Submission, zone: str) -> Event:
    handed_in = submission.submitted_at
    return Event(
        local_date(handed_in, zone) if handed_in is not None else placement_round.starts_on,
        _("You handed in your choices") if handed_in is not None else _("You take part in a round"),
        placement_round.name,
        href=url_for("my_rounds.index"),
    )


def _placement(
    placement: Placement, paperwork: Paperwork | None, worked: Totals, today: date, zone: str
) -> list[Event]:
    """Its first day, and its last once it is over."""
    offering, opportunity = placement.offering, placement.offering.opportunity
    placement_round = placement.publication.round
    starts = offering.start_date or placement_round.first_day
    ends = offering.end_date or placement_round.ends_on
    site = opportunity.site
    where = ", ".join(
        filter(
            None,
            (
                opportunity_title(opportunity),
                opportunity.employer.name if opportunity.employer is not None else "",
                site.city if site is not None else "",
            ),
        )
    )
    href = url_for("placements.mine_of", placement_id=placement.id)
    kind = kind_label(offering.kind) if offering.kind else ""
    detail = " · ".join(filter(None, (kind, days(starts, ends))))
    if placement.state is PlacementState.PUBLISHED:
        begins = _("You begin a placement") if starts > today else _("You began a placement")
        found = [Event(starts, begins, where, detail, href=href, tone="good")]
    else:
        found = [Event(starts, _("You began a placement"), where, detail, tone="good")]
    if paperwork is None:
        return found
    kept = _hours(worked)
    if paperwork.completed_at is not None:
        ended = local_date(paperwork.completed_at, zone)
        found.append(Event(ended, _("You completed a placement"), where, kept, href=href, tone="good"))
    elif paperwork.ended_at is not None:
        found.append(Event(local_date(paperwork.ended_at, zone), _("This placement ended"), where, kept))
    elif kept:
        found.append(
            Event(today, _("Hours that you have kept so far"), where, kept, href=url_for("hours.mine"))
        )
    return found


def _hours(worked: Totals) -> str:
    if not worked.worked:
        return ""
    kept = _("%(count)s hours kept", count=number(worked.hours, 1))
    if not worked.confirmed:
        return kept
    return _("%(kept)s, %(count)s confirmed by a mentor", kept=kept, count=number(worked.confirmed / 60, 1))


def _rating(evaluation: Evaluation, title: str, zone: str) -> Event:
    name = evaluation.rater.name if evaluation.rater is not None else ""
    return Event(
        local_date(evaluation.given_at, zone),
        _("%(name)s rated how you work", name=name) if name else _("Your mentor rated how you work"),
        title,
        moment_name(evaluation.moment),
        evaluation.evidence,
        url_for("growth.mine_of", placement_id=evaluation.placement_id),
    )


def _reflection(reflection: Reflection, title: str, zone: str) -> Event:
    return Event(
        local_date(reflection.handed_in_at or reflection.saved_at, zone),
        _("You wrote a reflection"),
        title,
        reflection_name(reflection.phase, reflection.number),
        href=url_for("growth.mine_of", placement_id=reflection.placement_id, _anchor="reflections"),
    )


def _thanks(thanks: Thanks, title: str, zone: str, *, opens: bool) -> Event:
    """``opens``: its page, which one of a placement that ended has no more."""
    said = {
        ThanksState.WAITING: _("Your coordinator reads it first"),
        ThanksState.PASSED: _("The employer reads it"),
        ThanksState.SENT_BACK: _("Your coordinator asks you to change something"),
    }
    return Event(
        local_date(thanks.written_at, zone),
        _("You said thank you"),
        title,
        said[thanks.state],
        href=url_for("reports.thank_own", placement_id=thanks.placement_id) if opens else "",
    )


def figures(way: Way) -> list[tuple[str, str]]:
    """What it adds up to, each as a number and what it counts; what is nought is left out."""
    found = []
    if way.completed:
        words = ngettext("placement completed", "placements completed", way.completed)
        found.append((number(way.completed), words))
    if way.hours:
        found.append((number(way.hours, 1), _("hours kept")))
    if way.credentials:
        words = ngettext("credential earned", "credentials earned", way.credentials)
        found.append((number(way.credentials), words))
    return found
