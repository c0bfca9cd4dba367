"""Placements under way at a glance: each with what is to be looked at, and who acts next.

What is summed or compared is summed and compared in the database, one query for each sign, so that
the page costs the same however many placements there are. Nothing here decides anything.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import select

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.agreements.models import Step
from wbl.db import db
from wbl.employers.models import VettingItem
from wbl.hours.models import HoursSetting
from wbl.hours.progress import least, planned
from wbl.hours.queries import hours_in, loaded
from wbl.i18n import local_date
from wbl.pagination import Page, page_of_list
from wbl.placements.models import Placement
from wbl.reports import queries, signs, thresholds
from wbl.reports.thresholds import Thresholds, days_ago


class Sign(enum.StrEnum):
    """Why a placement is to be looked at, what cannot wait first."""

    EXPIRING = "expiring"  # a permit, or a document of the employer's
    DROPPED = "dropped"  # rated lower than before
    BEHIND = "behind"  # with hours
    STUCK = "stuck"  # paperwork
    VISIT = "visit"  # overdue
    QUIET = "quiet"  # no reflection
    FINISH = "finish"  # past its last day


class Reason(NamedTuple):
    """One sign of one placement.

    ``amount``: minutes behind, levels lost, days at one step. ``day``: until when a document holds, for
    when a visit was planned, since when nothing was handed in, the last day. ``of``: the code of what
    expires, or the step that holds the paperwork; ``holder``: who holds what expires.
    """

    sign: Sign
    amount: float = 0.0
    day: date | None = None
    of: str = ""
    holder: str = ""


class Line(NamedTuple):
    """A placement in the list. ``reasons``: none where it is on track, else in any order."""

    placement_id: int
    active: bool
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A line with its placement, loaded with everything that a list shows; what cannot wait comes first."""

    placement: Placement
    active: bool
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Glance:
    """``counts``: how many placements carry each sign; ``on_track``: how many carry none."""

    page: Page[Any]  # of Shown
    total: int
    counts: Mapping[Sign, int]
    on_track: int


ON_TRACK, ATTENTION = "on_track", "attention"
SHOWS = (ATTENTION, ON_TRACK, *Sign)


def glance(
    actor: Actor, *, show: str = "", search: str = "", round_id: int | None = None, page: int = 1
) -> Glance:
    """The coordinator's placements under way: those with most to look at first, then by name.

    ``show``: a sign, ``on_track``, ``attention`` (any sign), or "" for all; the counts are of all that
    the search and the round leave. Sixteen queries.
    """
    found = lines(actor, search=search, round_id=round_id)
    counts = dict.fromkeys(Sign, 0)
    for line in found:
        for sign in {reason.sign for reason in line.reasons}:
            counts[sign] += 1
    on_track = sum(not line.reasons for line in found)
    wanted = _fitting(found, show)
    wanted.sort(key=lambda line: -len(line.reasons))  # the order of names stays within
    cut = page_of_list(wanted, page)
    return Glance(Page(_shown(cut.items), cut.number, cut.total, cut.size), len(found), counts, on_track)


def _fitting(found: list[Line], show: str) -> list[Line]:
    if show == ON_TRACK:
        return [line for line in found if not line.reasons]
    if show == ATTENTION:
        return [line for line in found if line.reasons]
    if show in set(Sign):
        return [line for line in found if any(reason.sign == show for reason in line.reasons)]
    return found


def _shown(some: Sequence[Line]) -> list[Shown]:
    ids = [line.placement_id for line in some]
    rows = db.session.scalars(loaded(select(Placement).where(Placement.id.in_(ids))))
    by_id = {one.id: one for one in rows}
    urgent = {sign: at for at, sign in enumerate(Sign)}
    return [
        Shown(
            by_id[line.placement_id],
            line.active,
            tuple(sorted(line.reasons, key=lambda reason: urgent[reason.sign])),
        )
        for line in some
    ]


def lines(actor: Actor, *, search: str = "", round_id: int | None = None) -> list[Line]:
    """Every placement under way of the coordinator's districts, by name, with its reasons."""
    limits = thresholds.of_districts(actor.coordinator_of)
    offerings = _by_offering(actor, limits)
    latest = _latest(limits)
    documents, dropped, worked = signs.documents(actor, latest), signs.dropped(actor), signs.worked(actor)
    reflected = signs.reflected(actor)
    found = []
    for placement_id, offering_id, own, active, step, since in signs.current(actor, search, round_id):
        offering = offerings[offering_id]
        reasons = [*offering.vetting, *offering.visits]
        if placement_id in documents:
            reasons += offering.ending(documents[placement_id])
        if active:
            reasons += offering.rated(dropped.get(placement_id))
            reasons += offering.hours(worked.get(placement_id, 0), own)
            reasons += offering.reflected(reflected.get(placement_id))
            reasons += offering.over
        elif step is not None and since is not None:
            reasons += offering.paperwork(step, since)
        found.append(Line(placement_id, bool(active), tuple(reasons)))
    return found


