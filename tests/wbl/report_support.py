"""A small world written straight into the tables, drawn at random, to be counted by loops.

A district of two schools with two published rounds and students at every stage, with hours, ratings,
reflections, visits, documents and career education.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from html import unescape
from random import Random
from uuid import uuid4

from flask import Flask
from flask.testing import FlaskClient

from tests import factories as make
from tests.wbl.beginnings import Ids, begin
from tests.wbl.paperwork_support import at
from wbl.accounts.actor import Actor
from wbl.accounts.models import User
from wbl.agreements.models import (
    Paperwork,
    PaperworkState,
    PaperworkTask,
    SiteVisit,
    Step,
    TaskHolder,
    VisitKind,
)
from wbl.db import db
from wbl.employers.models import VettingCheck, VettingItem
from wbl.growth.models import Evaluation, EvaluationSource, Moment, RatedBy, Rater, Rating
from wbl.growth.versions import ensure_in_force
from wbl.hours.models import EntryState, HoursSetting, TimeEntry
from wbl.interests.models import Submission
from wbl.opportunities.models import Offering, Opportunity
from wbl.people.models import District, Student, StudentCte, StudentGroup
from wbl.placements.models import Answer, Placement, PlacementAnswer, PlacementState, Publication
from wbl.reflections.models import Phase, Reflection
from wbl.rounds.models import Proposal, Round, RoundState, RunState, SolveRun, Unplaced

NOW = datetime(2027, 3, 10, 18, tzinfo=UTC)
TODAY = date(2027, 3, 10)
CODES = ("communication", "teamwork", "motivation")
GROUPS = ("sex:female", "sex:male", "frl", "english_learner", "foster")


@dataclass
class World:
    district: District
    user: User
    actor: Actor
    rounds: list[Round]


def world_of(app: Flask) -> World:
    """The same world for every test, at the same moment."""
    at(app, NOW)
    district_id, user_id, *rounds = begin("reports", _world)
    user = db.session.get_one(User, user_id)
    return World(
        db.session.get_one(District, district_id),
        user,
        make.actor(user),
        [db.session.get_one(Round, one) for one in rounds],
    )


def _world() -> Ids:
    with make.made():
        world = make_world()
        return world.district.id, world.user.id, *(one.id for one in world.rounds)


def text_of(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return unescape(answer.get_data(as_text=True))


def make_world(seed: int = 1, count: int = 90, *, hours_needed: int = 60) -> World:
    """Write it; call inside ``made()`` while it is ``NOW``. ``count`` students take part in each round."""
    rng = Random(seed)
    district = make.make_district()
    user = make.make_coordinator(district)
    actor = make.actor(user)
    schools = [make.make_school(district) for _ in range(2)]
    db.session.add(HoursSetting(district_id=district.id, hours_needed=hours_needed))
    students = [
        make.make_student(district, school_id=rng.choice([*(one.id for one in schools), None]))
        for _ in range(count + 10)
    ]
    for student in students:
        _about(student, rng)
    version = ensure_in_force(actor, district.id)
    rounds = []
    for number, (first, last) in enumerate(
        ((date(2026, 9, 7), date(2026, 12, 18)), (date(2027, 1, 11), date(2027, 5, 28)))
    ):
        made = make.make_round(district, starts_on=first, ends_on=last, state=RoundState.PUBLISHED, policy={})
        rounds.append(made)
        _fill(made, user, rng.sample(students, count), rng, version.id, past=number == 0)
    db.session.flush()
    return World(district, user, actor, rounds)


def _about(student: Student, rng: Random) -> None:
    codes = [rng.choice(GROUPS[:2])] + [
        code for code in GROUPS[2:] if rng.random() < (0.06 if code == "foster" else 0.3)
    ]
    db.session.add_all(StudentGroup(student_id=student.id, code=code) for code in codes)
    if rng.random() < 0.8:
        db.session.add(
            StudentCte(
                student_id=student.id,
                concentrator=rng.choice([True, True, True, False, None]),
                graduation_year=rng.choice([2027, 2027, 2027, 2028, None]),
                graduated=rng.choice([None, None, True, False]),
                cip_code=rng.choice(["51.3801", "46.0000", ""]),
                cluster=rng.choice(["Construction", ""]),
            )
        )


def _fill(
    made: Round, user: User, students: list[Student], rng: Random, version_id: int, *, past: bool
) -> None:
    run = SolveRun(round_id=made.id, number=1, state=RunState.DONE, queued_at=NOW)
    db.session.add(run)
    db.session.flush()
    made.published_run_id = run.id
    publication = Publication(round_id=made.id, run_id=run.id, published_by=user.id, published_at=NOW)
    db.session.add(publication)
    offerings, raters = [], []
    for number in range(4):
        employer = make.make_employer(made.district)
        opportunity = Opportunity(
            district_id=made.district_id,
            external_id=f"O{made.id}-{number}",
            employer_id=employer.id,
            site_id=employer.sites[0].id,
            title=f"Work {number}",
        )
        db.session.add(opportunity)
        db.session.flush()
        offering = Offering(
            round_id=made.id,
            opportunity_id=opportunity.id,
            seats=len(students),
            kind=("internship", "job_shadow", "", "clinical")[number],
            paid=("yes", "no", "", "yes")[number],
            start_date=made.starts_on + timedelta(days=7) if number == 1 else None,
            end_date=date(2027, 3, 1) if number == 3 and not past else None,
        )
        rater = Rater(employer_id=employer.id, key=f"r{made.id}-{number}", name="Sam")
        db.session.add_all([offering, rater])
        db.session.flush()
        offerings.append(offering)
        raters.append(rater)
        for day, done in ((date(2027, 1, 14), number == 0), (date(2027, 3, 4 + number * 3), False)):
            db.session.add(
                SiteVisit(
                    offering_id=offering.id,
                    kind=VisitKind.OTHER,
                    planned_on=day,
                    done_on=day if done else None,
                )
            )
        if number == 2:
            db.session.add(
                VettingCheck(
                    employer_id=employer.id,
                    item=VettingItem.INSURANCE,
                    checked_on=date(2026, 9, 1),
                    expires_on=date(2027, 4, 1),
                )
            )
    for seat, student in enumerate(students):
        at = rng.randrange(4)
        _one(made, publication, run, student, offerings[at], raters[at], rng, version_id, seat, past=past)


def _one(
    made: Round,
    publication: Publication,
    run: SolveRun,
    student: Student,
    offering: Offering,
    rater: Rater,
    rng: Random,
    version_id: int,
    seat: int,
    *,
    past: bool,
) -> None:
    kind = rng.choice(["handed_in", "handed_in", "files", "begun"])
    submission = Submission(
        round_id=made.id,
        student_id=student.id,
        pseudonym=f"P{student.id}",
        active=rng.random() < 0.95,
        begun_at=None if kind == "files" else NOW,
        submitted_at=NOW if kind == "handed_in" else None,
        hours_needed=rng.choice(["", "", "40", "x"]),
    )
    db.session.add(submission)
    db.session.flush()
    luck = rng.random()
    if luck < 0.25:
        reason = rng.choice(["no_eligible_pair", "seats_taken"])
        db.session.add(Unplaced(run_id=run.id, submission_id=submission.id, reason=reason))
        return
    db.session.add(
        Proposal(
            run_id=run.id, submission_id=submission.id, offering_id=offering.id, utility=1, conditions=[]
        )
    )
    if luck < 0.3:
        return
    placement = Placement(
        publication_id=publication.id,
        round_id=made.id,
        student_id=student.id,
        offering_id=offering.id,
        state=PlacementState.WITHDRAWN if rng.random() < 0.1 else PlacementState.PUBLISHED,
        conditions=[],
        explanation={},
    )
    db.session.add(placement)
    db.session.flush()
    if rng.random() < 0.08:
        db.session.add(PlacementAnswer(placement_id=placement.id, answer=Answer.DECLINED, at=NOW))
    state = rng.choice(
        [PaperworkState.COMPLETED, PaperworkState.COMPLETED, PaperworkState.ENDED]
        if past
        else [PaperworkState.ACTIVE, PaperworkState.ACTIVE, PaperworkState.ACTIVE, PaperworkState.OPEN]
    )
    if past and rng.random() < 0.1:
        state = rng.choice([PaperworkState.ACTIVE, PaperworkState.OPEN])  # nobody completed or ended it
    began = state is not PaperworkState.OPEN
    db.session.add(
        Paperwork(
            placement_id=placement.id,
            offering_id=offering.id,
            state=state,
            step=Step.DONE if began else rng.choice(list(Step)[:6]),
            step_since=NOW - timedelta(days=rng.choice([1, 13, 14, 40])),
            nudge_at=NOW,
            opened_at=NOW,
            active_at=NOW if began else None,
            seat=seat if began else None,
        )
    )
    if rng.random() < 0.3:
        db.session.add(
            PaperworkTask(
                placement_id=placement.id,
                code="permit",
                holder=TaskHolder.FAMILY,
                due_on=made.starts_on,
                valid_until=rng.choice([None, date(2027, 3, 1), date(2027, 4, 9), date(2027, 4, 10)]),
            )
        )
    db.session.flush()
    if began:
        _since(placement, rng, version_id, rater)


def _since(placement: Placement, rng: Random, version_id: int, rater: Rater) -> None:
    for number in range(rng.choice([0, 1, 5, 12])):
        began = NOW - timedelta(days=2 * number + 1)
        db.session.add(
            TimeEntry(
                placement_id=placement.id,
                uid=str(uuid4()),
                worked_on=began.date(),
                started_at=began,
                ended_at=began + timedelta(hours=3),
                minutes=180,
                state=rng.choice([EntryState.CONFIRMED, EntryState.SUBMITTED, EntryState.WITHDRAWN]),
            )
        )
    for number in range(rng.choice([0, 0, 1, 2])):
        handed_in = NOW - timedelta(days=rng.choice([2, 13, 14, 30]))
        db.session.add(
            Reflection(
                placement_id=placement.id,
                phase=Phase.WEEKLY,
                number=number + 1,
                answers={},
                prompts=[],
                saved_at=handed_in,
                handed_in_at=rng.choice([handed_in, handed_in, None]),
            )
        )
    moments = rng.sample(list(Moment), rng.randint(0, 3))
    for moment in moments:
        for side in (RatedBy.MENTOR, RatedBy.STUDENT):
            if side is RatedBy.STUDENT and rng.random() < 0.7:
                continue
            db.session.add(
                Evaluation(
                    placement_id=placement.id,
                    version_id=version_id,
                    moment=moment,
                    rated_by=side,
                    rater_id=rater.id if side is RatedBy.MENTOR else None,
                    given_at=NOW,
                    source=EvaluationSource.TOLD,
                    void_at=NOW if rng.random() < 0.1 else None,
                    ratings=[
                        Rating(code=code, level=rng.randint(1, 5)) for code in CODES if rng.random() < 0.8
                    ],
                )
            )
