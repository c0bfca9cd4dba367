"""What an employer sees of all who came: how they grew in its own ratings, as far as it may know whose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from wbl.accounts.actor import Actor
from wbl.agreements.models import PaperworkState
from wbl.agreements.queries import steps_of
from wbl.db import db
from wbl.growth import queries as growth
from wbl.growth.models import Evaluation, RatedBy
from wbl.growth.sheet import Sheet, sheet_of
from wbl.placements import queries as placements
from wbl.placements.models import Placement
from wbl.placements.told import told
from wbl.reports import queries, thresholds
from wbl.reports.models import Thanks, ThanksBy


@dataclass(frozen=True, slots=True)
class Intern:
    """Somebody whose name the employer may know. ``first`` and ``last``: means of its own ratings."""

    placement: Placement
    completed: bool
    first: float | None
    last: float | None

    @property
    def grew(self) -> float | None:
        return None if self.first is None or self.last is None else self.last - self.first


@dataclass(frozen=True, slots=True)
class Interns:
    """``mean``: by how many levels they grew, over ``rated`` of them; None where that is of too few, or
    would say how somebody was rated whose name the employer may not know."""

    known: list[Intern]
    total: int
    completed: int
    rated: int
    mean: float | None
    smallest: int


@dataclass(frozen=True, slots=True)
class Thanked:
    """A thank-you as the employer reads it: a student's name only where it may be known."""

    thanks: Thanks
    name: str
    placement: Placement


def _named(found: Sequence[Placement]) -> set[int]:
    """Those whose student the employer may know by name; three queries."""
    given, of_age = placements.consent_rows([one.id for one in found]), placements.deciding(found)
    return {one.id for one in found if told(given.get(one.id, []), one.student_id in of_age, ())[0]}


def interns(actor: Actor) -> Interns:
    """Everybody who came to the actor's employers and began, the newest first. Eight queries."""
    found = growth.hosted(actor)
    ids = [one.id for one in found]
    named, steps = _named(found), steps_of(ids)
    sheets = _sheets(ids)
    done = {one.id for one in found if steps[one.id].state is PaperworkState.COMPLETED}
    everyone = [_intern(one, one.id in done, sheets.get(one.id)) for one in found]
    grew = {one.placement.id: one.grew for one in everyone if one.grew is not None}
    smallest = max(
        (
            one.smallest
            for one in thresholds.of_districts({p.publication.round.district_id for p in found}).values()
        ),
        default=thresholds.DEFAULT.smallest,
    )
    unnamed = len(grew.keys() - named)
    shown = len(grew) >= smallest and (unnamed == 0 or unnamed >= smallest)
    return Interns(
        known=[one for one in everyone if one.placement.id in named],
        total=len(found),
        completed=len(done),
        rated=len(grew),
        mean=sum(grew.values()) / len(grew) if shown else None,
        smallest=smallest,
    )


def _sheets(ids: Sequence[int]) -> dict[int, Sheet]:
    rows = db.session.scalars(
        select(Evaluation)
        .where(
            Evaluation.placement_id.in_(ids),
            Evaluation.rated_by == RatedBy.MENTOR,
            Evaluation.void_at.is_(None),
        )
        .options(selectinload(Evaluation.ratings))
    )
    by_placement: dict[int, list[Evaluation]] = {}
    for one in rows:
        by_placement.setdefault(one.placement_id, []).append(one)
    return {placement_id: sheet_of((), evaluations) for placement_id, evaluations in by_placement.items()}


def _intern(placement: Placement, completed: bool, sheet: Sheet | None) -> Intern:
    known = [value for value in sheet.mentor_means if value is not None] if sheet is not None else []
    first, last = (known[0], known[-1]) if len(known) > 1 else (None, None)
    return Intern(placement, completed, first, last)


def thanked(actor: Actor) -> list[Thanked]:
    """What the actor's employers were thanked for. Five queries."""
    found = queries.thanks_to(actor)
    named = _named([one.placement for one in found])
    return [Thanked(one, _name(one, one.placement_id in named), one.placement) for one in found]


def _name(one: Thanks, may_know: bool) -> str:
    """Who thanks; "" for a student whose name the employer may not know."""
    if one.writer is ThanksBy.COORDINATOR:
        district = one.placement.publication.round.district.name
        return f"{one.user.name}, {district}" if one.user is not None else district
    return one.placement.student.name if may_know else ""
