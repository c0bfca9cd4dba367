"""Placements under way at a glance: each with what is to be looked at, and who acts next.

What is summed or compared is summed and compared in the database; a reason is put together only for a
placement that is shown. Nothing here decides anything.
"""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import select

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.agreements.models import Step
from wbl.db import db, plain_rows
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


class Judged(NamedTuple):
    """A placement under way.

    ``signs``: one for each reason, none where it is on track; ``worked``: minutes of an active one;
    ``own``: the hours that the student's file or answers say they need.
    """

    signs: tuple[Sign, ...]
    placement_id: int
    offering_id: int
    active: bool
    worked: int
    own: str | None


@dataclass(frozen=True, slots=True)
class Shown:
    """A placement with everything that a list shows, and with its reasons; what cannot wait comes first."""

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


_QUIET, _BEHIND, _DROPPED, _STUCK = (Sign.QUIET,), (Sign.BEHIND,), (Sign.DROPPED,), (Sign.STUCK,)
_URGENT = {sign: at for at, sign in enumerate(Sign)}
ON_TRACK, ATTENTION = "on_track", "attention"
SHOWS = (ATTENTION, ON_TRACK, *Sign)


def glance(
    actor: Actor, *, show: str = "", search: str = "", round_id: int | None = None, page: int = 1
) -> Glance:
    """The coordinator's placements under way: those with most to look at first, then by name.

    ``show``: a sign, ``on_track``, ``attention`` (any sign), or "" for all; the counts are of all that
    the search and the round leave. Sixteen queries.
    """
    under_way = _UnderWay(actor)
    found = under_way.judged(search, round_id)
    counts, on_track = dict.fromkeys(Sign, 0), 0
    for signs_of_some, count in Counter(one.signs for one in found).items():
        on_track += 0 if signs_of_some else count
        for sign in set(signs_of_some):
            counts[sign] += count
    wanted = _fitting(found, show)
    wanted.sort(key=lambda one: -len(one.signs))  # the order of names stays within
    cut = page_of_list(wanted, page)
    shown = under_way.shown(cut.items)
    return Glance(Page(shown, cut.number, cut.total, cut.size), len(found), counts, on_track)


def _fitting(found: list[Judged], show: str) -> list[Judged]:
    if show == ON_TRACK:
        return [one for one in found if not one.signs]
    if show == ATTENTION:
        return [one for one in found if one.signs]
    if show in set(Sign):
        return [one for one in found if show in one.signs]
    return found


class _UnderWay:
    """What is known of all placements under way of the coordinator's districts."""

    def __init__(self, actor: Actor) -> None:
        limits = thresholds.of_districts(actor.coordinator_of)
        latest = _latest(limits)
        self.actor = actor
        self.rounds = _rounds(actor, limits)
        self.offerings = _by_offering(actor, self.rounds, latest)
        self.documents, self.dropped = signs.documents(actor, latest), signs.dropped(actor)

    def judged(self, search: str, round_id: int | None) -> list[Judged]:
        """Each of them, by name, with its signs."""
        clocks = {key: one.clock for key, one in self.rounds.items()}
        found = []
        for placement_id, offering_id, active, late, minutes, own in signs.current(
            self.actor, clocks, search, round_id
        ):
            offering = self.offerings[offering_id]
            carried, worked = offering.signs, minutes or 0
            if placement_id in self.documents:
                carried += (Sign.EXPIRING,) * len(offering.ending(self.documents[placement_id]))
            if active:
                carried += offering.signs_of_active
                if late:
                    carried += _QUIET
                if worked < offering.least(own):
                    carried += _BEHIND
                if placement_id in self.dropped and offering.rated(self.dropped[placement_id]):
                    carried += _DROPPED
            elif late:
                carried += _STUCK
            found.append(Judged(carried, placement_id, offering_id, active, worked, own))
        return found

    def shown(self, some: Sequence[Judged]) -> list[Shown]:
        """Some of them with all that is shown of them; two queries."""
        ids = [one.placement_id for one in some]
        rows = db.session.scalars(loaded(select(Placement).where(Placement.id.in_(ids))))
        by_id = {one.id: one for one in rows}
        since = signs.since(ids)
        return [
            Shown(by_id[one.placement_id], one.active, self._reasons(one, *since[one.placement_id]))
            for one in some
        ]

    def _reasons(
        self, one: Judged, step: Step, step_since: datetime, handed_in: datetime | None
    ) -> tuple[Reason, ...]:
        """A reason for each sign, what cannot wait first."""
        offering = self.offerings[one.offering_id]
        reasons = [*offering.vetting, *offering.visits]
        reasons += offering.ending(self.documents.get(one.placement_id, ()))
        if one.active:
            reasons += offering.over
        if Sign.DROPPED in one.signs:
            reasons += offering.rated(self.dropped[one.placement_id])
        if Sign.BEHIND in one.signs:
            reasons.append(offering.behind(one.worked, one.own))
        if Sign.QUIET in one.signs:
            reasons.append(offering.quiet(handed_in))
        if Sign.STUCK in one.signs:
            reasons.append(offering.stuck(step, step_since))
        return tuple(sorted(reasons, key=lambda reason: _URGENT[reason.sign]))


