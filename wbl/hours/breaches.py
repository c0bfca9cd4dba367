"""Keeping the breaches of the law of hours in step with what is written down."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from flask_babel import gettext as _
from sqlalchemy import select, update

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.audit.services import record
from wbl.db import change, db
from wbl.errors import DomainError, NotFound
from wbl.hours import law, queries
from wbl.hours.models import HoursBreach
from wbl.hours.when import WEEK, sunday_of
from wbl.placements import queries as placements
from wbl.placements.models import Placement


def look_again(placement: Placement, days: Iterable[date]) -> None:
    """Judge the weeks of some days anew: what is broken now is kept, what is not any more is marked.
    Flushes."""
    weeks = {sunday_of(day) for day in days}
    # What began late on a Saturday ends in the next week, and rest is counted over the edge.
    weeks |= {sunday + WEEK for sunday in weeks}
    now = {(one.finding.rule, one.finding.day): one for one in law.breaches(placement, weeks)}
    kept = {
        (one.rule, one.day): one
        for one in db.session.scalars(
            select(HoursBreach).where(
                HoursBreach.placement_id == placement.id,
                HoursBreach.day >= min(weeks),
                HoursBreach.day < max(weeks) + WEEK,
            )
        )
    }
    moment = clock.now()
    for key, known in kept.items():
        if key not in now and known.gone_at is None:
            known.gone_at = moment
    _look_at_others(placement, weeks)
    for key, broken in now.items():
        found, limit = broken.finding.found or 0, broken.finding.limit
        row = kept.get(key)
        if row is None:
            db.session.add(_row(placement, broken, moment))
        elif row.gone_at is not None or row.found != found:
            # It is broken otherwise than when it was dealt with: somebody looks again.
            row.gone_at = row.settled_at = row.settled_by = None
            row.found, row.limit, row.found_at = found, limit, moment
    db.session.flush()


def _look_at_others(placement: Placement, weeks: set[date]) -> None:
    """All that a student works counts together: what is corrected at one place may end a breach at
    another one of theirs."""
    rows = db.session.scalars(
        select(HoursBreach)
        .join(Placement, Placement.id == HoursBreach.placement_id)
        .where(
            Placement.student_id == placement.student_id,
            Placement.id != placement.id,
            HoursBreach.gone_at.is_(None),
            HoursBreach.day >= min(weeks),
            HoursBreach.day < max(weeks) + WEEK,
        )
    ).all()
    for other_id in {row.placement_id for row in rows}:
        now = {(one.finding.rule, one.finding.day) for one in law.breaches(placements.whole(other_id), weeks)}
        for row in rows:
            if row.placement_id == other_id and (row.rule, row.day) not in now:
                row.gone_at = clock.now()


def _row(placement: Placement, broken: law.Breach, moment: object) -> HoursBreach:
    finding, rule = broken.finding, broken.rule
    return HoursBreach(
        placement_id=placement.id,
        rule=finding.rule,
        day=finding.day,
        says=rule.says,
        under_age=rule.under_age,
        found=finding.found,
        limit=finding.limit,
        citation=finding.citation,
        words={"jurisdiction": broken.jurisdiction, "what": dict(rule.text)},
        found_at=moment,
    )


def settle(actor: Actor, placement_id: int, breach_id: int, note: str) -> None:
    """A coordinator has dealt with a breach, and says how. Flushes.

    Raises
    ------
    NotFound
        Where there is none that waits, or it is another district's.
    DomainError
        Where nothing is said.
    """
    placement = queries.coordinated(actor, placement_id)
    if len(note.strip()) < 3:
        raise DomainError(_("Say in a few words what was done about it."), field="note")
    won = change(
        update(HoursBreach)
        .where(HoursBreach.id == breach_id, HoursBreach.placement_id == placement.id, queries.open_breaches())
        .values(settled_at=clock.now(), settled_by=actor.user_id, note=note.strip()[:2000])
    )
    if won == 0:
        raise NotFound()
    record(
        actor,
        "hours.settle",
        placement,
        district_id=placement.publication.round.district_id,
        breach=breach_id,
    )
    db.session.flush()
