"""A past round of a district with closed placements, written straight into the tables: hundreds at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import numpy as np

from tests import factories as make
from tests.wbl.rounds_support import Place
from wbl.agreements.models import Paperwork, PaperworkState, Step
from wbl.db import db
from wbl.growth.models import Evaluation, EvaluationSource, Moment, RatedBy, Rater, Rating, SiteRating
from wbl.growth.rubrics import COMPETENCIES
from wbl.growth.versions import ensure_in_force
from wbl.hours import queries
from wbl.hours.models import EntryState, TimeEntry
from wbl.opportunities.models import Offering, Opportunity
from wbl.people.models import Student
from wbl.placements.models import Placement, PlacementState, Publication
from wbl.rounds.models import RoundState, RunState, SolveRun

THEN = datetime(2026, 5, 20, 15, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Past:
    """What was written: sites by what they truly do, and the students in order."""

    opportunities: list[Opportunity]
    quality: list[float]
    students: list[Student]


def past_round(
    place: Place,
    count: int,
    *,
    qualities: tuple[float, ...] = (-0.5, 0.0, 0.5),
    far: float = -0.3,
    seed: int = 1,
) -> Past:
    """``count`` closed placements over a site for each quality; long ways lower completion by ``-far``.

    The first rating is 2 on each competency; the last grows by what the site does. Nothing commits.
    """
    rng = np.random.default_rng(seed)
    district = place.district
    past = make.make_round(
        district,
        starts_on=date(2026, 1, 12),
        ends_on=date(2026, 5, 22),
        state=RoundState.PUBLISHED,
    )
    run = SolveRun(round_id=past.id, number=1, state=RunState.DONE, queued_at=THEN)
    db.session.add(run)
    db.session.flush()
    publication = Publication(round_id=past.id, run_id=run.id, published_by=place.user.id, published_at=THEN)
    db.session.add(publication)
    district_hours = queries.setting(district.id)
    district_hours.hours_needed = 8
    db.session.add(district_hours)
    version = ensure_in_force(place.actor, district.id)
    opportunities, offerings, raters = [], [], []
    for number, _quality in enumerate(qualities):
        employer = make.make_employer(district)
        opportunity = Opportunity(
            district_id=district.id,
            external_id=f"PAST{number}",
            employer_id=employer.id,
            site_id=employer.sites[0].id,
            title=f"Past work {number}",
        )
        db.session.add(opportunity)
        db.session.flush()
        offering = Offering(round_id=past.id, opportunity_id=opportunity.id, seats=count, kind="job_shadow")
        rater = Rater(employer_id=employer.id, key=f"mentor-{number}@work.example", name="Sam Mentor")
        db.session.add_all([offering, rater])
        opportunities.append(opportunity)
        offerings.append(offering)
        raters.append(rater)
    db.session.flush()
    students = []
    for number in range(count):
        student = make.make_student(district)
        students.append(student)
        at = number % len(qualities)
        minutes = int(rng.integers(10, 71))
        chance = 0.8 + 0.2 * qualities[at] + (far if minutes > 45 else 0)
        completed = bool(rng.random() < chance)
        placement = Placement(
            publication_id=publication.id,
            round_id=past.id,
            student_id=student.id,
            offering_id=offerings[at].id,
            state=PlacementState.PUBLISHED,
            travel_minutes=minutes,
            conditions=[],
            explanation={
                "placed": [
                    {
                        "opportunity_id": opportunities[at].external_id,
                        "parts": {
                            "preference": [float(rng.random()), 40],
                            "interest": [float(rng.random()), 25],
                        },
                    }
                ]
            },
        )
        db.session.add(placement)
        db.session.flush()
        db.session.add(
            Paperwork(
                placement_id=placement.id,
                offering_id=offerings[at].id,
                state=PaperworkState.COMPLETED if completed else PaperworkState.ENDED,
                step=Step.DONE,
                step_since=THEN,
                nudge_at=THEN,
                opened_at=THEN,
                active_at=THEN,
                seat=number,
            )
        )
        for moment, gained in ((Moment.BASELINE, 0.0), (Moment.FINAL, 1 + qualities[at])):
            db.session.add(
                Evaluation(
                    placement_id=placement.id,
                    version_id=version.id,
                    moment=moment,
                    rated_by=RatedBy.MENTOR,
                    rater_id=raters[at].id,
                    given_at=THEN,
                    source=EvaluationSource.LINK,
                    ratings=[
                        Rating(code=code, level=2 + int(gained + rng.random())) for code in COMPETENCIES
                    ],
                )
            )
        db.session.add(
            TimeEntry(
                placement_id=placement.id,
                uid=str(uuid4()),
                worked_on=THEN.date(),
                started_at=THEN,
                ended_at=THEN + timedelta(hours=6),
                minutes=360,
                state=EntryState.CONFIRMED,
            )
        )
        said = 3 + int(qualities[at] > 0)
        db.session.add(
            SiteRating(
                placement_id=placement.id, learned=said, supported=said, safe=5, again=said, given_at=THEN
            )
        )
    db.session.flush()
    return Past(opportunities, list(qualities), students)
