"""Closed placements of a district as the arrays that ``matching.learning`` works on.

Hours kept come from the time entries of another feature: pass them where they are known, else they are
unknown (NaN) and the outcome is made of the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan
from typing import Any

import numpy as np
from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload, selectinload

from matching.learning import History
from wbl.agreements.models import Paperwork, PaperworkState
from wbl.db import db
from wbl.growth.models import Evaluation, Moment, RatedBy, SiteRating
from wbl.opportunities.models import Offering
from wbl.placements.models import Placement
from wbl.rounds.models import Round

ORDER = list(Moment)
SiteKey = tuple[str, int]
"""``("site", id)``; of an opportunity without one ``("opportunity", id)``."""


@dataclass(frozen=True, slots=True)
class Closed:
    """A history with what its numbers stand for, in order."""

    history: History
    placements: tuple[int, ...]  # ids, a row each
    rounds: tuple[int, ...]  # ids, by the history's number
    sites: tuple[SiteKey, ...]
    raters: tuple[int, ...]  # ids


@dataclass(frozen=True, slots=True)
class Growth:
    """Last less first rating of the mentor; ``rater_id`` is None where two people gave them."""

    points: float  # NaN where there are no two ratings of the same item
    rater_id: int | None


def growth_of(evaluations: Sequence[Evaluation]) -> Growth:
    """What a placement's evaluations, those that count, say of growth: on the items of both, in points."""
    given = sorted(
        (one for one in evaluations if one.rated_by is RatedBy.MENTOR),
        key=lambda one: ORDER.index(one.moment),
    )
    if not given:
        return Growth(nan, None)
    first, last = given[0], given[-1]
    before = {one.code: one.level for one in first.ratings}
    gained = [one.level - before[one.code] for one in last.ratings if one.code in before]
    if first is last or not gained:
        return Growth(nan, last.rater_id)
    # Leniency cancels out of a difference only where one person gave both.
    rater_id = last.rater_id if first.rater_id == last.rater_id else None
    return Growth(sum(gained) / len(gained), rater_id)


def closed(district_id: int, hours_kept: Mapping[int, float] | None = None) -> Closed:
    """Every placement of a district that was completed, or was active and ended before.

    Parameters
    ----------
    hours_kept
        By placement id, hours worked over hours agreed; those that are left out are unknown.
    """
    rows = db.session.execute(
        select(Placement, Paperwork.state, SiteRating)
        .join(Paperwork, Paperwork.placement_id == Placement.id)
        .join(Round, Round.id == Placement.round_id)
        .outerjoin(SiteRating, SiteRating.placement_id == Placement.id)
        .where(
            Round.district_id == district_id,
            Paperwork.active_at.is_not(None),
            or_(Paperwork.state == PaperworkState.COMPLETED, Paperwork.state == PaperworkState.ENDED),
        )
        .options(joinedload(Placement.offering).joinedload(Offering.opportunity))
        .order_by(Round.starts_on, Round.id, Placement.id)
    ).all()
    evaluations: dict[int, list[Evaluation]] = {}
    for one in db.session.scalars(
        select(Evaluation)
        .where(Evaluation.placement_id.in_([row[0].id for row in rows]), Evaluation.void_at.is_(None))
        .options(selectinload(Evaluation.ratings))
    ):
        evaluations.setdefault(one.placement_id, []).append(one)
    placements: list[Placement] = [row[0] for row in rows]
    growth = [growth_of(evaluations.get(one.id, [])) for one in placements]
    parts = [_parts(one) for one in placements]
    sites, site = _numbered([_site(one) for one in placements])
    rounds, round_ = _numbered([one.round_id for one in placements])
    raters, rater = _numbered([one.rater_id for one in growth])
    hours = hours_kept or {}
    history = History(
        round=round_,
        site=site,
        rater=rater,
        growth=_floats([one.points for one in growth]),
        completed=_floats([1.0 if row[1] is PaperworkState.COMPLETED else 0.0 for row in rows]),
        hours_kept=_floats([hours.get(one.id, nan) for one in placements]),
        rating=_floats([_said(row[2]) for row in rows]),
        preference=_floats([one.get("preference", nan) for one in parts]),
        interest=_floats([one.get("interest", nan) for one in parts]),
        minutes=_floats(
            [nan if one.travel_minutes is None else float(one.travel_minutes) for one in placements]
        ),
        sites=len(sites),
        raters=len(raters),
    )
    return Closed(history, tuple(one.id for one in placements), rounds, sites, raters)


def _site(placement: Placement) -> SiteKey:
    opportunity = placement.offering.opportunity
    if opportunity.site_id is not None:
        return ("site", opportunity.site_id)
    return ("opportunity", opportunity.id)


def _said(found: SiteRating | None) -> float:
    """The student's rating of the site: the mean of the four questions."""
    if found is None:
        return nan
    return (found.learned + found.supported + found.safe + found.again) / 4


def _parts(placement: Placement) -> dict[str, float]:
    """Parts of the pair's utility when it was matched, as its explanation keeps them, 0 to 1."""
    for seat in placement.explanation.get("placed", []):
        if seat.get("opportunity_id") == placement.offering.opportunity.external_id:
            return {
                name: float(part[0])
                for name, part in seat.get("parts", {}).items()
                if part and part[0] is not None
            }
    return {}


def _floats(values: Sequence[float]) -> Any:
    return np.array(values, dtype=float)


def _numbered(keys: Sequence[Any]) -> tuple[tuple[Any, ...], Any]:
    """The distinct keys in order, and of each row the number of its key; -1 of None."""
    names = tuple(dict.fromkeys(key for key in keys if key is not None))
    at = {name: number for number, name in enumerate(names)}
    return names, np.array([at.get(key, -1) for key in keys], dtype=np.int64)
