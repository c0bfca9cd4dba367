"""Whose calendar holds what: everything dated that somebody's pages show them, and nothing else.

Staff get one event for all placements of an offering or a day, with their number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.orm import InstrumentedAttribute, joinedload

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.agreements.models import PaperworkTask, TaskHolder
from wbl.agreements.opening import ARRANGE
from wbl.calendars.events import (
    AHEAD,
    BEFORE,
    Event,
    all_day,
    closes,
    days_of,
    first_and_last,
    meeting,
    page_at,
    placements_where,
    title_of,
    visit,
    visits_where,
    zones_of,
)
from wbl.db import db
from wbl.interests.models import Submission
from wbl.interests.taking_part import attends
from wbl.interviews import queries as interviews
from wbl.interviews.models import Interview, InterviewState
from wbl.opportunities.models import Offering, Opportunity
from wbl.people.models import District
from wbl.placements.models import Placement, PlacementAnswer, PlacementState
from wbl.placements.queries import declined
from wbl.rounds.models import Round


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
    return _of_placement(placement, page_at(path))


def _of_placement(placement: Placement, url: str) -> list[Event]:
    """Its first and its last day, and those on which the student works."""
    offering, title = placement.offering, title_of(placement.offering)
    edges = first_and_last(offering, placement.publication.round, title, "placement", placement.id, url=url)
    return edges + days_of(placement, "placement", placement.id, title, url=url)


def _of_student(actor: Actor) -> list[Event]:
    found: list[Event] = []
    for one in placements_where(Placement.student_id.in_(actor.student_ids)):
        found += _of_placement(one, page_at(f"my-placement/{one.id}"))
    for one in placements_where(
        Placement.student_id.in_(actor.student_ids), Placement.answer_by.is_not(None), ~_answered()
    ):
        assert one.answer_by is not None
        zone = one.publication.round.district.timezone
        words = _("Say yes or no to your place")
        found.append(
            all_day("answer", one.id, one.answer_by, zone, words, url=page_at(f"my-placement/{one.id}"))
        )
    rounds = db.session.scalars(
        select(Round)
        .join(Submission, Submission.round_id == Round.id)
        .where(Submission.student_id.in_(actor.student_ids), attends(), Round.closes_at.is_not(None))
        .options(joinedload(Round.district))
    )
    found += [closes(one, page_at(f"my-rounds/{one.id}")) for one in rounds]
    mine = exists().where(
        Submission.id == Interview.submission_id, Submission.student_id.in_(actor.student_ids), attends()
    )
    meetings = _meetings(mine)
    zones = zones_of({one.round_id for one in meetings})
    for one in meetings:
        words = _("Interview: %(title)s", title=title_of(one.offering))
        found.append(meeting(one, zones[one.round_id], words, page_at("my-interviews")))
    return found


def _of_employer(actor: Actor) -> list[Event]:
    found: list[Event] = []
    own = Opportunity.employer_id.in_(actor.employer_ids)
    by_offering: dict[int, list[Placement]] = {}
    for one in placements_where(own):
        by_offering.setdefault(one.offering_id, []).append(one)
    for offering_id, placed in by_offering.items():
        title = placed[0].offering.opportunity.said("title", "en") or _("A placement")
        count = ngettext("%(num)s student", "%(num)s students", len(placed))
        words = _("%(title)s: %(students)s", title=title, students=count)
        offering, made, url = placed[0].offering, placed[0].publication.round, page_at("our-placements")
        found += first_and_last(offering, made, words, "offering", offering_id, url=url)
        found += days_of(placed[0], "offering", offering_id, words, url=url)
    meetings = [one for one in interviews.of_employer(actor) if one.starts_at is not None]
    zones = zones_of({one.round_id for one in meetings})
    for one in meetings:
        words = _("Interview: %(title)s", title=title_of(one.offering))
        found.append(meeting(one, zones[one.round_id], words, page_at("our-interviews")))
    found += [
        visit(planned, zone, _("Visit by the school: %(title)s", title=title_of(planned.offering)), "")
        for planned, zone in visits_where(own)
    ]
    # An accommodation is told by the family's yes, which a number would go around.
    to_prepare = and_(
        own, PaperworkTask.holder == TaskHolder.SITE, ~PaperworkTask.code.startswith(ARRANGE, autoescape=True)
    )
    return found + _dated(
        "site-tasks",
        PaperworkTask.due_on,
        and_(to_prepare, PaperworkTask.done_at.is_(None)),
        lambda count: ngettext("To prepare: %(num)s thing", "To prepare: %(num)s things", count),
        lambda _round_id: "our-placements",
    )


def _of_coordinator(actor: Actor) -> list[Event]:
    """Rounds that close, visits, interviews; of placements the first and last days, and by when something
    is to be answered or arranged, or ends."""
    theirs = Round.district_id.in_(actor.coordinator_of)
    rounds = db.session.scalars(
        select(Round).where(theirs, Round.closes_at.is_not(None)).options(joinedload(Round.district))
    )
    found = [closes(one, page_at(f"rounds/{one.id}/collect")) for one in rounds]
    for planned, zone in visits_where(theirs):
        words = _("Site visit: %(where)s", where=title_of(planned.offering))
        found.append(visit(planned, zone, words, page_at(f"rounds/{planned.offering.round_id}/paperwork")))
    meetings = _meetings(theirs)
    zones = zones_of({one.round_id for one in meetings})
    for one in meetings:
        words = _("Interview: %(title)s", title=title_of(one.offering))
        found.append(meeting(one, zones[one.round_id], words, page_at(f"rounds/{one.round_id}/interviews")))
    found += _edges(theirs)
    open_tasks = and_(theirs, PaperworkTask.done_at.is_(None))
    return [
        *found,
        *_dated(
            "answers",
            Placement.answer_by,
            and_(theirs, ~_answered()),
            lambda count: ngettext(
                "Last day to say yes or no: %(num)s student",
                "Last day to say yes or no: %(num)s students",
                count,
            ),
            lambda round_id: f"rounds/{round_id}/placements",
        ),
        *_dated(
            "tasks",
            PaperworkTask.due_on,
            open_tasks,
            lambda count: ngettext("To arrange: %(num)s thing", "To arrange: %(num)s things", count),
            lambda round_id: f"rounds/{round_id}/paperwork",
        ),
        *_dated(
            "documents",
            PaperworkTask.valid_until,
            theirs,
            lambda count: ngettext(
                "Last day of %(num)s document, such as a work permit",
                "Last day of %(num)s documents, such as work permits",
                count,
            ),
            lambda _round_id: "reports/active?show=expiring",
        ),
    ]


# ---- rows ----------------------------------------------------------------------------------------


def _answered() -> ColumnElement[bool]:
    return exists().where(PlacementAnswer.placement_id == Placement.id)


def _meetings(where: ColumnElement[bool]) -> Sequence[Interview]:
    """Interviews with a time, not long ago: a condition on Round."""
    return db.session.scalars(
        select(Interview)
        .join(Round, Round.id == Interview.round_id)
        .where(
            where,
            Interview.state.in_((InterviewState.AGREED, InterviewState.DECIDED)),
            Interview.starts_at >= clock.now() - BEFORE,
        )
        .options(
            joinedload(Interview.offering).joinedload(Offering.opportunity).joinedload(Opportunity.employer)
        )
        .order_by(Interview.starts_at, Interview.id)
    ).all()


def _edges(where: ColumnElement[bool]) -> list[Event]:
    """The first and the last days of placements in force, by round and date, with how many they are of:
    a condition on Round."""
    rows = db.session.execute(
        select(Round, Offering.start_date, Offering.end_date, func.count())
        .join(Placement, Placement.round_id == Round.id)
        .join(Offering, Offering.id == Placement.offering_id)
        .where(
            where,
            Placement.state == PlacementState.PUBLISHED,
            ~declined(),
            Round.ends_on >= clock.last_today() - BEFORE,
        )
        .group_by(Round.id, Offering.start_date, Offering.end_date)
        .order_by(Round.id)
    )
    rounds: dict[int, Round] = {}
    begin: Counter[tuple[int, date]] = Counter()
    end: Counter[tuple[int, date]] = Counter()
    for made, starts, ends, count in rows:
        rounds[made.id] = made
        begin[made.id, starts or made.first_day] += count
        end[made.id, ends or made.ends_on] += count
    found = []
    for kind, days in (("begins", begin), ("ends", end)):
        for (round_id, day), count in sorted(days.items()):
            students = ngettext("%(num)s student", "%(num)s students", count)
            words = (
                _("First day: %(where)s", where=students)
                if kind == "begins"
                else _("Last day: %(where)s", where=students)
            )
            zone, url = rounds[round_id].district.timezone, page_at(f"rounds/{round_id}/placements")
            found.append(all_day(kind, round_id, day, zone, words, url=url, part=f"{day:%Y%m%d}"))
    return found


def _dated(
    kind: str,
    day: InstrumentedAttribute[date] | InstrumentedAttribute[date | None],
    where: ColumnElement[bool],
    words: Callable[[int], str],
    path: Callable[[int], str],
) -> list[Event]:
    """One event for each round and date of something of placements in force: their number says enough.

    Parameters
    ----------
    day
        A date of a placement, or of something to arrange for one.
    where
        A condition on Round, Opportunity, Placement and, where it is something to arrange, PaperworkTask.
    """
    today = clock.last_today()
    statement = (
        select(Placement.round_id, District.timezone, day, func.count())
        .select_from(Placement)
        .join(Round, Round.id == Placement.round_id)
        .join(District, District.id == Round.district_id)
        .join(Offering, Offering.id == Placement.offering_id)
        .join(Opportunity, Opportunity.id == Offering.opportunity_id)
        .where(
            where,
            Placement.state == PlacementState.PUBLISHED,
            ~declined(),
            day.between(today - BEFORE, today + AHEAD),
        )
        .group_by(Placement.round_id, District.timezone, day)
        .order_by(day, Placement.round_id)
    )
    if day.class_ is PaperworkTask:
        statement = statement.join(PaperworkTask, PaperworkTask.placement_id == Placement.id)
    return [
        all_day(kind, round_id, on, zone, words(count), url=page_at(path(round_id)), part=f"{on:%Y%m%d}")
        for round_id, zone, on, count in db.session.execute(statement)
    ]
