"""Working out what a district's closed placements say: the worker's job, outside any transaction.

A worker that is killed leaves what was there before; another begins again. Two at once come to the same.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from statistics import fmean
from typing import Any

import numpy as np
from sqlalchemy import delete, func, or_, select

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.agreements.models import Paperwork, PaperworkState
from wbl.audit.services import record
from wbl.db import db, transaction
from wbl.growth.history import Closed, closed
from wbl.growth.models import Evaluation, Moment, RatedBy
from wbl.growth.rubrics import COMPETENCIES
from wbl.hours import queries as hours
from wbl.hours.progress import of_placements
from wbl.learning.models import Learned, SiteRecord
from wbl.people.models import District
from wbl.placements.models import Placement
from wbl.rounds.models import Round

log = logging.getLogger("wbl.learning")

MOST_ATTEMPTS = 3
AGAIN_AFTER = timedelta(hours=20)
"""Placements that were closed since are looked at by themselves, once a day."""

FEWEST_FOR_A_COMPETENCY = 3
"""Interns of a site who were rated twice on a competency, before the site is said to teach it."""


_CLOSED = Paperwork.active_at.is_not(None) & Paperwork.state.in_(
    (PaperworkState.COMPLETED, PaperworkState.ENDED)
)


def ask(actor: Actor, district_id: int) -> None:
    """Have it worked out now. Flushes."""
    learned = _row(district_id)
    learned.asked_at, learned.asked_by, learned.attempts = clock.now(), actor.user_id, 0
    record(actor, "learning.ask", learned, district_id=district_id)
    db.session.flush()


def learn_next() -> bool:
    """Work it out for one district where it is due; False where there is none."""
    with transaction():
        district_id = _due()
        if district_id is None:
            return False
        _row(district_id).attempts += 1
    try:
        learn(district_id)
    except Exception:
        log.exception("what district %s has learned could not be worked out", district_id)
    return True


def _row(district_id: int) -> Learned:
    learned = db.session.get(Learned, district_id, with_for_update=True)
    if learned is None:
        learned = Learned(district_id=district_id, effects=[], closed=0, attempts=0)
        db.session.add(learned)
        db.session.flush()
    return learned


def _due() -> int | None:
    """Where somebody asked; else where more placements are closed than were looked at."""
    asked = select(Learned.district_id).where(
        Learned.asked_at.is_not(None),
        or_(Learned.done_at.is_(None), Learned.done_at < Learned.asked_at),
        Learned.attempts < MOST_ATTEMPTS,
    )
    found = db.session.scalar(asked.order_by(Learned.asked_at).limit(1))
    if found is not None:
        return found
    counts = (
        select(Round.district_id, func.count().label("closed"))
        .join(Placement, Placement.round_id == Round.id)
        .join(Paperwork, Paperwork.placement_id == Placement.id)
        .where(_CLOSED)
        .group_by(Round.district_id)
        .subquery()
    )
    return db.session.scalar(
        select(counts.c.district_id)
        .outerjoin(Learned, Learned.district_id == counts.c.district_id)
        .where(
            counts.c.closed != func.coalesce(Learned.closed, 0),
            or_(Learned.done_at.is_(None), Learned.done_at < clock.now() - AGAIN_AFTER),
            func.coalesce(Learned.attempts, 0) < MOST_ATTEMPTS,
        )
        .order_by(counts.c.district_id)
        .limit(1)
    )


def learn(district_id: int) -> None:
    """Read what is closed, estimate, and put the result in the place of what was there before."""
    from matching.learning import effects, site_estimates

    began = clock.now()
    found = closed(district_id, _hours_kept(district_id))
    gained = _gained(found.placements)
    db.session.rollback()  # nothing is held while it is worked out
    estimates, told = site_estimates(found.history), effects(found.history)
    taught = _taught(found, gained)
    with transaction():
        db.session.get_one(District, district_id)
        db.session.execute(delete(SiteRecord).where(SiteRecord.district_id == district_id))
        for at, (kind, row_id) in enumerate(found.sites):
            db.session.add(
                SiteRecord(
                    district_id=district_id,
                    site_id=row_id if kind == "site" else None,
                    opportunity_id=row_id if kind == "opportunity" else None,
                    value=float(estimates.value[at]),
                    low=float(estimates.low[at]),
                    high=float(estimates.high[at]),
                    teaches=taught.get(at, []),
                    **_made_of(found, at),
                )
            )
        learned = _row(district_id)
        learned.done_at, learned.closed, learned.attempts = began, len(found.history), 0
        learned.effects = [asdict(one) for one in told.found]


def _hours_kept(district_id: int) -> dict[int, float]:
    """By closed placement, hours worked over hours needed; without an entry nothing is known."""
    statement = hours.loaded(
        select(Placement)
        .join(Paperwork, Paperwork.placement_id == Placement.id)
        .join(Round, Round.id == Placement.round_id)
        .where(Round.district_id == district_id, _CLOSED)
    )
    progress = of_placements(list(db.session.scalars(statement)))
    return {
        placement_id: one.share
        for placement_id, one in progress.items()
        if one.share is not None and one.totals.worked
    }


def _made_of(found: Closed, site: int) -> dict[str, Any]:
    """The figures of a site's placements: counts, and means of what is known."""
    rows = np.flatnonzero(found.history.site == site)

    def mean(values: Any) -> float | None:
        known = values[rows][~np.isnan(values[rows])]
        return float(known.mean()) if len(known) else None

    return {
        "placements": len(rows),
        "completed": int(found.history.completed[rows].sum()),
        "growth": mean(found.history.growth),
        "hours_kept": mean(found.history.hours_kept),
        "rating": mean(found.history.rating),
    }


def _gained(placement_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """By placement and competency, points gained from the mentor's first rating to the last."""
    order = list(Moment)
    given: dict[int, list[Evaluation]] = defaultdict(list)
    for one in db.session.scalars(
        select(Evaluation).where(
            Evaluation.placement_id.in_(placement_ids),
            Evaluation.rated_by == RatedBy.MENTOR,
            Evaluation.void_at.is_(None),
        )
    ):
        given[one.placement_id].append(one)
    found: dict[int, dict[str, int]] = {}
    for placement_id, evaluations in given.items():
        evaluations.sort(key=lambda one: order.index(one.moment))
        first, last = evaluations[0], evaluations[-1]
        before = {rating.code: rating.level for rating in first.ratings}
        found[placement_id] = {
            rating.code: rating.level - before[rating.code]
            for rating in last.ratings
            if first is not last and rating.code in before and rating.code in COMPETENCIES
        }
    return found


def _taught(found: Closed, gained: Mapping[int, Mapping[str, int]]) -> dict[int, list[str]]:
    """By site, the competencies in which its interns grew at least as much as the district's did."""
    everywhere: dict[str, list[int]] = defaultdict(list)
    here: dict[tuple[int, str], list[int]] = defaultdict(list)
    for placement_id, site in zip(found.placements, found.history.site.tolist(), strict=True):
        for code, points in gained.get(placement_id, {}).items():
            everywhere[code].append(points)
            here[site, code].append(points)
    taught: dict[int, list[str]] = defaultdict(list)
    for (site, code), all_points in sorted(here.items()):
        mean = fmean(all_points)
        if len(all_points) >= FEWEST_FOR_A_COMPETENCY and mean > 0 and mean >= fmean(everywhere[code]):
            taught[site].append(code)
    return taught