def _latest(limits: Mapping[int, Thresholds]) -> date:
    """Until when a document may end for anybody to have to know."""
    days = max((one.expires_days for one in limits.values()), default=0)
    return clock.last_today() + timedelta(days=days + 1)  # elsewhere the next day may have begun


@dataclass(frozen=True, slots=True)
class _InRound:
    """What all placements of one round have in common, and what its district decided."""

    limits: Thresholds
    zone: str
    ends_on: date
    needed: int | None  # hours, where a student's own are not known
    clock: signs.Clock


def _rounds(actor: Actor, limits: Mapping[int, Thresholds]) -> dict[int, _InRound]:
    """The coordinator's published rounds; two queries."""
    general = dict(
        plain_rows(
            select(HoursSetting.district_id, HoursSetting.hours_needed).where(
                HoursSetting.district_id.in_(actor.coordinator_of)
            )
        )
    )
    found = {}
    for one in queries.published_rounds(actor):
        decided, zone = limits[one.district_id], one.district.timezone
        today = clock.today(zone)
        times = signs.Clock(
            today=today,
            first_day=one.first_day,
            quiet_day=today - timedelta(days=decided.quiet_days),
            quiet_before=days_ago(decided.quiet_days, today, zone),
            stuck_before=days_ago(decided.stuck_days, today, zone),
        )
        found[one.id] = _InRound(decided, zone, one.ends_on, general.get(one.district_id), times)
    return found


def _by_offering(actor: Actor, rounds: Mapping[int, _InRound], latest: date) -> dict[int, _AtOffering]:
    """What is known of each offering at which somebody is; three queries."""
    vetting, visits = signs.vetting(actor, latest), signs.visits(actor)
    found = {}
    for key, round_id, first, last, employer_id in signs.offerings(rounds):
        at = rounds[round_id]
        found[key] = offering = _AtOffering(at, first or at.clock.first_day, last or at.ends_on)
        checks = vetting.get(employer_id, ()) if employer_id is not None else ()
        offering.learn(checks, visits.get(key))
    return found


@dataclass(slots=True)
class _AtOffering:
    """What all placements at one offering have in common, and the reasons of one of them."""

    round: _InRound
    first: date
    last: date
    vetting: Sequence[Reason] = ()
    visits: Sequence[Reason] = ()
    over: Sequence[Reason] = ()
    signs: tuple[Sign, ...] = ()
    signs_of_active: tuple[Sign, ...] = ()
    fewest: dict[str | None, float] = field(default_factory=dict)

    def learn(self, checks: Iterable[tuple[VettingItem, date]], planned_on: date | None) -> None:
        """What its employer's vetting, its visits and its last day say of every placement."""
        today, days = self.round.clock.today, timedelta(days=self.round.limits.visit_days)
        self.vetting = self.ending((f"vetting:{item.value}", "district", until) for item, until in checks)
        if planned_on is not None and planned_on + days < today:
            self.visits = (Reason(Sign.VISIT, day=planned_on),)
        if self.last < today:
            self.over = (Reason(Sign.FINISH, day=self.last),)
        self.signs = tuple(reason.sign for reason in (*self.vetting, *self.visits))
        self.signs_of_active = tuple(reason.sign for reason in self.over)

    def ending(self, documents: Iterable[tuple[str, str, date]]) -> list[Reason]:
        """What ends soon and before the placement does, or has ended."""
        soon = self.round.clock.today + timedelta(days=self.round.limits.expires_days)
        return [
            Reason(Sign.EXPIRING, day=until, of=name, holder=holder)
            for name, holder, until in documents
            if until <= soon and until < self.last
        ]

    def rated(self, lost: float) -> Sequence[Reason]:
        """None where it is no more than the district lets pass."""
        return (Reason(Sign.DROPPED, amount=lost),) if lost >= self.round.limits.drop_levels - 1e-9 else ()

    def least(self, own: str | None) -> float:
        """The minutes under which somebody is behind; ``own`` as in :class:`Judged`."""
        if own not in self.fewest:
            needed, today = hours_in(own) or self.round.needed, self.round.clock.today
            self.fewest[own] = least(needed, self.first, self.last, today, self.round.limits)
        return self.fewest[own]

    def behind(self, worked: int, own: str | None) -> Reason:
        needed = hours_in(own) or self.round.needed
        plan = planned(needed, self.first, self.last, self.round.clock.today)
        return Reason(Sign.BEHIND, amount=plan - worked)

    def stuck(self, step: Step, since: datetime) -> Reason:
        days = (self.round.clock.today - local_date(since, self.round.zone)).days
        return Reason(Sign.STUCK, amount=days, of=step.value)

    def quiet(self, handed_in: datetime | None) -> Reason:
        """Since the last reflection, or since the first day."""
        if handed_in is None:
            return Reason(Sign.QUIET, day=self.first)
        return Reason(Sign.QUIET, day=max(local_date(handed_in, self.round.zone), self.first))


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
