"""A simulated year: two rounds, and what is lived between them, through the services that people use."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from wbl.agreements.models import Paperwork, PaperworkState
from wbl.db import db
from wbl.demo.journey import JourneyFailed
from wbl.demo.year import cohorts, simulating
from wbl.demo.year.world import World
from wbl.growth.models import Evaluation, SiteRating
from wbl.growth.rubrics import COMPETENCIES
from wbl.hours.models import EntryState, TimeEntry
from wbl.jobs.models import OutboxItem
from wbl.learning.models import SiteRecord
from wbl.opportunities.models import Offering
from wbl.reflections.models import Reflection
from wbl.rounds.models import Round

STUDENTS = 30
pytestmark = pytest.mark.slow


def count(statement: object) -> int:
    return db.session.scalar(statement) or 0  # type: ignore[call-overload]


def test_a_year_is_lived_and_the_next_round_knows_of_it(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cohorts, "STUDENTS", STUDENTS)
    steps: list[str] = []
    year = simulating.simulate(3, steps.append)
    assert min(year.placed) > STUDENTS / 2 and year.completed + year.ended == year.began > STUDENTS / 2
    assert steps[0].startswith("Spring") and steps[-1].startswith("Autumn")
    assert app.config.get("CLOCK") is None, "the clock is the real one again"

    state = select(func.count()).select_from(Paperwork).where(Paperwork.state == PaperworkState.COMPLETED)
    assert count(state) == year.completed
    assert count(select(func.count(Evaluation.id))) == 2 * year.completed + year.ended
    assert count(select(func.count()).select_from(SiteRating)) == year.completed
    assert count(select(func.count(Reflection.id))) > 3 * year.completed
    confirmed = select(func.count(TimeEntry.id)).where(TimeEntry.state == EntryState.CONFIRMED)
    assert count(confirmed) == count(select(func.count(TimeEntry.id))) > 5 * year.completed
    assert count(select(func.count(OutboxItem.id))) == 0, "nobody is written to"

    second = db.session.scalars(select(Round).order_by(Round.starts_on.desc())).first()
    assert second is not None and second.published_run_id is not None
    knows = select(func.count(Offering.id)).where(Offering.round_id == second.id, Offering.growth != "")
    assert count(knows) > 0 and count(select(func.count()).select_from(SiteRecord)) > 5
    with pytest.raises(JourneyFailed, match="here already"):
        simulating.simulate(3, steps.append)


def test_the_truth_is_the_same_in_whatever_order_it_is_asked() -> None:
    one, other = World(1), World(1)
    sites = ["W01", "W02", "W03"]
    assert [one.growth(site, 10) for site in sites] == [other.growth(site, 10) for site in sites[::-1]][::-1]
    assert one.growth("W01", 46) < one.growth("W01", 45) == one.growth("W01", None)
    assert World(2).growth("W01", 10) != one.growth("W01", 10)
    competencies = [one.gained("W01", 10, name) for name in COMPETENCIES]
    assert sum(competencies) / len(competencies) == pytest.approx(one.growth("W01", 10))
