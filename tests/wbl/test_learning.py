"""What closed placements change: estimates of sites, what is to learn, and weights with a reason."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests import factories as make
from tests.wbl.closed_support import Past, past_round
from tests.wbl.rounds_support import Place, bring_in, make_place, small_folder
from wbl import clock
from wbl.accounts.models import User
from wbl.agreements.models import Paperwork, PaperworkState
from wbl.audit.models import AuditEvent
from wbl.db import db, transaction
from wbl.errors import Conflict
from wbl.growth import queries as growth
from wbl.growth.models import Evaluation, EvaluationDue, EvaluationSource, Moment, RatedBy
from wbl.interests.models import Submission
from wbl.learning import queries, services, working_out
from wbl.learning.models import Learned, SiteRecord
from wbl.learning.tiers import next_tier, tier_of
from wbl.opportunities.models import Offering
from wbl.placements.models import Placement
from wbl.rounds.models import Round, SolveRun
from wbl.rounds.snapshot import files_of, read_rows_of

SignIn = Callable[[User], None]
COUNT = 240


@pytest.fixture
def place(app: object) -> Place:
    """A round that is prepared: students and opportunities of the small folder."""
    place = make_place()
    bring_in(place, small_folder())
    return place


def learned(place: Place, count: int = COUNT) -> Past:
    with transaction():
        past = past_round(place, count)
    assert working_out.learn_next() and not working_out.learn_next()
    return past


def page_of(client: FlaskClient, place: Place) -> str:
    answer = client.get(f"/learning/rounds/{place.round_id}")
    assert answer.status_code == 200
    return " ".join(answer.text.split())


def test_better_sites_get_better_records_and_the_mean_is_between(place: Place) -> None:
    past = learned(place)
    records = queries.records_by_key(place.district.id)
    values = [records["site", one.site_id or 0].value for one in past.opportunities]
    assert values == sorted(values) and values[0] < 0.35 and values[-1] > 0.65
    best = records["site", past.opportunities[-1].site_id or 0]
    assert best.low < best.value < best.high and best.placements == COUNT // 3
    assert best.growth is not None and 1.2 < best.growth < 1.8 and best.rating == 4.25
    assert best.hours_kept == 0.75, "six of eight hours"
    assert set(best.teaches) >= {"teamwork", "communication"}
    assert records["site", past.opportunities[0].site_id or 0].teaches == []


def test_it_is_brought_into_a_round_that_is_open(place: Place, client: FlaskClient, sign_in: SignIn) -> None:
    past = learned(place)
    shop = db.session.scalars(
        select(Offering).where(Offering.round_id == place.round_id).order_by(Offering.id)
    ).first()
    assert shop is not None
    shop.opportunity.site_id = past.opportunities[-1].site_id
    submission = db.session.scalars(
        select(Submission).where(Submission.round_id == place.round_id).order_by(Submission.id)
    ).first()
    assert submission is not None
    lacking = past.students[0]  # rated at the worst site, and completed or not
    submission.student_id = lacking.id
    db.session.commit()
    sign_in(place.user)
    answer = client.post(f"/learning/rounds/{place.round_id}/bring-in", follow_redirects=True)
    assert "In the round now: the record of 1 opportunity, and" in " ".join(answer.text.split())
    db.session.expire_all()
    assert float(shop.growth) > 0.65 and "learning_through" in shop.teaches and "teamwork" in shop.teaches
    placement_round = db.session.get_one(Round, place.round_id)
    table = files_of(placement_round, read_rows_of(placement_round))["opportunities.csv"].decode()
    assert shop.growth in table and "teamwork" in table, "a solve and an export read it"
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "learning.bring_in")).one()
    assert event.details["opportunities"] == 1


def test_a_published_round_stays_as_it_is(place: Place) -> None:
    learned(place)
    run = db.session.scalars(select(SolveRun).join(Round, Round.id == SolveRun.round_id)).one()
    past_id = run.round_id
    with transaction():
        db.session.get_one(Round, past_id).published_run_id = run.id
    with pytest.raises(Conflict, match="published"), transaction():
        services.bring_in(place.actor, past_id)


def test_weights_are_taken_for_a_reason(place: Place, client: FlaskClient, sign_in: SignIn) -> None:
    learned(place)
    sign_in(place.user)
    page = page_of(client, place)
    assert (
        "A way of more than 45 minutes went with" in page and "points lower completion (95 % interval" in page
    )
    assert "Take these weights" in page
    address = f"/learning/rounds/{place.round_id}/weights"
    assert client.post(address, data={"reason": ""}).status_code == 422
    before = db.session.get_one(Round, place.round_id).policy.get("weights")
    assert client.post(address, data={"reason": "Long ways cost us interns."}).status_code == 302
    db.session.expire_all()
    weights = db.session.get_one(Round, place.round_id).policy["weights"]
    assert weights != before and weights["travel"] > 20
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "learning.weights")).one()
    assert event.reason is not None and event.reason.text == "Long ways cost us interns."


def test_few_placements_say_so_and_suggest_nothing(
    place: Place, client: FlaskClient, sign_in: SignIn
) -> None:
    learned(place, count=12)
    sign_in(place.user)
    page = page_of(client, place)
    assert "Too few placements are over to say anything: 12, and at least 50 are needed." in page
    assert "Take these weights" not in page and "No change is suggested" in page
    with pytest.raises(Conflict, match="No change"), transaction():
        services.accept_weights(place.actor, place.round_id, "Because.")


def test_it_is_worked_out_when_asked_and_by_itself(
    place: Place, client: FlaskClient, sign_in: SignIn
) -> None:
    assert not working_out.learn_next(), "nothing is closed"
    sign_in(place.user)
    assert "Nothing worked out yet" in page_of(client, place)
    client.post(f"/learning/rounds/{place.round_id}/work-out")
    assert "It is being worked out." in page_of(client, place)
    assert working_out.learn_next()
    assert db.session.get_one(Learned, place.district.id, populate_existing=True).closed == 0
    with transaction():
        past_round(place, 6)
    assert not working_out.learn_next(), "once a day by itself"
    with transaction():
        working_out.ask(place.actor, place.district.id)
    assert working_out.learn_next()
    assert db.session.scalars(select(SiteRecord.placements)).all() == [2, 2, 2]


def test_another_district_sees_nothing_of_it(place: Place, client: FlaskClient, sign_in: SignIn) -> None:
    learned(place, count=6)
    stranger = make_place()
    sign_in(stranger.user)
    assert client.get(f"/learning/rounds/{place.round_id}").status_code == 404
    assert client.post(f"/learning/rounds/{place.round_id}/bring-in").status_code == 404
    with transaction():
        advisor = make.make_staff(place.district, make.Role.ADVISOR)
    sign_in(advisor)
    assert client.get(f"/learning/rounds/{place.round_id}").status_code == 403


@pytest.mark.parametrize(
    ("kinds", "following"),
    [
        ({"job_shadow", "site_visit"}, ["learning_through"]),
        ({"", "job_shadow"}, ["learning_at"]),
        ({"apprenticeship"}, []),
    ],
)
def test_the_next_tier_is_what_is_to_learn(kinds: set[str], following: list[str]) -> None:
    assert next_tier(kinds) == following
    assert tier_of("") == "learning_through"


def test_a_rating_that_is_late_is_late_whoever_else_was_rated(place: Place) -> None:
    with transaction():
        past_round(place, 3)
        ids = db.session.scalars(select(Placement.id).order_by(Placement.id)).all()
        for seat, one in enumerate(ids, 1):
            paperwork = db.session.get_one(Paperwork, one)
            paperwork.state, paperwork.seat = PaperworkState.ACTIVE, seat
            due_on = clock.last_today() - timedelta(days=30)
            db.session.add(EvaluationDue(placement_id=one, moment=Moment.MID, due_on=due_on))
        before = db.session.scalars(select(Evaluation).where(Evaluation.placement_id == ids[0])).first()
        assert before is not None
        db.session.add(
            Evaluation(
                placement_id=ids[0],
                version_id=before.version_id,
                moment=Moment.MID,
                rated_by=RatedBy.MENTOR,
                given_at=clock.now(),
                source=EvaluationSource.TOLD,
            )
        )
    assert growth.waiting(place.actor).unrated == 2