def _latest(limits: Mapping[int, Thresholds]) -> date:
    """Until when a document may end for anybody to have to know."""
    days = max((one.expires_days for one in limits.values()), default=0)
    return clock.last_today() + timedelta(days=days + 1)  # elsewhere the next day may have begun


def _by_offering(actor: Actor, limits: Mapping[int, Thresholds]) -> dict[int, _AtOffering]:
    """What is known of each offering that somebody has."""
    rounds = {one.id: one for one in queries.published_rounds(actor)}
    days = {one.id: (clock.today(one.district.timezone), one.first_day) for one in rounds.values()}
    general = dict(
        db.session.execute(
            select(HoursSetting.district_id, HoursSetting.hours_needed).where(
                HoursSetting.district_id.in_(actor.coordinator_of)
            )
        )
        .tuples()
        .all()
    )
    vetting, visits = signs.vetting(actor, _latest(limits)), signs.visits(actor)
    found = {}
    for row in signs.offerings(actor):
        made = rounds[row.round_id]
        today, first_day = days[made.id]
        found[row.id] = offering = _AtOffering(
            limits=limits[made.district_id],
            zone=made.district.timezone,
            today=today,
            first=row.start_date or first_day,
            last=row.end_date or made.ends_on,
            needed=general.get(made.district_id),
        )
        offering.learn(vetting.get(row.employer_id, ()), visits.get(row.id))
    return found


@dataclass(slots=True)
class _AtOffering:
    """What all placements at one offering have in common, and what its district decided.

    Each method gives the reasons of one sign; most placements have none, which a comparison says.
    """

    limits: Thresholds
    zone: str
    today: date
    first: date
    last: date
    needed: int | None
    vetting: Sequence[Reason] = ()
    visits: Sequence[Reason] = ()
    over: Sequence[Reason] = ()
    stuck_before: datetime = field(init=False)
    quiet_before: datetime = field(init=False)
    least: dict[str | None, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.stuck_before = days_ago(self.limits.stuck_days, self.today, self.zone)
        self.quiet_before = days_ago(self.limits.quiet_days, self.today, self.zone)

    def learn(self, checks: Iterable[tuple[VettingItem, date]], planned_on: date | None) -> None:
        """What its employer's vetting, its visits and its last day say of every placement."""
        self.vetting = self.ending((f"vetting:{item.value}", "district", until) for item, until in checks)
        if planned_on is not None and planned_on + timedelta(days=self.limits.visit_days) < self.today:
            self.visits = (Reason(Sign.VISIT, day=planned_on),)
        if self.last < self.today:
            self.over = (Reason(Sign.FINISH, day=self.last),)

    def ending(self, documents: Iterable[tuple[str, str, date]]) -> list[Reason]:
        """What ends soon and before the placement does, or has ended."""
        soon = self.today + timedelta(days=self.limits.expires_days)
        return [
            Reason(Sign.EXPIRING, day=until, of=name, holder=holder)
            for name, holder, until in documents
            if until <= soon and until < self.last
        ]

    def rated(self, lost: float | None) -> Sequence[Reason]:
        if lost is None or lost < self.limits.drop_levels - 1e-9:
            return ()
        return (Reason(Sign.DROPPED, amount=lost),)

    def hours(self, worked: int, own: str | None) -> Sequence[Reason]:
        """``own``: the hours that the student's file or answers say they need."""
        if own not in self.least:
            needed = hours_in(own) or self.needed
            self.least[own] = least(needed, self.first, self.last, self.today, self.limits)
        if worked >= self.least[own]:
            return ()
        plan = planned(hours_in(own) or self.needed, self.first, self.last, self.today)
        return (Reason(Sign.BEHIND, amount=plan - worked),)

    def paperwork(self, step: Step, since: datetime) -> Sequence[Reason]:
        if since >= self.stuck_before:
            return ()
        days = (self.today - local_date(since, self.zone)).days
        return (Reason(Sign.STUCK, amount=days, of=step.value),)

    def reflected(self, at: datetime | None) -> Sequence[Reason]:
        """Nothing handed in for so many days: since the last reflection, or since the first day."""
        if self.last < self.today or (self.today - self.first).days < self.limits.quiet_days:
            return ()
        if at is not None and at >= self.quiet_before:
            return ()
        since = self.first if at is None else max(local_date(at, self.zone), self.first)
        return (Reason(Sign.QUIET, day=since),)


NEXT: Mapping[str, str] = {
    Step.STUDENT: "student",
    Step.GUARDIAN: "family",
    Step.EMPLOYER: "employer",
    Step.SUPERVISOR: "employer",
    Step.SCHOOL: "district",
    Step.TASKS: "district",
}
HOLDERS: Mapping[str, str] = {"school": "school", "site": "employer", "family": "family"}


def acts_next(reason: Reason) -> str:
    """Who does the next thing about it: student, family, employer, school, job_coach, agency, district."""
    if reason.sign is Sign.STUCK:
        return NEXT.get(reason.of, "district")
    if reason.sign is Sign.EXPIRING:
        return HOLDERS.get(reason.holder, reason.holder)
    if reason.sign in (Sign.BEHIND, Sign.QUIET):
        return "student"
    return "school" if reason.sign is Sign.VISIT else "district"
