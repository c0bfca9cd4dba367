"""`flask demo year`: a spring round, the months after it, and an autumn round that learned from them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from statistics import fmean

from flask import current_app
from sqlalchemy import delete, func, select

from wbl.accounts import services as accounts
from wbl.accounts.actor import COMMAND, Actor
from wbl.agreements.models import Paperwork, PaperworkState
from wbl.db import db, transaction
from wbl.demo import journey
from wbl.demo.office import SLUG, Office, ensure_district
from wbl.demo.year import cohorts, living
from wbl.demo.year.world import World, site_of
from wbl.jobs.models import OutboxItem
from wbl.learning import services as learning
from wbl.learning.queries import learned_of
from wbl.learning.working_out import learn
from wbl.people import languages
from wbl.people.models import District
from wbl.placements import queries
from wbl.placements.models import Placement
from wbl.placements.publishing import publish
from wbl.rounds.models import Round
from wbl.rounds.services import create_round
from wbl.rounds.snapshot import snapshot
from wbl.rounds.starting import dates_of

SPRING = date(2027, 1, 4)
ZONE = "America/Denver"
BEFORE = timedelta(days=14)
"""So long before its first day a round is published."""
WHY = "What closed placements say, looked at with the counselors."

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Year:
    """What came of it. ``true_…`` is the mean of what placed students truly gain, in points of 1 to 5."""

    district: str
    placed: tuple[int, int]
    began: int
    completed: int
    ended: int
    weights: dict[str, float]
    true_first: float
    true_second: float
    true_second_unlearned: float  # the autumn's students matched as if nothing had been learned

    @property
    def better(self) -> bool:
        return self.true_second > self.true_first


def simulate(seed: int, say: Say) -> Year:
    """Run a year in a district of its own. Nobody is written to: its mail is thrown away at the end.

    Raises
    ------
    JourneyFailed
        Where this year was simulated here already, or a solve did not end well.
    """
    world = World(seed)
    clock = living.Clock(datetime.combine(SPRING, time(18), UTC))
    before, current_app.config["CLOCK"] = current_app.config.get("CLOCK"), clock
    try:
        return _simulate(seed, world, clock, say)
    finally:
        current_app.config["CLOCK"] = before


def _simulate(seed: int, world: World, clock: living.Clock, say: Say) -> Year:
    slug = f"{SLUG}-year-{seed}"
    with transaction():
        if db.session.scalar(select(District.id).where(District.slug == slug)):
            raise journey.JourneyFailed(f"the year of seed {seed} is here already: choose another --seed.")
        office = Office(slug, f"Mesa Clara, simulated year {seed}", ZONE)
        district, user = ensure_district(office)
        for language in current_app.config["FAMILY_LANGUAGES"]:
            if language != languages.ORIGINAL:
                languages.mark_reviewed(COMMAND, district, language)
        actor, district_id = accounts.actor_of(user), district.id
    say("Spring: importing, solving, publishing")
    files = cohorts.spring(seed)
    first = _import(actor, district_id, files, SPRING)
    placed = _publish(first, actor)
    true_first = _true(world, first)
    say(f"{placed} placed. Families, employers and schools sign")
    began = living.sign_all(actor, first)
    say(f"{began} begin")
    for saturday in living.live(actor, first, world, clock):
        if saturday.day <= 7:
            say(f"{saturday:%B}: hours, reflections, ratings")
    learn(district_id)
    say("Autumn: importing, bringing in what was learned, solving, publishing")
    files = cohorts.autumn(seed)
    starts_on = SPRING + cohorts.LATER
    clock.move(starts_on - BEFORE, ZONE)
    second = _import(actor, district_id, files, starts_on)
    plain = snapshot(db.session.get_one(Round, second))
    with transaction():
        learning.bring_in(actor, second)
    found = learning.suggestion(learned_of(district_id), db.session.get_one(Round, second).policy)
    if found.because:
        with transaction():
            learning.accept_weights(actor, second, WHY)
    placed_second = _publish(second, actor)
    with transaction():
        db.session.execute(delete(OutboxItem).where(OutboxItem.district_id == district_id))
    states = dict(
        db.session.execute(
            select(Paperwork.state, func.count())
            .join(Placement, Placement.id == Paperwork.placement_id)
            .where(Placement.round_id == first, Paperwork.active_at.is_not(None))
            .group_by(Paperwork.state)
        )
        .tuples()
        .all()
    )
    return Year(
        district=slug,
        placed=(placed, placed_second),
        began=began,
        completed=states.get(PaperworkState.COMPLETED, 0),
        ended=states.get(PaperworkState.ENDED, 0),
        weights=dict(found.weights),
        true_first=true_first,
        true_second=_true(world, second),
        true_second_unlearned=_true_of_files(world, plain),
    )


def _import(actor: Actor, district_id: int, files: Mapping[str, bytes], today: date) -> int:
    with transaction():
        first, last = dates_of(files, today)
        name = f"Placements from {first:%B %Y}"
        round_id = create_round(actor, district_id, name=name, starts_on=first, ends_on=last).id
    journey.import_files(actor, round_id, files)
    return round_id


def _publish(round_id: int, actor: Actor) -> int:
    run_id = journey.solve_round(actor, round_id)
    with transaction():
        publish(actor, run_id)
    return len(_placements(round_id))


def _placements(round_id: int) -> list[Placement]:
    ids = db.session.scalars(select(Placement.id).where(Placement.round_id == round_id)).all()
    return [queries.whole(one) for one in ids]


def _true(world: World, round_id: int) -> float:
    return fmean(world.growth(site_of(one), one.travel_minutes) for one in _placements(round_id))


def _true_of_files(world: World, files: Mapping[str, bytes]) -> float:
    """The same of a round's folder, solved without being published."""
    from matching.files import parse_round
    from matching.solve import solve

    offered = csv.DictReader(io.StringIO(files["opportunities.csv"].decode()))
    sites = {row["opportunity_id"]: row["site_id"] or row["opportunity_id"] for row in offered}
    lines = solve(parse_round(files)).files()["explanations.jsonl"].splitlines()
    return fmean(
        world.growth(sites[seat["opportunity_id"]], seat["minutes"])
        for line in lines
        for seat in json.loads(line)["placed"]
    )
