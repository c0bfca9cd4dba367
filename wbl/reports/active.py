"""Placements under way at a glance: each with what is to be looked at, and who acts next.

What is summed or compared is summed and compared in the database, one query for each sign, so that
the page costs the same however many placements there are. Nothing here decides anything.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.agreements.models import PaperworkState, Step
from wbl.db import db
from wbl.employers.models import VettingItem
from wbl.hours.models import HoursSetting
from wbl.hours.progress import is_behind, planned
from wbl.hours.queries import hours_in, loaded
from wbl.i18n import local_date
from wbl.pagination import Page, page_of_list
from wbl.placements.models import Placement
from wbl.reports import queries, signs, thresholds
from wbl.reports.thresholds import Thresholds


class Sign(enum.StrEnum):
    """Why a placement is to be looked at, what cannot wait first."""

    EXPIRING = "expiring"  # a permit, or a document of the employer's
    DROPPED = "dropped"  # rated lower than before
    BEHIND = "behind"  # with hours
    STUCK = "stuck"  # paperwork
    VISIT = "visit"  # overdue
    QUIET = "quiet"  # no reflection
    FINISH = "finish"  # past its last day


@dataclass(frozen=True, slots=True)
class Reason:
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


@dataclass(frozen=True, slots=True)
class Line:
    """A placement in the list. ``reasons``: none where it is on track."""

    placement_id: int
    active: bool
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A line with its placement, loaded with everything that a list shows."""

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
    the search and the round leave. Fifteen queries.
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
    return [Shown(by_id[line.placement_id], line.active, line.reasons) for line in some]


def lines(actor: Actor, *, search: str = "", round_id: int | None = None) -> list[Line]:
    """Every placement under way of the coordinator's districts, by name, with its reasons."""
    rows = signs.current(actor, search, round_id)
    rounds = {one.id: one for one in queries.published_rounds(actor)}
    days = {
        one.id: (one.district.timezone, clock.today(one.district.timezone), one.first_day, one.ends_on)
        for one in rounds.values()
    }
    limits = thresholds.of_districts(actor.coordinator_of)
    general = dict(
        db.session.execute(
            select(HoursSetting.district_id, HoursSetting.hours_needed).where(
                HoursSetting.district_id.in_(actor.coordinator_of)
            )
        )
        .tuples()
        .all()
    )
    worked, reflected, dropped = signs.worked(actor), signs.reflected(actor), signs.dropped(actor)
    soonest, visits = signs.documents(actor), signs.visits(actor)
    vetting = signs.vetting(actor)
    found = []
    for row in rows:
        placement_round = rounds[row.round_id]
        zone, today, starts, ends = days[row.round_id]
        known = _Known(
            row=row,
            active=row.state is PaperworkState.ACTIVE,
            limits=limits[placement_round.district_id],
            today=today,
            zone=zone,
            first=row.start_date or starts,
            last=row.end_date or ends,
            needed=hours_in(row.hours_needed) or general.get(placement_round.district_id),
        )
        reasons = [
            *known.documents(soonest.get(row.id, ()), vetting.get(row.employer_id, ())),
            *known.rated(dropped.get(row.id)),
            *known.hours(worked.get(row.id, 0)),
            *known.paperwork(),
            *known.visited(visits.get(row.offering_id)),
            *known.reflected(reflected.get(row.id)),
            *known.over(),
        ]
        found.append(Line(row.id, known.active, tuple(reasons)))
    return found


@dataclass(slots=True)
class _Known:
    """One row of the list, and what its district decided; each method gives the reasons of one sign."""

    row: Any
    active: bool
    limits: Thresholds
    today: date
    zone: str
    first: date
    last: date
    needed: int | None

    def documents(
        self, tasks: Iterable[tuple[str, str, date]], checks: Iterable[tuple[VettingItem, date]]
    ) -> list[Reason]:
        """What ends soon, or has ended: of the student's, and of the employer's."""
        soon = self.today + timedelta(days=self.limits.expires_days)
        found = [
            Reason(Sign.EXPIRING, day=until, of=name, holder=holder)
            for name, holder, until in tasks
            if until <= soon and until < self.last
        ]
        found += [
            Reason(Sign.EXPIRING, day=until, of=f"vetting:{item.value}", holder="district")
            for item, until in checks
            if until <= soon and until < self.last
        ]
        return found

    def rated(self, lost: float | None) -> list[Reason]:
        if not self.active or lost is None or lost < self.limits.drop_levels - 1e-9:
            return []
        return [Reason(Sign.DROPPED, amount=lost)]

    def hours(self, worked: int) -> list[Reason]:
        if not self.active or not is_behind(
            worked, self.needed, self.first, self.last, self.today, self.limits
        ):
            return []
        return [Reason(Sign.BEHIND, amount=planned(self.needed, self.first, self.last, self.today) - worked)]

    def paperwork(self) -> list[Reason]:
        if self.active:
            return []
        days = (self.today - local_date(self.row.step_since, self.zone)).days
        if days < self.limits.stuck_days:
            return []
        return [Reason(Sign.STUCK, amount=days, of=self.row.step.value)]

    def visited(self, planned_on: date | None) -> list[Reason]:
        if planned_on is None or planned_on + timedelta(days=self.limits.visit_days) >= self.today:
            return []
        return [Reason(Sign.VISIT, day=planned_on)]

    def reflected(self, at: datetime | None) -> list[Reason]:
        """Nothing handed in for so many days: since the last reflection, or since the first day."""
        if not self.active or self.last < self.today:
            return []
        since = max(local_date(at, self.zone), self.first) if at is not None else self.first
        if (self.today - since).days < self.limits.quiet_days:
            return []
        return [Reason(Sign.QUIET, day=since)]

    def over(self) -> list[Reason]:
        return [Reason(Sign.FINISH, day=self.last)] if self.active and self.last < self.today else []


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
